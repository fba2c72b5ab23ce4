/**
 * What `ping` printed: iputils (20210202 to 20250605 seen) or busybox (1.30 to 1.38 seen), with or without `-D`, `-O`, `-q`. Pure.
 * Source of the format and of its arithmetic: iputils ping_common.c and ping_output.c, busybox networking/ping.c.
 */
import type {ParseError, Result} from '../../harness/types.ts';

export interface PingReply {
  /** As printed, and counted on where the 16 bits of the header begin anew. iputils counts from 1, busybox from 0. */
  sequence: number;
  /** Round trip; absent where the payload had no room for a time stamp (`-s` below 16). */
  seconds?: number;
  /** `seconds` is rounded to ± half of this: 1e-6 below 1 ms, 1e-3 from 100 ms on. */
  resolutionSeconds?: number;
  /** A further answer to a request that was answered already; in no figure but `duplicates`. */
  duplicate: boolean;
  /** Counts from 1. */
  line: number;
}

/** Round trips of the answers, duplicates left out. */
export interface PingLatency {
  /** Answers that were timed; without replies (`-q`, `-f`), what the summary says was received. */
  count: number;
  minSeconds: number;
  meanSeconds: number;
  maxSeconds: number;
  /** Over all answers, as ping's own mdev; absent where only busybox's summary is there. */
  stddevSeconds?: number;
  /** By nearest rank, ascending, of 50, 90, 99 and 99.9 those that as many answers can tell apart from the longest; empty without replies. */
  percentiles: readonly {percentile: number; seconds: number}[];
  /** The coarsest rounding among them: each figure is right to ± half of it. */
  resolutionSeconds: number;
  path: string;
}

/** Requests one after another that nobody answered. */
export interface PingGap {
  firstSequence: number;
  lastSequence: number;
}

/**
 * `exit`: the exit code says otherwise than the text. `short`: fewer requests than asked. `no-summary`: it was killed or cut off before it
 * could add up. `inconsistent`: two figures that must agree do not. `damaged`: an answer came back altered, or the text is not whole.
 */
export interface PingWarning {
  kind: 'exit' | 'short' | 'no-summary' | 'inconsistent' | 'damaged';
  path: string;
  expected: string;
  found: string;
}

type Dialect = 'iputils' | 'busybox';

export interface PingReport {
  dialect: Dialect;
  /** As given on the command line. */
  host: string;
  payloadBytes: number;
  /** This and the next six are the summary's; absent without one. */
  sent?: number;
  received?: number;
  /** Of what was sent, 0…1. */
  lossRatio?: number;
  duplicates?: number;
  /** Answers with a wrong checksum. */
  corrupted?: number;
  /** ICMP errors and requests that could not be sent. */
  errors?: number;
  /** From the first request to the end; iputils only. */
  durationSeconds?: number;
  /** Absent where nothing was answered or timed. */
  latency?: PingLatency;
  /** In the order of their arrival; empty for `-q` and `-f`. */
  replies: readonly PingReply[];
  /** Ascending; only where there are replies and a summary. */
  gaps: readonly PingGap[];
  /** Lines that are neither answer nor summary: unreachable hosts, altered bytes. */
  notes: readonly string[];
  warnings: readonly PingWarning[];
}

export interface PingContext {
  exitCode?: number;
  /** Requests asked for (`-c`). */
  count?: number;
}

/** Longer texts are refused: 64 MiB hold a million answers. */
const longestText = 64 * 2 ** 20;
const sequences = 65_536;
const microsecond = 1e-6;

const headerShape = /^PING (\S+) ?\(([^()]+)\)(?: from .+?)?: ?(?:(\d{1,5}) data bytes)$/;
const iputilsHeaderShape = /^PING (\S+) ?\((.+?)\)(?: from .+?)? (\d{1,5})(?:\(\d+\) bytes of data\.| data bytes)$/;
const replyShape =
  /^(?:\[\d{1,12}\.\d{6}\] )?(\d{1,5}) bytes from (.+?): (?:icmp_)?seq=(\d{1,5})(?: ident=\d+)?(?: ttl=\d{1,3})?(?: time=(\d{1,9}(?:\.\d{1,3})?) ms)?((?: \([A-Z ]+!\))*)$/;
