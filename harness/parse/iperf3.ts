import type {ParseError, Result} from '../types.ts';
import {
  count,
  describe,
  flag,
  isArray,
  isObject,
  items,
  member,
  object,
  type Place,
  quantity,
  text,
} from './json-place.ts';
import {type JsonObject, type JsonScan, type JsonValue, scanJson} from './json-scan.ts';
import {reading, Unexpected} from './unexpected.ts';

export type Iperf3Protocol = 'tcp' | 'udp' | 'sctp';
/** `forward`: from the client to the server. */
export type Iperf3Direction = 'forward' | 'reverse';

/** What arrived in one direction over the whole test, omitted seconds left out. */
export interface Iperf3Flow {
  direction: Iperf3Direction;
  /** Received, not sent: goodput. Absent for UDP before 3.11, which prints only what was sent. */
  bitsPerSecond?: number;
  /** Received; absent where `bitsPerSecond` is. */
  bytes?: number;
  /** How long the receiver counted. */
  seconds: number;
  /** TCP only, where the sender's kernel counts them. */
  retransmits?: number;
  udp?: Iperf3Datagrams;
  /** JSON pointer of the receiver's sum; of the only sum for UDP before 3.11. */
  path: string;
}

export interface Iperf3Datagrams {
  /** What the sender sent; before 3.2, and where a sender did not say, up to the last one that arrived. */
  sent: number;
  lost: number;
  /** Lost over sent, 0…1. */
  lossRatio: number;
  /** RFC 1889, at the receiver. */
  jitterSeconds: number;
}

/** One reporting interval, as this client saw it: sent for forward, received for reverse. */
export interface Iperf3Interval {
  direction: Iperf3Direction;
  startSeconds: number;
  endSeconds: number;
  bytes: number;
  bitsPerSecond: number;
  retransmits?: number;
}

/**
 * `exit`: the client failed although its JSON names no error. `short`: it ran shorter than asked. `no-end`: no totals,
 * although no error is named. `nothing-received`: nothing arrived. `not-a-number`: iperf3 printed `-nan`, `null`, a
 * loss beyond 0…100 %, or one that counts omitted seconds too. `inconsistent`: two figures that must agree do not.
 * `damaged`: not all of the text is whole.
 */
export type Iperf3WarningKind =
  | 'exit'
  | 'short'
  | 'no-end'
  | 'nothing-received'
  | 'not-a-number'
  | 'inconsistent'
  | 'damaged';

export interface Iperf3Warning {
  kind: Iperf3WarningKind;
  path: string;
  expected: string;
  found: string;
}

export interface Iperf3Report {
  version: string;
  /** Absent where no test was begun (refused, busy). */
  protocol?: Iperf3Protocol;
  direction?: Iperf3Direction | 'bidirectional';
  streams?: number;
  /** iperf3's own words; with it there are no flows, whatever the totals say. */
  error?: string;
  flows: readonly Iperf3Flow[];
  intervals: readonly Iperf3Interval[];
  warnings: readonly Iperf3Warning[];
}

export interface Iperf3Context {
  exitCode?: number;
}

const longEnough = 0.95;
/** The first interval after omitted ones: its start and end are a few milliseconds off its seconds. */
const afterOmission = 0.05;
/**
 * 3.1 prints six decimals (`%f` of its cJSON), from 1e9 on seven digits (`%e`), of figures that it reckoned with all of
 * theirs.
 */
const sixDecimals = 0.5e-6;

/**
 * Reads what an iperf3 client of 3.1 to 3.22 printed with `-J` or `--json-stream` (3.17+); 3.9, 3.12, 3.18, 3.21 and
 * 3.22 were seen, the others are known from their source. Paths are JSON pointers; for a stream, into the document that
 * `-J` would have printed; for `--bidir` before 3.11, into the one that 3.11 would have printed. An error where there
 * is no whole document, or it lacks what its version prints; a named `error` is a value, with the intervals until then.
 * With any warning the flows must not be judged. Every figure is held against another that must agree with it; what is
 * left is the last digits of a double, and of a rate of 3.1 what its six decimals of a second leave open. What a server
 * said (`--get-server-output`) is not read. An error, with what to do: a server's own output, and several tests in one
 * text.
 */
