/** What a run that was told time foresaw when it began, beside what then came. */
import type {PromiseForecast} from '../../harness/types.ts';
import {formatDuration} from '../words/units.ts';
import {plural} from '../words/words.ts';
import {type Decision, decisionsOf} from './decisions.ts';
import type {Report} from './report.ts';

export interface Foreseen {
  foreseen: PromiseForecast;
  /** Absent where it is not decided. */
  came?: Decision;
}

/** Each promise that could be tried, the likeliest first. */
export function foreseenAndCame(report: Report): readonly Foreseen[] {
  const decided = new Map(decisionsOf(report).map(decision => [decision.id, decision]));
  return (report.foreseen?.promises ?? [])
    .toSorted((a, b) => b.chance - a.chance)
    .map(foreseen => {
      const came = decided.get(foreseen.id);
      return came === undefined ? {foreseen} : {foreseen, came};
    });
}

/** Empty where nothing was foreseen. */
export function foreseenSentence(report: Report): string {
  const {foreseen} = report;
  if (foreseen === undefined) return '';
  const {windowSeconds, decided, all, open, runs} = foreseen;
  const came = foreseenAndCame(report).filter(each => each.came !== undefined).length;
  const [number, time] =
    windowSeconds === undefined ? [all, ''] : [Math.round(decided), ` in ${formatDuration(windowSeconds)}`];
  const rests = runs.length === 0 ? 'the estimates alone' : `the estimates and ${plural(runs.length, 'earlier run')}`;
  return `Foreseen at the start, from ${rests}: ${number} of ${plural(open, 'promise')} decided${time}. Decided: ${came}.`;
}
