/**
 * Logs of the beacon: `beacon watch` (what a client saw of its guests) and `beacon verify` (which ledger records are on
 * the disk). Total: any text in, a value or a typed error out; a truncated or damaged log gives what stood before the
 * damage, with `complete: false`. What follows from the logs: reports/beacon/.
 *
 * A watch log is text, one event a line, words separated by one blank. Times are whole microseconds on the client's
 * CLOCK_MONOTONIC, counted from `origin-ns`. Request n is intended at n × interval; its number is the same for all
 * targets.
 * ```
 * seatrial-beacon 1 interval-us=10000 duration-us=… targets=N origin-ns=… client=HEX
 *   scheduler=fifo|other memory=locked|pageable
 * T target name address                     a target; numbers count from 0
 * A time wall_ns                            the wall clock at that moment: at the start, every 10 s, at the end
 * S target request late_us                  sent, so long after the intended time
 * E target request late_us ERRNO            could not be sent
 * X target time ERRNO                       the network answered some earlier request with an error
 * K first last                              these requests were never sent: the client itself was more than 1 s behind
 * L life target boot_id started_us          a new life answers: a boot id, and the guest's uptime when its server
 *                                           process started
 * B life at_boot slots damaged              its ledger: highest record found at the start (0: none), size in
 *                                           records, damaged ones
 * R target request time life uptime_us reply durable digest state [p= e= w= c= f=]      a reply, also a second one
 *     reply: counts the replies of that server process; durable: newest ledger record of this life that the disk
 *     acknowledged (0: none), digest: its hash, 8 hex digits or -; state: n no ledger, a absent, s scanning, o in
 *     order, e error, x not a ledger, ? unknown; p: microseconds a write has been waiting; e: error of the last write;
 *     w: failed writes; c: own records that read back wrong;
 *     f=BOOT_ID:RECORD a record of another life, newer than this life's own place in the ledger
 * Z time reason sent=N replies=N ignored=N dropped=N     the end; a log without it was cut
 * ```
 * A verify log has one line a record, oldest first:
 * ```
 * seatrial-beacon-verify 1 target=… boot=… instance-us=… at-boot=N durable=N slots=N from=N to=N
 * V record status digest boot               v valid, r rotated (a newer one stands in its place), o an older one,
 *                                           b blank, c corrupt, e unreadable; digest and the first 8 digits of
 *                                           the writer's boot id, or - -
 * Z complete|incomplete answered=N
 * ```
 */
import type {ParseError, Result} from '../types.ts';

/** One intended send. Seconds since the log's origin. Exactly one of `sentSeconds` and `error` is there. */
export interface BeaconRequest {
  request: number;
  intendedSeconds: number;
  sentSeconds?: number;
  error?: string;
  /** How late the client itself was, in seconds; never blamed on the guest. */
  lateSeconds: number;
}

export type LedgerState = 'none' | 'absent' | 'scanning' | 'in-order' | 'error' | 'not-a-ledger' | 'unknown';

export interface BeaconReply {
  request: number;
  atSeconds: number;
  /** Index into `BeaconTarget.lives`. */
  life: number;
  uptimeSeconds: number;
  replyNumber: number;
  /** Newest record that this life wrote and the disk acknowledged; absent before the first. */
  durable?: {record: number; digest: string};
  ledger: LedgerState;
  /** The write in flight has been waiting so long. */
  pendingSeconds?: number;
  writeError?: string;
  writeErrors: number;
  readbackErrors: number;
  foreign?: {bootId: string; record: number};
}

/** A server process in a guest. Two with one boot id: the beacon was restarted inside a running guest. */
export interface BeaconLife {
  bootId: string;
  /** Uptime of the guest when this server process started. */
  startedUptimeSeconds: number;
  /** What it found on its disk; absent while unknown. `atBoot` 0: no record. */
  ledger?: {atBoot: number; slots: number; damaged: number};
}