export function parseIperf3(
  output: string,
  artefact: string,
  context: Iperf3Context = {},
): Result<Iperf3Report, ParseError> {
  return readIperf3(scanIperf3(output), artefact, context);
}

/**
 * The text as `readIperf3` takes it; `scan` is the same text scanned, where that was done already. From 3.7 to 3.10
 * both directions of `--bidir` are printed under the same keys (named apart since 39ec29c5 and aa455109): they are
 * given the names that 3.11 gives them.
 */
export function scanIperf3(output: string, scan: JsonScan = scanJson(output)): JsonScan {
  const twice = scan.documents.some(document =>
    document.repeated.some(path => /\/sum(?:_sent|_received)?$/.test(path) && !path.startsWith('/server_output')),
  );
  // The first one: a server's, below server_output_json, may be another.
  const version = /"version"\s*:\s*"iperf 3\.(\d{1,3})(?!\d)/.exec(output)?.[1];
  if (!twice || version === undefined || Number(version) < 7 || Number(version) > 10) return scan;
  // Sums hold no braces of their own.
  const reverse = /"(sum(?:_sent|_received)?)"(\s*:\s*\{[^{}]*"sender"\s*:\s*false\s*\})/g;
  return scanJson(output.replace(reverse, '"$1_bidir_reverse"$2'));
}

/** The same of a text that was scanned already. */
export function readIperf3(
  scan: JsonScan,
  artefact: string,
  context: Iperf3Context = {},
): Result<Iperf3Report, ParseError> {
  const first = scan.documents[0];
  if (first === undefined) {
    const broken = scan.damage[0];
    if (broken !== undefined) {
      const {line, expected, found} = broken;
      return {ok: false, error: {artefact, path: `line ${line}`, expected, found}};
    }
    const [said] = scan.outside;
    const people = scan.outside.find(line => /^Connecting to host|^\[ *(?:ID|SUM|\d+)\]/.test(line));
    const expected = people === undefined ? 'a JSON document of iperf3' : 'JSON: run iperf3 with -J';
    const found = said === undefined ? 'no text' : JSON.stringify((people ?? said).slice(0, 200));
    return {ok: false, error: {artefact, path: 'line 1', expected, found}};
  }
  return reading(artefact, () => {
    const warnings: Iperf3Warning[] = scan.damage.map(({line, expected, found}) => ({
      kind: 'damaged',
      path: `line ${line}`,
      expected,
      found,
    }));
    const streamed = first.value.has('event');
    const started = scan.documents.filter(({value}) =>
      streamed ? value.get('event') === 'start' : value.has('start'),
    );
    refuseServers(started.map(({value}) => value.get(streamed ? 'data' : 'start')));
    if (started.length > 1) {
      const expected = 'one test a file: give each a file of its own (--logfile appends)';
      throw new Unexpected(`line ${started[1]?.line}`, expected, `${started.length} tests in one file`);
    }
    const root: Place = {value: streamed ? joinEvents(scan, warnings) : first.value, path: ''};
    if (!streamed && scan.documents.length > 1) {
      warnings.push({kind: 'damaged', path: '', expected: 'one document', found: `${scan.documents.length}`});
    }
    // Before 3.17 the socket buffers of every stream are keys of one object.
    for (const path of scan.documents.flatMap(readTwice)) {
      if (/^\/(?:data|start)\/(?:sock_bufsize|sndbuf_actual|rcvbuf_actual)$/.test(path)) continue;
      warnings.push({kind: 'inconsistent', path, expected: 'each key once', found: 'the key again'});
    }
    return readReport(root, streamed, warnings, context);
  });
}

/**
 * Keys that stand twice, but for those of what the server said (`--get-server-output`), which is not read: 3.12 has its
 * target_bitrate twice.
 */
