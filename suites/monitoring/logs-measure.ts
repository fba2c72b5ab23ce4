/** What a trial of a way of log lines measured, from its artefacts alone. */
import {z} from 'zod';
import {parseTimedNumbers, type TimedNumbers} from '../../harness/parse/timed-numbers.ts';
import type {Artefacts, Finding, Measured, ParseError, Result, Sample} from '../../harness/types.ts';
import {jsonArtefact, parsedArtefact} from '../steps/artefacts.ts';
import {onlyProblems} from '../steps/measured.ts';

export const recordArtefact = 'logs.json';
export const writtenArtefact = 'logs-written.log';
export const readArtefact = 'logs-read.log';
/** Bytes in the files of the sender's queue. */
export const spoolArtefact = 'logs-spool.log';

const number = z.number();
const clock = z.object({offsetMs: number, halfWidthMs: number});
const recordSchema = z.object({
  sender: z.string(),
  collector: z.string(),
  settleSeconds: number,
  /** Of the kill. */
  wallBeforeMs: number,
  wallAfterMs: number,
  reached: z.array(z.object({fault: z.string(), bit: z.boolean(), evidence: z.string()})),
  /** Just before the collector was started again. */
  healingWallMs: number,
  clocks: z.object({sender: clock, collector: clock}),
});
export type LogRecord = z.infer<typeof recordSchema>;

interface Line {
  number: number;
  /** Seconds by the harness's clock. */
  at: number;
}

interface Seen {
  record: LogRecord;
  /** When the reader began to look. */
  beginAt: number;
  /** That logger took. */
  written: readonly Line[];
  /** When each was first in the store. */
  stored: ReadonlyMap<number, number>;
  /** Numbers of those whose parts were not told apart. */
  unparsed: readonly number[];
  /** How many more were stored than there are: sent twice. */
  twice: number;
  /** Bytes by which the files of the sender's queue grew meanwhile; undefined where nobody looked. */
  queued: number | undefined;
}

export function measureLogs(raw: Artefacts): Measured {
  const record = jsonArtefact(raw, recordArtefact, recordSchema);
  const written = parsedArtefact(raw, writtenArtefact, parseTimedNumbers);
  const read = parsedArtefact(raw, readArtefact, parseTimedNumbers);
  const spool = spoolLooks(raw);
  if (!record.ok || !written.ok || !read.ok || !spool.ok)
    return onlyProblems(...[record, written, read, spool].flatMap(each => (each.ok ? [] : [each.error])));
  const useless = cutOff(read.value);
  if (useless !== undefined) return onlyProblems(useless);
  const queued = queuedBytes(record.value, spool.value);
  const seen = {...seenOf(record.value, written.value, read.value), queued};
  const blunt = bluntness(seen);
  if (blunt !== undefined) return onlyProblems(blunt);
  const missing = seen.written.filter(({number: each}) => !seen.stored.has(each));
  const unqueued = missing.length > 0 ? undefined : notQueued(seen);
  return {
    samples: [
      ...arrival(seen),
      ...(unqueued === undefined ? [lost(missing)] : []),
      twice(seen),
      ...caughtUp(seen),
      ...queuedSample(seen),
    ],
    problems: unqueued === undefined ? [] : [unqueued],
    findings: [...lostFindings(seen, missing), ...unparsedFindings(seen)],
  };
}

/** Nobody looks where no folder is known; runs that are older have none. */
function spoolLooks(raw: Artefacts): Result<readonly TimedNumbers[] | undefined, ParseError> {
  if (!raw.names.includes(spoolArtefact)) return {ok: true, value: undefined};
  return parsedArtefact(raw, spoolArtefact, parseTimedNumbers);
}