export interface BeaconTarget {
  name: string;
  address: string;
  requests: readonly BeaconRequest[];
  /** In the order of arrival. */
  replies: readonly BeaconReply[];
  lives: readonly BeaconLife[];
  /** ICMP errors, which belong to no particular request. */
  networkErrors: readonly {atSeconds: number; error: string}[];
}

export interface BeaconLog {
  intervalSeconds: number;
  /** CLOCK_MONOTONIC of the client host at the log's time 0, in seconds. */
  originMonotonicSeconds: number;
  /** Wall clock of the client host, seconds since 1970, at times of the log. */
  anchors: readonly {atSeconds: number; wallSeconds: number}[];
  /** `fifo`: real-time scheduling was granted. `locked`: memory could not be paged out. */
  instrument: {scheduler: string; memory: string};
  targets: readonly BeaconTarget[];
  /** Requests, first to last, that the client did not send because it was itself too late. */
  skipped: readonly {first: number; last: number}[];
  /** Events that found no room in the client's buffer; a log with any is not complete. */
  dropped: number;
  /** Until here the log speaks: its end, or the last event before it was cut. */
  endSeconds: number;
  /** Why the watch ended: `duration` or the name of a signal; absent when it was cut. */
  ended?: string;
  complete: boolean;
  damage?: ParseError;
}

export type RecordStatus = 'valid' | 'rotated' | 'older' | 'blank' | 'corrupt' | 'unreadable' | 'unknown';

export interface LedgerRecord {
  record: number;
  status: RecordStatus;
  /** Hash of the whole record, 8 hex digits; only when valid. */
  digest?: string;
  /** First 8 hex digits of the boot id of the life that wrote it; only when valid. */
  bootPrefix?: string;
}

export interface BeaconVerify {
  target: string;
  bootId: string;
  atBoot: number;
  durable: number;
  slots: number;
  from: number;
  to: number;
  records: readonly LedgerRecord[];
  complete: boolean;
  damage?: ParseError;
}

const ledgerStates: Readonly<Record<string, LedgerState>> = {
  n: 'none',
  a: 'absent',
  s: 'scanning',
  o: 'in-order',
  e: 'error',
  x: 'not-a-ledger',
  '?': 'unknown',
};

const recordStatuses: Readonly<Record<string, RecordStatus>> = {
  v: 'valid',
  r: 'rotated',
  o: 'older',
  b: 'blank',
  c: 'corrupt',
  e: 'unreadable',
  '?': 'unknown',
};

const bootIdPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const digestPattern = /^[0-9a-f]{8}$/;
const errorPattern = /^E[A-Z0-9]{1,30}$/;
const targetsMax = 64;
const livesMax = 256;

/** Thrown inside this file only. */
class Unreadable extends Error {
  readonly expected: string;
  readonly found: string;
  constructor(expected: string, found: string | undefined) {
    super(expected);
    this.expected = expected;
    this.found = found === undefined ? 'nothing' : found.length > 80 ? `${found.slice(0, 80)}…` : found;
  }
}

function whole(word: string | undefined, what: string): number {
  if (word === undefined || !/^-?\d{1,16}$/.test(word)) throw new Unreadable(`${what}, a whole number`, word);
  const value = Number(word);
  if (!Number.isSafeInteger(value)) throw new Unreadable(`${what}, a whole number`, word);
  return value;
}

function count(word: string | undefined, what: string): number {
  const value = whole(word, what);
  if (value < 0) throw new Unreadable(`${what}, 0 or more`, word);
  return value;
}

function matching(word: string | undefined, pattern: RegExp, what: string): string {
  if (word === undefined || !pattern.test(word)) throw new Unreadable(what, word);
  return word;
}

function exactly(words: readonly string[], length: number): void {
  if (words.length !== length) throw new Unreadable(`${length} words`, words.join(' '));
}

