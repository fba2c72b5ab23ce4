/**
 * Evidence of several runs, as one: their trials one after the other, each run a block. Who adds a night until it fits
 * looks again and again, so it is judged as what may be looked at after every trial. Pure.
 */
import type {PlannedTrial, PlanWindow, StoredRun, StoredTrial} from '../../harness/types.ts';

/** One run within the pool: its slots there. */
export interface Block {
  id: string;
  startedAt: string;
  status: 'complete' | 'aborted' | 'unhealed';
  first: number;
  last: number;
}

/** A run that is not in it, and why. */
export interface LeftOut {
  id: string;
  reason: string;
  /** It might have spoken against: no promise is met without it. */
  forbids: boolean;
}

export interface Pool {
  runs: readonly Block[];
  leftOut: readonly LeftOut[];
}

/** Where the runs of a pool lie, from its folder. */
export const runsFolder = 'runs';

/**
 * The runs in the order of time as one stored run. Planned trials that were never begun are no holes: each run might
 * have ended where it did. One that was interrupted is one, as in its own run.
 */
export function pooledRun(given: readonly [StoredRun, ...StoredRun[]]): {run: StoredRun; blocks: readonly Block[]} {
  const runs = given.toSorted((a, b) => Date.parse(a.header.startedAt) - Date.parse(b.header.startedAt));
  const newest = runs.at(-1) ?? given[0];
  const blocks: Block[] = [];
  const parts = [];
  let [slots, repetitions] = [0, 0];
  for (const run of runs) {
    const [before, earlier] = [slots, repetitions];
    const renumbered = (planned: PlannedTrial): PlannedTrial => ({
      ...planned,
      slot: before + planned.slot,
      repetition: earlier + planned.repetition,
    });
    const moved = (trial: StoredTrial): StoredTrial => ({
      ...trial,
      record: {...trial.record, planned: renumbered(trial.record.planned)},
      folder: `${runsFolder}/${run.header.id}/${trial.folder}`,
    });
    const begun = new Set(run.trials.map(({record}) => record.planned.slot));
    const planned = run.plan.trials.filter(({slot}) => begun.has(slot)).map(renumbered);
    parts.push({run, planned, moved});
    slots += Math.max(0, ...run.plan.trials.map(({slot}) => slot));
    repetitions += Math.max(0, ...run.plan.trials.map(({repetition}) => repetition));
    const {id, startedAt} = run.header;
    blocks.push({id, startedAt, status: run.ended?.status ?? 'aborted', first: before + 1, last: slots});
  }
  const unhealed = runs.find(({ended}) => ended?.status === 'unhealed');
  const resumed = resumedOf(parts);
  const run: StoredRun = {
    header: {
      ...newest.header,
      id: `${runs.length} runs up to ${newest.header.id}`,
      startedAt: runs[0]?.header.startedAt ?? '',
    },
    plan: {
      ...newest.plan,
      trials: parts.flatMap(({planned}) => planned),
      window: {
        asked: `evidence of ${runs.length} runs`,
        offers: newest.plan.window?.offers ?? [],
        ...forecastOf(newest, runs),
      },
    },
    trials: parts.flatMap(({run: {trials}, moved}) => trials.map(moved)),
    claims: newest.claims,
    damage: parts.flatMap(({run: {header, damage}}) =>
      damage.map(error => ({...error, artefact: `${runsFolder}/${header.id}/${error.artefact}`})),
    ),
    unproven: [...new Set(runs.flatMap(({unproven}) => unproven))],
    ended: {
      status: unhealed === undefined ? 'complete' : 'unhealed',
      at: newest.ended?.at ?? newest.header.startedAt,
      reason: unhealed?.ended?.reason ?? '',
    },
    ...(resumed === undefined ? {} : {resumed}),
  };
  return {run, blocks};
}

/** What the newest foresaw, where it rests on just the others: only then it is held against what came of all. */
function forecastOf(newest: StoredRun, runs: readonly StoredRun[]): Pick<PlanWindow, 'forecast'> {
  const forecast = newest.plan.window?.forecast;
  if (forecast === undefined) return {};
  const others = runs.filter(run => run !== newest).map(({header}) => header.id);
  const same = others.length === forecast.runs.length && others.every(id => forecast.runs.includes(id));
  return same ? {forecast} : {};
}

function resumedOf(
  parts: readonly {run: StoredRun; moved: (trial: StoredTrial) => StoredTrial}[],
): StoredRun['resumed'] {
  const all = parts.flatMap(({run: {resumed}, moved}) => (resumed === undefined ? [] : [{resumed, moved}]));
  if (all.length === 0) return undefined;
  return {
    times: all.flatMap(({resumed}) => resumed.times),
    interrupted: all.flatMap(({resumed, moved}) => resumed.interrupted.map(moved)),
  };
}