const silenceShape = /^(?:\[\d{1,12}\.\d{6}\] )?no answer yet for icmp_seq=(\d{1,5})$/;
const troubleShape = /^(?:\[\d{1,12}\.\d{6}\] )?From .+ icmp_seq=\d{1,5} (?!Redirect)/;
const alteredShape = /^wrong data byte #/;
const startShape = /^--- (.+) ping statistics ---$/;
const summaryShape =
  /^(\d{1,15}) packets transmitted, (\d{1,15})(?: packets)? received(?:, \+?(\d{1,15}) duplicates)?(?:, \+(\d{1,15}) corrupted)?(?:, \+(\d{1,15}) errors)?(?:, (\d{1,3}(?:\.\d{1,6})?(?:e-\d\d)?)% packet loss)?(?:, time (\d{1,15})ms)?$/;
const timesShape =
  /^(?:rtt min\/avg\/max\/mdev|round-trip min\/avg\/max) = (\d{1,9}\.\d{3})\/(\d{1,9}\.\d{3})\/(\d{1,9}\.\d{3})(?:\/(\d{1,9}\.\d{3}))?(?: ms)(?:, pipe \d+)?(?:, ipg\/ewma [\d.]+\/[\d.]+ ms)?$/;

type Warn = (kind: PingWarning['kind'], path: string, expected: string, found: string) => void;

/**
 * Any text in, a report or an error out. An error: no `PING` line, a second one, or output for programs. A run that was cut off is a report of
 * its replies with the warning `no-summary`; with any warning its figures must not be judged. Replies and summary are held against each
 * other. What nothing else in the text confirms: `sent` where nothing was answered, or, in busybox's whole percents, within their
 * rounding; `durationSeconds`; `errors` above the lines that tell of them; which of the lost requests a gap names, and which a duplicate answers; times within the
 * rounding of ping's own mean; and for `-q`, where there are no replies, `payloadBytes` and the times, which must only be in order.
 */
export function parsePing(text: string, artefact: string, context: PingContext = {}): Result<PingReport, ParseError> {
  const wrong = (path: string, expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found},
  });
  if (text.length > longestText) return wrong('line 1', `at most ${longestText} characters`, `${text.length}`);
  const lines = text.split('\n');
  const first = lines.findIndex(line => line.startsWith('PING '));
  const header = readHeader(lines[first] ?? '');
  if (header === undefined) {
    if (text.trimStart().startsWith('{')) return wrong('line 1', "ping's text: run it without --json", 'JSON');
    return wrong(`line ${Math.max(first, 0) + 1}`, '"PING HOST (ADDRESS) …"', excerpt(lines[Math.max(first, 0)] ?? ''));
  }
  const again = lines.findIndex((line, index) => index > first && line.startsWith('PING '));
  if (again !== -1) return wrong(`line ${again + 1}`, 'one run of ping a file', 'a second one');

  const warnings: PingWarning[] = [];
  const warn: Warn = (kind, path, expected, found) => warnings.push({kind, path, expected, found});
  const body = readBody(lines, first + 1, header, warn);
  const report: PingReport = {...header, replies: body.replies, gaps: [], notes: body.notes, warnings};
  if (context.exitCode === 2) warn('exit', 'exit code', '0 or 1: ping itself failed', '2');
  if (lines.at(-1) !== '') warn('damaged', `line ${lines.length}`, 'a last line that ends', 'a text that is cut off');
  const summary = readSummary(lines, body.end, warn);
  if (summary === undefined) {
    warn('no-summary', `line ${lines.length}`, 'ping statistics: let ping end by itself, or interrupt it', 'none');
    const latency = latencyOf(body.replies);
    return {ok: true, value: latency === undefined ? report : {...report, latency}};
  }
  const {sent, received, duplicates, corrupted, errors, durationSeconds, times} = summary;
  Object.assign(report, {sent, received, duplicates, corrupted, errors});
  if (durationSeconds !== undefined) report.durationSeconds = durationSeconds;
  if (sent > 0) report.lossRatio = (sent - received) / sent;
  holdCounts(report, summary, body, context, warn);
  holdTimes(header, summary, body.replies, warn);
  const latency = latencyOf(body.replies) ?? fromTimes(times, received);
  if (latency !== undefined) report.latency = latency;
  if (body.replies.length > 0) report.gaps = gapsOf(header.dialect, sent, body.replies);
  return {ok: true, value: report};
}

type Header = Pick<PingReport, 'dialect' | 'host' | 'payloadBytes'>;

