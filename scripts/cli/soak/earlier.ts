/** What became of the steps that a folder holds already: who goes on with a soak is told of all of it. */
import {isDeepStrictEqual} from 'node:util';
import {readRun} from '../../../harness/run/store.ts';
import type {ParseError, Plan, PlannedTrial, Result, StoredRun} from '../../../harness/types.ts';
import {scenarios} from '../../../suites/index.ts';
import {judgeRun} from '../kit/judge-run.ts';
import type {SoakStep} from './drawing.ts';
import {stepFolder} from './folder.ts';
import {type StepEnd, verdictOn} from './soak.ts';

/** Those before step `first`, judged anew; one that is gone, or cannot be read, is none that held. */
export async function earlierSteps(
  folder: string,
  steps: Iterable<SoakStep>,
  first: number,
): Promise<readonly StepEnd[]> {
  const ends: StepEnd[] = [];
  for (const {step, timeline, planned} of steps) {
    if (step >= first) break;
    const own = stepFolder(folder, step);
    ends.push({step, timeline, ...endOf(own, await readRun(own), planned)});
  }
  return ends;
}

function endOf(
  folder: string,
  run: Result<StoredRun, ParseError>,
  planned: PlannedTrial,
): Pick<StepEnd, 'outcome' | 'reasons'> {
  if (!run.ok) return {outcome: 'aborted', reasons: [`${run.error.artefact} cannot be read: ${run.error.found}`]};
  if (tries(run.value.plan, planned)) return verdictOn(judgeRun(run.value, [], scenarios));
  // What came of one timeline says nothing of another.
  const changed = 'the suite, the cluster or this program has changed';
  return {outcome: 'undecided', reasons: [`${folder} holds another timeline than is drawn now: ${changed}`]};
}

/** Whether a run was to try just that timeline. */
function tries({trials}: Plan, planned: PlannedTrial): boolean {
  const [only, ...more] = trials;
  const drawn = ({scenario, parameters: {faults, holdSeconds}}: PlannedTrial) => ({scenario, faults, holdSeconds});
  return only !== undefined && more.length === 0 && isDeepStrictEqual(drawn(only), drawn(planned));
}
