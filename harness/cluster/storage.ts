/**
 * Ceph and RBD as an administrator would type them, on any host that has `ceph` and an admin keyring. Lab or real
 * cluster cannot be told apart here.
 *
 * Every command has a deadline of its own: `ceph` waits for ever where no monitor answers, and `rbd` does so even with
 * `--connect-timeout`. Errors are sentences: which command on which host, what it said, what to look at.
 */
import type {Host, Outcome, Result, Transport} from '../types.ts';

/** Where the commands are typed. */
export interface CephTarget {
  transport: Transport;
  host: Host;
}

export interface CephOptions {
  timeoutMs?: number;
  /** Extra options for the client itself, e.g. `--mon-client-hunt-interval=0.5`. */
  client?: readonly string[];
}

const askMs = 15_000;
const imageMs = 60_000;

// ───────────────────────────── asking ─────────────────────────────

/** What went wrong, in one sentence; undefined when the command ended with 0. */
export function sentenceOf(what: string, host: Host, outcome: Outcome): string | undefined {
  const said = lastLines(outcome.stderr) || lastLines(outcome.stdout) || 'nothing';
  switch (outcome.exit.kind) {
    case 'exited':
      return outcome.exit.code === 0
        ? undefined
        : `${what} on ${host.name} exited with ${outcome.exit.code}, expected 0; it said: ${said}`;
    case 'signalled':
      return `${what} on ${host.name} was ended by ${outcome.exit.signal}; it said: ${said}`;
    case 'timed-out':
      return `${what} on ${host.name} gave no answer in ${(outcome.durationMs / 1000).toFixed(1)} s; check that a majority of the monitors is up and reachable on the storage plane; it said: ${said}`;
    case 'unreachable':
      return `${what}: ${host.name} is unreachable: ${outcome.exit.reason}`;
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' / ').slice(-400);
}

async function run(target: CephTarget, argv: readonly [string, ...string[]], timeoutMs: number, idempotent: boolean) {
  const outcome = await target.transport.exec(target.host, {argv, timeoutMs, idempotent});
  const sentence = sentenceOf(argv.join(' '), target.host, outcome);
  return sentence === undefined
    ? ({ok: true, value: outcome.stdout} as const)
    : ({ok: false, error: sentence} as const);
}

function cephArgv(args: readonly string[], options: CephOptions): readonly [string, ...string[]] {
  const seconds = Math.max(1, Math.floor((options.timeoutMs ?? askMs) / 1000));
  return ['ceph', `--connect-timeout=${seconds}`, ...(options.client ?? []), ...args];
}

/** One `ceph` command; stdout as printed. */
export async function ceph(
  target: CephTarget,
  args: readonly string[],
  options: CephOptions = {},
): Promise<Result<string, string>> {
  return run(target, cephArgv(args, options), options.timeoutMs ?? askMs, false);
}

/** One `ceph` command that only looks, answered in JSON. */
async function cephAsk(
  target: CephTarget,
  args: readonly string[],
  options: CephOptions = {},
): Promise<Result<Json, string>> {
  const answer = await run(target, cephArgv([...args, '--format=json'], options), options.timeoutMs ?? askMs, true);
  if (!answer.ok) return answer;
  return parsed(`ceph ${args.join(' ')} on ${target.host.name}`, answer.value);
}

/**
 * Several `ceph` commands in one process (each process costs half a second of CPU). In this mode `ceph` exits with 0 whatever
 * happens to the single commands, so its complaints on stderr decide.
 */
export async function cephCommands(
  target: CephTarget,
  lines: readonly string[],
  options: CephOptions = {},
): Promise<Result<string, string>> {
  const timeoutMs = options.timeoutMs ?? askMs;
  const outcome = await target.transport.exec(target.host, {
    argv: cephArgv([], options),
    timeoutMs,
    idempotent: false,
    stdin: `${lines.join('\n')}\n`,
  });
  const sentence = sentenceOf(`ceph (${lines.length} commands, first: ${lines[0] ?? 'none'})`, target.host, outcome);
  if (sentence !== undefined) return {ok: false, error: sentence};
  const complaint = complaintOf(outcome.stderr);
  if (complaint !== undefined) {
    return {ok: false, error: `one of ${lines.length} ceph commands on ${target.host.name} failed: ${complaint}`};
  }
  return {ok: true, value: outcome.stdout};
}

