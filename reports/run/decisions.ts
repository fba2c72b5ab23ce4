/** When promises were decided, in a run that was looked at after every trial. */
import type {Report} from './report.ts';

export interface Decision {
  id: string;
  kind: 'met' | 'missed';
  /** The look of the bound that decided, from 1. */
  look: number;
  trial: number;
  /** From the start of the run to the end of that trial; of several runs without the time between them. */
  seconds: number;
}

type Ran = Pick<Report, 'trials' | 'header' | 'pool'>;

/** By time. A promise is missed with the first bound that is, and met with the last. */
export function decisionsOf({verdicts, ...ran}: Pick<Report, 'verdicts'> & Ran): readonly Decision[] {
  const parts = partsOf(ran);
  return verdicts
    .flatMap(({claim, kind, targets}): Decision[] => {
      if (kind !== 'met' && kind !== 'missed') return [];
      const looks = targets.flatMap(({verdict}) =>
        verdict.kind === kind && verdict.look !== undefined ? [verdict.look] : [],
      );
      const sorted = looks.toSorted((a, b) => a.trial - b.trial);
      const look = kind === 'missed' ? sorted[0] : sorted.at(-1);
      if (look === undefined) return [];
      const part = parts.find(({last}) => look.trial <= last);
      const seconds = part === undefined ? Number.NaN : part.before + part.endOf(look.trial);
      return [{id: claim.id, kind, look: look.number, trial: look.trial, seconds}];
    })
    .sort((a, b) => a.seconds - b.seconds);
}

/** What the runs before the newest one took. */
export function secondsBefore(ran: Ran): number {
  return partsOf(ran).at(-1)?.before ?? 0;
}

/** What all of them took, to the end of the last trial. */
export function secondsOf(ran: Ran): number {
  const last = partsOf(ran).at(-1);
  return last === undefined ? 0 : last.before + last.took;
}

interface Part {
  /** Last trial of the run. */
  last: number;
  /** Seconds that the runs before it took. */
  before: number;
  took: number;
  endOf: (trial: number) => number;
}

/** A run, or those of a pool one after the other. */
function partsOf({trials, header, pool}: Ran): readonly Part[] {
  const runs = pool?.runs ?? [{startedAt: header.startedAt, first: 1, last: Number.POSITIVE_INFINITY}];
  let before = 0;
  return runs.map(({startedAt, first, last}) => {
    const own = trials.filter(({slot}) => slot >= first && slot <= last);
    const ends = new Map(
      own.map(trial => [
        trial.slot,
        (Date.parse(trial.startedAt) - Date.parse(startedAt)) / 1000 + trial.durationSeconds,
      ]),
    );
    const part = {
      last,
      before,
      took: Math.max(0, ...ends.values()),
      endOf: (trial: number) => ends.get(trial) ?? Number.NaN,
    };
    before += part.took;
    return part;
  });
}
