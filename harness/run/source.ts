/** What a run takes its trials from: a list, or somebody who says after every trial what comes next. */
import type {PlannedTrial, StoredTrial} from '../types.ts';

/** Trials that belong together, or why nothing comes any more; an empty sentence where the plan was carried out. */
export type Upcoming = {trials: readonly PlannedTrial[]} | {over: string};

export interface Source {
  next(): Upcoming;
  /** What came of a trial; its artefacts can be read. */
  took(trial: StoredTrial): void;
}

/** All of them, in their order. */
export function listed(trials: readonly PlannedTrial[]): Source {
  let given = false;
  return {
    next: () => {
      const first = !given;
      given = true;
      return first ? {trials} : {over: ''};
    },
    took: () => {},
  };
}
