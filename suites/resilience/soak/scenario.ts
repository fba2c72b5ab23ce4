/**
 * `failover/timeline`: faults of other scenarios at stated times, in one trial. A soak draws its parameters; a suite
 * may write them down: `faults: [failover/osd-killed@0, failover/manager-killed@4]`.
 */
import {z} from 'zod';
import {type Effect, impactOfFault} from '../../../harness/faults/fault.ts';
import {expectsOfFaults, faults} from '../../../harness/faults/index.ts';
import {worstImpact} from '../../../harness/run/impact.ts';
import type {Parameters, Scenario} from '../../../harness/types.ts';
import {parametersOf} from '../../steps/parameters.ts';
import type {ResilienceScenario} from '../index.ts';
import {measureResilience} from '../measure.ts';
import {driveResilience, nothingBesides, previewResilience, resilienceOptions, resilienceSeconds} from '../scenario.ts';
import {bindStep, type Drill, type Step} from '../timeline.ts';
import type {Part, Timeline} from './draw.ts';

/** What a trial waits for is what the gravest of its faults takes away. */
const gravest: readonly Effect['guests'][] = [
  'stranded',
  'moved',
  'evacuated',
  'restarted',
  'stalled',
  'slowed',
  'unharmed',
];
const pattern = /^(?<scenario>[a-z-]+\/[a-z-]+)@(?<at>\d{1,4})$/;

export const timelineName = 'failover/timeline';

/** The parameters that this timeline has. */
export function timelineParameters({parts, holdSeconds}: Timeline, others: Parameters): Parameters {
  return {...others, holdSeconds, faults: parts.map(({scenario, at}) => `${scenario}@${at}`)};
}

export function timelineOf(drills: readonly ResilienceScenario[]): Scenario {
  const drillOf = (parameters: Parameters) => together(drills, partsIn(drills, parameters));
  const common = {
    ...nothingBesides,
    intervalMs: 10,
    holdSeconds: 20,
    faults: ['failover/pacemakerd-killed@0', 'failover/libvirtd-killed@3'],
  };
  return {
    name: timelineName,
    family: 'failover',
    purpose:
      'Faults of other scenarios at stated times in one trial, two at once where neither takes a node or a guest away: nothing happens that not one of them explains.',
    needs: {guests: 1, planes: ['service']},
    claims: [],
    // What a trial yields depends on its faults.
    provides: ['failover.lost-writes'],
    parameters: {full: {...common, recoverySeconds: 180}, quick: {...common, recoverySeconds: 120}},
    impact: parameters => worstImpact(drillOf(parameters).timeline.map(step => impactOfFault(effectOf(step)))),
    expects: expectsOfFaults,
    estimateSeconds: parameters =>
      Math.max(...drillOf(parameters).timeline.map(({at}) => at)) + resilienceSeconds(parameters),
    preview: (cluster, parameters) => previewResilience(cluster, drillOf(parameters)),
    run: trial => {
      const {parameters} = trial.planned;
      return driveResilience(trial, drillOf(parameters), resilienceOptions(parameters));
    },
    measure: measureResilience,
  };
}

/** Where a node were fenced or a guest started anew by it, nobody could say which fault had done what. */
function mayOverlap({timeline, overlaps}: ResilienceScenario): boolean {
  return overlaps === true && timeline.map(effectOf).every(isMild);
}

function isMild({fences, guests}: Effect): boolean {
  return fences.every(count => count === 0) && (guests === 'unharmed' || guests === 'stalled');
}

function partsIn(drills: readonly ResilienceScenario[], parameters: Parameters): readonly Part[] {
  const known = z.string().refine(text => drills.some(({name}) => name === pattern.exec(text)?.groups?.scenario), {
    error: `SCENARIO@SECONDS with one of ${drills.map(({name}) => name).join(', ')}`,
  });
  const {faults: written} = parametersOf(z.object({faults: z.array(known).min(1).max(8)}), parameters);
  return written.map(text => {
    const {scenario = '', at = '0'} = pattern.exec(text)?.groups ?? {};
    return {scenario, at: Number(at)};
  });
}

/** All lines of all parts by their times. Throws where two may not overlap. */
function together(drills: readonly ResilienceScenario[], parts: readonly Part[]): Drill {
  const chosen = parts.map(({scenario, at}) => {
    const drill = drills.find(({name}) => name === scenario);
    if (drill === undefined) throw new Error(`no scenario is named ${scenario}`);
    return {drill, at};
  });
  const begin = Math.min(...parts.map(({at}) => at));
  const alone = chosen.find(({drill}) => !mayOverlap(drill));
  if (chosen.length > 1 && alone !== undefined) {
    const found = `${alone.drill.name} beside another`;
    throw new Error(`/parameters/faults: expected faults that take no node and no guest away, found ${found}`);
  }
  if (new Set(parts.map(({scenario}) => scenario)).size < parts.length) {
    throw new Error('/parameters/faults: expected every scenario once, found one twice');
  }
  const timeline = chosen
    .flatMap(({drill, at}) => drill.timeline.map(step => ({...step, at: step.at + at - begin})))
    .sort((a, b) => a.at - b.at);
  // Of a stall the daemon's own fault says whom it reaches; all lines of one scenario are of one mind.
  const [first] = timeline.toSorted((a, b) => gravity(a) - gravity(b));
  if (first === undefined) throw new Error('the timeline is empty');
  const main = timeline.indexOf(first);
  return {timeline, main, first: {strikes: kindOf(first).strikes, guests: effectOf(first).guests}, bind: bindStep};
}

function gravity(step: Step): number {
  return gravest.indexOf(effectOf(step).guests);
}

function effectOf(step: Step): Effect {
  return kindOf(step).effect(step.parameters);
}

function kindOf({fault}: Step) {
  const kind = faults.find(each => each.name === fault);
  if (kind === undefined) throw new Error(`no fault is named ${fault}`);
  return kind;
}
