/** What a run that was told time foresaw when it began, beside what then came. */
import type {PromiseForecast} from '../../harness/types.ts';
import {formatDuration} from '../words/units.ts';
import {plural} from '../words/words.ts';
import {decisionsOf, secondsBefore} from './decisions.ts';
import type {Report} from './report.ts';

export interface Foreseen {
  foreseen: PromiseForecast;
  came: 'met' | 'missed' | 'undecided';
  /** From the start of the run; absent where it is not decided, or by no trial. */
  seconds?: number;
}

/** Each promise that could be tried, the likeliest first. */
export function foreseenAndCame(report: Report): readonly Foreseen[] {
  const verdicts = new Map(report.verdicts.map(({claim, kind}) => [claim.id, kind]));
  const decided = new Map(decisionsOf(report).map(({id, seconds}) => [id, seconds]));
  const began = secondsBefore(report);
  return (report.foreseen?.promises ?? [])
    .toSorted((a, b) => b.chance - a.chance)
    .map(foreseen => {
      const kind = verdicts.get(foreseen.id);
      const came = kind === 'met' || kind === 'missed' ? kind : 'undecided';
      const seconds = decided.get(foreseen.id);
      return {foreseen, came, ...(seconds === undefined ? {} : {seconds: Math.max(0, seconds - began)})};
    });
}

/** Empty where nothing was foreseen. */
export function foreseenSentence(report: Report): string {
  const {foreseen} = report;
  if (foreseen === undefined) return '';
  const {windowSeconds, decided, all, open, runs} = foreseen;
  const came = foreseenAndCame(report).filter(each => each.came !== 'undecided').length;
  const [number, time] =
    windowSeconds === undefined ? [all, ''] : [Math.round(decided), ` in ${formatDuration(windowSeconds)}`];
  const rests = runs.length === 0 ? 'the estimates alone' : `the estimates and ${plural(runs.length, 'earlier run')}`;
  return `Foreseen at the start, from ${rests}: ${number} of ${plural(open, 'promise')} decided${time}. Decided: ${came}.`;
}
