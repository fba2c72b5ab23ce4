/**
 * Ceph and RBD as an administrator would type them, on any host that has `ceph` and an admin keyring. Lab or real
 * cluster cannot be told apart here.
 *
 * Every command has a deadline of its own: `ceph` waits for ever where no monitor answers, and `rbd` does so even with
 * `--connect-timeout`. Errors are sentences: which command on which host, what it said, what to look at.
 */
import {z} from 'zod';
import {readJson} from '../parse/json.ts';
import type {Host, Outcome, Result, Transport} from '../types.ts';

/** Where the commands are typed. */
export interface CephTarget {
  transport: Transport;
  host: Host;
  /** `ceph` is inside cephadm's container. */
  contained?: true;
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

/** `looks`: it changes nothing, and may be sent again. */
async function run(target: CephTarget, argv: readonly [string, ...string[]], timeoutMs: number, looks: boolean) {
  const outcome = await target.transport.exec(target.host, {
    argv,
    timeoutMs,
    idempotent: looks,
    ...(looks ? {readOnly: true} : {}),
  });
  const sentence = sentenceOf(argv.join(' '), target.host, outcome);
  return sentence === undefined
    ? ({ok: true, value: outcome.stdout} as const)
    : ({ok: false, error: sentence} as const);
}

/** Until the container of `cephadm shell` runs. */
const containerMs = 15_000;

function cephArgv(
  {contained}: CephTarget,
  args: readonly string[],
  options: CephOptions,
): readonly [string, ...string[]] {
  const seconds = Math.max(1, Math.floor((options.timeoutMs ?? askMs) / 1000));
  const words = [`--connect-timeout=${seconds}`, ...(options.client ?? []), ...args];
  return contained ? ['cephadm', 'shell', '--', 'ceph', ...words] : ['ceph', ...words];
}

function deadlineOf({contained}: CephTarget, {timeoutMs = askMs}: CephOptions): number {
  return timeoutMs + (contained ? containerMs : 0);
}

/** One `ceph` command; stdout as printed. */
export async function ceph(
  target: CephTarget,
  args: readonly string[],
  options: CephOptions = {},
): Promise<Result<string, string>> {
  return run(target, cephArgv(target, args, options), deadlineOf(target, options), false);
}

/**
 * An OSD writes 12 MB of its own in blocks of 4 KiB over 100 objects, alone and without its peers, and removes them.
 * More at that size it refuses. Its JSON as printed.
 */
export function osdBench(target: CephTarget, osd: number): Promise<Result<string, string>> {
  const words = ['tell', `osd.${osd}`, 'bench', '12288000', '4096', '4194304', '100'];
  return ceph(target, [...words, '--format=json'], {timeoutMs: 120_000});
}

/** One `ceph` command that only looks, answered in JSON of that form; the error names the field that is not. */
export async function cephAsk<T>(
  target: CephTarget,
  args: readonly string[],
  form: z.ZodType<T>,
  options: CephOptions = {},
): Promise<Result<T, string>> {
  const argv = cephArgv(target, [...args, '--format=json'], options);
  const answer = await run(target, argv, deadlineOf(target, options), true);
  return answer.ok ? jsonAnswer(`ceph ${args.join(' ')} on ${target.host.name}`, answer.value, form) : answer;
}

/**
 * Several looks by one process, since starting one is nearly all that a look costs: each answer as JSON, in their
 * order. One that fails fails them all.
 */
async function cephAskTogether(
  target: CephTarget,
  lines: readonly string[],
  options: CephOptions,
): Promise<Result<readonly string[], string>> {
  const what = `ceph (${lines.join('; ')})`;
  const outcome = await target.transport.exec(target.host, {
    argv: cephArgv(target, ['--format=json'], options),
    timeoutMs: deadlineOf(target, options),
    idempotent: true,
    readOnly: true,
    stdin: `${lines.join('\n')}\n`,
  });
  const sentence = sentenceOf(what, target.host, outcome);
  if (sentence !== undefined) return {ok: false, error: sentence};
  const complaint = complaintOf(outcome.stderr);
  if (complaint !== undefined) return {ok: false, error: `${what} on ${target.host.name} failed: ${complaint}`};
  const answers = outcome.stdout.split('\n').filter(line => line.trim() !== '');
  if (answers.length === lines.length) return {ok: true, value: answers};
  const expected = `${lines.length} answers, one a line`;
  return {ok: false, error: `${what} on ${target.host.name}: expected ${expected}, found ${answers.length}`};
}

function jsonAnswer<T>(what: string, text: string, form: z.ZodType<T>): Result<T, string> {
  const read = readJson(text, what, form);
  if (read.ok) return read;
  const {path, expected, found} = read.error;
  return {ok: false, error: `${what}: ${path === '' ? '' : `${path}: `}expected ${expected}, found ${found}`};
}

/**
 * Several `ceph` commands in one process (each process costs half a second of CPU). In this mode `ceph` exits with 0
 * whatever happens to the single commands, so its complaints on stderr decide.
 */
export async function cephCommands(
  target: CephTarget,
  lines: readonly string[],
  options: CephOptions = {},
): Promise<Result<string, string>> {
  const outcome = await target.transport.exec(target.host, {
    argv: cephArgv(target, [], options),
    timeoutMs: deadlineOf(target, options),
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

/** `ceph status`; fields of Ceph 16–18. */
const statusForm = z
  .object({
    health: z.object({
      status: z.string(),
      checks: z.record(z.string(), z.object({summary: z.object({message: z.string()}), muted: z.boolean()})),
    }),
    quorum_names: z.array(z.string()),
    monmap: z.object({num_mons: z.number()}),
    osdmap: z.object({num_osds: z.number(), num_up_osds: z.number(), num_in_osds: z.number()}),
    pgmap: z.object({
      pgs_by_state: z.array(z.object({state_name: z.string(), count: z.number()})),
      bytes_used: z.number(),
      bytes_total: z.number(),
    }),
    mgrmap: z.object({available: z.boolean()}),
  })
  .transform(({health, quorum_names: quorum, monmap, osdmap, pgmap, mgrmap}): CephHealth => {
    const shown = Object.entries(health.checks).filter(([, {muted}]) => !muted);
    return {
      status: health.status,
      checks: Object.fromEntries(shown.map(([code, {summary}]) => [code, summary.message])),
      monitors: monmap.num_mons,
      quorum,
      osds: osdmap.num_osds,
      osdsUp: osdmap.num_up_osds,
      osdsIn: osdmap.num_in_osds,
      placementGroups: Object.fromEntries(pgmap.pgs_by_state.map(({state_name: state, count}) => [state, count])),
      managerAvailable: mgrmap.available,
      usedBytes: pgmap.bytes_used,
      totalBytes: pgmap.bytes_total,
    };
  });

export function cephHealth(target: CephTarget, options: CephOptions = {}): Promise<Result<CephHealth, string>> {
  return cephAsk(target, ['status'], statusForm, options);
}

/** What `ceph status --format=json` prints. Pure. */
export function parseCephStatus(text: string): Result<CephHealth, string> {
  return jsonAnswer('ceph status', text, statusForm);
}

/** `OSD_FULL: 1 full osd(s)`, one after the other. Pure. */
export function healthReasons({checks}: Pick<CephHealth, 'checks'>): string {
  return Object.entries(checks)
    .map(([code, message]) => `${code}: ${message}`)
    .join('; ');
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

/** `ceph osd dump`. */
const osdDumpForm = z
  .object({osds: z.array(z.object({osd: z.number(), up: z.number(), in: z.number(), up_from: z.number()}))})
  .transform(({osds}): readonly OsdState[] =>
    osds.map(({osd, up, in: within, up_from: upFrom}) => ({osd, up: up === 1, in: within === 1, upFrom})),
  );

/** `ceph pg dump pgs`: the manager's own view. */
const pgDumpForm = z
  .object({
    pg_stats: z.array(
      z.object({
        pgid: z.string(),
        state: z.string(),
        reported_epoch: z.number(),
        up: z.array(z.number()),
        acting: z.array(z.number()),
      }),
    ),
  })
  .transform(({pg_stats: groups}): readonly PlacementGroup[] =>
    groups.map(({pgid: id, reported_epoch: reportedEpoch, ...rest}) => ({id, reportedEpoch, ...rest})),
  );

/**
 * Why the store is not whole, or undefined when it is: every OSD up and in, every PG active+clean *as reported after
 * each of its OSDs last came up*. Without that a report from before a crash reads as clean for a second or more after
 * the OSD's return. Scrubbing does not disturb. Pure.
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

export interface CephState {
  osds: readonly OsdState[];
  /** What OSDs and placement groups lack. */
  gap: string | undefined;
}

/** Every OSD as the monitors have it, and what is missing for the store to be whole. */
export async function cephState(target: CephTarget, options: CephOptions = {}): Promise<Result<CephState, string>> {
  // The manager answers the last: it may be dead where the monitors are not.
  const asked = await cephAskTogether(target, ['osd dump', 'pg dump pgs'], options);
  return asked.ok ? stateIn(target, asked.value) : asked;
}

/** The same with what the monitors call ill, and which of them are in quorum. */
export async function cephWhole(
  target: CephTarget,
  options: CephOptions = {},
): Promise<Result<CephState & {health: CephHealth}, string>> {
  const asked = await cephAskTogether(target, ['status', 'osd dump', 'pg dump pgs'], options);
  if (!asked.ok) return asked;
  const [status = '', ...rest] = asked.value;
  const health = jsonAnswer(`ceph status on ${target.host.name}`, status, statusForm);
  const state = stateIn(target, rest);
  if (!health.ok) return health;
  return state.ok ? {ok: true, value: {...state.value, health: health.value}} : state;
}

function stateIn({host}: CephTarget, [dump = '', groups = '']: readonly string[]): Result<CephState, string> {
  const osds = jsonAnswer(`ceph osd dump on ${host.name}`, dump, osdDumpForm);
  const pgs = jsonAnswer(`ceph pg dump pgs on ${host.name}`, groups, pgDumpForm);
  if (!osds.ok) return osds;
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

const treeNode = z.union(
  [
    z.object({
      type: z.literal('osd'),
      id: z.number(),
      status: z.string(),
      reweight: z.number(),
      device_class: z.string().nullable(),
    }),
    z.object({type: z.literal('host'), name: z.string(), children: z.array(z.number())}),
    // A root, a rack: of whatever name.
    z.object({
      type: z
        .string()
        .refine(type => type !== 'osd' && type !== 'host', {abort: true})
        .transform(() => 'other' as const),
    }),
  ],
  {error: 'an OSD with id, status, reweight and class, a host with name and children, or another bucket'},
);

/** `ceph osd tree`: which OSD stands in which host. */
const osdTreeForm = z.object({nodes: z.array(treeNode)}).transform(({nodes}): readonly OsdPlace[] =>
  nodes.flatMap(node => {
    if (node.type !== 'osd') return [];
    const {id: osd, status, reweight, device_class: deviceClass} = node;
    const host = nodes.flatMap(each => (each.type === 'host' && each.children.includes(osd) ? [each.name] : []))[0];
    const place = {osd, host: host ?? '', up: status === 'up', in: reweight > 0};
    return [deviceClass ? {...place, class: deviceClass} : place];
  }),
);

export function osdTree(target: CephTarget): Promise<Result<readonly OsdPlace[], string>> {
  return cephAsk(target, ['osd', 'tree'], osdTreeForm);
}

/** `ceph mon metadata`, `ceph mgr metadata`: where each runs, by the name that the host gives itself. */
const metadataForm = z.array(z.object({name: z.string(), hostname: z.string().optional()}));
const leaderForm = z.object({quorum_leader_name: z.string()});
const activeForm = z.object({active_name: z.string()});

/** Hosts of the monitor that leads the quorum and of the manager that is active; absent where none is known. */
export async function cephServiceHosts(
  target: CephTarget,
): Promise<Result<{monitor: string | undefined; manager: string | undefined}, string>> {
  const [leader, active, monitors, managers] = await Promise.all([
    cephAsk(target, ['quorum_status'], leaderForm),
    cephAsk(target, ['mgr', 'dump'], activeForm),
    cephAsk(target, ['mon', 'metadata'], metadataForm),
    cephAsk(target, ['mgr', 'metadata'], metadataForm),
  ]);
  if (!leader.ok) return leader;
  if (!active.ok) return active;
  if (!monitors.ok) return monitors;
  if (!managers.ok) return managers;
  return {
    ok: true,
    value: {
      monitor: monitors.value.find(({name}) => name === leader.value.quorum_leader_name)?.hostname,
      manager: managers.value.find(({name}) => name === active.value.active_name)?.hostname,
    },
  };
}

// ───────────────────────────── settings ─────────────────────────────

/**
 * Writes into the monitors' configuration database. `who`: `global`, `mon`, `osd`, `client`, `osd.1`. The database is
 * the weakest source: an option that also stands in a ceph.conf does not change, so always read back with
 * `cephConfigInForce`.
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
  const form = z.object({[option]: z.string()});
  const answer = await cephAsk(target, ['tell', daemon, 'config', 'get', option], form);
  return answer.ok ? {ok: true, value: answer.value[option] ?? ''} : answer;
}

export interface ConfigEntry {
  who: string;
  option: string;
  value: string;
}

/** `ceph config dump`. */
const configForm = z
  .array(z.object({section: z.string(), name: z.string(), value: z.string()}))
  .transform((entries): readonly ConfigEntry[] =>
    entries.map(({section: who, name: option, value}) => ({who, option, value})),
  );

/** Everything that differs from the defaults by way of the database. */
export function cephConfigDump(target: CephTarget): Promise<Result<readonly ConfigEntry[], string>> {
  return cephAsk(target, ['config', 'dump'], configForm);
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
  return answer.ok ? jsonAnswer(`rbd ls ${pool}`, answer.value, z.array(z.string())) : answer;
}

export async function imageRemove(target: CephTarget, pool: string, image: string): Promise<Result<void, string>> {
  return nothing(await run(target, ['rbd', 'rm', '--no-progress', `${pool}/${image}`], imageMs, false));
}

const imageForm = z.object({block_name_prefix: z.string()});
const placeForm = z.object({acting_primary: z.number()});

/** The first object of an image's data, whether or not it has been written, and the OSD that reads of it go to. */
export async function firstObject(
  target: CephTarget,
  pool: string,
  image: string,
): Promise<Result<{object: string; osd: number}, string>> {
  const what = `rbd info ${pool}/${image}`;
  const answer = await run(target, ['rbd', 'info', '--format=json', `${pool}/${image}`], askMs, true);
  if (!answer.ok) return answer;
  const info = jsonAnswer(what, answer.value, imageForm);
  if (!info.ok) return info;
  const object = `${info.value.block_name_prefix}.${'0'.repeat(16)}`;
  const place = await cephAsk(target, ['osd', 'map', pool, object], placeForm);
  return place.ok ? {ok: true, value: {object, osd: place.value.acting_primary}} : place;
}

function nothing(answer: Result<string, string>): Result<void, string> {
  return answer.ok ? {ok: true, value: undefined} : answer;
}
