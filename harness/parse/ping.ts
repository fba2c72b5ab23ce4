/**
 * What `ping` printed: iputils (20210202 to 20250605 seen, from s20121221 known from its source and from recordings of
 * others) or busybox (1.30 to 1.38 seen), with or without `-D`, `-O`, `-q`, `-R`. Pure. Source of the format: iputils
 * ping.c, ping6_common.c, ping_common.c and ping_output.c, busybox networking/ping.c.
 */
import type {ParseError, Result} from '../types.ts';
import {
  deviationOf,
  disagreements,
  latencyOf,
  latencyOfSummary,
  microsecond,
  type PingLatency,
  type PingTime,
  type PrintedTime,
  printedTime,
  type Rounding,
  rangeOf,
  roundingOf,
  type TimeRange,
  type Times,
  timeOf,
} from './ping-times.ts';

export type {PingLatency, PingTime} from './ping-times.ts';

export interface PingReply {
  /** As printed, and counted on where the 16 bits of the header begin anew. iputils counts from 1, busybox from 0. */
  sequence: number;
  /** Round trip; absent where the payload had no room for a time stamp (`-s` below 16). */
  time?: PingTime;
  /** A further answer to a request that was answered already; in no figure but `duplicates`. */
  duplicate: boolean;
  /** Counts from 1. */
  line: number;
}

/** Requests one after another that nobody answered. */
export interface PingGap {
  firstSequence: number;
  lastSequence: number;
}

/**
 * `exit`: the exit code says otherwise than the text. `short`: fewer requests than asked. `no-summary`: it was killed
 * or cut off before it could add up. `inconsistent`: two figures that must agree do not. `damaged`: an answer came back
 * altered, or the text is not whole.
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
  /**
   * From the first request to the end; iputils only. Absent where s20180629 may have printed it: whole seconds as if
   * they were milliseconds.
   */
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