function readTwice({value, repeated}: JsonScan['documents'][number]): readonly string[] {
  const event = value.get('event');
  if (typeof event === 'string' && event.startsWith('server_output')) return [];
  return repeated.filter(path => !path.startsWith('/server_output'));
}

/** A server's own output has the client's figures the other way round, and lacks some. */
function refuseServers(starts: readonly (JsonValue | undefined)[]): void {
  const server = starts.some(
    start => isObject(start) && start.has('accepted_connection') && !start.has('connecting_to'),
  );
  if (!server) return;
  const expected = "the client's output (iperf3 -c HOST -J), which has both sides' figures";
  throw new Unexpected('/start/accepted_connection', expected, "the server's output (iperf3 -s)");
}

/**
 * `--json-stream` says the same a line an event: put together as `-J` prints it. `--json-stream-full-output` (3.20+)
 * prints the whole document after the events: that one is read, once it holds as many intervals.
 */
function joinEvents(scan: JsonScan, warnings: Iperf3Warning[]): JsonObject {
  const whole = new Map<string, JsonValue>();
  const intervals: JsonValue[] = [];
  const last = scan.documents.at(-1);
  const full = last?.value.has('event') === false && last.value.has('start') ? last.value : undefined;
  for (const document of scan.documents) {
    if (document.value === full) continue;
    const event = document.value.get('event');
    const data = document.value.get('data');
    if (event === 'interval' && data !== undefined) intervals.push(data);
    else if (typeof event === 'string' && data !== undefined && !whole.has(event)) whole.set(event, data);
    else {
      const expected = 'an event of its own with data';
      warnings.push({kind: 'damaged', path: `line ${document.line}`, expected, found: describe(event)});
    }
  }
  whole.set('intervals', intervals);
  if (full === undefined) return whole;
  const again = full.get('intervals');
  const found = isArray(again) ? again.length : 0;
  if (found !== intervals.length) {
    const expected = `${intervals.length} intervals, as there are interval events`;
    warnings.push({kind: 'inconsistent', path: '/intervals', expected, found: `${found}`});
  }
  return full;
}

const knownMembers = new Set(['start', 'intervals', 'end', 'error', 'title', 'extra_data']);