/** `key=value` words, each key once. */
function pairs(words: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals < 1 || found.has(word.slice(0, equals))) throw new Unreadable('key=value, each key once', word);
    found.set(word.slice(0, equals), word.slice(equals + 1));
  }
  return found;
}

interface Reading {
  requests: BeaconRequest[];
  replies: BeaconReply[];
  lives: BeaconLife[];
  networkErrors: {atSeconds: number; error: string}[];
  name: string;
  address: string;
}

class LogReader {
  readonly intervalUs: number;
  readonly originNs: number;
  readonly instrument: {scheduler: string; memory: string};
  readonly targetCount: number;
  readonly targets: Reading[] = [];
  readonly anchors: {atSeconds: number; wallSeconds: number}[] = [];
  readonly skipped: {first: number; last: number}[] = [];
  /** By the log's own number: which target, and its place among that target's lives. */
  readonly lives: {target: number; place: number}[] = [];
  sent = 0;
  replies = 0;
  dropped = 0;
  lastUs = 0;
  ended: string | undefined;

  constructor(header: string) {
    const words = header.split(' ');
    if (words[0] !== 'seatrial-beacon' || words[1] !== '1')
      throw new Unreadable('the header `seatrial-beacon 1 …`', header);
    const fields = pairs(words.slice(2));
    this.intervalUs = count(fields.get('interval-us'), 'interval-us');
    if (this.intervalUs < 1000 || this.intervalUs > 1_000_000)
      throw new Unreadable('interval-us from 1000 to 1000000', fields.get('interval-us'));
    const origin = matching(fields.get('origin-ns'), /^\d{1,19}$/, 'origin-ns, nanoseconds');
    this.originNs = Number(origin);
    this.targetCount = count(fields.get('targets'), 'targets');
    if (this.targetCount < 1 || this.targetCount > targetsMax)
      throw new Unreadable(`1 to ${targetsMax} targets`, fields.get('targets'));
    this.instrument = {
      scheduler: matching(fields.get('scheduler'), /^(fifo|other)$/, 'scheduler=fifo or other'),
      memory: matching(fields.get('memory'), /^(locked|pageable)$/, 'memory=locked or pageable'),
    };
  }

  line(line: string): void {
    if (this.ended !== undefined) throw new Unreadable('nothing after the line Z', line);
    const words = line.split(' ');
    switch (words[0]) {
      case 'S':
      case 'E':
        this.request(words);
        return;
      case 'R':
        this.reply(words);
        return;
      case 'X': {
        exactly(words, 4);
        const atSeconds = this.time(words[2]);
        const error = matching(words[3], errorPattern, 'the name of an error');
        this.target(words[1]).networkErrors.push({atSeconds, error});
        return;
      }
      case 'K': {
        exactly(words, 3);
        const first = count(words[1], 'first skipped request');
        const last = count(words[2], 'last skipped request');
        const before = this.skipped.at(-1)?.last ?? -1;
        if (last < first || first <= before) throw new Unreadable('skipped requests, first to last, ascending', line);
        this.skipped.push({first, last});
        this.lastUs = Math.max(this.lastUs, last * this.intervalUs);
        return;
      }
      case 'T':
        exactly(words, 4);
        if (count(words[1], 'number of the target') !== this.targets.length || this.targets.length >= this.targetCount)
          throw new Unreadable(`target ${this.targets.length} of ${this.targetCount}`, line);
        this.targets.push({
          name: matching(words[2], /^[A-Za-z0-9_.-]{1,63}$/, 'name of a target'),
          address: matching(words[3], /^\S{1,128}$/, 'address of a target'),
          requests: [],
          replies: [],
          lives: [],
          networkErrors: [],
        });
        return;
      case 'A': {
        exactly(words, 3);
        const wall = matching(words[2], /^\d{1,20}$/, 'wall clock in nanoseconds');
        this.anchors.push({atSeconds: this.time(words[1]), wallSeconds: Number(wall) / 1e9});
        return;
      }
      case 'L':
        this.life(words);
        return;
      case 'B': {
        exactly(words, 5);
        const life = this.lifeOf(words[1]);
        if (life.ledger !== undefined) throw new Unreadable('one line B a life', line);
        life.ledger = {
          atBoot: count(words[2], 'highest record found'),
          slots: count(words[3], 'slots'),
          damaged: count(words[4], 'damaged records'),
        };
        return;
      }
      case 'Z':
        this.trailer(words);
        return;
      default:
        throw new Unreadable('a line that begins with T, A, S, E, X, K, L, B, R or Z', line);
    }
  }