const busyboxHeader = /^PING ([^\s(]+) \(([^()]+)\)(?: from \S+)?: (\d{1,5}) data bytes$/;
/**
 * For IPv6 older ones have no space before the bracket; with a name there is another pair of brackets in it. A source
 * has its device after it.
 */
const iputilsHeader =
  /^PING ([^\s(]+)( ?)\(([^\s()]+(?: \([^\s()]+\))?)\)(?: ?, flow 0x[0-9a-f]{5},)?(?: from \S+ \S*:)? (\d{1,5})(?:\(\d+\) bytes of data\.| data bytes)$/;
const replyShape =
  /^(?:\[\d{1,12}\.\d{6}\] )?(\d{1,5}) bytes from (.+?): (?:icmp_)?seq=(\d{1,5})(?: ident=\d+)?(?: ttl=\d{1,3})?(?: time=(\d{1,9}(?:\.\d{1,3})?) ms)?((?: \([A-Z ]+!\))*)(?:\t\(same route\))?$/;
const silenceShape = /^(?:\[\d{1,12}\.\d{6}\] )?no answer yet for icmp_seq=(\d{1,5})$/;
const troubleShape = /^(?:\[\d{1,12}\.\d{6}\] )?From .+ icmp_seq=\d{1,5} (?!Redirect)/;
const alteredShape = /^wrong data byte #/;
const startShape = /^--- (.+) ping statistics ---$/;
/** Six digits of a share are up to nine decimals (`%g`). */
const summaryShape =
  /^(\d{1,15}) packets transmitted, (\d{1,15})(?: packets)? received(?:, \+?(\d{1,15}) duplicates)?(?:, \+(\d{1,15}) corrupted)?(?:, \+(\d{1,15}) errors)?(?:, (\d{1,3}(?:\.\d{1,9})?(?:e-\d\d)?)% packet loss)?(?:, time (\d{1,15})ms)?$/;
const timesShape =
  /^(?:rtt min\/avg\/max\/mdev|round-trip min\/avg\/max) = (\d{1,9}\.\d{3})\/(\d{1,9}\.\d{3})\/(\d{1,9}\.\d{3})(?:\/(\d{1,9}\.\d{3}))?(?: ms)(?:, pipe \d+)?(?:, ipg\/ewma [\d.]+\/[\d.]+ ms)?$/;

/** Theirs begin as busybox's do, and round and count otherwise. */
const bsdShape = /^round-trip min\/avg\/max\/(?:stddev|std-dev) = |^\d+ packets transmitted, .*\d\.\d+% packet loss$/;

type Warn = (kind: PingWarning['kind'], path: string, expected: string, found: string) => void;

/**
 * Any text in, a report or an error out; lines end with a line feed. An error: no `PING` line, a second one, output for
 * programs, another language, or the ping of macOS, BSD or GNU inetutils. A run that was cut off is a report of its
 * replies with the warning `no-summary`; with any warning its figures must not be judged. Replies and summary are held
 * against each other. What nothing else in the text confirms: `sent` where nothing was answered, or, in busybox's whole
 * percents, within their rounding; `durationSeconds`; `errors` above the lines that tell of them; which of the lost
 * requests a gap names, and which a duplicate answers; times within the rounding of ping's own mean; and for `-q`,
 * where there are no replies, `payloadBytes` and the times, which must only be in order.
 */
export function parsePing(text: string, artefact: string, context: PingContext = {}): Result<PingReport, ParseError> {
  const wrong = (path: string, expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found},
  });
  if (text.length > longestText) return wrong('line 1', `at most ${longestText} characters`, `${text.length}`);
  const lines = text.split('\n');
  // `$(ping …)` and the like drop the last line end; a line that ends with its unit is whole without.
  const end = lines.at(-1) ?? '';
  if (timesShape.test(end) || (summaryShape.test(end) && /(?:ms|loss)$/.test(end))) lines.push('');
  const first = lines.findIndex(line => line.startsWith('PING '));
  const header = readHeader(lines[first] ?? '');
  if (header === undefined) return {ok: false, error: {artefact, ...foreignPing(lines, first)}};
  const again = lines.findIndex((line, index) => index > first && line.startsWith('PING '));
  if (again !== -1) return wrong(`line ${again + 1}`, 'one run of ping a file', 'a second one');
  const other = lines.findIndex(line => bsdShape.test(line));
  if (other !== -1)
    return wrong(
      `line ${other + 1}`,
      'ping of iputils or busybox: run one of these',
      'ping of macOS, BSD or GNU inetutils',
    );

  const warnings: PingWarning[] = [];
  const warn: Warn = (kind, path, expected, found) => warnings.push({kind, path, expected, found});
  const body = readBody(lines, first + 1, header, warn);
  if (context.exitCode === 2) warn('exit', 'exit code', '0 or 1: ping itself failed', '2');
  if (lines.at(-1) !== '') warn('damaged', `line ${lines.length}`, 'a last line that ends', 'a text that is cut off');
  const summary = readSummary(lines, body.end, warn);
  const rounding = roundingOf(printedOf(body.replies), summary?.times);
  const {dialect, host, payloadBytes} = header;
  const replies = body.replies.map(one => replyOf(one, rounding));
  const report: PingReport = {dialect, host, payloadBytes, replies, gaps: [], notes: body.notes, warnings};
  if (summary === undefined) {
    warn('no-summary', `line ${lines.length}`, 'ping statistics: let ping end by itself, or interrupt it', 'none');
    const latency = latencyOfReplies(body.replies, rounding, 0);
    return {ok: true, value: latency === undefined ? report : {...report, latency}};
  }
  const {sent, received, duplicates, corrupted, errors, times} = summary;
  Object.assign(report, {sent, received, duplicates, corrupted, errors});
  if (summary.durationSeconds !== undefined && isSoundDuration(summary.durationSeconds, sent, header, rounding))
    report.durationSeconds = summary.durationSeconds;
  if (sent > 0) report.lossRatio = (sent - received) / sent;
  holdCounts(report, summary, body, context, warn);
  const agree = holdTimes(header, summary, body.replies, rounding, warn);
  const lost = Math.max(0, sent - received);
  // The summary is of duplicates too, and says more only where the answers have fewer digits.
  const coarse = printedOf(body.replies).some(one => one.stepSeconds > 1.5 * microsecond);
  const exact = agree && coarse && duplicates === 0 ? times : undefined;
  const latency = latencyOfReplies(body.replies, rounding, lost, exact) ?? latencyOfSummary(times, received, lost);
  if (latency !== undefined) report.latency = latency;
  if (replies.length > 0) report.gaps = gapsOf(dialect, sent, replies);
  return {ok: true, value: report};
}