function readHeader(line: string): Header | undefined {
  const busybox = headerShape.exec(line);
  const match = busybox ?? iputilsHeaderShape.exec(line);
  const [, host, , payload] = match ?? [];
  if (host === undefined || payload === undefined) return undefined;
  return {dialect: busybox === null ? 'iputils' : 'busybox', host, payloadBytes: Number(payload)};
}

interface Body {
  replies: PingReply[];
  notes: string[];
  /** Lines that tell of an ICMP error. */
  troubles: number;
  /** The highest sequence that anything but a reply names; -1 for none. */
  silent: number;
  /** Index of the line that begins the statistics, or of the end. */
  end: number;
}

function readBody(lines: readonly string[], from: number, header: Header, warn: Warn): Body {
  const body: Body = {replies: [], notes: [], troubles: 0, silent: -1, end: lines.length};
  const answered = new Set<number>();
  let last = 0;
  for (let index = from; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const path = `line ${index + 1}`;
    if (startShape.test(line)) {
      body.end = index;
      break;
    }
    const silence = silenceShape.exec(line)?.[1];
    const reply = replyShape.exec(line);
    // Without its end a line may be a smaller truth; that it is cut off is said elsewhere.
    if (index === lines.length - 1) continue;
    if (silence !== undefined) body.silent = Math.max(body.silent, onward(Number(silence), last));
    else if (reply === null) {
      if (troubleShape.test(line)) body.troubles += 1;
      if (alteredShape.test(line)) warn('damaged', path, 'the bytes that were sent', line);
      if (line.trim() !== '') body.notes.push(line);
    } else {
      const [, bytes = '', , printed = '', time, marks = ''] = reply;
      const sequence = onward(Number(printed), last);
      last = sequence;
      if (marks.includes('CHECKSUM') || marks.includes('ADDRESS'))
        warn('damaged', path, 'a sound answer', marks.trim());
      if (marks.includes('CHECKSUM')) continue;
      const duplicate = marks.includes('DUP!');
      if (duplicate !== answered.has(sequence)) {
        const expected = duplicate ? `an earlier answer to ${sequence}` : `(DUP!): ${sequence} was answered before`;
        warn('inconsistent', path, expected, duplicate ? 'none' : 'no mark');
      }
      answered.add(sequence);
      if (Number(bytes) !== header.payloadBytes + 8)
        warn('inconsistent', path, `${header.payloadBytes + 8} bytes`, `${bytes} bytes`);
      if ((time !== undefined) !== isTimed(header)) {
        warn('inconsistent', path, isTimed(header) ? 'a time' : 'no time', time ?? 'none');
      }
      const decimals = time?.split('.')[1]?.length ?? 0;
      body.replies.push({
        sequence,
        ...(time === undefined ? {} : {seconds: Number(time) / 1000, resolutionSeconds: 10 ** -decimals / 1000}),
        duplicate,
        line: index + 1,
      });
    }
  }
  return body;
}

/** ping times an answer where the payload has room for its stamp: a timeval, or 32 bits for busybox. */
function isTimed({dialect, payloadBytes}: Header): boolean {
  return payloadBytes >= (dialect === 'iputils' ? 16 : 4);
}

/** The header counts in 16 bits: the number nearest to the one before it. */
function onward(printed: number, last: number): number {
  return printed + sequences * Math.max(0, Math.round((last - printed) / sequences));
}

interface Times {
  min: number;
  mean: number;
  max: number;
  deviation?: number;
  path: string;
}

interface Summary {
  sent: number;
  received: number;
  duplicates: number;
  corrupted: number;
  errors: number;
  durationSeconds?: number;
  percent?: string;
  times?: Times;
  path: string;
}

function readSummary(lines: readonly string[], start: number, warn: Warn): Summary | undefined {
  const line = lines[start + 1] ?? '';
  const match = summaryShape.exec(line);
  if (match === null || start + 2 >= lines.length) return undefined;
  const [, sent = '', received = '', duplicates = '0', corrupted = '0', errors = '0', percent, duration] = match;
  const summary: Summary = {
    sent: Number(sent),
    received: Number(received),
    // ping prints these three only where there are any.
    duplicates: Number(duplicates),
    corrupted: Number(corrupted),
    errors: Number(errors),
    path: `line ${start + 2}`,
  };
  if (duration !== undefined) summary.durationSeconds = Number(duration) / 1000;
  if (percent !== undefined) summary.percent = percent;
  for (let index = start + 2; index < lines.length - 1; index += 1) {
    const after = lines[index] ?? '';
    const times = timesShape.exec(after);
    if (times !== null && summary.times === undefined) {
      const [min = 0, mean = 0, max = 0] = times.slice(1, 4).map(one => Number(one) / 1000);
      summary.times = {min, mean, max, path: `line ${index + 1}`};
      if (times[4] !== undefined) summary.times.deviation = Number(times[4]) / 1000;
    } else if (after.trim() !== '' && !/^(?:, )?pipe \d+$/.test(after)) {
      warn('damaged', `line ${index + 1}`, 'min/avg/max, or the end', excerpt(after));
    }
  }
  return summary;
}