  private time(word: string | undefined): number {
    const us = whole(word, 'a time in microseconds');
    this.lastUs = Math.max(this.lastUs, us);
    return us / 1e6;
  }

  private target(word: string | undefined): Reading {
    const target = this.targets[count(word, 'number of a target')];
    if (target === undefined) throw new Unreadable('the number of a target named before', word);
    return target;
  }

  private lifeOf(word: string | undefined): BeaconLife {
    const known = this.lives[count(word, 'number of a life')];
    const life = known === undefined ? undefined : this.targets[known.target]?.lives[known.place];
    if (life === undefined) throw new Unreadable('the number of a life named before', word);
    return life;
  }

  private request(words: readonly string[]): void {
    const failed = words[0] === 'E';
    exactly(words, failed ? 5 : 4);
    const target = this.target(words[1]);
    const request = count(words[2], 'number of the request');
    const lateUs = whole(words[3], 'lateness in microseconds');
    if (request <= (target.requests.at(-1)?.request ?? -1)) throw new Unreadable('ascending requests', words.join(' '));
    const intendedUs = request * this.intervalUs;
    if (!Number.isSafeInteger(intendedUs)) throw new Unreadable('a request within the limits of a day', words[2]);
    this.lastUs = Math.max(this.lastUs, intendedUs + lateUs);
    const common = {request, intendedSeconds: intendedUs / 1e6, lateSeconds: lateUs / 1e6};
    if (failed) {
      target.requests.push({...common, error: matching(words[4], errorPattern, 'the name of an error')});
    } else {
      this.sent += 1;
      target.requests.push({...common, sentSeconds: (intendedUs + lateUs) / 1e6});
    }
  }

  private life(words: readonly string[]): void {
    exactly(words, 5);
    const target = count(words[2], 'number of the target');
    const reading = this.target(words[2]);
    if (count(words[1], 'number of the life') !== this.lives.length || this.lives.length >= livesMax)
      throw new Unreadable(`life ${this.lives.length}`, words.join(' '));
    reading.lives.push({
      bootId: matching(words[3], bootIdPattern, 'a boot id'),
      startedUptimeSeconds: count(words[4], 'uptime in microseconds') / 1e6,
    });
    this.lives.push({target, place: reading.lives.length - 1});
  }

  private reply(words: readonly string[]): void {
    if (words.length < 10) throw new Unreadable('at least 10 words', words.join(' '));
    const target = this.target(words[1]);
    const known = this.lives[count(words[4], 'number of a life')];
    if (known === undefined || this.targets[known.target] !== target)
      throw new Unreadable('a life of this target, named before', words[4]);
    const extra = pairs(words.slice(10));
    for (const key of extra.keys())
      if (!['p', 'e', 'w', 'c', 'f'].includes(key)) throw new Unreadable('p=, e=, w=, c= or f=', key);
    const record = count(words[7], 'durable record');
    const digest = words[8];
    if ((record === 0) !== (digest === '-')) throw new Unreadable('a digest exactly where a record is durable', digest);
    const pending = extra.get('p');
    const error = extra.get('e');
    const foreign = extra.get('f')?.split(':');
    const state = words[9] ?? '';
    const ledger = Object.hasOwn(ledgerStates, state) ? ledgerStates[state] : undefined;
    if (ledger === undefined) throw new Unreadable('a ledger state', state);
    target.replies.push({
      request: count(words[2], 'number of the request'),
      atSeconds: this.time(words[3]),
      life: known.place,
      uptimeSeconds: count(words[5], 'uptime in microseconds') / 1e6,
      replyNumber: count(words[6], 'number of the reply'),
      ...(record === 0 ? {} : {durable: {record, digest: matching(digest, digestPattern, 'a digest')}}),
      ledger,
      ...(pending === undefined ? {} : {pendingSeconds: count(pending, 'p=') / 1e6}),
      ...(error === undefined ? {} : {writeError: matching(error, errorPattern, 'the name of an error')}),
      writeErrors: count(extra.get('w') ?? '0', 'w='),
      readbackErrors: count(extra.get('c') ?? '0', 'c='),
      ...(foreign === undefined
        ? {}
        : {foreign: {bootId: matching(foreign[0], bootIdPattern, 'a boot id'), record: count(foreign[1], 'f=')}}),
    });
    this.replies += 1;
  }

