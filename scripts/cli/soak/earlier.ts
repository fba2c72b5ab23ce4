/** What became of the steps that a folder holds already: who goes on with a soak is told of all of it. */
import {readRun} from '../../../harness/run/store.ts';
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
  for (const {step, timeline} of steps) {
    if (step >= first) break;
    const run = await readRun(stepFolder(folder, step));
    const end = run.ok
      ? verdictOn(judgeRun(run.value, [], scenarios))
      : {outcome: 'aborted' as const, reasons: [`${run.error.artefact} cannot be read: ${run.error.found}`]};
    ends.push({step, timeline, ...end});
  }
  return ends;
}
