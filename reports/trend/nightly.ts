/** What one night says, as data: alarms, holes, and what comes of them. Pure; drawn by the files beside it. */
import {byText} from '../words/text.ts';
import {type Alarm, alarmsOf, percent} from './alarms.ts';
import {leastPoints} from './changes.ts';
import {jobOf, type SeriesKey, seriesName} from './series.ts';
import {type Baseline, type Era, type Segment, type Standing, standingNow, type Trend} from './trend.ts';
import {isUnseen} from './unseen.ts';

/** One run as the history has it. */
export interface Night {
  id: string;
  folder: string;
  startedAt: string;
  cluster: string;
  quick: boolean;
  /** Absent when the whole suite was meant. */
  only?: readonly string[];
  status: 'complete' | 'aborted' | 'unhealed';
  reason: string;
  /** Scenarios and profiles of its plan. */
  scenarios: readonly string[];
  profiles: readonly string[];
  notApplicable: readonly {scenario: string; reason: string}[];
  /** Trials that were planned and gave no complete figures, and why. */
  incomplete: readonly {trial: number; scenario: string; reason: string}[];
  /** Critical findings: an invariant that broke. */
  critical: readonly string[];
  fingerprint: string;
  /** Whether its figures are points of series: only a complete run's are. */
  counts: boolean;
}

export interface Hole {
  subject: string;
  detail: string;
  todo: string;
}

export interface NightlyInput {
  night: Night;
  /** Of the cluster, whether they have a point tonight or not; points end at tonight. */
  trends: readonly Trend[];
  /** Of the cluster, oldest first, up to tonight. */
  nights: readonly Night[];
  /** What is amiss with the history itself. */
  historyHoles?: readonly Hole[];
  baseline: Baseline | undefined;
  /** Suspected before they were measured again; empty where nothing was. */
  suspectedFirst: readonly string[];
  /** Why a suspected change was not measured again: no time left, or not wanted. */
  notRemeasured: string;
}

export interface NightlyReport {
  schema: 'seatrial-nightly/1';
  night: Night;
  exitCode: 0 | 1 | 2 | 4;
  verdict: 'regression' | 'undecided' | 'nothing-found' | 'aborted';
  sentence: string;
  alarms: readonly Alarm[];
  holes: readonly Hole[];
  /** What to know, without a bearing on the verdict. */
  notes: readonly string[];
  baseline?: Baseline;
  /** Series with a point tonight. */
  trends: readonly {trend: Trend; standing: Standing}[];
  /** Names of series whose change was suspected first, and what the re-run said. */
  remeasured: readonly {name: string; outcome: 'confirmed' | 'dropped' | 'still-suspected'}[];
  notRemeasured: string;
}

/** Series that have a value of this very night. */
export function tonight(trends: readonly Trend[], night: string): readonly Trend[] {
  return trends.filter(trend => trend.points.at(-1)?.night === night);
}

/** Times its threshold: from here on a series is called noisy. */
const blindFrom = 4;

/** Nights back that a series is still expected from. */
export const expectedFrom = 5;

