/** What snapshots cost a guest that writes, and whether a rollback gave back what was there. Pure. */
import {z} from 'zod';
import {type LoggedOperation, logStepSeconds, parseLatencyLog} from '../../harness/parse/fio-latency-log.ts';
import type {Artefacts, Finding, Measured, ParseError, PlannedTrial, Result, Sample} from '../../harness/types.ts';
import {jsonArtefact, parsedArtefact, toolOutput} from '../steps/artefacts.ts';
import {onlyProblems, together, wholly} from '../steps/measured.ts';
import {readParameters} from '../steps/parameters.ts';

export const snapshotSettings = z.strictObject({
  perSecond: z.int().min(1).max(100_000).describe('writes of 4 KiB in the guest, at random times'),
  restSeconds: z.int().min(2).max(600).describe('before each snapshot, and after the last'),
  snapshots: z.int().min(1).max(100).describe('taken one after the other under the load'),
  sizeMiB: z.int().min(1).max(1_048_576).describe('of the image that is rolled back'),
});
type Settings = z.infer<typeof snapshotSettings>;

export const snapshotArtefact = 'snapshot.json';
export const logArtefact = 'snapshot-writes.log';
export const takenOf = (index: number) => `snapshot-${index}.txt`;
export const rollBackSteps = ['laid', 'before', 'taken', 'changed', 'changed-sum', 'rolled-back', 'after'] as const;

const recordSchema = z.object({
  guest: z.string(),
  /** On the guest's clock since boot: from before the order until after its end. */
  taken: z.array(z.object({fromSeconds: z.number(), untilSeconds: z.number()})),
  why: z.string().exactOptional(),
});
export type SnapshotRecord = z.infer<typeof recordSchema>;
const duration = z.object({durationMs: z.number().nonnegative()});

/** Less of what was asked for before a snapshot, and the load was another one. */
const leastShare = 0.75;

export function measureSnapshot(raw: Artefacts, planned: PlannedTrial): Measured {
  const asked = readParameters(snapshotSettings, planned.parameters);
  if (!asked.ok) return onlyProblems(asked.error);
  return together([measureTaken(raw, asked.value), measureRollBack(raw, asked.value)]);
}

function measureTaken(raw: Artefacts, asked: Settings): Measured {
  const record = jsonArtefact(raw, snapshotArtefact, recordSchema);
  if (!record.ok) return onlyProblems(record.error);
  const {taken, guest, why} = record.value;
  const problem = (expected: string, found: string) =>
    onlyProblems({artefact: snapshotArtefact, path: guest, expected, found});
  if (why !== undefined) return problem(`the writes of ${guest}`, why);
  if (taken.length < asked.snapshots) return problem(`${asked.snapshots} snapshots`, String(taken.length));
  const writes = parsedArtefact(raw, logArtefact, parseLatencyLog);
  if (!writes.ok) return onlyProblems(writes.error);
  return wholly(taken.map((span, index) => measureOne(raw, writes.value, span, {index: index + 1, asked})));
}

type Span = SnapshotRecord['taken'][number];

function measureOne(
  raw: Artefacts,
  writes: readonly LoggedOperation[],
  during: Span,
  {index, asked}: {index: number; asked: Settings},
): Measured {
  const seconds = secondsOf(raw, takenOf(index));
  if (!seconds.ok) return onlyProblems(seconds.error);
  // Of the same length, just before: in a longer time the longest gap is longer too.
  const length = during.untilSeconds - during.fromSeconds;
  const before = {fromSeconds: during.fromSeconds - length, untilSeconds: during.fromSeconds};
  const wrong = (expected: string, found: string) =>
    onlyProblems({artefact: logArtefact, path: `snapshot ${index}`, expected, found});
  const rest = {fromSeconds: during.fromSeconds - asked.restSeconds / 2, untilSeconds: during.fromSeconds};
  const rate = rateIn(writes, rest);
  if (rate < leastShare * asked.perSecond)
    return wrong(`${asked.perSecond} writes a second before it`, `${rate.toFixed(1)} a second`);
  const last = writes.at(-1)?.completedSeconds ?? 0;
  if (last < during.untilSeconds) return wrong('writes until after it', `none after ${last.toFixed(3)} s`);
  const labels = {load: `${asked.perSecond}/s`};
  const from = {artefact: logArtefact, path: `${during.fromSeconds}…${during.untilSeconds} s after boot`};
  const stall = (when: 'before' | 'during', span: Span): Sample => ({
    metric: 'storage.snapshot-stall',
    unit: 's',
    value: longestGap(writes, span),
    halfWidth: logStepSeconds,
    labels: {...labels, when},
    from,
  });
  return {
    ...onlyProblems(),
    samples: [
      {
        metric: 'storage.snapshot-time',
        unit: 's',
        value: seconds.value,
        labels,
        from: {artefact: `${takenOf(index)}.meta.json`, path: '/durationMs'},
      },
      stall('before', before),
      stall('during', during),
      {metric: 'storage.snapshot-rate', unit: 'ratio', value: rateIn(writes, during) / rate, labels, from},
    ],
  };
}