/** The line by which `ceph` reading commands from stdin reports a failed one. Pure. */
export function complaintOf(stderr: string): string | undefined {
  return stderr.split('\n').find(line => /^(Error [A-Z]+:|no valid command found|Invalid command:)/.test(line));
}

// ───────────────────────────── JSON without faith ─────────────────────────────

export type Json = null | boolean | number | string | readonly Json[] | {readonly [key: string]: Json};

function parsed(what: string, text: string): Result<Json, string> {
  try {
    const value: Json = JSON.parse(text);
    return {ok: true, value};
  } catch {
    return {ok: false, error: `${what}: expected JSON, found ${JSON.stringify(text.trim().slice(0, 120))}`};
  }
}

class Missing extends Error {}

/** Walks into JSON; throws `Missing` with the path where it ends. */
function at(json: Json | undefined, path: string): Json {
  let here: Json | undefined = json;
  for (const key of path.split('.')) {
    if (here === null || typeof here !== 'object' || here === undefined) throw new Missing(`${path}: no such field`);
    here = isList(here) ? here[Number(key)] : here[key];
  }
  if (here === undefined) throw new Missing(`${path}: no such field`);
  return here;
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

function numberAt(json: Json, path: string): number {
  const value = at(json, path);
  if (typeof value !== 'number') throw new Missing(`${path}: expected a number, found ${JSON.stringify(value)}`);
  return value;
}

function textAt(json: Json, path: string): string {
  const value = at(json, path);
  if (typeof value !== 'string') throw new Missing(`${path}: expected a text, found ${JSON.stringify(value)}`);
  return value;
}

function listAt(json: Json, path: string): readonly Json[] {
  const value = path === '' ? json : at(json, path);
  if (!isList(value)) throw new Missing(`${path}: expected a list, found ${JSON.stringify(value).slice(0, 60)}`);
  return value;
}

function reading<T>(what: string, read: () => T): Result<T, string> {
  try {
    return {ok: true, value: read()};
  } catch (error) {
    if (error instanceof Missing) return {ok: false, error: `${what}: ${error.message}`};
    throw error;
  }
}

// ───────────────────────────── health ─────────────────────────────

export interface CephHealth {
  /** `HEALTH_OK`, `HEALTH_WARN`, `HEALTH_ERR`. Not a sign of readiness: it can be OK with every PG unknown. */
  status: string;
  /** Code → sentence, e.g. `OSD_DOWN` → `1 osds down`. Muted ones are left out. */
  checks: Readonly<Record<string, string>>;
  monitors: number;
  /** Names of the monitors in quorum, in rank order. */
  quorum: readonly string[];
  osds: number;
  osdsUp: number;
  osdsIn: number;
  /** State → number of placement groups. As the monitors last heard it from the manager: stale while that is away. */
  placementGroups: Readonly<Record<string, number>>;
  managerAvailable: boolean;
  usedBytes: number;
  totalBytes: number;
}

/** Reads `ceph status --format=json`; fields of Ceph 16–18. Pure. */
export function parseCephStatus(json: Json): Result<CephHealth, string> {
  return reading('ceph status', () => {
    const checks = at(json, 'health.checks');
    if (checks === null || typeof checks !== 'object' || isList(checks)) throw new Missing('health.checks: no object');
    const shown = Object.entries(checks).filter(([, check]) => at(check, 'muted') !== true);
    const states = listAt(json, 'pgmap.pgs_by_state');
    return {
      status: textAt(json, 'health.status'),
      checks: Object.fromEntries(shown.map(([code, check]) => [code, textAt(check, 'summary.message')])),
      monitors: numberAt(json, 'monmap.num_mons'),
      quorum: listAt(json, 'quorum_names').map(name => String(name)),
      osds: numberAt(json, 'osdmap.num_osds'),
      osdsUp: numberAt(json, 'osdmap.num_up_osds'),
      osdsIn: numberAt(json, 'osdmap.num_in_osds'),
      placementGroups: Object.fromEntries(states.map(state => [textAt(state, 'state_name'), numberAt(state, 'count')])),
      managerAvailable: at(json, 'mgrmap.available') === true,
      usedBytes: numberAt(json, 'pgmap.bytes_used'),
      totalBytes: numberAt(json, 'pgmap.bytes_total'),
    };
  });
}

export async function cephHealth(target: CephTarget, options: CephOptions = {}): Promise<Result<CephHealth, string>> {
  const answer = await cephAsk(target, ['status'], options);
  return answer.ok ? parseCephStatus(answer.value) : answer;
}

// ───────────────────────────── readiness ─────────────────────────────

export interface OsdState {
  osd: number;
  up: boolean;
  in: boolean;
  /** OSD map epoch in which it last came up. */
  upFrom: number;
}

export interface PlacementGroup {
  id: string;
  /** `active+clean` and the like. */
  state: string;
  /** OSD map epoch the report was made in. */
  reportedEpoch: number;
  /** OSDs that should serve it, and those that do; primary first. */
  up: readonly number[];
  acting: readonly number[];
}

/** Reads `ceph osd dump --format=json`. Pure. */
function parseOsdDump(json: Json): Result<readonly OsdState[], string> {
  return reading('ceph osd dump', () =>
    listAt(json, 'osds').map(osd => ({
      osd: numberAt(osd, 'osd'),
      up: numberAt(osd, 'up') === 1,
      in: numberAt(osd, 'in') === 1,
      upFrom: numberAt(osd, 'up_from'),
    })),
  );
}

/** Reads `ceph pg dump pgs --format=json`: the manager's own view. Pure. */
function parsePgDump(json: Json): Result<readonly PlacementGroup[], string> {
  return reading('ceph pg dump pgs', () =>
    listAt(json, 'pg_stats').map(pg => ({
      id: textAt(pg, 'pgid'),
      state: textAt(pg, 'state'),
      reportedEpoch: numberAt(pg, 'reported_epoch'),
      up: listAt(pg, 'up').map(Number),
      acting: listAt(pg, 'acting').map(Number),
    })),
  );
}

/**
 * Why the store is not whole, or undefined when it is: every OSD up and in, every PG active+clean *as reported after each
 * of its OSDs last came up*. Without that a report from before a crash reads as clean for a second or more after the
 * OSD's return. Scrubbing does not disturb. Pure.
 */
export function unreadiness(osds: readonly OsdState[], pgs: readonly PlacementGroup[]): string | undefined {
  if (osds.length === 0) return 'no OSDs';
  if (pgs.length === 0) return 'no placement groups';
  const absent = osds.filter(osd => !osd.up || !osd.in);
  if (absent.length > 0) return `OSDs not up and in: ${absent.map(osd => osd.osd).join(', ')}`;
  const upFrom = new Map(osds.map(osd => [osd.osd, osd.upFrom]));
  for (const pg of pgs) {
    if (!/^active\+clean(\+scrubbing(\+deep)?)?$/.test(pg.state)) return `PG ${pg.id} is ${pg.state}`;
    for (const osd of [...pg.up, ...pg.acting]) {
      const since = upFrom.get(osd);
      if (since === undefined) return `PG ${pg.id} is on OSD ${osd}, which the OSD map does not have`;
      if (pg.reportedEpoch < since) return `PG ${pg.id} has not reported since OSD ${osd} came up`;
    }
  }
  return undefined;
}

/** `undefined` when the store is whole; otherwise what is missing. An error when it cannot be asked. */
export async function cephReadiness(
  target: CephTarget,
  options: CephOptions = {},
): Promise<Result<string | undefined, string>> {
  const state = await cephState(target, options);
  return state.ok ? {ok: true, value: state.value.gap} : state;
}

/** Every OSD as the monitors have it, and what is missing for the store to be whole. */
export async function cephState(
  target: CephTarget,
  options: CephOptions = {},
): Promise<Result<{osds: readonly OsdState[]; gap: string | undefined}, string>> {
  // The monitors answer one, the manager the other; a dead manager must not keep the first answer from us.
  const [osdDump, pgDump] = await Promise.all([
    cephAsk(target, ['osd', 'dump'], options),
    cephAsk(target, ['pg', 'dump', 'pgs'], options),
  ]);
  if (!osdDump.ok) return osdDump;
  if (!pgDump.ok) return pgDump;
  const osds = parseOsdDump(osdDump.value);
  if (!osds.ok) return osds;
  const pgs = parsePgDump(pgDump.value);
  if (!pgs.ok) return pgs;
  return {ok: true, value: {osds: osds.value, gap: unreadiness(osds.value, pgs.value)}};
}

export interface OsdPlace {
  osd: number;
  host: string;
  up: boolean;
  in: boolean;
  /** Device class: `hdd`, `ssd`, `nvme`; absent before the OSD first came up. */
  class?: string;
}

/** Reads `ceph osd tree --format=json`: which OSD stands in which host. Pure. */
export function parseOsdTree(json: Json): Result<readonly OsdPlace[], string> {
  return reading('ceph osd tree', () => {
    const nodes = listAt(json, 'nodes');
    const hosts = nodes.filter(node => textAt(node, 'type') === 'host');
    return nodes
      .filter(node => textAt(node, 'type') === 'osd')
      .map(node => {
        const osd = numberAt(node, 'id');
        const host = hosts.find(candidate => listAt(candidate, 'children').includes(osd));
        const deviceClass = at(node, 'device_class');
        return {
          osd,
          host: host === undefined ? '' : textAt(host, 'name'),
          up: textAt(node, 'status') === 'up',
          in: numberAt(node, 'reweight') > 0,
          ...(typeof deviceClass === 'string' && deviceClass !== '' ? {class: deviceClass} : {}),
        };
      });
  });
}

export async function osdTree(target: CephTarget): Promise<Result<readonly OsdPlace[], string>> {
  const answer = await cephAsk(target, ['osd', 'tree']);
  return answer.ok ? parseOsdTree(answer.value) : answer;
}

// ───────────────────────────── settings ─────────────────────────────

/**
 * Writes into the monitors' configuration database. `who`: `global`, `mon`, `osd`, `client`, `osd.1`. The database is the
 * weakest source: an option that also stands in a ceph.conf does not change, so always read back with `cephConfigInForce`.
 */
export function cephConfigSet(
  target: CephTarget,
  who: string,
  option: string,
  value: string,
): Promise<Result<string, string>> {
  return ceph(target, ['config', 'set', who, option, value]);
}

/** Removes it again: Ceph's own default rules. Also fine when it was never set. */
export function cephConfigRemove(target: CephTarget, who: string, option: string): Promise<Result<string, string>> {
  return ceph(target, ['config', 'rm', who, option]);
}

/** What a running daemon (`osd.0`, `mon.n1`) says is in force now; from the daemon itself, not from the database. */
export async function cephConfigInForce(
  target: CephTarget,
  daemon: string,
  option: string,
): Promise<Result<string, string>> {
  const answer = await cephAsk(target, ['tell', daemon, 'config', 'get', option]);
  if (!answer.ok) return answer;
  return reading(`ceph tell ${daemon} config get ${option}`, () => textAt(answer.value, option));
}

export interface ConfigEntry {
  who: string;
  option: string;
  value: string;
}

/** Reads `ceph config dump --format=json`. Pure. */
export function parseConfigDump(json: Json): Result<readonly ConfigEntry[], string> {
  return reading('ceph config dump', () =>
    listAt(json, '').map(entry => ({
      who: textAt(entry, 'section'),
      option: textAt(entry, 'name'),
      value: textAt(entry, 'value'),
    })),
  );
}

/** Everything that differs from the defaults by way of the database. */
export async function cephConfigDump(target: CephTarget): Promise<Result<readonly ConfigEntry[], string>> {
  const answer = await cephAsk(target, ['config', 'dump']);
  return answer.ok ? parseConfigDump(answer.value) : answer;
}

// ───────────────────────────── images ─────────────────────────────

/** Size in bytes, rounded up to MiB by `rbd` itself. Fails when the image exists. Default features of the cluster. */
export async function imageCreate(
  target: CephTarget,
  pool: string,
  image: string,
  bytes: number,
  options: CephOptions = {},
): Promise<Result<void, string>> {
  const size = `--size=${Math.ceil(bytes / 1024 ** 2)}M`;
  const argv = ['rbd', ...(options.client ?? []), 'create', size, `${pool}/${image}`] as const;
  return nothing(await run(target, argv, options.timeoutMs ?? imageMs, false));
}

export async function imageList(target: CephTarget, pool: string): Promise<Result<readonly string[], string>> {
  const answer = await run(target, ['rbd', 'ls', '--format=json', pool], askMs, true);
  if (!answer.ok) return answer;
  const json = parsed(`rbd ls ${pool}`, answer.value);
  return json.ok ? reading(`rbd ls ${pool}`, () => listAt(json.value, '').map(String)) : json;
}

export async function imageRemove(target: CephTarget, pool: string, image: string): Promise<Result<void, string>> {
  return nothing(await run(target, ['rbd', 'rm', '--no-progress', `${pool}/${image}`], imageMs, false));
}

function nothing(answer: Result<string, string>): Result<void, string> {
  return answer.ok ? {ok: true, value: undefined} : answer;
}