/** What is not to be read, and what to do about it. */
function foreignPing(lines: readonly string[], first: number): Omit<ParseError, 'artefact'> {
  const at = Math.max(first, 0);
  const line = lines[at] ?? '';
  const found = excerpt(line);
  const path = `line ${at + 1}`;
  if (
    lines
      .find(one => one.trim() !== '')
      ?.trimStart()
      .startsWith('{')
  )
    return {path: 'line 1', expected: "ping's text: run it without --json", found: 'JSON'};
  if (/^PING \S+ ?\(.+\).*? \d{1,5}(?:\(\d+\))? \S/.test(line))
    return {path, expected: "ping's output in English: run it with LC_ALL=C", found: `another language: ${found}`};
  return {path, expected: '"PING HOST (ADDRESS) …"', found};
}

type RawReply = Omit<PingReply, 'time'> & {printed?: PrintedTime};

function printedOf(replies: readonly RawReply[]): readonly PrintedTime[] {
  return replies.flatMap(({printed}) => printed ?? []);
}

function replyOf({printed, ...reply}: RawReply, rounding: Rounding): PingReply {
  return printed === undefined ? reply : {...reply, time: timeOf(rangeOf(printed, rounding))};
}

function latencyOfReplies(
  replies: readonly RawReply[],
  rounding: Rounding,
  lost: number,
  exact?: Times,
): PingLatency | undefined {
  const firsts = replies.filter(one => !one.duplicate);
  const ranges = printedOf(firsts).map(one => rangeOf(one, rounding));
  return latencyOf(ranges, lost, `line ${firsts[0]?.line}`, exact);
}

/** Between requests, without a word of it, people wait from a fifth of a second to a minute. */
const usualInterval = {least: 0.2, most: 60};

/**
 * s20180629 prints `seconds + microseconds / 1000` as milliseconds: what it prints may be a duration of up to as many
 * seconds. Sound is a duration that would mean too long an interval for that, or too short a one, or that is of another
 * version for certain.
 */
function isSoundDuration(printed: number, sent: number, {modern}: Header, rounding: Rounding): boolean {
  const milliseconds = Math.round(printed * 1000);
  if (sent < 2 || milliseconds < 1 || rounding === 'cut' || modern) return true;
  const [least, most] = [Math.max(1, milliseconds - 1000), milliseconds];
  return most < usualInterval.least * (sent - 1) || least > usualInterval.most * (sent - 1);
}

type Header = Pick<PingReport, 'dialect' | 'host' | 'payloadBytes'> & {
  /** Of 2024 or later for certain. */
  modern: boolean;
};

function readHeader(line: string): Header | undefined {
  const busybox = busyboxHeader.exec(line);
  if (busybox !== null) {
    const [, host = '', , payload] = busybox;
    return {dialect: 'busybox', host, payloadBytes: Number(payload), modern: false};
  }
  const iputils = iputilsHeader.exec(line);
  if (iputils === null) return undefined;
  const [, host = '', space, address = '', payload] = iputils;
  return {dialect: 'iputils', host, payloadBytes: Number(payload), modern: space === ' ' && address.includes(':')};
}