function rateIn(writes: readonly LoggedOperation[], {fromSeconds, untilSeconds}: Span): number {
  const inside = writes.filter(({completedSeconds: at}) => at >= fromSeconds && at < untilSeconds);
  return inside.length / (untilSeconds - fromSeconds);
}

/** Between two completions, of all gaps that reach into the span. */
function longestGap(writes: readonly LoggedOperation[], {fromSeconds, untilSeconds}: Span): number {
  let longest = 0;
  for (const [index, {completedSeconds: at}] of writes.entries()) {
    const since = writes[index - 1]?.completedSeconds;
    if (since !== undefined && at > fromSeconds && since < untilSeconds) longest = Math.max(longest, at - since);
  }
  return longest;
}

/** How long a command took that ended well. */
function secondsOf(raw: Artefacts, artefact: string): Result<number, ParseError> {
  const output = succeededOutput(raw, artefact);
  if (!output.ok) return output;
  const meta = jsonArtefact(raw, `${artefact}.meta.json`, duration);
  return meta.ok ? {ok: true, value: meta.value.durationMs / 1000} : meta;
}

function succeededOutput(raw: Artefacts, artefact: string): Result<string, ParseError> {
  const output = toolOutput(raw, artefact);
  if (!output.ok) return output;
  const {exitCode, stderr, text} = output.value;
  if (exitCode === 0) return {ok: true, value: text};
  const found = `${exitCode}: ${stderr.trim().slice(-200)}`;
  return {ok: false, error: {artefact, path: 'exit code', expected: '0', found}};
}

/** Only an image that was seen to be another one in between can show that a rollback gives back what was there. */
function measureRollBack(raw: Artefacts, asked: Settings): Measured {
  const artefactOf = (step: (typeof rollBackSteps)[number]) => `rollback-${step}.txt`;
  const ended = rollBackSteps.map(step => succeededOutput(raw, artefactOf(step)));
  const failed = ended.flatMap(each => (each.ok ? [] : [each.error]));
  if (failed.length > 0) return onlyProblems(...failed);
  const sums = (['laid', 'before', 'changed-sum', 'after'] as const).map(step => sumIn(raw, artefactOf(step)));
  const [laid, before, changed, after] = sums.map(each => (each.ok ? each.value : undefined));
  const unread = sums.flatMap(each => (each.ok ? [] : [each.error]));
  if (unread.length > 0 || laid === undefined) return onlyProblems(...unread);
  if (before !== laid)
    return onlyProblems({
      artefact: artefactOf('before'),
      path: '',
      expected: `what was laid, ${laid}`,
      found: before ?? '',
    });
  if (changed === laid)
    return onlyProblems({
      artefact: artefactOf('changed-sum'),
      path: '',
      expected: 'an image that was written over',
      found: laid,
    });
  const took = secondsOf(raw, artefactOf('rolled-back'));
  if (!took.ok) return onlyProblems(took.error);
  const labels = {size: `${asked.sizeMiB} MiB`};
  const from = {artefact: artefactOf('after'), path: 'SHA-256'};
  const wrong = after !== laid;
  const finding: Finding = {
    severity: 'critical',
    invariant: 'a rollback gives back what was there',
    detail: `after the rollback the image is ${after}, and ${laid} was laid before the snapshot`,
    artefact: artefactOf('after'),
  };
  return {
    problems: [],
    samples: [
      {
        metric: 'storage.rollback-time',
        unit: 's',
        value: took.value,
        labels,
        from: {artefact: `${artefactOf('rolled-back')}.meta.json`, path: '/durationMs'},
      },
      {metric: 'storage.rollback-wrong', unit: 'count', value: wrong ? 1 : 0, labels, from},
    ],
    findings: wrong ? [finding] : [],
  };
}

function sumIn(raw: Artefacts, artefact: string): Result<string, ParseError> {
  const text = raw.text(artefact);
  if (!text.ok) return text;
  const sum = /^([0-9a-f]{64}) {2}-$/m.exec(text.value)?.[1];
  if (sum !== undefined) return {ok: true, value: sum};
  return {
    ok: false,
    error: {artefact, path: '', expected: 'a SHA-256', found: JSON.stringify(text.value.slice(0, 80))},
  };
}
