/**
 * From simulated years to an assessment: what the promise comes to, how sure that is, what it rests on, and what would
 * prove it.
 */
import type {Estimate, Verdict} from '../../harness/types.ts';
import type {Assessment, RecoveryFact, Source} from './assessment.ts';
import {countedOf, scalar} from './counted.ts';
import {availabilityOf, downtimeOf, failoversOf, possibleOf, upperDowntime} from './downtime.ts';
import type {Model} from './model.ts';
import {type Needed, neededFor} from './needed.ts';
import {notesOf} from './notes.ts';
import {recoverable} from './pricing.ts';
import {meanOf} from './quantities.ts';
import {meanSilence, type Outage} from './recovery.ts';
import {type Resimulated, sensitivitiesOf} from './sensitivities.ts';
import type {Block} from './simulate.ts';
import {stream} from './stream.ts';
import type {Topology} from './topology.ts';
import {chanceOf, distributionOf, statesOf, type Years} from './years.ts';

export type * from './assessment.ts';

export interface Evidence {
  topology: Topology;
  model: Model;
  promise: number;
  confidence: number;
  seed: number;
  blocks: readonly Block[];
  /** In the order of the blocks. */
  tallies: readonly Float64Array[];
  resimulated: Resimulated;
  sources: readonly Source[];
  blockers: readonly string[];
}

/** Below, an interval proves nothing; above, a thousand draws say nothing of its ends. */
const leastConfidence = 0.8;
const mostConfidence = 0.99;

export function assess(evidence: Evidence): Assessment {
  const {topology, model, promise, confidence, seed, blocks, tallies, blockers} = evidence;
  const counted = countedOf(model, tallies);
  const sums = counted.sums();
  const possible = possibleOf(model, counted, tallies.length, seed);
  const {stated, parts, value} = possible;
  const operator = meanOf(model.operator);
  const downtime = downtimeOf(possible, model, confidence);
  const availability = availabilityOf(downtime);
  const needed = neededFor({
    budget: model.budget,
    // What a recovery time does not change, and how often a VM of a year must recover.
    ...recoverable(model, sums, stated),
    operator,
    kinds: failoversOf(model),
    confidence,
    upperDowntime: more => (more === 0 ? downtime.high : upperDowntime(possible, model, seed, confidence, more)),
  });
  const verdict = verdictOf(availability, promise, needed, blockers);
  const years: Years = {model, blocks, tallies, confidence, next: stream(seed, 1_000_039)};
  const weight = scalar(tallies, 'weight');
  return {
    schema: 'seatrial-availability/1',
    cluster: topology.cluster,
    promise,
    confidence,
    budget: model.budget,
    verdict,
    exitCode: verdict.kind === 'met' ? 0 : verdict.kind === 'missed' ? 1 : 2,
    sources: evidence.sources,
    emulated: evidence.sources.some(({hardware}) => hardware.emulated),
    shared: evidence.sources.some(({hardware}) => hardware.shared),
    availability,
    downtime,
    states: statesOf(years, counted, possible),
    chances: [
      chanceOf(years, 'missService', `${topology.cluster}, mean over its VMs`),
      chanceOf(years, 'missTagged', 'one VM'),
      chanceOf(years, 'missAny', 'every VM at once (no VM down for longer in sum)'),
    ],
    contributions: parts
      .toSorted((a, b) => b.seconds - a.seconds)
      .map(part => ({...part, share: value > 0 ? part.seconds / value : 0})),
    sensitivities: sensitivitiesOf(model, sums, evidence.resimulated),
    needed,
    recoveries: model.recoveries.map((one, i) => factOf(one, stated.outages[i], operator)),
    assumptions: topology.assumptions,
    notes: notesOf(topology),
    blockers,
    distribution: distributionOf(years),
    size: {nodes: model.nodes, vms: model.vms, racks: model.racks},
    simulation: {
      years: scalar(tallies, 'years'),
      seed,
      blocks: blocks.length,
      faultEvents: scalar(tallies, 'events'),
      effectiveYears: (weight * weight) / scalar(tallies, 'weightSquared'),
    },
  };
}

/** Met and missed only when the whole interval says so; holes in the evidence forbid `met`. */
function verdictOf(availability: Estimate, promise: number, needed: Needed, blockers: readonly string[]): Verdict {
  const {confidence} = availability;
  const further = needed.moreForVerdict === undefined ? {} : {trialsNeeded: needed.moreForVerdict};
  const undecided = (reason: string): Verdict => ({kind: 'undecided', estimate: availability, reason});
  if (!(confidence >= leastConfidence && confidence <= mostConfidence)) {
    return undecided(`a confidence of ${confidence} decides nothing: ${leastConfidence} to ${mostConfidence} does`);
  }
  if (availability.high < promise) return {kind: 'missed', estimate: availability};
  if (!(availability.low >= promise)) {
    return {...undecided('the interval holds availabilities on both sides of the promise'), ...further};
  }
  return blockers.length === 0
    ? {kind: 'met', estimate: availability}
    : undecided(`the evidence has holes: ${blockers.join('; ')}`);
}

function factOf(recovery: Model['recoveries'][number], outage: Outage | undefined, operator: number): RecoveryFact {
  const times = recovery.waits.map(({time}) => time);
  return {
    name: recovery.name,
    source: recovery.source,
    measured: recovery.measured,
    trials: new Set(recovery.waits.map(({trial}) => trial)).size,
    waits: recovery.waits.length,
    never: recovery.waits.filter(({ended}) => !ended).length,
    shortest: Math.min(...times),
    longest: Math.max(...times),
    mean: outage ? meanSilence(outage, operator) : Number.NaN,
  };
}