export function nightlyReport(input: NightlyInput): NightlyReport {
  const {night, baseline, suspectedFirst, notRemeasured, historyHoles = []} = input;
  const those = tonight(input.trends, night.id);
  const trends = those.map(trend => ({trend, standing: standingNow(trend)}));
  const alarms = alarmsOf(those);
  const holes = [...historyHoles, ...holesOf(input, those), ...unjudged(input, trends)];
  const count = (state: Alarm['state']) => alarms.filter(alarm => alarm.state === state).length;
  const confirmed = count('confirmed');
  const suspected = count('suspected');
  const acknowledged = count('acknowledged');
  const whole = night.status === 'complete';
  const exitCode = !whole ? 4 : confirmed > 0 ? 1 : suspected > 0 || holes.length > 0 ? 2 : 0;
  const verdict = ({0: 'nothing-found', 1: 'regression', 2: 'undecided', 4: 'aborted'} as const)[exitCode];
  const parts = [
    ...(confirmed > 0 ? [`${many(confirmed, 'confirmed regression')}`] : []),
    ...(suspected > 0 ? [`${many(suspected, 'suspected regression')}`] : []),
    ...(holes.length > 0 ? [many(holes.length, 'hole')] : []),
    ...(acknowledged > 0 ? [`${acknowledged} acknowledged`] : []),
  ];
  const found = parts.length === 0 ? 'no regression and no hole' : parts.join(', ');
  return {
    schema: 'seatrial-nightly/1',
    night,
    exitCode,
    verdict,
    sentence: whole
      ? `${found} in ${many(those.length, 'series', 'series')}`
      : `the run is ${night.status}: ${night.reason}`,
    alarms,
    holes,
    notes: notesOf(input, those),
    ...(baseline === undefined ? {} : {baseline}),
    trends,
    remeasured: suspectedFirst.map(name => {
      const standing = trends.find(({trend}) => trend.name === name)?.standing;
      const outcome = standing === 'confirmed' ? 'confirmed' : standing === 'suspected' ? 'still-suspected' : 'dropped';
      return {name, outcome};
    }),
    notRemeasured,
  };
}

/** A night that could not go on to its end: whatever was found, it is not whole. */
export function cutShort(report: NightlyReport, why: string): NightlyReport {
  return {...report, exitCode: 4, verdict: 'aborted', sentence: `the night was cut short: ${why}`};
}

/** The outcomes counted; named are only those that are not in an alarm anyway. */
export function remeasuredLines({
  remeasured,
  notRemeasured,
}: Pick<NightlyReport, 'remeasured' | 'notRemeasured'>): readonly string[] {
  const confirmed = remeasured.filter(({outcome}) => outcome === 'confirmed').length;
  return [
    ...(confirmed > 0 ? [`${many(confirmed, 'series', 'series')}: confirmed`] : []),
    ...remeasured.flatMap(({name, outcome}) =>
      outcome === 'confirmed' ? [] : [`${name}: ${outcome.replaceAll('-', ' ')}`],
    ),
    ...(notRemeasured === '' ? [] : [notRemeasured]),
  ];
}

function many(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}

/** What should be there tonight and is not. Missing data never passes. */
function holesOf(input: NightlyInput, those: readonly Trend[]): readonly Hole[] {
  const {night, trends} = input;
  const holes: Hole[] = [];
  const todo = `look at the trials in ${night.folder}, mend the cause, and run the night again`;
  if (!night.counts) {
    holes.push({
      subject: night.id,
      detail: `the run is ${night.status} and gives no points: ${night.reason || 'no reason was stored'}`,
      todo,
    });
    return holes;
  }
  if (those.length === 0) holes.push({subject: night.id, detail: 'the night gave no figure at all', todo});
  for (const {trial, scenario, reason} of night.incomplete)
    holes.push({subject: `${scenario}, trial ${trial}`, detail: reason, todo});
  for (const detail of night.critical) {
    holes.push({subject: 'an invariant broke', detail, todo: 'mend the cluster before its figures are trusted'});
  }
  for (const {scenario, reason} of night.notApplicable)
    holes.push({
      subject: scenario,
      detail: `not tried: ${reason}`,
      todo: 'give the cluster what it needs, or take it out of the suite',
    });

  const here = new Set(those.map(({series}) => figure(series)));
  const expected = Map.groupBy(trends, ({series}) => series.scenario);
  const recent = new Map([...expected.keys()].map(scenario => [scenario, recentNights(scenario, input)]));
  const gone = trends.filter(
    ({series, points}) =>
      series.quick === night.quick &&
      recent.get(series.scenario)?.has(points.at(-1)?.night ?? '') &&
      points.at(-1)?.night !== night.id &&
      wanted(series.scenario, night.only) &&
      !here.has(figure(series)),
  );
  for (const [job, missing] of Map.groupBy(gone, ({series}) => jobOf(series))) {
    const last = missing[0]?.points.at(-1)?.night ?? '';
    const {scenario = '', profile = ''} = missing[0]?.series ?? {};
    const tried = night.scenarios.includes(scenario) && night.profiles.includes(profile);
    holes.push({
      subject: job,
      detail: `${tried ? '' : 'not tried tonight; '}no value of ${namesOf(missing)}, last seen ${last}`,
      todo: tried
        ? todo
        : `put it back into the suite or leave it out with --only; it is no longer expected when ${expectedFrom} nights went without it`,
    });
  }
  return holes;
}

