/** Ceph's options: into the monitors' configuration database, read back from the daemons that run by them. */
import {z} from 'zod';
import {type CephTarget, ceph as cephCommand, cephCommands} from '../cluster/storage.ts';
import {readJson} from '../parse/json.ts';
import {onCephHost} from '../storage/ceph-host.ts';
import type {PlacedSetting, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {all, type Driver, fine, type PlaceReadBack, readBack, unset} from './driver.ts';

/** `osd/osd_heartbeat_grace`: whose option it is, and its name. */
function parts(key: string): {who: Who; option: string} | undefined {
  const [, who, option] = /^(global|mon|osd)\/([a-z0-9_]+)$/.exec(key) ?? [];
  if (option === undefined) return undefined;
  return who === 'global' || who === 'mon' || who === 'osd' ? {who, option} : undefined;
}
type Who = 'global' | 'mon' | 'osd';

export const ceph: Driver = {
  problem(key, value) {
    if (!parts(key)) return 'WHO/OPTION with WHO one of global, mon, osd';
    return /^[\w.:-]+$/.test(value) ? undefined : `a value without blanks, or ${unset}`;
  },

  restartsGuests: () => false,

  read: (cluster, settings) => onCephHost(cluster, target => readOn(target, settings)),

  apply: (cluster, settings, say) => onCephHost(cluster, target => applyOn(target, settings, say)),
};

async function readOn(
  target: CephTarget,
  settings: readonly PlacedSetting[],
): Promise<Result<readonly PlaceReadBack[], string>> {
  const asked = settings.flatMap(setting => {
    const key = parts(setting.key);
    return key ? [{setting, ...key}] : [];
  });
  const kinds = (['osd', 'mon'] as const).filter(kind => asked.some(({who}) => concerns(who, kind)));
  // One process a kind of daemon: each costs half a second of CPU, whatever it asks.
  const shown = all(await Promise.all(kinds.map(kind => showAll(target, kind))));
  if (!shown.ok) return shown;
  return {
    ok: true,
    value: shown.value
      .flat()
      .flatMap(({daemon, kind, options}) =>
        asked
          .filter(({who}) => concerns(who, kind))
          .flatMap(({setting, option}) =>
            readBack(setting, daemon, options.get(option) ?? 'no such option', sameOption),
          ),
      ),
  };
}

async function applyOn(
  target: CephTarget,
  settings: readonly PlacedSetting[],
  say: (text: string, host?: string) => void,
): Promise<Result<void, string>> {
  say('setting Ceph options', target.host.name);
  const everywhere = settings.filter(({where}) => where === undefined);
  const placed = settings.filter(({where}) => where !== undefined);
  // A daemon's own value goes over that of its kind: what was set for the kind is taken away, and who then
  // differs gets a value of its own.
  const kinds = [...everywhere, ...placed.map(setting => ({...setting, value: unset}))];
  const set = await cephCommands(target, [...new Set(kinds.flatMap(setting => change(setting)))]);
  if (!set.ok || placed.length === 0) return set.ok ? fine : set;
  const read = await readOn(target, placed);
  if (!read.ok) return read;
  const differs = (setting: PlacedSetting) =>
    read.value.some(entry => entry.id === setting.id && entry.where === setting.where && !entry.agrees);
  const own = placed.filter(differs).flatMap(setting => change(setting, setting.where));
  const given = own.length === 0 ? fine : await cephCommands(target, own);
  return given.ok ? fine : given;
}

/** The command that makes a setting real, for its kind of daemon or for `who`. */
function change({key, value}: Pick<PlacedSetting, 'key' | 'value'>, who?: string): readonly string[] {
  const option = parts(key);
  if (!option) return [];
  const name = `${who ?? option.who} ${option.option}`;
  return value === unset ? [`config rm ${name}`] : [`config set ${name} ${value}`];
}

/** A global option concerns both kinds of daemon: each must know it. */
function concerns(who: Who, kind: 'osd' | 'mon'): boolean {
  return who === 'global' || who === kind;
}

interface Shown {
  daemon: string;
  kind: 'osd' | 'mon';
  options: ReadonlyMap<string, string>;
}

/**
 * `tell` gives a monitor one hunting interval to let it in and answer, and again once, looks at that with every ping,
 * and then calls it ENXIO. With the values of `tuned` one that was stopped for 5 s was given up after 2.7 s (Ceph 16);
 * with these it answered once it went on.
 */
const patiently = ['--mon-client-hunt-interval=3', '--mon-client-directed-command-retry=8'];
/** What a daemon that is on its way into the quorum, or out of it, answers by. */
const onItsWay = /ENXIO/;
/** A monitor that is back was seen to stay out of the quorum for more than 20 s. */
const answerDeadlineMs = 60_000;

/** Every option of every running daemon of a kind, said by the daemons themselves. */
async function showAll(target: CephTarget, kind: 'osd' | 'mon'): Promise<Result<readonly Shown[], string>> {
  const options = {timeoutMs: 30_000, client: patiently};
  const ask = () => cephCommand(target, ['tell', `${kind}.*`, 'config', 'show', '--format=json'], options);
  let said = await ask();
  if (!said.ok && onItsWay.test(said.error)) {
    await waitFor(
      `every ${kind} to say its options`,
      answerDeadlineMs,
      async () => {
        said = await ask();
        return said.ok || !onItsWay.test(said.error) ? true : undefined;
      },
      {intervalMs: 500},
    );
  }
  return said.ok ? parseShown(said.value, kind) : said;
}

/** `osd.0: {…}`, one a daemon. Pure. */
export function parseShown(text: string, kind: 'osd' | 'mon'): Result<readonly Shown[], string> {
  const blocks = text.split(new RegExp(`^(?=${kind}\\.[\\w.-]+: )`, 'm')).filter(block => block.trim() !== '');
  const shown: Shown[] = [];
  for (const block of blocks) {
    const [, daemon = '', json = ''] = /^(\S+): ([\s\S]*)$/.exec(block) ?? [];
    const options = readJson(json, daemon, z.record(z.string(), z.unknown()));
    if (!options.ok) {
      return {
        ok: false,
        error: `ceph tell ${kind}.* config show: expected JSON for ${daemon || kind}, found ${JSON.stringify(block.slice(0, 80))}`,
      };
    }
    shown.push({
      daemon,
      kind,
      options: new Map(Object.entries(options.value).map(([name, value]) => [name, String(value)])),
    });
  }
  return shown.length > 0
    ? {ok: true, value: shown}
    : {ok: false, error: `ceph tell ${kind}.* config show: no daemon answered`};
}

const words: Readonly<Record<string, string>> = {yes: 'true', no: 'false', on: 'true', off: 'false'};

/** `3` and `3.000000` are the same, and so are `no` and `false`; all else must be the same text. */
export function sameOption(asked: string, found: string): boolean {
  const number = /^-?\d+(\.\d+)?$/;
  if (number.test(asked) && number.test(found)) return Number(asked) === Number(found);
  return (words[asked] ?? asked) === (words[found] ?? found);
}