  private trailer(words: readonly string[]): void {
    exactly(words, 7);
    this.time(words[1]);
    const reason = matching(words[2], /^(duration|SIG[A-Z]{2,8})$/, 'why the watch ended');
    const fields = pairs(words.slice(3));
    const sent = count(fields.get('sent'), 'sent=');
    const replies = count(fields.get('replies'), 'replies=');
    this.dropped = count(fields.get('dropped'), 'dropped=');
    count(fields.get('ignored'), 'ignored=');
    // Lines that were taken out of the middle would otherwise look like loss.
    if (this.dropped === 0 && (sent !== this.sent || replies !== this.replies))
      throw new Unreadable(
        `${sent} lines S and ${replies} lines R, as the last line says`,
        `${this.sent} and ${this.replies}`,
      );
    this.ended = reason;
  }
}

/** Whole lines of a text; a last line without its end is not one. */
function wholeLines(text: string): readonly string[] {
  const lines = text.split('\n');
  lines.pop();
  return lines;
}

/**
 * Reads a watch log. `artefact` names it in errors. An error only where not even the header and the targets can be
 * read; else what stood before the damage, with `complete: false`.
 */
export function parseBeacon(text: string, artefact = 'beacon.log'): Result<BeaconLog, ParseError> {
  const lines = wholeLines(text);
  const problem = (reason: unknown, line: number): ParseError => {
    if (!(reason instanceof Unreadable)) throw reason;
    return {artefact, path: `line ${line}`, expected: reason.expected, found: reason.found};
  };
  let reader: LogReader;
  try {
    reader = new LogReader(lines[0] ?? '');
  } catch (reason) {
    return {ok: false, error: problem(reason, 1)};
  }
  let damage: ParseError | undefined;
  for (let i = 1; i < lines.length; i += 1) {
    try {
      reader.line(lines[i] ?? '');
    } catch (reason) {
      damage = problem(reason, i + 1);
      break;
    }
  }
  if (damage === undefined && reader.ended === undefined)
    damage = {
      artefact,
      path: `line ${lines.length + 1}`,
      expected: 'the line Z that ends a log',
      found: 'the end of the text',
    };
  if (damage === undefined && reader.dropped > 0)
    damage = {artefact, path: `line ${lines.length}`, expected: 'dropped=0', found: `dropped=${reader.dropped}`};
  if (reader.targets.length < reader.targetCount)
    return {
      ok: false,
      error: damage ?? {
        artefact,
        path: 'line 2',
        expected: `${reader.targetCount} targets`,
        found: `${reader.targets.length}`,
      },
    };
  const targets = reader.targets.map(target => {
    // In a cut log the send of the last replies may be missing: they are left out with it.
    const sent = new Set(target.requests.filter(each => each.sentSeconds !== undefined).map(each => each.request));
    const replies = target.replies.filter(reply => sent.has(reply.request));
    if (replies.length < target.replies.length && damage === undefined)
      damage = {
        artefact,
        path: `target ${target.name}`,
        expected: 'a line S for every reply',
        found: 'a reply without one',
      };
    return {...target, replies};
  });
  return {
    ok: true,
    value: {
      intervalSeconds: reader.intervalUs / 1e6,
      originMonotonicSeconds: reader.originNs / 1e9,
      anchors: reader.anchors,
      instrument: reader.instrument,
      targets,
      skipped: reader.skipped,
      dropped: reader.dropped,
      endSeconds: reader.lastUs / 1e6,
      ...(reader.ended === undefined ? {} : {ended: reader.ended}),
      complete: damage === undefined,
      ...(damage === undefined ? {} : {damage}),
    },
  };
}