/**
 * Ids of the newest nights before tonight that were to try the scenario: from those its figures are still expected.
 * Nights of other scenarios only (`--only`) do not make them forgotten.
 */
export function recentNights(
  scenario: string,
  {night, nights}: Pick<NightlyInput, 'night' | 'nights'>,
): ReadonlySet<string> {
  const before = nights.filter(
    ({id, quick, counts, only}) => id !== night.id && quick === night.quick && counts && wanted(scenario, only),
  );
  return new Set(before.slice(-expectedFrom).map(({id}) => id));
}

/** Whether a run of these scenarios or families was to try this one; without `only` it was. */
export function wanted(scenario: string, only: readonly string[] | undefined): boolean {
  return only === undefined || only.some(name => scenario === name || scenario.startsWith(`${name}/`));
}

/** The same figure under other parameters or in another profile's absence is no hole: it is there. */
function figure(series: SeriesKey): string {
  return `${seriesName(series)} ${series.quick}`;
}

/** Tonight is held against the nights of its own level, and these are too few. */
function isYoung(era: Era | undefined, segment: Segment | undefined): boolean {
  if (era === undefined || segment === undefined) return false;
  return segment.start > era.start && segment.end - segment.start < leastPoints;
}

/** Series about which nothing can be said yet: a reason to be undecided, told once, not once a series. */
function unjudged(
  {night, nights, baseline}: NightlyInput,
  trends: readonly {trend: Trend; standing: Standing}[],
): readonly Hole[] {
  const holes: Hole[] = [];
  const short = trends.filter(({standing}) => standing === 'too-short');
  const [first] = short;
  if (first !== undefined) {
    const longest = Math.max(...short.map(({trend}) => nightsOf(trend)));
    const changed = first.trend.eras.at(-1)?.changed ?? [];
    const why = changed.length > 0 ? `; a new series began, since ${changed.join(', ')}` : '';
    holes.push({
      subject: 'too few nights',
      detail: `${many(short.length, 'series', 'series')} of ${trends.length} cannot be judged with ${many(longest, 'night')}${why}`,
      todo: `${many(leastPoints - longest, 'more night')} will do`,
    });
  }
  for (const [job, those] of Map.groupBy(boundsOf(trends), ({series}) => jobOf(series))) {
    holes.push({
      subject: job,
      detail: `something never ended: ${namesOf(those)} is known from below only`,
      todo: `look at the trials in ${night.folder} for what never ended, and whether they waited long enough for it`,
    });
  }
  const far = trends.flatMap(({trend, standing}) =>
    (standing === 'steady' || standing === 'acknowledged') && isUnseen(trend) ? [trend] : [],
  );
  for (const [job, those] of Map.groupBy(far, ({series}) => jobOf(series))) {
    holes.push({
      subject: job,
      detail: `tonight is worse by more than the noise: ${namesOf(those)}; the level before it is too young or too uneven to say what that means`,
      todo: 'wait for the next night, or run this one again',
    });
  }
  const stranded = trends.filter(({trend}) => trend.baseline !== undefined && trend.baseline.comparison === undefined);
  if (stranded.length > 0 && baseline !== undefined) {
    holes.push({
      subject: 'the baseline',
      detail: `${many(stranded.length, 'series', 'series')} cannot be held against it: it ran on other hardware, tools or settings`,
      todo: `pin a new one when tonight is as it should be: seatrial baseline set ${night.id}`,
    });
  }
  const known = new Set(nights.map(({id}) => id));
  const held = baseline?.nights.filter(id => known.has(id)).length;
  if (baseline !== undefined && held !== undefined && held > 0 && held * 2 < baseline.nights.length) {
    holes.push({
      subject: 'the baseline',
      detail: `the history has ${held} of its ${many(baseline.nights.length, 'night')}: what is left of it sees less`,
      todo: `import its runs, or pin a new one: seatrial baseline set ${night.id}`,
    });
  }
  const lost = baseline !== undefined && trends.length > 0 && trends.every(({trend}) => trend.baseline === undefined);
  if (lost) {
    holes.push({
      subject: 'the baseline',
      detail: 'none of its nights has a value of any series of tonight',
      todo: `import its runs, or pin a new one: seatrial baseline set ${night.id}`,
    });
  }
  return holes;
}