function holdCounts(
  {dialect}: PingReport,
  summary: Summary,
  {replies, troubles, silent}: Body,
  context: PingContext,
  warn: Warn,
): void {
  const {sent, received, duplicates, corrupted, errors, percent, path} = summary;
  const disagree = (expected: string, found: string): void => warn('inconsistent', path, expected, found);
  if (received > sent) disagree(`at most ${sent} received, as sent`, `${received}`);
  if (errors < troubles) disagree(`at least ${troubles} errors, as lines tell of them`, `${errors}`);
  if ((summary.durationSeconds === undefined) === (dialect === 'iputils')) {
    disagree(dialect === 'iputils' ? 'a time' : 'no time', summary.durationSeconds === undefined ? 'none' : 'one');
  }
  if (corrupted > 0) warn('damaged', path, 'sound answers', `${corrupted} corrupted`);
  const last = (dialect === 'iputils' ? 1 : 0) + sent - 1;
  const highest = replies.reduce((all, one) => Math.max(all, one.sequence), silent);
  if (sent === 0) disagree('packets transmitted', '0');
  else if (!isShare(percent, (sent - received) / sent, dialect, highest === last)) {
    disagree(`${((sent - received) / sent) * 100} % packet loss`, percent === undefined ? 'none' : `${percent} %`);
  }
  if (highest > last) disagree(`at least ${sent + highest - last} packets transmitted`, `${sent}`);
  if (replies.length > 0) {
    const firsts = replies.filter(one => !one.duplicate).length;
    if (firsts !== received) disagree(`${firsts} received, as there are answers`, `${received}`);
    const further = replies.length - firsts;
    if (further !== duplicates) disagree(`${further} duplicates, as there are answers`, `${duplicates}`);
    if (replies.some(one => one.sequence < (dialect === 'iputils' ? 1 : 0))) disagree('sequences from 1', '0');
  }
  if (context.count !== undefined && sent < context.count) warn('short', path, `${context.count} packets`, `${sent}`);
  if (context.exitCode === 0 && received === 0) warn('exit', 'exit code', '1, as nothing was answered', '0');
  if (context.exitCode === 1 && received > 0)
    warn('exit', 'exit code', '0, as there were answers, unless a deadline (-w) cut it short', '1');
}

/**
 * iputils prints six digits. Busybox, and iputils before 2019, cut to whole percents: of those, iputils' are taken only where the last request
 * was answered, so that `sent` needs no confirmation.
 */
function isShare(percent: string | undefined, ratio: number, dialect: Dialect, lastAnswered: boolean): boolean {
  if (percent === undefined) return false;
  const off = ratio * 100 - Number(percent);
  if (Math.abs(off) <= 6e-6 * ratio * 100) return true;
  return (dialect === 'busybox' || lastAnswered) && /^\d+$/.test(percent) && off > 0 && off < 1;
}

