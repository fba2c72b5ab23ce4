/** What the overview shows, as data: a row a series, a cell a night, and which row comes first. */
import {byText} from '../../words/text.ts';
import {alarmsOf, strength} from '../alarms.ts';
import {relative} from '../changes.ts';
import {expectedFrom, type Night, wanted} from '../nightly.ts';
import {jobOf, type SeriesKey, seriesName} from '../series.ts';
import {type Decisions, standingNow, type Trend, type TrendChange} from '../trend.ts';

/** The history of one cluster, as pages are made of it. */
export interface SiteInput {
  cluster: string;
  /** The cluster's own, oldest first, at least one; those that gave no figures too. */
  nights: readonly Night[];
  trends: readonly Trend[];
  decisions: Decisions;
  /**
   * By a night's id: where its report lies, relative to the site's folder and encoded. A night without a report has no
   * entry: no link is better than a dead one.
   */
  reports: ReadonlyMap<string, string>;
}

/** Why a row is where it is. In this order on the page. */
export const groups = [
  'confirmed',
  'suspected',
  'missing',
  'acknowledged',
  'too-short',
  'better',
  'steady',
  'gone',
] as const;
export type Group = (typeof groups)[number];

/**
 * How far a value lies from what it is held against, in multiples of the metric's threshold: beyond 1, 2 and 4. Below 0
 * is better.
 */
export type Heat = -3 | -2 | -1 | 0 | 1 | 2 | 3;

export interface Cell {
  /** `absent`: nothing was expected. `missing`: a value was expected and is not there. */
  kind: 'value' | 'missing' | 'absent';
  heat: Heat;
  /** Value ÷ reference − 1; NaN where there is no value. */
  change: number;
}

export interface Marker {
  kind: 'confirmed' | 'suspected' | 'acknowledged' | 'past' | 'better';
  /** Column of the first night on the new level. */
  column: number;
  change: TrendChange;
}

export interface Row {
  trend: Trend;
  group: Group;
  /** One a column. */
  cells: readonly Cell[];
  marks: readonly Marker[];
  /** Columns where new ground begins: hardware, tools or settings changed. */
  grounds: readonly number[];
  /** Columns of the baseline's nights. */
  baseline: readonly number[];
  /** Nights without a value where one was expected, at the end. */
  missed: number;
}

export interface Heatmap {
  /** The columns, oldest first. */
  nights: readonly Night[];
  rows: readonly Row[];
}

export function heatmapOf({nights, trends}: SiteInput): Heatmap {
  const place = new Map(nights.map(({id}, column) => [id, column]));
  // The same figure under other parameters is another series; it takes the old one's place.
  const newest = new Map<string, number>();
  for (const {series, points} of trends) {
    const at = place.get(points.at(-1)?.night ?? '') ?? -1;
    newest.set(figureKey(series), Math.max(at, newest.get(figureKey(series)) ?? -1));
  }
  const rows = trends.map(trend => rowOf(trend, nights, place, newest.get(figureKey(trend.series)) ?? -1));
  const alarms = new Map<Trend, number>();
  for (const [rank, {members}] of alarmsOf(trends).entries())
    for (const {trend} of members) if (!alarms.has(trend)) alarms.set(trend, rank);
  const first = (row: Row) => alarms.get(row.trend) ?? Number.POSITIVE_INFINITY;
  return {
    nights,
    rows: rows.sort(
      (a, b) =>
        groups.indexOf(a.group) - groups.indexOf(b.group) ||
        compare(first(a), first(b)) ||
        compare(strengthOf(b), strengthOf(a)) ||
        byText(jobOf(a.trend.series), jobOf(b.trend.series)) ||
        byText(a.trend.name, b.trend.name) ||
        byText(JSON.stringify(a.trend.series.parameters), JSON.stringify(b.trend.series.parameters)),
    ),
  };
}

/** Infinities are equal to themselves. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function figureKey(series: SeriesKey): string {
  return `${seriesName(series)} ${series.quick}`;
}

/** Only of what sorts a group: a steady row has nothing to be strong in. */
function strengthOf({group, marks}: Row): number {
  if (group === 'steady' || group === 'gone' || group === 'too-short') return 0;
  return Math.max(0, ...marks.filter(({kind}) => kind !== 'past').map(({change}) => strength(change)));
}

