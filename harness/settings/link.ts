/**
 * MTU of a plane, on every node that has an interface in it, and on the bridge or bond that interface is a part of:
 * that is a place of its own, for it may have had another one. Read back from the kernel.
 */
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import type {Cluster, Host, PlacedSetting, Plane, ReadBack, Result} from '../types.ts';
import {planes} from '../types.ts';
import {all, type Driver, fine, isAt, readBack} from './driver.ts';

/** `storage.mtu`. */
function planeOf(key: string): Plane | undefined {
  return planes.find(plane => key === `${plane}.mtu`);
}

export const link: Driver = {
  problem(key, value) {
    if (!planeOf(key)) return `PLANE.mtu with PLANE one of ${planes.join(', ')}`;
    const mtu = Number(value);
    return Number.isInteger(mtu) && mtu >= 576 && mtu <= 65_520 ? undefined : 'an MTU in bytes, 576 to 65520';
  },

  restartsGuests: () => false,

  async read(cluster, settings) {
    const found = await Promise.all(
      placesOf(cluster, settings).map(async ({setting, host, device}): Promise<Result<readonly ReadBack[], string>> => {
        const mtu = await stdoutOf(cluster.transport, host, readOnly(['cat', `/sys/class/net/${device}/mtu`]));
        if (!mtu.ok) return mtu;
        const around = await aroundOf(cluster, host, device);
        if (!around.ok) return around;
        const {part} = around.value;
        const own = readBack(setting, placeOf(host, device, 'interface'), mtu.value.trim());
        const whole = part === undefined ? [] : readBack(setting, placeOf(host, device, part.of), part.mtu);
        return {ok: true, value: [...own, ...whole]};
      }),
    );
    const read = all(found);
    return read.ok ? {ok: true, value: read.value.flat()} : read;
  },

  async apply(cluster, settings, say) {
    const changes = await changesOf(cluster, settings);
    if (!changes.ok) return changes;
    const cut = changes.value.flatMap(change => cutBy(change, changes.value));
    if (cut.length > 0) return {ok: false, error: cut.join('; ')};
    // What is on top of another one takes no more than that has by then.
    const isOver = ({host, device}: Change) =>
      changes.value.some(other => other.host === host && other.over.some(({name}) => name === device));
    for (const change of changes.value.toSorted((a, b) => Number(isOver(a)) - Number(isOver(b)))) {
      const {host, device, what, value} = change;
      say(`MTU ${value} on ${what === 'interface' ? device : `the ${what} of ${device}`}`, host.name);
      const argv = what === 'interface' ? setInterface(device, value) : setWhole(device, value);
      const set = await stdoutOf(cluster.transport, host, idempotent(argv, 10_000));
      if (!set.ok) return set;
    }
    return fine;
  },
};

/** What a setting of a plane is made real on: its interface, or what that is a part of. */
const whats = ['interface', 'bridge', 'bond'] as const;
type What = (typeof whats)[number];

function placeOf({name}: Host, device: string, what: What): string {
  return what === 'interface' ? `${name} ${device}` : `${name} ${what} of ${device}`;
}

/** Every interface that a setting may be meant for, with that setting. */
function placesOf(cluster: Cluster, settings: readonly PlacedSetting[]) {
  return settings.flatMap(setting =>
    devices(cluster, setting.key)
      .filter(({host, device}) => whats.some(what => isAt(setting, placeOf(host, device, what))))
      .map(place => ({setting, ...place})),
  );
}

function setInterface(device: string, value: string) {
  return ['ip', 'link', 'set', 'dev', device, 'mtu', value] as const;
}

/** A bridge that follows its interfaces by itself has done so by now, and goes on doing so while nobody sets it. */
const follow = `whole=/sys/class/net/$1/master
[ "$(cat "$whole/mtu")" = "$2" ] || ip link set dev "$(basename "$(readlink -f "$whole")")" mtu "$2"`;

function setWhole(device: string, value: string) {
  return ['sh', '-c', follow, 'whole', device, value] as const;
}

/**
 * `$1` an interface. A line for the bridge or the bond that it is a part of: what else it may be a part of, such as a
 * switch in user space, has an MTU that is no matter of ours. A line for each device on top of either.
 */
