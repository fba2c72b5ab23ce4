import {type FioLatency, type FioReport, type FioWarning, type FioWork, readFio} from '../../harness/parse/fio.ts';
import {type Iperf3Report, type Iperf3Warning, readIperf3, scanIperf3} from '../../harness/parse/iperf3.ts';
import {isArray, isObject} from '../../harness/parse/json-place.ts';
import {type JsonObject, type JsonScan, type JsonValue, scanJson} from '../../harness/parse/json-scan.ts';
import {type PingReport, type PingTime, type PingWarning, parsePing} from '../../harness/parse/ping.ts';
import type {ParseError, Result} from '../../harness/types.ts';
import {fingerprintOfText} from './fingerprint.ts';
import type {FileContents, FileRecord, Tool} from './records.ts';

export interface InspectContext {
  /** How the tool ended, where that is known: a code that contradicts its own words makes the file unfit. */
  exitCode?: number;
}

/**
 * What one file holds, whichever tool wrote it: fio (JSON, also of clients, with lines around it), iperf3 (`-J`,
 * `--json-stream`) or ping (iputils, busybox). Any text in; never throws. Where there are no records there is an
 * `error` that says what was found and what to do.
 */
export function inspectText(text: string, file: string, context: InspectContext = {}): FileContents {
  const scan = scanJson(text);
  const tool = toolOf(scan, text);
  if (tool === 'fio') return fioContents(file, scan, context);
  if (tool === 'iperf3') return iperf3Contents(file, scanIperf3(text, scan), context);
  if (/^PING \S/m.test(text)) return pingContents(file, text, context);
  return foreign(file, text);
}

/** A file of which nothing could be read, for instance because it is not there. */
export function unreadable(file: string, error: Omit<ParseError, 'artefact'>, tool?: Tool): FileContents {
  return {file, ...(tool === undefined ? {} : {tool}), records: [], settings: {}, warnings: [], error};
}

/** By its JSON; a document that is broken still shows its keys. */
function toolOf(scan: JsonScan, text: string): Tool | undefined {
  const value = scan.documents.at(-1)?.value;
  if (value?.has('fio version') || value?.has('client_stats')) return 'fio';
  if (value?.has('event') || (value?.has('start') && value.has('intervals'))) return 'iperf3';
  if (scan.damage.length === 0) return undefined;
  if (/^\s*"fio version"\s*:/m.test(text)) return 'fio';
  return /"version"\s*:\s*"iperf 3/.test(text) ? 'iperf3' : undefined;
}

const fioAdvice = 'JSON: run fio with --output-format=json+';
const iperf3Advice = 'JSON: run iperf3 with -J';
const pingAdvice = 'ping of iputils or busybox: run one of these';