/** The summary's times are those of all answers, duplicates too, in whole microseconds. */
function holdTimes(header: Header, {received, times, path}: Summary, replies: readonly PingReply[], warn: Warn): void {
  if (times === undefined) {
    if (received > 0 && isTimed(header)) warn('damaged', path, 'min/avg/max after it', 'none');
    return;
  }
  const {min, mean, max, deviation} = times;
  const disagree = (name: string, expected: number, found: number): void =>
    warn('inconsistent', times.path, `${name} ${expected * 1000} ms, of the answers`, `${found * 1000} ms`);
  if (received === 0) warn('inconsistent', times.path, 'no times, as nothing was answered', 'some');
  if (!(min <= mean && mean <= max)) warn('inconsistent', times.path, 'min ≤ avg ≤ max', `${min}, ${mean}, ${max} s`);
  if ((deviation === undefined) === (header.dialect === 'iputils'))
    warn(
      'inconsistent',
      times.path,
      header.dialect === 'iputils' ? 'mdev' : 'no mdev',
      deviation === undefined ? 'none' : 'one',
    );
  if (deviation !== undefined && deviation > (max - min) / 2 + 2 * microsecond)
    warn('inconsistent', times.path, `mdev at most ${(max - min) * 500} ms, half the span`, `${deviation * 1000} ms`);
  const own = distribution(replies);
  if (own === undefined) return;
  const half = own.resolution / 2;
  const near = (a: number, b: number, slack: number): boolean => Math.abs(a - b) <= slack + 1e-12;
  if (!near(own.min, min, own.resolutionOf(own.min))) disagree('min', own.min, min);
  if (!near(own.max, max, own.resolutionOf(own.max))) disagree('max', own.max, max);
  if (!near(own.mean, mean, microsecond + own.meanResolution / 2)) disagree('avg', own.mean, mean);
  // ping cuts the mean to microseconds before it takes squares.
  const slack = 2e-6 * mean + 2 * (own.stddev + half) * half + 2 * microsecond * (own.stddev + microsecond);
  if (deviation !== undefined && Math.abs(own.stddev ** 2 - deviation ** 2) > slack + 1e-15)
    disagree('mdev', own.stddev, deviation);
}

function distribution(replies: readonly PingReply[]) {
  const timed = replies.flatMap(({seconds, resolutionSeconds}) =>
    seconds === undefined || resolutionSeconds === undefined ? [] : [{seconds, resolutionSeconds}],
  );
  if (timed.length === 0) return undefined;
  const sorted = timed.toSorted((a, b) => a.seconds - b.seconds);
  const mean = timed.reduce((all, one) => all + one.seconds, 0) / timed.length;
  const variance = timed.reduce((all, one) => all + (one.seconds - mean) ** 2, 0) / timed.length;
  return {
    sorted: sorted.map(one => one.seconds),
    min: sorted[0]?.seconds ?? mean,
    max: sorted.at(-1)?.seconds ?? mean,
    mean,
    stddev: Math.sqrt(variance),
    resolution: timed.reduce((all, one) => Math.max(all, one.resolutionSeconds), 0),
    meanResolution: timed.reduce((all, one) => all + one.resolutionSeconds, 0) / timed.length,
    resolutionOf: (seconds: number): number =>
      timed.reduce(
        (all, one) => (one.seconds === seconds ? Math.max(all, one.resolutionSeconds / 2) : all),
        microsecond / 2,
      ),
  };
}

function latencyOf(replies: readonly PingReply[]): PingLatency | undefined {
  const firsts = replies.filter(one => !one.duplicate);
  const own = distribution(firsts);
  if (own === undefined) return undefined;
  const {sorted, min, mean, max, stddev, resolution} = own;
  const percentiles = [50, 90, 99, 99.9].flatMap(percentile => {
    // 100 answers tell the 99th percentile apart from the longest.
    if (sorted.length * (100 - percentile) < 100 - 1e-9) return [];
    const seconds = sorted[Math.ceil((percentile / 100) * sorted.length - 1e-9) - 1];
    return seconds === undefined ? [] : [{percentile, seconds}];
  });
  return {
    count: sorted.length,
    minSeconds: min,
    meanSeconds: mean,
    maxSeconds: max,
    stddevSeconds: stddev,
    percentiles,
    resolutionSeconds: resolution,
    path: `line ${firsts[0]?.line}`,
  };
}

function fromTimes(times: Times | undefined, received: number): PingLatency | undefined {
  if (times === undefined) return undefined;
  const {min, mean, max, deviation, path} = times;
  return {
    count: received,
    minSeconds: min,
    meanSeconds: mean,
    maxSeconds: max,
    ...(deviation === undefined ? {} : {stddevSeconds: deviation}),
    percentiles: [],
    resolutionSeconds: microsecond,
    path,
  };
}

function gapsOf(dialect: Dialect, sent: number, replies: readonly PingReply[]): readonly PingGap[] {
  const first = dialect === 'iputils' ? 1 : 0;
  const answered = [...new Set(replies.map(one => one.sequence))].sort((a, b) => a - b);
  const gaps: PingGap[] = [];
  let next = first;
  for (const sequence of [...answered, first + sent]) {
    if (sequence > next) gaps.push({firstSequence: next, lastSequence: sequence - 1});
    next = Math.max(next, sequence + 1);
  }
  return gaps;
}

function excerpt(line: string): string {
  return line.trim() === '' ? 'nothing' : JSON.stringify(line.slice(0, 120));
}