const look = `here=/sys/class/net/$1
over() {
  for upper in "$1"/upper_*; do
    [ -e "$upper/mtu" ] || continue
    [ "$upper" -ef "$1/master" ] || echo "over $2 \${upper##*/upper_} $(cat "$upper/mtu")"
  done
}
over "$here" interface
for kind in bridge bonding; do
  [ -d "$here/master/$kind" ] || continue
  echo "part \${kind%ing} $(cat "$here/master/mtu")"
  over "$here/master" "\${kind%ing}"
done`;

interface Around {
  part?: {of: 'bridge' | 'bond'; mtu: string};
  /** VLANs and the like: the kernel cuts their MTU to that of what is under them, and gives none back. */
  over: readonly {on: string; name: string; mtu: number}[];
}

async function aroundOf(cluster: Cluster, host: Host, device: string): Promise<Result<Around, string>> {
  const said = await stdoutOf(cluster.transport, host, readOnly(['sh', '-c', look, 'look', device]));
  if (!said.ok) return said;
  const wholes = [...said.value.matchAll(/^part (bridge|bond) (\d+)$/gm)];
  const uppers = [...said.value.matchAll(/^over (interface|bridge|bond) (\S+) (\d+)$/gm)];
  const lines = said.value.split('\n').filter(line => line !== '');
  if (lines.length !== wholes.length + uppers.length)
    return {ok: false, error: `${device} on ${host.name}: expected what it is a part of, found ${lines.join(' | ')}`};
  const [part] = wholes.map(([, of, mtu = '']) => ({of: of === 'bond' ? ('bond' as const) : ('bridge' as const), mtu}));
  const over = uppers.map(([, on = '', name = '', mtu]) => ({on, name, mtu: Number(mtu)}));
  return {ok: true, value: {over, ...(part === undefined ? {} : {part})}};
}

interface Change {
  host: Host;
  device: string;
  what: What;
  value: string;
  over: readonly {name: string; mtu: number}[];
}

/** What is to be set where, and what is on top of it now. */
async function changesOf(
  cluster: Cluster,
  settings: readonly PlacedSetting[],
): Promise<Result<readonly Change[], string>> {
  const found = await Promise.all(
    placesOf(cluster, settings).map(async ({setting, host, device}): Promise<Result<readonly Change[], string>> => {
      const around = await aroundOf(cluster, host, device);
      if (!around.ok) return around;
      const {part, over} = around.value;
      const change = (what: What): readonly Change[] =>
        isMeant(setting, settings, host, device, what)
          ? [{host, device, what, value: setting.value, over: over.filter(({on}) => on === what)}]
          : [];
      return {ok: true, value: [...change('interface'), ...(part === undefined ? [] : change(part.of))]};
    }),
  );
  const changes = all(found);
  return changes.ok ? {ok: true, value: changes.value.flat()} : changes;
}

/** A journal of before names no bridges: there they go with their interface. */
function isMeant(
  setting: PlacedSetting,
  settings: readonly PlacedSetting[],
  host: Host,
  device: string,
  what: What,
): boolean {
  const place = placeOf(host, device, what);
  if (isAt(setting, place) || what === 'interface') return isAt(setting, place);
  const named = settings.some(({id, where}) => id === setting.id && where === place);
  return !named && isAt(setting, placeOf(host, device, 'interface'));
}

/** Sentences: what would lose its MTU for good. What is set itself is put back as well. */
function cutBy({host, device, what, value, over}: Change, changes: readonly Change[]): readonly string[] {
  const isSet = (name: string) =>
    changes.some(other => other.host === host && other.what === 'interface' && other.device === name);
  const on = what === 'interface' ? device : `the ${what} of ${device}`;
  return over
    .filter(({name, mtu}) => mtu > Number(value) && !isSet(name))
    .map(
      ({name, mtu}) =>
        `${name} on ${host.name} has an MTU of ${mtu} on top of ${on}: at ${value} the kernel would cut it for good; give it ${value} at most, or measure with --profile as-found`,
    );
}

/** Every node's interface in the plane; the client's too: a path is as wide as its narrowest end. */
function devices(cluster: Cluster, key: string): readonly {host: Host; device: string}[] {
  const plane = planeOf(key);
  if (!plane) return [];
  return [...cluster.nodes, cluster.client].flatMap(host => {
    const device = host.interfaces[plane];
    return device === undefined ? [] : [{host, device}];
  });
}