/** Reads a verify log; the same rules for damage as `parseBeacon`. */
export function parseBeaconVerify(text: string, artefact = 'beacon-verify.log'): Result<BeaconVerify, ParseError> {
  const lines = wholeLines(text);
  let place = 1;
  const records: LedgerRecord[] = [];
  let head: Omit<BeaconVerify, 'records' | 'complete' | 'damage'>;
  let damage: ParseError | undefined;
  const problem = (reason: unknown): ParseError => {
    if (!(reason instanceof Unreadable)) throw reason;
    return {artefact, path: `line ${place}`, expected: reason.expected, found: reason.found};
  };
  try {
    const words = (lines[0] ?? '').split(' ');
    if (words[0] !== 'seatrial-beacon-verify' || words[1] !== '1')
      throw new Unreadable('the header `seatrial-beacon-verify 1 …`', lines[0]);
    const fields = pairs(words.slice(2));
    head = {
      target: matching(fields.get('target'), /^[A-Za-z0-9_.-]{1,63}$/, 'target='),
      bootId: matching(fields.get('boot'), bootIdPattern, 'boot='),
      atBoot: count(fields.get('at-boot'), 'at-boot='),
      durable: count(fields.get('durable'), 'durable='),
      slots: count(fields.get('slots'), 'slots='),
      from: count(fields.get('from'), 'from='),
      to: count(fields.get('to'), 'to='),
    };
  } catch (reason) {
    return {ok: false, error: problem(reason)};
  }
  let ended = false;
  try {
    for (const line of lines.slice(1)) {
      place += 1;
      if (ended) throw new Unreadable('nothing after the line Z', line);
      const words = line.split(' ');
      if (words[0] === 'Z') {
        exactly(words, 3);
        if (words[1] !== 'complete') throw new Unreadable('Z complete', line);
        const answered = count(pairs(words.slice(2)).get('answered'), 'answered=');
        const wanted = Math.max(0, head.to - head.from + 1);
        if (answered !== records.length || answered !== wanted)
          throw new Unreadable(`${wanted} records answered and listed`, `${answered} and ${records.length}`);
        ended = true;
        continue;
      }
      if (words[0] !== 'V') throw new Unreadable('a line that begins with V or Z', line);
      exactly(words, 5);
      const record = count(words[1], 'number of the record');
      if (record !== head.from + records.length) throw new Unreadable(`record ${head.from + records.length}`, line);
      const status = Object.hasOwn(recordStatuses, words[2] ?? '') ? recordStatuses[words[2] ?? ''] : undefined;
      if (status === undefined) throw new Unreadable('the status of a record', words[2]);
      records.push(
        status === 'valid'
          ? {
              record,
              status,
              digest: matching(words[3], digestPattern, 'a digest'),
              bootPrefix: matching(words[4], digestPattern, 'the beginning of a boot id'),
            }
          : {record, status},
      );
    }
    place += 1;
    if (!ended) throw new Unreadable('the line Z that ends a log', undefined);
  } catch (reason) {
    damage = problem(reason);
  }
  return {
    ok: true,
    value: {...head, records, complete: damage === undefined, ...(damage === undefined ? {} : {damage})},
  };
}
