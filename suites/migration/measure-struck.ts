/** What a struck migration did to its guest, from the trial's artefacts alone. */
import {z} from 'zod';
import {insideSchema} from '../../harness/guest/inside.ts';
import type {Artefacts, Finding, Measured, Sample} from '../../harness/types.ts';
import {type BeaconLog, blackouts, lifeSpans, logSecondsAt} from '../../reports/beacon/index.ts';
import {jsonArtefact} from '../steps/artefacts.ts';
import {measureLedger} from '../steps/ledger.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {dualActiveFindings, stoodStill, watchArtefact, watchLog} from '../steps/watch.ts';
import {brokenFinding, brokenInside} from './asked-inside.ts';
import {placesInWords, unaskedFindings, whereaboutsShape} from './whereabouts.ts';

export const struckArtefact = 'struck.json';

/** Wall clocks are the harness's; `clock` is the client's minus it. */
const struckRecord = z.object({
  fault: z.string(),
  phase: z.enum(['perform', 'finish']),
  guest: z.string(),
  source: z.string(),
  target: z.string(),
  clock: z.object({offsetMs: z.number(), halfWidthMs: z.number().nonnegative()}),
  /** SHA-256 of what was laid into its memory. */
  laid: z.string(),
  wallStruckMs: z.number(),
  wallOverMs: z.number(),
  /** By what the moment was known. */
  evidence: z.string(),
  bit: z.object({yes: z.boolean(), evidence: z.string()}),
  recovered: z.union([z.object({node: z.string()}), z.object({why: z.string()})]),
  before: insideSchema,
  after: insideSchema,
  /** When all was over. */
  ...whereaboutsShape,
});
export type StruckRecord = z.infer<typeof struckRecord>;

export function measureStruck(raw: Artefacts): Measured {
  const record = jsonArtefact(raw, struckArtefact, struckRecord);
  const log = watchLog(raw);
  if (!record.ok || !log.ok) return onlyProblems(...[record, log].flatMap(each => (each.ok ? [] : [each.error])));
  const {bit, guest, before} = record.value;
  if (!bit.yes) {
    const expected = `${record.value.fault}: the fault did not bite`;
    return onlyProblems({artefact: struckArtefact, path: '/bit', expected, found: bit.evidence});
  }
  const labels = {fault: record.value.fault, phase: record.value.phase, guest};
  return together([
    onlyProblems(...(log.value.damage ? [log.value.damage] : [])),
    longestSilence(log.value, record.value, labels),
    {...onlyProblems(), findings: [...dualActiveFindings(log.value, guest), ...foundBroken(record.value)]},
    unlessAsked(guest, before.silent),
    measureLedger(raw, log.value, guest, 'migration.lost-writes', {guest}),
  ]);
}

/** Who said nothing before the blow cannot be called whole after it. */
function unlessAsked(guest: string, found: string | undefined): Measured {
  if (found === undefined) return onlyProblems();
  const expected = `${guest} asked from inside before the blow`;
  return onlyProblems({artefact: struckArtefact, path: '/before', expected, found});
}

/** From the blow on. One that still goes on when the watch ends is a result, and a bad one. */
function longestSilence(log: BeaconLog, record: StruckRecord, labels: Record<string, string>): Measured {
  const {guest, clock, wallStruckMs} = record;
  const struck = logSecondsAt(log, (wallStruckMs + clock.offsetMs) / 1000);
  const heard = lifeSpans(log, guest)?.[0]?.firstReplySeconds;
  const path = `${guest} blackouts from the blow on`;
  if (struck === undefined || heard === undefined || heard > struck || !log.complete) {
    const found = heard === undefined ? 'no reply at all' : 'a log that does not cover it';
    return onlyProblems({artefact: watchArtefact, path, expected: `${guest} watched from before the blow on`, found});
  }
  const standing = stoodStill(log, guest, struck - 1, log.endSeconds);
  if (standing !== undefined) return onlyProblems(standing);
  const twoIntervals = 2 * log.intervalSeconds;
  // A command that was killed is known to be a moment later: the silence may have begun before.
  const silent = (blackouts(log, guest) ?? []).filter(({fromSeconds, seconds}) => fromSeconds + seconds > struck - 1);
  const sample: Sample = {
    metric: 'migration.blackout',
    unit: 's',
    value: Math.max(twoIntervals, ...silent.map(({seconds}) => seconds)),
    halfWidth: twoIntervals,
    labels,
    from: {artefact: watchArtefact, path},
    ...(silent.some(({toSeconds}) => toSeconds === undefined) ? {censored: true as const} : {}),
  };
  return {...onlyProblems(), samples: [sample]};
}

/** A guest that goes on must be whole; one that was started anew has lost its memory by that, as `expects` knows. */
function foundBroken(record: StruckRecord): readonly Finding[] {
  const {guest, places, recovered, before, after} = record;
  const anew = after.bootId !== undefined && after.bootId !== before.bootId;
  const inside = brokenInside({
    guest,
    laid: anew ? undefined : record.laid,
    before: anew ? {...before, bootId: after.bootId} : before,
    after,
  });
  const once = places.length === 1 && places[0]?.state === 'running';
  const unknown = unaskedFindings(record, struckArtefact);
  const lost = places.length === 0 && unknown.length > 0;
  return [
    ...inside.map(detail => brokenFinding(detail, struckArtefact)),
    ...unknown,
    ...(once || lost
      ? []
      : [brokenFinding(`${guest} should run once; it is ${placesInWords(record)}`, struckArtefact)]),
    ...('why' in recovered
      ? [brokenFinding(`${guest} did not come back in time: ${recovered.why}`, struckArtefact)]
      : []),
  ];
}