/** The most that the files grew: one that was read to its end may go while another begins. */
function queuedBytes(
  {clocks, wallAfterMs, healingWallMs}: LogRecord,
  looks: readonly TimedNumbers[] | undefined,
): number | undefined {
  const by = (wallMs: number) => (wallMs + clocks.sender.offsetMs) / 1000;
  const before = looks?.findLast(({at}) => at < by(wallAfterMs));
  const meanwhile = looks?.filter(({at}) => at >= by(wallAfterMs) && at < by(healingWallMs)) ?? [];
  if (before === undefined || meanwhile.length === 0) return undefined;
  let least = before.numbers[0] ?? Number.NaN;
  let most = 0;
  for (const {
    numbers: [bytes = Number.NaN],
  } of meanwhile) {
    least = Math.min(least, bytes);
    most = Math.max(most, bytes - least);
  }
  return most;
}

/** That no line is lost shows nothing where none had to wait: what the network had under way was enough. */
function notQueued({queued, record}: Seen): ParseError | undefined {
  if (queued !== undefined && queued > 0) return undefined;
  const expected = `lines that wait in a queue on the disk of ${record.sender} while the collector is gone`;
  const found = queued === undefined ? 'it was not seen: services.logs.existing.spool names its folder' : 'none';
  return {artefact: spoolArtefact, path: 'queue', expected, found};
}

function queuedSample({queued}: Seen): readonly Sample[] {
  if (queued === undefined) return [];
  const from = {artefact: spoolArtefact, path: 'most'};
  return [{metric: 'logs.queued', unit: 'B', value: queued, labels: {}, from}];
}

function cutOff(read: readonly TimedNumbers[]): ParseError | undefined {
  const [first] = read;
  if (first?.numbers[0] === 0 && read.at(-1)?.numbers[0] === -1) return undefined;
  return {artefact: readArtefact, path: 'end', expected: 'a log with its begin and its end', found: 'one cut off'};
}

function seenOf(
  record: LogRecord,
  written: readonly TimedNumbers[],
  read: readonly TimedNumbers[],
): Omit<Seen, 'queued'> {
  const {sender, collector} = record.clocks;
  const lines = read.filter(({numbers: [each = 0]}) => each > 0);
  const stored = new Map<number, number>();
  for (const {
    at,
    numbers: [each = 0],
  } of lines) {
    if (!stored.has(each)) stored.set(each, at - collector.offsetMs / 1000);
  }
  return {
    record,
    beginAt: (read[0]?.at ?? Number.NaN) - collector.offsetMs / 1000,
    written: written.map(({at, numbers: [each = 0]}) => ({number: each, at: at - sender.offsetMs / 1000})),
    stored,
    unparsed: lines.flatMap(({numbers: [each = 0, parsed]}) => (parsed === 1 ? [] : [each])),
    twice: lines.length - stored.size,
  };
}

const sentBefore = ({record}: Seen, {at}: Line): boolean => at < record.wallBeforeMs / 1000;
const sentMeanwhile = ({record}: Seen, {at}: Line): boolean =>
  at >= record.wallAfterMs / 1000 && at < record.healingWallMs / 1000;

/** Nothing is shown by a collector that went on, or by lines that were all sent while it was there. */
function bluntness(seen: Seen): ParseError | undefined {
  const {record, written, stored} = seen;
  const problem = (artefact: string, expected: string, found: string) => ({
    artefact,
    path: '/reached',
    expected,
    found,
  });
  const spared = record.reached.find(({bit}) => !bit);
  if (spared !== undefined) return problem(recordArtefact, 'rsyslogd-killed: the fault did not bite', spared.evidence);
  if (!written.some(each => sentMeanwhile(seen, each)))
    return problem(writtenArtefact, 'lines that were written while the collector was gone', 'none');
  if (
    !written.some(
      each =>
        sentBefore(seen, each) &&
        each.at >= seen.beginAt &&
        (stored.get(each.number) ?? Infinity) * 1000 < record.wallBeforeMs,
    )
  )
    return problem(readArtefact, 'lines that were stored before the collector was killed', 'none');
  const went = [...stored.values()].filter(
    at => at * 1000 > record.wallAfterMs + graceMs && at * 1000 < record.healingWallMs,
  );
  if (went.length === 0) return undefined;
  return problem(readArtefact, 'a store that nothing comes to while the collector is gone', `${went.length} lines`);
}