interface Body {
  replies: RawReply[];
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
      const [, bytes = '', , counted = '', time, marks = ''] = reply;
      const sequence = onward(Number(counted), last);
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
      const printed = time === undefined ? undefined : printedTime(time, header.dialect);
      if (time !== undefined && printed === undefined)
        warn('inconsistent', path, 'as many decimals as ping prints of a time of this length', `${time} ms`);
      body.replies.push({sequence, ...(printed === undefined ? {} : {printed}), duplicate, line: index + 1});
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
 * iputils prints six digits. Busybox, and iputils before 2019, cut to whole percents: of those, iputils' are taken only
 * where the last request was answered, so that `sent` needs no confirmation.
 */
function isShare(percent: string | undefined, ratio: number, dialect: Dialect, lastAnswered: boolean): boolean {
  if (percent === undefined) return false;
  const off = ratio * 100 - Number(percent);
  if (Math.abs(off) <= 6e-6 * ratio * 100) return true;
  return (dialect === 'busybox' || lastAnswered) && /^\d+$/.test(percent) && off > 0 && off < 1;
}

/**
 * The summary's times are those of all answers, duplicates too, in whole microseconds. Whether they agree with the
 * answers.
 */
function holdTimes(
  header: Header,
  {received, times, path}: Summary,
  replies: readonly RawReply[],
  rounding: Rounding,
  warn: Warn,
): boolean {
  if (times === undefined) {
    if (received > 0 && isTimed(header)) warn('damaged', path, 'min/avg/max after it', 'none');
    return false;
  }
  const {min, mean, max, deviation} = times;
  const disagree = (expected: string, found: string): void => warn('inconsistent', times.path, expected, found);
  if (received === 0) disagree('no times, as nothing was answered', 'some');
  if (!(min <= mean && mean <= max)) disagree('min ≤ avg ≤ max', `${min}, ${mean}, ${max} s`);
  if ((deviation === undefined) === (header.dialect === 'iputils')) {
    const expected = header.dialect === 'iputils' ? 'mdev' : 'no mdev';
    disagree(expected, deviation === undefined ? 'none' : 'one');
  }
  // ping cuts the mean to microseconds before it takes squares: so much may be added to the variance.
  const cutMean = 2 * microsecond * mean;
  const most = (max - min) / 2 + 2 * microsecond;
  if (deviation !== undefined && deviation ** 2 > most ** 2 + cutMean)
    disagree(`mdev at most ${(max - min) * 500} ms, half the span`, `${deviation * 1000} ms`);
  const printed = printedOf(replies);
  if (printed.length === 0) return false;
  const ranges = printed.map(one => rangeOf(one, rounding));
  const wrong = disagreements(ranges, times);
  for (const {name, expected, found} of wrong)
    disagree(`${name} of the answers, ${inMilliseconds(expected)}`, `${found * 1000} ms`);
  if (deviation !== undefined) holdDeviation(ranges, deviation, cutMean, disagree);
  return wrong.length === 0;
}

function holdDeviation(
  ranges: readonly TimeRange[],
  deviation: number,
  cutMean: number,
  disagree: (expected: string, found: string) => void,
): void {
  const times = ranges.map(range => timeOf(range));
  const half = times.reduce((widest, one) => Math.max(widest, one.halfWidthSeconds), 0);
  const own = deviationOf(times.map(one => one.seconds));
  const slack = cutMean + 2 * (own + half) * half + 2 * microsecond * (own + microsecond);
  if (Math.abs(own ** 2 - deviation ** 2) > slack + 1e-15)
    disagree(`mdev ${own * 1000} ms, of the answers`, `${deviation * 1000} ms`);
}

function inMilliseconds({lowSeconds, highSeconds}: TimeRange): string {
  const [low, high] = [lowSeconds, highSeconds].map(seconds => Number((seconds * 1000).toFixed(6)));
  return low === high ? `${low} ms` : `${low} to ${high} ms`;
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