/** What other texts of the same tools look like, and what to do about it. */
const otherOutputs: readonly {tool: Tool; shape: RegExp; found: string; expected: string}[] = [
  {tool: 'fio', shape: /^\d+;fio-\d/m, found: "fio's terse output", expected: fioAdvice},
  {
    tool: 'fio',
    shape: /^fio-\d+\.\d+\S*$|: \(groupid=\d+, jobs=\d+\)/m,
    found: "fio's output for people",
    expected: fioAdvice,
  },
  {tool: 'fio', shape: /^\d+, \d+, [01], \d+/, found: 'a log of fio (write_lat_log and the like)', expected: fioAdvice},
  {
    tool: 'fio',
    shape: /^fio: /m,
    found: 'only complaints of fio',
    expected: 'JSON: mend the job that fio complains about',
  },
  {
    tool: 'iperf3',
    shape: /^iperf3: /m,
    found: 'only complaints of iperf3',
    expected: 'JSON: mend what iperf3 complains about',
  },
  {
    tool: 'iperf3',
    shape: /^(?:Connecting to host |\[ *(?:ID|SUM|\d+)\])/m,
    found: "iperf3's output for people",
    expected: iperf3Advice,
  },
  // Its words differ by language, its fields do not: `Reply from …: bytes=32 time<1ms TTL=64`.
  {
    tool: 'ping',
    shape: /^Pinging .+ with \d+ bytes of data:|^.+: \S+=\d+ \S+[=<]\d+ ?ms TTL=\d+/m,
    found: 'ping of Windows',
    expected: pingAdvice,
  },
  {tool: 'ping', shape: /^PING6\(\d/m, found: 'ping6 of macOS or BSD', expected: pingAdvice},
  {
    tool: 'ping',
    shape: /^ПІНГ \S/m,
    found: "ping's output in another language",
    expected: "ping's output in English: run it with LC_ALL=C",
  },
  {
    tool: 'ping',
    shape: /^ping6?: /m,
    found: 'only complaints of ping',
    expected: 'a run of ping: mend what it complains about',
  },
];

function foreign(file: string, text: string): FileContents {
  const expected = 'output of fio (--output-format=json+), iperf3 (-J or --json-stream) or ping';
  const lines = text.split('\n', 1000);
  const first = lines.findIndex(line => line.trim() !== '');
  if (first === -1) return unreadable(file, {path: 'line 1', expected, found: 'an empty file'});
  const said = JSON.stringify((lines[first] ?? '').slice(0, 200));
  const path = `line ${first + 1}`;
  const known = otherOutputs.find(({shape}) => shape.test(text));
  if (known === undefined) return unreadable(file, {path, expected, found: said});
  return unreadable(file, {path, expected: known.expected, found: `${known.found}: ${said}`}, known.tool);
}

interface Complaint {
  path: string;
  expected: string;
  found: string;
}

function sentence(what: string, {path, expected, found}: Complaint): string {
  const place = path === '' ? '' : ` at ${path}`;
  return `${what}${place}: expected ${expected}, found ${found}`;
}

/** The first of what forbids judging, and how many more there are. */
function firstOf(sentences: readonly string[]): string | undefined {
  const [first] = sentences;
  if (first === undefined) return undefined;
  return sentences.length === 1 ? first : `${first} (and ${sentences.length - 1} more)`;
}

/** The contents, with an error in the place of records that are not there. */
function contents(
  file: string,
  tool: Tool,
  read: Pick<FileContents, 'version' | 'startedAtMs' | 'measured' | 'records' | 'settings' | 'warnings' | 'unfit'>,
  nothing: Omit<ParseError, 'artefact'>,
): FileContents {
  const {version, unfit, ...rest} = read;
  return {
    file,
    tool,
    ...(version === undefined ? {} : {version}),
    ...rest,
    ...(unfit === undefined ? {} : {unfit}),
    ...(read.records.length === 0 ? {error: nothing} : {}),
  };
}

function startedAt(milliseconds: JsonValue | undefined): {startedAtMs?: number} {
  return typeof milliseconds === 'number' ? {startedAtMs: milliseconds} : {};
}

// ───────────────────────────── fio ─────────────────────────────

const fioTrouble: Readonly<Record<FioWarning['kind'], string>> = {
  'job-error': 'a job ended with an error',
  exit: 'fio ended otherwise than it says',
  short: 'a job ran shorter than asked',
  interrupted: 'fio was interrupted',
  vanished: 'a client is missing',
  idle: 'a job did nothing',
  saturated: "a latency lies beyond fio's last bin, 17.1 s: percentiles there are lower bounds",
  inconsistent: 'figures contradict each other',
  damaged: 'the text is damaged',
  limit: 'a job ended before its time limit',
  several: 'an entry has no pattern',
  unequal: 'jobs of one name ran for unlike times',
};

function fioContents(file: string, scan: JsonScan, context: InspectContext): FileContents {
  const read = readFio(scan, file, context);
  const document = scan.documents.at(-1)?.value;
  if (!read.ok || document === undefined) return unreadable(file, withoutName(read), 'fio');
  const report = read.value;
  const warnings = report.warnings.map(warning => ({
    kind: warning.kind,
    text: sentence(fioTrouble[warning.kind], warning),
  }));
  const unfit = firstOf(warnings.filter(({kind}) => kind !== 'saturated').map(({text}) => text));
  const entries = jobEntries(document, report);
  const remarks = report.remarks.map(remark => sentence(fioTrouble[remark.kind], remark));
  return contents(
    file,
    'fio',
    {
      version: report.version,
      ...startedAt(document.get('timestamp_ms')),
      records: fioRecords(report, document),
      settings: fioSettings(entries),
      warnings: [...warnings.map(({text}) => text), ...remarks],
      ...(unfit === undefined ? {} : {unfit}),
    },
    {path: report.clients.length > 0 ? '/client_stats' : '/jobs', expected: 'a job that did some I/O', found: 'none'},
  );
}

function withoutName(read: Result<unknown, ParseError>): Omit<ParseError, 'artefact'> {
  if (read.ok) return {path: '', expected: 'a document', found: 'none'};
  const {path, expected, found} = read.error;
  return {path, expected, found};
}

function fioRecords(report: FioReport, document: JsonObject): readonly FileRecord[] {
  const spanOf = fioSpans(report, document);
  return report.jobs.flatMap(job => {
    const {name, group, client, pattern, startSeconds, apart} = job;
    const whose = {
      group,
      ...(client === undefined ? {} : {client}),
      ...(pattern === undefined ? {} : {pattern}),
      ...(startSeconds === undefined ? {} : {startSeconds}),
    };
    const records: FileRecord[] = Object.entries(job.work).map(([direction, work]) => ({
      name,
      direction,
      ...whose,
      ...(apart === undefined ? {} : {apart}),
      ...fioFigures(work),
      ...spanOf(job.path, work.runtimeSeconds),
    }));
    if (job.sync !== undefined) {
      const longest = Math.max(0, ...records.map(({runtimeSeconds = 0}) => runtimeSeconds));
      const span = spanOf(job.path, longest);
      records.push({name, direction: 'sync', ...whose, ...span, ...fioLatency(job.sync), path: `${job.path}/sync`});
    }
    return records;
  });
}

/**
 * When a job ran. `job_start` says when it began (from 3.36 on). Without it `timestamp_ms` is the moment of the report,
 * so the end of jobs that ran together (stat.c); with clients `timestamp` is the moment before they start (client.c).
 * Earlier groups of several ended at no known time.
 */
function fioSpans({jobs, clients}: FioReport, document: JsonObject) {
  const seconds = document.get('timestamp');
  const said = document.get('timestamp_ms') ?? (typeof seconds === 'number' ? seconds * 1000 : undefined);
  const together = jobs.every(({group}) => group === jobs[0]?.group);
  const key = document.has('client_stats') ? 'client_stats' : 'jobs';
  const entries = objects(document.get(key));
  return (path: string, runtimeSeconds: number): Pick<FileRecord, 'span'> => {
    const ms = runtimeSeconds * 1000;
    const startMs = entries[Number(path.slice(key.length + 2))]?.get('job_start');
    if (typeof startMs === 'number' && startMs > 0) return {span: {startMs, endMs: startMs + ms}};
    if (typeof said !== 'number' || said <= 0 || !together) return {};
    return {span: clients.length > 0 ? {startMs: said, endMs: said + ms} : {startMs: said - ms, endMs: said}};
  };
}

function fioFigures({operations, bytes, iops, bytesPerSecond, runtimeSeconds, latency, path}: FioWork) {
  return {operations, bytes, opsPerSecond: iops, bytesPerSecond, runtimeSeconds, ...fioLatency(latency), path};
}

function fioLatency(latency: FioLatency | undefined) {
  if (latency === undefined) return {};
  const {kind, bins} = latency;
  return {
    latencyKind: kind,
    latencySeconds: latencyFigures(latency),
    latencyCount: latency.count,
    ...(bins === undefined ? {} : {bins}),
  };
}

/** Of fio's usual percentiles: a name that is made anew each time takes several times as long to become a key. */
const percentileNames = new Map(
  [1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99].map(one => [one, `p${one}`]),
);

function latencyFigures(latency: FioLatency): Readonly<Record<string, number>> {
  const figures: Record<string, number> = {
    min: latency.minSeconds,
    mean: latency.meanSeconds,
    max: latency.maxSeconds,
    stddev: latency.stddevSeconds,
  };
  for (const {percentile, seconds} of latency.percentiles) {
    figures[percentileNames.get(percentile) ?? `p${percentile}`] = seconds;
  }
  return figures;
}

interface JobEntry {
  name: string;
  /** Its own options first, then the global ones that may stand for them (one set a client in fio 3.42). */
  options: readonly JsonObject[];
}

function jobEntries(document: JsonObject, {jobs}: FioReport): readonly JobEntry[] {
  const globals = objects(document.get('global options'));
  const key = document.has('client_stats') ? 'client_stats' : 'jobs';
  const entries = document.get(key);
  if (!isArray(entries)) return [];
  return entries.flatMap((entry, index) => {
    const name = isObject(entry) ? entry.get('jobname') : undefined;
    if (!isObject(entry) || typeof name !== 'string') return [];
    const same = globals.filter(
      one => one.get('hostname') === entry.get('hostname') && one.get('port') === entry.get('port'),
    );
    const path = `/${key}/${index}`;
    const job = jobs.find(one => one.path === path);
    if (job === undefined) return [];
    // The options of an entry that sums up several sections are those of its last.
    const own = job.ofSeveral ? [] : objects(entry.get('job options'));
    return [{name, options: [...own, ...(same.length > 0 ? same : globals.slice(0, 1))]}];
  });
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return (isArray(value) ? value : [value]).filter(one => isObject(one));
}

function optionOf(options: readonly JsonObject[], key: string): string | undefined {
  for (const one of options) {
    const value = one.get(key);
    if (value !== undefined) return typeof value === 'string' ? value : undefined;
  }
  return undefined;
}

/** Where the options came from and what a job is called are no settings. */
const noSettings = new Set(['name', 'hostname', 'port']);

/** Options that all jobs have alike under their own name, others as `job.option`. */
function fioSettings(entries: readonly JobEntry[]): Readonly<Record<string, string>> {
  const jobs = new Map<string, Map<string, Set<string>>>();
  for (const {name, options} of entries) {
    const known = jobs.get(name) ?? new Map<string, Set<string>>();
    jobs.set(name, known);
    for (const key of new Set(options.flatMap(one => [...one.keys()]))) {
      const value = optionOf(options, key);
      if (value === undefined || noSettings.has(key)) continue;
      known.set(key, (known.get(key) ?? new Set()).add(value));
    }
  }
  const settings: Record<string, string> = {};
  for (const key of new Set([...jobs.values()].flatMap(options => [...options.keys()]))) {
    const each = [...jobs].map(([name, options]) => ({name, value: [...(options.get(key) ?? [])].sort().join(', ')}));
    const alike = each.every(({value}) => value === each[0]?.value) && [...jobs.values()].every(one => one.has(key));
    for (const {name, value} of alike ? each.slice(0, 1) : each) {
      if (alike) settings[key] = value;
      else if (jobs.get(name)?.has(key)) settings[`${name}.${key}`] = value;
    }
  }
  return settings;
}

// ───────────────────────────── iperf3 ─────────────────────────────

const iperf3Trouble: Readonly<Record<Iperf3Warning['kind'], string>> = {
  exit: 'iperf3 ended otherwise than it says',
  short: 'the test ran shorter than asked',
  'no-end': 'the test has no totals',
  'nothing-received': 'nothing arrived',
  'not-a-number': 'iperf3 printed no number',
  inconsistent: 'figures contradict each other',
  damaged: 'the text is damaged',
};

function iperf3Contents(file: string, scan: JsonScan, context: InspectContext): FileContents {
  const read = readIperf3(scan, file, context);
  if (!read.ok) return unreadable(file, withoutName(read), 'iperf3');
  const report = read.value;
  const warnings = report.warnings.map(warning => sentence(iperf3Trouble[warning.kind], warning));
  const failed = report.error === undefined ? [] : [`iperf3 failed: ${report.error}`];
  const unfit = firstOf([...failed, ...warnings]);
  const [wrong] = report.warnings;
  return contents(
    file,
    'iperf3',
    {
      version: report.version,
      ...iperf3StartedAt(scan),
      records: iperf3Records(report, iperf3StartedAt(scan).startedAtMs),
      settings: iperf3Settings(scan),
      warnings: [...failed, ...warnings],
      ...(unfit === undefined ? {} : {unfit}),
    },
    report.error !== undefined
      ? {path: '/error', expected: 'a test without error', found: report.error}
      : {path: wrong?.path ?? '/end', expected: wrong?.expected ?? 'totals', found: wrong?.found ?? 'none'},
  );
}

function iperf3Records({protocol, flows}: Iperf3Report, startMs: number | undefined): readonly FileRecord[] {
  if (protocol === undefined) return [];
  return flows.map(({direction, bitsPerSecond, seconds, retransmits, udp, path}) => ({
    name: protocol,
    direction,
    protocol,
    ...(bitsPerSecond === undefined ? {} : {bitsPerSecond}),
    runtimeSeconds: seconds,
    ...(startMs === undefined ? {} : {span: {startMs, endMs: startMs + seconds * 1000}}),
    ...(udp === undefined ? {} : {lostRatio: udp.lossRatio, jitterSeconds: udp.jitterSeconds}),
    ...(retransmits === undefined ? {} : {retransmits}),
    path,
  }));
}

/** `start` of the document or of the stream of events. */
function iperf3Start({documents}: JsonScan): JsonObject | undefined {
  const [first] = documents;
  const start = first?.value.has('event') ? first.value.get('data') : first?.value.get('start');
  return isObject(start) ? start : undefined;
}

function iperf3StartedAt(scan: JsonScan): {startedAtMs?: number} {
  const time = iperf3Start(scan)?.get('timestamp');
  const seconds = isObject(time) ? time.get('timesecs') : undefined;
  const milliseconds = isObject(time) ? time.get('timemillisecs') : undefined;
  return startedAt(milliseconds ?? (typeof seconds === 'number' ? seconds * 1000 : undefined));
}

/** The parameters of the test. */
function iperf3Settings(scan: JsonScan): Readonly<Record<string, string>> {
  const test = iperf3Start(scan)?.get('test_start');
  if (!isObject(test)) return {};
  return Object.fromEntries(
    [...test].flatMap(([key, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[key, String(value)] as const] : [],
    ),
  );
}

// ───────────────────────────── ping ─────────────────────────────

const pingTrouble: Readonly<Record<PingWarning['kind'], string>> = {
  exit: 'ping ended otherwise than it says',
  short: 'fewer requests than asked',
  'no-summary': 'ping did not end by itself',
  inconsistent: 'figures contradict each other',
  damaged: 'the text is damaged',
};

function pingContents(file: string, text: string, {exitCode}: InspectContext): FileContents {
  const read = parsePing(text, file, exitCode === undefined ? {} : {exitCode});
  if (!read.ok) return unreadable(file, withoutName(read), 'ping');
  const report = read.value;
  const warnings = report.warnings.map(warning => sentence(pingTrouble[warning.kind], warning));
  const unfit = firstOf(warnings);
  return contents(
    file,
    'ping',
    {
      version: report.dialect,
      measured: fingerprintOfText(text),
      records: pingRecords(report),
      settings: {payloadBytes: String(report.payloadBytes)},
      warnings,
      ...(unfit === undefined ? {} : {unfit}),
    },
    {path: report.warnings[0]?.path ?? 'line 1', expected: 'replies or a summary', found: 'neither'},
  );
}

function pingRecords({host, sent, lossRatio, durationSeconds, latency}: PingReport): readonly FileRecord[] {
  if (lossRatio === undefined && latency === undefined) return [];
  const record: FileRecord = {
    name: host,
    direction: 'echo',
    ...(durationSeconds === undefined ? {} : {runtimeSeconds: durationSeconds}),
    ...(lossRatio === undefined ? {} : {lostRatio: lossRatio}),
    path: latency?.path ?? '',
  };
  if (latency === undefined) return [record];
  const {min, mean, max, stddevSeconds, percentiles} = latency;
  const times: Readonly<Record<string, PingTime>> = {
    min,
    mean,
    max,
    ...Object.fromEntries(percentiles.map(({percentile, ...time}) => [`p${percentile}`, time])),
  };
  const latencySeconds: Record<string, number> = {};
  const latencyHalfWidthSeconds: Record<string, number> = {};
  for (const [name, {seconds, halfWidthSeconds}] of Object.entries(times)) {
    latencySeconds[name] = seconds;
    latencyHalfWidthSeconds[name] = halfWidthSeconds;
  }
  if (stddevSeconds !== undefined) latencySeconds.stddev = stddevSeconds;
  const latencyAtLeast = Object.keys(times).filter(name => times[name]?.atLeast);
  return [
    {
      ...record,
      latencySeconds,
      latencyHalfWidthSeconds,
      // Requests that nobody answered are waits too, of which only the least is known.
      latencyCount: sent ?? latency.count,
      ...(latencyAtLeast.length === 0 ? {} : {latencyAtLeast}),
    },
  ];
}
