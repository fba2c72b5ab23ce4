/** When promises were decided, in a run that was looked at after every trial. */
import type {Report} from './report.ts';

export interface Decision {
  id: string;
  kind: 'met' | 'missed';
  /** The look of the bound that decided, from 1. */
  look: number;
  trial: number;
  /** From the start of the run to the end of that trial. */
  seconds: number;
}

/** By time. A promise is missed with the first bound that is, and met with the last. */
export function decisionsOf({
  verdicts,
  trials,
  header,
}: Pick<Report, 'verdicts' | 'trials' | 'header'>): readonly Decision[] {
  const endOf = (slot: number) => {
    const row = trials.find(trial => trial.slot === slot);
    return row === undefined ? Number.NaN : Date.parse(row.startedAt) / 1000 + row.durationSeconds;
  };
  const started = Date.parse(header.startedAt) / 1000;
  return verdicts
    .flatMap(({claim, kind, targets}): Decision[] => {
      if (kind !== 'met' && kind !== 'missed') return [];
      const looks = targets.flatMap(({verdict}) =>
        verdict.kind === kind && verdict.look !== undefined ? [verdict.look] : [],
      );
      const sorted = looks.toSorted((a, b) => a.trial - b.trial);
      const look = kind === 'missed' ? sorted[0] : sorted.at(-1);
      if (look === undefined) return [];
      return [{id: claim.id, kind, look: look.number, trial: look.trial, seconds: endOf(look.trial) - started}];
    })
    .sort((a, b) => a.seconds - b.seconds);
}