function readReport(root: Place, streamed: boolean, warnings: Iperf3Warning[], context: Iperf3Context): Iperf3Report {
  for (const key of object(root).value.keys()) {
    if (knownMembers.has(key) || key.startsWith('server_output')) continue;
    warnings.push({kind: 'inconsistent', path: '', expected: [...knownMembers].join(', '), found: key});
  }
  const start = object(member(root, 'start'));
  const test = member(start, 'test_start');
  const report: Iperf3Report = {version: text(member(start, 'version')), flows: [], intervals: [], warnings};
  const error = member(root, 'error');
  if (error.value !== undefined) report.error = text(error);
  else if (context.exitCode !== undefined && context.exitCode !== 0) {
    const expected = '0, as no error is named';
    warnings.push({kind: 'exit', path: 'exit code', expected, found: `${context.exitCode}`});
  }
  if (test.value === undefined) {
    if (report.error !== undefined) return report;
    // 3.9 ends so where it is refused: the reason is lost with -J.
    throw new Unexpected(test.path, 'a test that was begun: run iperf3 without -J to see why it was not', 'nothing');
  }
  const protocol = text(member(test, 'protocol')).toLowerCase();
  if (protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp') report.protocol = protocol;
  else
    warnings.push({
      kind: 'inconsistent',
      path: member(test, 'protocol').path,
      expected: 'TCP, UDP or SCTP',
      found: protocol,
    });
  const streams = count(member(test, 'num_streams'));
  report.streams = streams;
  const main: Iperf3Direction = count(member(test, 'reverse')) === 0 ? 'forward' : 'reverse';
  const minor = minorOf(report.version);
  // Before 3.7 (0778f04c) no sum and no stream says who sends: all of them go one way.
  const sends: Sends = place => {
    const said = member(place, 'sender');
    return said.value === undefined && minor < 7 ? main === 'forward' : flag(said);
  };
  const intervals = items(member(root, 'intervals'));
  const end = member(root, 'end');
  const bidirectional =
    [end, ...intervals].some(place => member(place, sumKey('sum', true)).value !== undefined) ||
    member(end, sumKey('sum_received', true)).value !== undefined;
  report.direction = bidirectional ? 'bidirectional' : main;
  checkTest(test, start, streams, bidirectional, warnings);
  const read = intervals.map(place => readInterval(place, sends, main, bidirectional, minor, warnings));
  const leftOut = afterOmitted(read, count(member(test, 'omit')));
  report.intervals = read.flatMap(sums =>
    sums.flatMap(({interval, omitted, span}) => {
      if (omitted || leftOut.has(interval)) return [];
      checkSpan(span, interval, warnings);
      return [interval];
    }),
  );
  if (report.error !== undefined) return report;
  if (!isObject(end.value) || end.value.size === 0) {
    const expected = streamed
      ? 'an end event: the stream was cut off; keep all of what iperf3 prints, until it has ended'
      : 'totals: iperf3 did not end by itself';
    warnings.push({kind: 'no-end', path: end.path, expected, found: describe(end.value)});
    return report;
  }
  const other: Iperf3Direction = main === 'forward' ? 'reverse' : 'forward';
  const ends = {end: object(end), test, streams, udp: protocol === 'udp', minor, sends, leftOut, warnings};
  report.flows = [
    ...readFlow(ends, main, false, report.intervals),
    ...(bidirectional ? readFlow(ends, other, true, report.intervals) : []),
  ];
  return report;
}

/** Whether this client sends on a stream, or sends what a sum adds up. */
type Sends = (place: Place) => boolean;

/** 12 for `iperf 3.12`; beyond all for a version that is not understood, so that nothing may be missing. */
function minorOf(version: string): number {
  const minor = /^iperf 3\.(\d{1,3})(?!\d)/.exec(version)?.[1];
  return minor === undefined ? Number.POSITIVE_INFINITY : Number(minor);
}

/** iperf3 marks the second direction of `--bidir` in its keys. */
function sumKey(key: string, secondary: boolean): string {
  return secondary ? `${key}_bidir_reverse` : key;
}

function checkTest(
  test: Place,
  start: Place,
  streams: number,
  bidirectional: boolean,
  warnings: Iperf3Warning[],
): void {
  const sockets = items(member(start, 'connected')).length;
  const wanted = streams * (bidirectional ? 2 : 1);
  if (sockets !== wanted) {
    const path = member(test, 'num_streams').path;
    warnings.push({kind: 'inconsistent', path, expected: `${sockets}, the connected streams`, found: `${wanted}`});
  }
  const flagged = member(test, 'bidir');
  if (flagged.value !== undefined && (count(flagged) !== 0) !== bidirectional) {
    const expected = bidirectional ? '1, as there are sums of both' : '0, as there is one sum';
    warnings.push({kind: 'inconsistent', path: flagged.path, expected, found: describe(flagged.value)});
  }
}

function readInterval(
  place: Place,
  sends: Sends,
  main: Iperf3Direction,
  bidirectional: boolean,
  minor: number,
  warnings: Iperf3Warning[],
): readonly ReadInterval[] {
  const streams = items(member(place, 'streams'));
  const other: Iperf3Direction = main === 'forward' ? 'reverse' : 'forward';
  const sums: readonly (readonly [Place, Iperf3Direction])[] = bidirectional
    ? [
        [member(place, 'sum'), main],
        [member(place, sumKey('sum', true)), other],
      ]
    : [[member(place, 'sum'), main]];
  return sums.flatMap(([sum, direction]) => {
    object(sum);
    const disagree = (key: string, expected: string, found: string): void => {
      warnings.push({kind: 'inconsistent', path: `${sum.path}/${key}`, expected, found});
    };
    // The client sends in the forward direction.
    const sent = sends(sum);
    if (sent !== (direction === 'forward')) disagree('sender', `${!sent}, as the test runs ${direction}`, `${sent}`);
    const parts = streams.filter(stream => sends(stream) === sent);
    const bytes = count(member(sum, 'bytes'));
    const partBytes = parts.reduce((all, part) => all + count(member(part, 'bytes')), 0);
    if (bytes !== partBytes) disagree('bytes', `${partBytes}, of all streams`, `${bytes}`);
    const omitted = flag(member(sum, 'omitted'));
    if (parts.some(part => flag(member(part, 'omitted')) !== omitted)) {
      disagree('omitted', `${!omitted}, as its streams`, `${omitted}`);
    }
    const startSeconds = quantity(member(sum, 'start'));
    const endSeconds = quantity(member(sum, 'end'));
    const bitsPerSecond = rate(sum, warnings, minor);
    if (bitsPerSecond === undefined) return [];
    // The sum takes the clock of the first stream of all.
    const clock = streams[0];
    for (const [key, value] of [
      ['start', startSeconds],
      ['end', endSeconds],
    ] as const) {
      const own = clock === undefined ? undefined : quantity(member(clock, key));
      if (own !== value) disagree(key, `${own}, as the first stream`, `${value}`);
    }
    const interval: Iperf3Interval = {direction, startSeconds, endSeconds, bytes, bitsPerSecond};
    const retransmits = member(sum, 'retransmits');
    if (retransmits.value !== undefined) {
      interval.retransmits = count(retransmits);
      const partsSum = parts.reduce((all, part) => all + count(member(part, 'retransmits')), 0);
      if (partsSum !== interval.retransmits)
        disagree('retransmits', `${partsSum}, of all streams`, `${interval.retransmits}`);
    } else if (parts.some(part => member(part, 'retransmits').value !== undefined)) {
      disagree('retransmits', 'the sum of all streams', 'nothing');
    }
    const seconds = member(sum, 'seconds');
    return [{interval, omitted, span: {seconds: quantity(seconds), path: seconds.path}}];
  });
}

interface Span {
  seconds: number;
  /** Of `seconds`. */
  path: string;
}

interface ReadInterval {
  interval: Iperf3Interval;
  omitted: boolean;
  span: Span;
}

/**
 * Where `--omit` ends within an interval, or in its very moment (two timers of iperf3 race), that one has the bytes
 * and seconds of what was omitted since the last interval too, and less between its start and end: these are how far
 * each is from that moment. It is no interval of the test; its totals do not depend on it.
 */
function afterOmitted(read: readonly (readonly ReadInterval[])[], omitSeconds: number): ReadonlySet<Iperf3Interval> {
  const first = read.find(sums => sums.some(({omitted}) => !omitted)) ?? [];
  if (omitSeconds === 0) return new Set();
  return new Set(
    first.flatMap(({interval, span: {seconds}}) => {
      const length = interval.endSeconds - interval.startSeconds;
      return seconds > length + afterOmission ? [interval] : [];
    }),
  );
}

function checkSpan({seconds, path}: Span, {startSeconds, endSeconds}: Iperf3Interval, warnings: Iperf3Warning[]): void {
  const span = endSeconds - startSeconds;
  if (Math.abs(span - seconds) <= afterOmission + 1e-6 * seconds) return;
  warnings.push({kind: 'inconsistent', path, expected: `${span}, from start and end`, found: `${seconds}`});
}

/** bits_per_second, held against bytes and seconds; `undefined` where iperf3 printed no number. */
function rate(sum: Place, warnings: Iperf3Warning[], minor: number): number | undefined {
  const place = member(sum, 'bits_per_second');
  const seconds = member(sum, 'seconds');
  for (const one of [place, seconds]) {
    // cJSON prints `null` for what is no number since iperf 3.2, `-nan` or `inf` before.
    if (one.value !== null && (typeof one.value !== 'object' || !('notANumber' in one.value))) continue;
    warnings.push({kind: 'not-a-number', path: one.path, expected: 'a number', found: describe(one.value)});
    return undefined;
  }
  const value = quantity(place);
  const duration = quantity(seconds);
  const expected = (count(member(sum, 'bytes')) * 8) / duration;
  // Of the seconds, and of the rate itself; a hundredth more, as the rounding of one meets that of the other.
  const rounded = minor === 1 ? 1.01 * sixDecimals * (expected / duration + (value >= 1e9 ? value : 1)) : 0;
  if (Math.abs(value - expected) > rounded + 1e-14 * expected + 1e-9) {
    warnings.push({kind: 'inconsistent', path: place.path, expected: `${expected}, from bytes`, found: `${value}`});
  }
  return value;
}

/** The same of a total, whose seconds are also held against its start and end. */
function totalRate(sum: Place, warnings: Iperf3Warning[], minor: number): number | undefined {
  const value = rate(sum, warnings, minor);
  if (value === undefined) return undefined;
  const seconds = member(sum, 'seconds');
  const duration = quantity(seconds);
  const span = quantity(member(sum, 'end')) - quantity(member(sum, 'start'));
  if (Math.abs(span - duration) > 2e-6 + 1e-6 * duration) {
    const expected = `${span}, from start and end`;
    warnings.push({kind: 'inconsistent', path: seconds.path, expected, found: `${duration}`});
  }
  return value;
}

interface Ends {
  end: Place;
  test: Place;
  streams: number;
  udp: boolean;
  minor: number;
  sends: Sends;
  leftOut: ReadonlySet<Iperf3Interval>;
  warnings: Iperf3Warning[];
}

function readFlow(
  ends: Ends,
  direction: Iperf3Direction,
  secondary: boolean,
  intervals: readonly Iperf3Interval[],
): readonly Iperf3Flow[] {
  const {end, test, streams, udp, minor, sends, warnings} = ends;
  const received = member(end, sumKey('sum_received', secondary));
  const disagree = disagreeing(warnings);
  const ownStreams = items(member(end, 'streams'));
  if (ownStreams.length < streams) disagree(member(end, 'streams'), `${streams} streams`, `${ownStreams.length}`);
  // UDP has sums of both sides since 3.11 (0d078c4a); before, one sum: bytes and rate of the sender, seconds and loss
  // of the receiver.
  if (udp && received.value === undefined && minor < 11)
    return readOldDatagrams(ends, direction, secondary, ownStreams);
  object(received);
  const sent = object(member(end, sumKey('sum_sent', secondary)));
  const bytes = count(member(received, 'bytes'));
  const sentBytes = count(member(sent, 'bytes'));
  const seconds = quantity(member(received, 'seconds'));
  const bitsPerSecond = totalRate(received, warnings, minor);
  totalRate(sent, warnings, minor);
  if (bitsPerSecond === undefined) return [];
  if (bytes === 0) {
    warnings.push({kind: 'nothing-received', path: member(received, 'bytes').path, expected: 'bytes', found: '0'});
    return [];
  }
  checkLength(test, received, seconds, warnings);
  // Its own half of the intervals: what was sent going forward, what was received coming back.
  const whole = direction === 'forward' ? sentBytes : bytes;
  checkAgainstIntervals(sent, whole, direction, intervals, ends);
  const flow: Iperf3Flow = {direction, bitsPerSecond, bytes, seconds, path: received.path};
  if (udp) return datagramFlow(ends, secondary, ownStreams, flow);
  // Each stream says whether this client sends on it.
  const parts = ownStreams.filter(one => sends(member(one, 'sender')) === (direction === 'forward'));
  const sumOf = (side: string, key: string): number =>
    parts.reduce((all, part) => all + count(member(member(part, side), key)), 0);
  const receivedParts = sumOf('receiver', 'bytes');
  if (receivedParts !== bytes) disagree(member(received, 'bytes'), `${receivedParts}, of all streams`, `${bytes}`);
  const sentParts = sumOf('sender', 'bytes');
  if (sentParts !== sentBytes) disagree(member(sent, 'bytes'), `${sentParts}, of all streams`, `${sentBytes}`);
  const retransmits = member(sent, 'retransmits');
  if (retransmits.value !== undefined) {
    flow.retransmits = count(retransmits);
    const partsSum = sumOf('sender', 'retransmits');
    if (partsSum !== flow.retransmits) disagree(retransmits, `${partsSum}, of all streams`, `${flow.retransmits}`);
  } else if (parts.some(part => member(member(part, 'sender'), 'retransmits').value !== undefined)) {
    disagree(retransmits, 'the sum of all streams', 'nothing');
  }
  return [flow];
}

/** The flow with its datagrams, each figure of one side held against the other's. */
function datagramFlow(
  ends: Ends,
  secondary: boolean,
  ownStreams: readonly Place[],
  flow: Iperf3Flow,
): readonly Iperf3Flow[] {
  const {end, test, streams, warnings} = ends;
  const {direction, bytes} = flow;
  const disagree = disagreeing(warnings);
  const received = member(end, sumKey('sum_received', secondary));
  const sent = member(end, sumKey('sum_sent', secondary));
  const total = object(member(end, sumKey('sum', secondary)));
  const datagrams = readDatagrams(ends, received, total, direction, ownStreams);
  if (datagrams === undefined) return [];
  const sentPackets = count(member(sent, 'packets'));
  // Since 3.14 the two sides leave out their own omitted packets, which need not be as many.
  const omitted = count(member(test, 'omit')) > 0 && direction === 'reverse';
  if (!omitted && sentPackets !== datagrams.sent)
    disagree(member(sent, 'packets'), `${datagrams.sent}, as the sum`, `${sentPackets}`);
  const packets = count(member(received, 'packets'));
  // The receiver counts up to the last packet it saw: those still queued when the test ended are neither received nor
  // lost.
  if (!omitted && packets > sentPackets)
    disagree(member(sent, 'packets'), `at least ${packets}, as received`, `${sentPackets}`);
  const block = count(member(test, 'blksize'));
  if (block > 0 && streams === 1 && bytes !== (packets - datagrams.lost) * block) {
    const arrived = packets - datagrams.lost;
    disagree(member(received, 'bytes'), `${arrived * block}, of ${arrived} packets`, `${bytes}`);
  }
  return [{...flow, udp: datagrams}];
}

function disagreeing(warnings: Iperf3Warning[]) {
  return (place: Place, expected: string, found: string): void => {
    warnings.push({kind: 'inconsistent', path: place.path, expected, found});
  };
}

function checkLength(test: Place, sum: Place, seconds: number, warnings: Iperf3Warning[]): void {
  const asked = quantity(member(test, 'duration'));
  if (asked === 0) return;
  if (seconds < asked * longEnough) {
    warnings.push({kind: 'short', path: sum.path, expected: `${asked} s`, found: `${seconds} s`});
  }
  if (seconds > asked * 1.5 + 1) disagreeing(warnings)(member(sum, 'seconds'), `about ${asked} s`, `${seconds}`);
}

function checkAgainstIntervals(
  sum: Place,
  bytes: number,
  direction: Iperf3Direction,
  intervals: readonly Iperf3Interval[],
  {leftOut, warnings}: Ends,
): void {
  const seenIn = (some: readonly Iperf3Interval[]): number =>
    some.filter(one => one.direction === direction).reduce((all, one) => all + one.bytes, 0);
  const least = seenIn(intervals);
  // Of an interval that is left out, some may have been in the test's time.
  const most = least + seenIn([...leftOut]);
  const off = Math.max(least - bytes, bytes - most);
  if (off > 0.1 * bytes) disagreeing(warnings)(sum, `about ${least} bytes, of the intervals`, `${bytes}`);
}

/** UDP before 3.11: what was received is not printed, what was lost is. */
function readOldDatagrams(
  ends: Ends,
  direction: Iperf3Direction,
  secondary: boolean,
  ownStreams: readonly Place[],
): readonly Iperf3Flow[] {
  const {end, test, sends, warnings} = ends;
  const sum = object(member(end, sumKey('sum', secondary)));
  const seconds = quantity(member(sum, 'seconds'));
  const stop = quantity(member(sum, 'end')) - quantity(member(sum, 'start'));
  if (stop !== seconds) disagreeing(warnings)(member(sum, 'seconds'), `${stop}, from start and end`, `${seconds}`);
  const bytes = count(member(sum, 'bytes'));
  const parts = ownStreams.map(one => member(one, 'udp')).filter(one => sends(one) === (direction === 'forward'));
  const partBytes = parts.reduce((all, part) => all + count(member(part, 'bytes')), 0);
  if (bytes !== partBytes) disagreeing(warnings)(member(sum, 'bytes'), `${partBytes}, of all streams`, `${bytes}`);
  checkLength(test, sum, seconds, warnings);
  const udp = readDatagrams(ends, sum, sum, direction, ownStreams);
  if (udp === undefined) return [];
  if (udp.lost === udp.sent) {
    const path = member(sum, 'lost_packets').path;
    warnings.push({kind: 'nothing-received', path, expected: 'datagrams', found: 'all of them lost'});
    return [];
  }
  return [{direction, seconds, udp, path: sum.path}];
}

/**
 * `received`: the receiver's sum, of losses and jitter. `total`: the sum that counts what was sent, as the streams do.
 */
function readDatagrams(
  {test, minor, sends, warnings}: Ends,
  received: Place,
  total: Place,
  direction: Iperf3Direction,
  ownStreams: readonly Place[],
): Iperf3Datagrams | undefined {
  const disagree = disagreeing(warnings);
  const parts = ownStreams
    .map(one => object(member(one, 'udp')))
    .filter(one => sends(one) === (direction === 'forward'));
  const [lost, packets, percent, jitter] = ['lost_packets', 'packets', 'lost_percent', 'jitter_ms'].map(key => {
    const place = member(received, key);
    if (typeof place.value === 'number' && place.value >= 0) return place.value;
    warnings.push({kind: 'not-a-number', path: place.path, expected: 'a number ≥ 0', found: describe(place.value)});
    return undefined;
  });
  if (lost === undefined || packets === undefined || percent === undefined || jitter === undefined) return undefined;
  const sent = count(member(total, 'packets'));
  const path = member(received, 'lost_packets').path;
  if (packets === 0 || sent === 0 || lost > packets || lost > sent) {
    warnings.push({kind: 'not-a-number', path, expected: 'at most all packets lost', found: `${lost} of ${packets}`});
    return undefined;
  }
  // Before 3.14 (87cef993) the sender leaves omitted packets out of what it sent, and not out of what was lost.
  if (minor < 14 && direction === 'forward' && lost > 0 && count(member(test, 'omit')) > 0) {
    const expected = 'no loss beside omitted seconds, which iperf3 counts as well before 3.14';
    warnings.push({kind: 'not-a-number', path, expected, found: `${lost}`});
    return undefined;
  }
  const lostParts = parts.reduce((all, part) => all + count(member(part, 'lost_packets')), 0);
  if (lostParts !== lost) disagree(member(received, 'lost_packets'), `${lostParts}, of all streams`, `${lost}`);
  const sentParts = parts.reduce((all, part) => all + count(member(part, 'packets')), 0);
  if (sentParts !== sent) disagree(member(total, 'packets'), `${sentParts}, of all streams`, `${sent}`);
  const lossRatio = lost / sent;
  const rounded = minor === 1 ? 1.01 * sixDecimals : 0;
  if (Math.abs(percent - lossRatio * 100) > rounded + 1e-9) {
    disagree(member(received, 'lost_percent'), `${lossRatio * 100}, from the packets`, `${percent}`);
  }
  const jitters = parts.map(part => quantity(member(part, 'jitter_ms')));
  const mean = jitters.reduce((all, one) => all + one, 0) / jitters.length;
  if (!(Math.abs(jitter - mean) <= 2 * rounded + 1e-12 * mean))
    disagree(member(received, 'jitter_ms'), `${mean}, of all streams`, `${jitter}`);
  return {sent, lost, lossRatio, jitterSeconds: jitter / 1000};
}