function rowOf(trend: Trend, nights: readonly Night[], place: ReadonlyMap<string, number>, newest: number): Row {
  const {points, changes, eras, baseline} = trend;
  const columnOf = (index: number) => place.get(points[index]?.night ?? '');
  const columns = (indices: readonly number[]) => indices.flatMap(index => columnOf(index) ?? []);
  const held = columns(points.map((_, index) => index));
  const [first] = held;
  const last = held.at(-1);
  const awaited = (night: Night | undefined) =>
    night?.counts === true && night.quick === trend.series.quick && wanted(trend.series.scenario, night.only);
  const after = last === undefined ? [] : nights.slice(last + 1).filter(awaited);
  const replaced = newest > (last ?? -1);
  const gone = replaced || after.length > expectedFrom;
  const cells = nights.map((night, column): Cell => {
    const inside = first !== undefined && last !== undefined && column > first && (column < last || !gone);
    return inside && awaited(night) ? {...nothing, kind: 'missing'} : nothing;
  });
  for (const [index, {value}] of points.entries()) {
    const column = columnOf(index);
    if (column === undefined) continue;
    const change = relative(referenceAt(trend, index).level, value);
    cells[column] = {kind: 'value', heat: heatOf(change, trend), change};
  }
  const marks = changes.flatMap((change): Marker[] => {
    const kind = markerOf(change);
    const column = columnOf(change.index);
    return kind === undefined || column === undefined ? [] : [{kind, column, change}];
  });
  const missed = gone ? 0 : after.length;
  return {
    trend,
    group: gone ? 'gone' : groupOf(trend, missed),
    cells,
    marks,
    grounds: columns(eras.slice(1).map(({start}) => start)),
    baseline: columns(baseline?.points ?? []),
    missed,
  };
}

const nothing: Cell = {kind: 'absent', heat: 0, change: Number.NaN};

function groupOf(trend: Trend, missed: number): Group {
  const standing = standingNow(trend);
  if (standing === 'confirmed' || standing === 'suspected') return standing;
  if (missed > 0) return 'missing';
  if (standing !== 'steady') return standing;
  // The end of something worse is a change for the better, too; what counts is where it came to.
  const last = trend.changes.findLast(({state}) => state !== 'dropped');
  const level = trend.segments.at(-1)?.level ?? Number.NaN;
  const change = relative(referenceAt(trend, trend.points.length - 1).level, level);
  return last?.standing === 'better' && heatOf(change, trend) < 0 ? 'better' : 'steady';
}

/** A change that was dropped has no mark. */
export function markerOf({standing, state}: Pick<TrendChange, 'standing' | 'state'>): Marker['kind'] | undefined {
  if (state === 'dropped') return undefined;
  if (standing === 'open') return state === 'confirmed' ? 'confirmed' : 'suspected';
  if (standing === 'recovered' || standing === 'rebased') return 'past';
  return standing;
}

export interface Reference {
  level: number;
  what: 'the baseline' | 'the level somebody acknowledged' | 'the first level on this ground';
}

/**
 * What a point is held against: the level that somebody acknowledged, else the baseline on the same ground, else where
 * the series began there.
 */
export function referenceAt({eras, segments, changes, baseline}: Trend, index: number): Reference {
  const era = eras.find(({start, end}) => start <= index && index < end);
  if (era === eras.at(-1)) {
    const ack = changes.findLast(change => change.index <= index && change.standing === 'acknowledged')?.ack;
    if (ack !== undefined) return {level: ack.level, what: 'the level somebody acknowledged'};
    if (baseline?.comparison !== undefined) return {level: baseline.comparison.baseline, what: 'the baseline'};
  }
  const segment = segments.find(({start}) => start === era?.start);
  return {level: segment?.level ?? Number.NaN, what: 'the first level on this ground'};
}

export function heatOf(change: number, {better, threshold}: Pick<Trend, 'better' | 'threshold'>): Heat {
  const times = Math.abs(change) / threshold;
  const steps = times > 4 ? 3 : times > 2 ? 2 : times > 1 ? 1 : 0;
  if (steps === 0) return 0;
  const worse = better === 'lower' ? change > 0 : change < 0;
  return worse ? steps : opposite[steps];
}

const opposite = {1: -1, 2: -2, 3: -3} as const;
