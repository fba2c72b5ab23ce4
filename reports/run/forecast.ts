/** What would decide what is undecided, had every further trial the length and the outcome of those so far. */
import type {PlannedTrial} from '../../harness/types.ts';
import {median} from '../stats/numbers.ts';
import {formatDuration} from '../words/units.ts';
import {plural} from '../words/words.ts';
import type {ClaimVerdict, Report, TargetVerdict, TrialRow} from './report.ts';

export interface Forecast {
  undecided: number;
  /** Those of them that more trials of what was tried here would decide. */
  decided: number;
  trials: number;
  seconds: number;
}

type Group = Pick<PlannedTrial, 'scenario' | 'profile'>;

type Told = Pick<Report, 'verdicts' | 'samples' | 'trials' | 'damage' | 'pool'>;

/** Undefined where nothing is undecided. Trials of one scenario and profile serve every target that asks for them. */
export function forecastOf(report: Told): Forecast | undefined {
  const {verdicts, trials, damage, pool} = report;
  const undecided = verdicts.filter(({kind}) => kind === 'undecided');
  if (undecided.length === 0) return undefined;
  // As long as evidence is missing nothing is met, whatever is tried beside it.
  const lacking = damage.length > 0 || (pool?.leftOut.some(({forbids}) => forbids) ?? false);
  const wanted = lacking ? [] : undecided.map(claim => wantedBy(claim, report));
  const decidable = wanted.filter(each => each !== undefined);
  const further = new Map<string, {group: Group; more: number}>();
  for (const {group, more} of decidable.flat()) {
    const key = JSON.stringify([group.scenario, group.profile]);
    const known = further.get(key);
    if (known === undefined || known.more < more) further.set(key, {group, more});
  }
  const all = [...further.values()];
  return {
    undecided: undecided.length,
    decided: decidable.length,
    trials: all.reduce((sum, {more}) => sum + more, 0),
    seconds: all.reduce((sum, {group, more}) => sum + more * typicalSeconds(group, trials), 0),
  };
}

interface Wanted {
  group: Group;
  more: number;
}

/** The trials that would decide a promise; undefined where no number of them is known to. */
function wantedBy({targets}: ClaimVerdict, report: Told): readonly Wanted[] | undefined {
  const open = targets.filter(({verdict}) => verdict.kind === 'undecided');
  if (open.length === 0) return undefined;
  const each = open.map(target => wantedByTarget(target, report));
  return each.every(one => one !== undefined) ? each.flat() : undefined;
}

function wantedByTarget({target, verdict, samples}: TargetVerdict, report: Told): Wanted[] | undefined {
  if (verdict.kind !== 'undecided' || verdict.trialsNeeded === undefined) return undefined;
  const valued = new Set(samples.map(index => report.samples[index]?.labels.trial));
  const labels = samples.map(index => report.samples[index]?.labels ?? {});
  // Of a ratio each side needs as many, also the one that was not tried yet.
  const groups = labels.flatMap(({scenario = '', profile = ''}) =>
    (target.against ?? [profile]).map((each): Group => ({scenario, profile: each})),
  );
  const needed = verdict.trialsNeeded;
  const wanted = new Map<string, Wanted>();
  for (const group of groups) {
    const tried = report.trials.filter(row => row.scenario === group.scenario && row.profile === group.profile);
    // A hole stays one, however many trials come after it.
    if (tried.some(({slot, status}) => status !== 'done' || !valued.has(String(slot)))) return undefined;
    wanted.set(JSON.stringify(group), {group, more: needed - tried.length});
  }
  const more = [...wanted.values()].filter(each => each.more > 0);
  // As many as are said to be needed were there, and it is undecided for another reason.
  return more.length === 0 ? undefined : more;
}

function typicalSeconds({scenario, profile}: Group, trials: readonly TrialRow[]): number {
  const done = trials.filter(trial => trial.status === 'done' && trial.scenario === scenario);
  const own = done.filter(trial => trial.profile === profile);
  return median((own.length > 0 ? own : done).map(({durationSeconds}) => durationSeconds));
}

/** For the head of a report: what to type goes on from this run, and counts its trials. Empty where all is decided. */
export function forecastSentence(forecast: Forecast | undefined): string {
  if (forecast === undefined) return '';
  const {undecided, decided, trials, seconds} = forecast;
  if (decided === 0)
    return 'No number of further trials like these is known to decide what is undecided: see the reasons.';
  const rest = undecided === decided ? '' : '; the reasons say what the others wait for';
  return `If further trials go as these did, ${plural(trials, 'more trial')}, about ${formatDuration(seconds)}, would decide ${decided} of the ${undecided} undecided${rest}: seatrial accept … --for ${windowFor(seconds)} --with-history`;
}

/** Enough time, in words that the command takes: half hours, from four hours on whole ones. */
function windowFor(seconds: number): string {
  const halves = Math.max(1, Math.ceil(seconds / 1800));
  if (halves >= 8 || halves % 2 === 0) return `${Math.ceil(halves / 2)}h`;
  return `${halves * 30}m`;
}