/** Whose value of tonight is a lower bound where less is better. What is worse by its bound is worse all the same. */
function boundsOf(trends: readonly {trend: Trend; standing: Standing}[]): readonly Trend[] {
  return trends.flatMap(({trend, standing}) =>
    trend.points.at(-1)?.censored && trend.better === 'lower' && standing !== 'confirmed' ? [trend] : [],
  );
}

/** The first three names. */
function namesOf(trends: readonly Trend[]): string {
  const names = trends.map(({name}) => name).sort(byText);
  return `${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;
}

function nightsOf({eras}: Trend): number {
  const era = eras.at(-1);
  return era === undefined ? 0 : era.end - era.start;
}

function notesOf({baseline, night}: NightlyInput, trends: readonly Trend[]): readonly string[] {
  const notes: string[] = [];
  if (baseline === undefined) {
    notes.push(
      `No baseline is pinned: a slow drift would not be seen. When tonight is as it should be: seatrial baseline set ${night.id}`,
    );
  } else {
    const without = trends.filter(trend => trend.baseline === undefined).length;
    if (without > 0) notes.push(`${without} of ${trends.length} series have no night in the baseline.`);
    const waiting = trends.filter(({baseline: own}) => own?.comparison?.verdict === 'too-few-nights').length;
    if (waiting > 0) notes.push(`${waiting} series have too few nights since the baseline to be held against it.`);
  }
  const blind = trends.filter(({visible, threshold}) => visible !== undefined && visible > blindFrom * threshold);
  const worst = blind.toSorted((a, b) => (b.visible ?? 0) - (a.visible ?? 0))[0];
  if (worst?.visible !== undefined) {
    notes.push(
      `${blind.length} of ${trends.length} series are so noisy that a single night's change is seen only from ${blindFrom} times their threshold on, the noisiest (${worst.name}) from ${percent(worst.visible)} on: more trials a night, longer jobs or a quieter machine would help.`,
    );
  }
  const young = trends.filter(({eras, segments}) => isYoung(eras.at(-1), segments.at(-1))).length;
  if (young > 0)
    notes.push(
      `${young} series changed their level less than ${leastPoints - 1} nights ago: until the new one is known, a jump away from it is not seen.`,
    );
  const better = trends.filter(({changes}) => changes.at(-1)?.standing === 'better').length;
  if (better > 0) notes.push(`${better} series last changed for the better.`);
  const fresh = trends.find(({eras, points}) => eras.length > 1 && eras.at(-1)?.start === points.length - 1);
  const changed = fresh?.eras.at(-1)?.changed ?? [];
  if (changed.length > 0) notes.push(`New series begin tonight: ${changed.join(', ')}.`);
  const censored = trends.filter(({points}) => points.at(-1)?.censored).length;
  if (censored > 0) notes.push(`${censored} values of tonight are lower bounds: something never ended.`);
  return notes;
}
