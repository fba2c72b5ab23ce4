/**
 * GlusterFS: a volume of three copies. Without `performance.strict-o-direct` its client answers direct writes from
 * write-behind, before any brick has them: fast, and lost with the client. Readiness refuses it.
 */
import type {Cluster, Host, Result, Store} from '../../types.ts';
import {waitFor} from '../../wait.ts';
import {everyServer, layHook, onServers, script} from './servers.ts';
import type {StoreBackend} from './store.ts';

const volume = 'seatrial';
const file = 'store-gluster';
const brick = '/var/lib/seatrial/disk/brick/b';

export const gluster: StoreBackend = {
  title: 'GlusterFS',
  async readiness(cluster, store) {
    const asked = await onOne(cluster, store, name => `gluster --mode=script volume get ${name} all`);
    return asked.ok ? writeBehind(asked.value, store.source ?? '') : asked.error;
  },
  async heal(cluster, store) {
    const started = await onOne(cluster, store, name => `gluster --mode=script volume start ${name} force`);
    if (!started.ok) return started;
    let last = '';
    const whole = await waitFor('every copy in Gluster to be whole', wholeMs, async () => {
      const told = await onOne(cluster, store, name => `gluster --mode=script volume heal ${name} info`);
      last = told.ok ? told.value : told.error;
      return told.ok && nothingToCopy(told.value) ? true : undefined;
    });
    return whole.ok ? {ok: true, value: undefined} : {ok: false, error: `${whole.error}; last: ${last.slice(-300)}`};
  },
  lab: {
    programs: ['glusterd', 'gluster'],
    servers: 'all',
    source: volume,
    async serve({cluster}, store, bytes) {
      const servers = onServers(cluster, store).slice(0, 3);
      const started = await startGlusterd(cluster, servers);
      if (!started.ok) return started;
      const [first, ...peers] = servers;
      if (first === undefined || peers.length < 2) return {ok: false, error: 'it takes three nodes'};
      const made = await script(cluster, first, volumeScript(first, peers, bytes), 90_000);
      if (!made.ok) return made;
      return {
        ok: true,
        value: [{protocol: 'gluster', volume, file, hosts: servers.flatMap(({addresses}) => addresses.storage ?? [])}],
      };
    },
  },
};

const wholeMs = 120_000;

/** What makes direct writes anything else. Pure. */
export function writeBehind(text: string, name: string): string | undefined {
  const value = (option: string) => new RegExp(`^${option.replaceAll('.', '\\.')}\\s+(\\S+)`, 'm').exec(text)?.[1];
  const on = (word: string | undefined) => word === 'on' || word === 'enable' || word === 'true';
  const strict = value('performance.strict-o-direct');
  if (strict === undefined) return `Gluster does not tell performance.strict-o-direct of ${name}`;
  if (!on(strict))
    return `Gluster volume ${name} answers direct writes from write-behind: set performance.strict-o-direct on`;
  if (on(value('network.remote-dio')))
    return `Gluster volume ${name} takes O_DIRECT away on its way to the bricks: set network.remote-dio disable`;
  return undefined;
}

/** Of `heal info`: every brick is connected, and has nothing to be copied. Pure. */
export function nothingToCopy(text: string): boolean {
  const of = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, word = '']) => word);
  const [states, entries] = [of(/^Status: (.+)$/gm), of(/^Number of entries: (.+)$/gm)];
  return states.length > 0 && states.every(word => word === 'Connected') && entries.every(word => word === '0');
}

/** The first server that answers. */
async function onOne(
  cluster: Cluster,
  store: Store,
  text: (volume: string) => string,
): Promise<Result<string, string>> {
  let last: Result<string, string> = {ok: false, error: 'no node serves it'};
  for (const server of onServers(cluster, store)) {
    last = await script(cluster, server, text(store.source ?? ''));
    if (last.ok) return last;
  }
  return last;
}

/** What the machine under the lab may have of its own Gluster is none of the node's. */
async function startGlusterd(cluster: Cluster, servers: readonly Host[]): Promise<Result<void, string>> {
  const emptied = await everyServer(cluster, servers, `rm -rf /var/lib/glusterd\nmkdir -p /var/lib/glusterd ${brick}`);
  if (!emptied.ok) return emptied;
  const hook = `mkdir -p /run/gluster /var/log/glusterfs
setsid glusterd --pid-file=/run/glusterd.pid </dev/null >/dev/null 2>&1`;
  const laid = await Promise.all(
    servers.map(server => layHook(cluster, server, {name: '42-store-gluster', prepare: '', hook})),
  );
  return laid.find(result => !result.ok) ?? {ok: true, value: undefined};
}

/** The image is put into the mounted volume: libgfapi takes ten seconds to close a file. */
function volumeScript(first: Host, peers: readonly Host[], bytes: number): string {
  const name = (host: Host) => `${host.name}-storage`;
  const bricks = [first, ...peers].map(host => `${name(host)}:${brick}`).join(' ');
  const until = (what: string) => `tries=0
until ${what}; do tries=$((tries + 1)); [ $tries -lt 100 ] || exit 1; sleep 0.2; done`;
  return `g() { gluster --mode=script "$@" >/tmp/gluster.said 2>&1 || { cat /tmp/gluster.said >&2; return 1; }; }
${until('gluster pool list >/dev/null 2>&1')}
for peer in ${peers.map(name).join(' ')}; do ${until('g peer probe $peer')}; done
${until(`[ "$(gluster pool list | grep -c Connected)" = ${peers.length + 1} ]`)}
${until(`g volume create ${volume} replica 3 ${bricks} force`)}
g volume set ${volume} performance.strict-o-direct on
g volume set ${volume} network.remote-dio disable
g volume start ${volume}
[ -e /dev/fuse ] || mknod -m 666 /dev/fuse c 10 229
mkdir -p /run/seatrial/gluster
mount -t glusterfs ${name(first)}:${volume} /run/seatrial/gluster
truncate -s ${bytes} /run/seatrial/gluster/${file}
umount /run/seatrial/gluster`;
}