/** What was on its way to the file may be seen a moment after the kill; clocks differ besides. */
const graceMs = 1000;

/**
 * Of the slowest of those that were sent while the reader looked, before the kill. One that was still on its way then
 * took longer than it had been: where that is the longest, no more is known.
 */
function arrival(seen: Seen): readonly Sample[] {
  const {record, beginAt, written, stored} = seen;
  const killedAt = record.wallBeforeMs / 1000;
  const times = written
    .filter(line => sentBefore(seen, line) && line.at >= beginAt)
    .map(line => {
      const at = stored.get(line.number) ?? Number.POSITIVE_INFINITY;
      return {seconds: Math.min(at, killedAt) - line.at, arrived: at < killedAt};
    });
  const worst = times.reduce((most, each) => (each.seconds > most.seconds ? each : most), {seconds: 0, arrived: true});
  const from = {artefact: readArtefact, path: `${times.length} lines`};
  const common = {metric: 'logs.arrival', unit: 's' as const, value: worst.seconds, labels: {}, from};
  if (!worst.arrived) return [{...common, censored: true}];
  const halfWidth = lookSeconds + (record.clocks.sender.halfWidthMs + record.clocks.collector.halfWidthMs) / 1000;
  return [{...common, halfWidth}];
}

/** Between two looks of the reader at the file. */
const lookSeconds = 0.05;

const count = (metric: string, value: number, artefact: string): Sample => ({
  metric,
  unit: 'count',
  value,
  labels: {},
  from: {artefact, path: metric},
});
const lost = (missing: readonly Line[]): Sample => count('logs.lost', missing.length, readArtefact);
const twice = (seen: Seen): Sample => count('logs.twice', seen.twice, readArtefact);

/** From just before the collector was started again until the last line is there that was written while it was gone. */
function caughtUp(seen: Seen): readonly Sample[] {
  const {record, written, stored} = seen;
  const from = {artefact: readArtefact, path: 'last line'};
  const common = {metric: 'logs.caught-up', unit: 's' as const, labels: {}, from};
  const meanwhile = written.filter(each => sentMeanwhile(seen, each)).map(each => stored.get(each.number));
  if (meanwhile.includes(undefined)) return [{...common, value: record.settleSeconds, censored: true}];
  const last = Math.max(...meanwhile.map(at => at ?? Number.NaN));
  const halfWidth = lookSeconds + record.clocks.collector.halfWidthMs / 1000;
  return [{...common, value: last - record.healingWallMs / 1000, halfWidth}];
}

function lostFindings({record, written}: Seen, missing: readonly Line[]): readonly Finding[] {
  const [first] = missing;
  const last = missing.at(-1);
  if (first === undefined || last === undefined) return [];
  const after = ({at}: Line) => (at - record.wallBeforeMs / 1000).toFixed(1);
  return [
    {
      severity: 'critical',
      invariant: 'no log line is lost',
      detail: `${missing.length} of ${written.length} lines that logger took on ${record.sender} are not in the store on ${record.collector}, ${record.settleSeconds} s after its collector was back: written ${after(first)} s to ${after(last)} s after it was killed`,
      artefact: readArtefact,
    },
  ];
}

function unparsedFindings({record, unparsed}: Seen): readonly Finding[] {
  if (unparsed.length === 0) return [];
  return [
    {
      severity: 'critical',
      invariant: 'a log line is stored in its parts',
      detail: `${unparsed.length} lines are in the store on ${record.collector} without their parts as values of their own, the first of them number ${unparsed[0]}`,
      artefact: readArtefact,
    },
  ];
}
