/**
 * One series over its nights: points, what they ran on, changes, baseline, what people have said of it; and how it
 * stands on one night.
 */
import type {Parameters} from '../../harness/types.ts';
import {metricNamed} from '../metrics.ts';
import {median} from '../stats/numbers.ts';
import {
  againstBaseline,
  type BaselineComparison,
  type Change,
  type ChangeRules,
  changesIn,
  driftNights,
  isWorse,
  leastPoints,
  smallestVisible,
} from './changes.ts';
import {type Point, type SeriesKey, seriesId, seriesName} from './series.ts';

/** What people have said, apart from the numbers. */
export interface Decisions {
  baselines: readonly Baseline[];
  acks: readonly Ack[];
}
export interface Baseline {
  cluster: string;
  /** Ids of its runs. */
  nights: readonly string[];
  setAt: string;
  note: string;
}
export interface Ack {
  cluster: string;
  /** As `seriesName` prints it. */
  series: string;
  /** Absent from those of before, which were said of full nights. */
  quick?: boolean;
  /** Absent from those of before, which hold whatever the parameters. */
  parameters?: Parameters;
  night: string;
  /** The level that is accepted, in the series' unit: anything worse by more than the threshold fails again. */
  level: number;
  reason: string;
  setAt: string;
}

/** Cuts move by a night or two when more nights come. */
const ackSlack = 3;

/** Whether it was said of this series: one of quick nights or of other parameters has the same name. */
export function isAckOf({cluster, series, quick = false, parameters}: Ack, key: SeriesKey): boolean {
  const alike = parameters === undefined || seriesId({...key, parameters}) === seriesId(key);
  return cluster === key.cluster && series === seriesName(key) && quick === key.quick && alike;
}

/** Nights on one and the same ground. `facts` are what the fingerprint digests. */
export interface Era {
  /** Indices into `points`, end exclusive. */
  start: number;
  end: number;
  fingerprint: string;
  facts: Readonly<Record<string, string>>;
  /** What differs from the era before: `kernel: 6.1 → 6.2`. */
  changed: readonly string[];
}

export interface Segment {
  start: number;
  end: number;
  /** Median of its points. */
  level: number;
}

export interface TrendChange extends Change {
  night: string;
  /**
   * `open`: a regression that still stands and nobody has answered for. `recovered`: the level of today is no longer
   * worse. `rebased`: the pinned baseline is later. `acknowledged`: somebody gave a reason. `better`: nothing to answer
   * for.
   */
  standing: 'open' | 'recovered' | 'rebased' | 'acknowledged' | 'better';
  ack?: Ack;
}

export interface Trend {
  name: string;
  series: SeriesKey;
  title: string;
  better: 'lower' | 'higher';
  threshold: number;
  points: readonly Point[];
  eras: readonly Era[];
  segments: readonly Segment[];
  /** Of today, as regressions are held against it: a change for the better counts once it is confirmed. */
  level: number;
  /** Of all eras, oldest first; indices into `points`. */
  changes: readonly TrendChange[];
  /**
   * The smallest relative change of the next night that its noise would let be seen; absent where nothing can be said
   * yet.
   */
  visible?: number;
  /** Absent where none is pinned or it has no night of this series. */
  baseline?: Baseline & {
    /** Indices into `points`. */
    points: readonly number[];
    /** Absent where the baseline ran on other ground than the newest nights. */
    comparison?: BaselineComparison;
  };
}

export interface TrendInput {
  series: SeriesKey;
  /** Oldest first. */
  points: readonly Point[];
  facts: Readonly<Record<string, Readonly<Record<string, string>>>>;
  decisions: Decisions;
  threshold: number;
}

/**
 * A metric that is no longer in the register has no direction: its changes cannot be called worse or better, so it has
 * no trend.
 */
export function trendOf({series, points, facts, decisions, threshold}: TrendInput): Trend | undefined {
  const metric = metricNamed(series.metric);
  if (metric === undefined) return undefined;
  const rules: ChangeRules = {better: metric.better, threshold};
  const name = seriesName(series);
  const eras = erasOf(points, facts);
  const pinned = decisions.baselines.find(({cluster}) => cluster === series.cluster);
  const acks = decisions.acks.filter(ack => isAckOf(ack, series));
  const baseline = pinned && withPoints(pinned, points, eras, rules);

  const segments: Segment[] = [];
  const changes: TrendChange[] = [];
  let level = Number.NaN;
  for (const era of eras) {
    const within = points.slice(era.start, era.end);
    const found = shown(changesIn(within, rules), within, rules).map(change => ({
      ...change,
      index: change.index + era.start,
    }));
    const standing = found.filter(({state}) => state !== 'dropped');
    segments.push(...segmentsOf(era, standing, points));
    const own = levelOf(era, standing, points);
    level = own;
    const current = era === eras.at(-1);
    // A regression that is over must not hide a drift that came after it.
    const told = standing.filter(({worse, before}) => !worse || isWorse(before, own, rules));
    const drift = current ? shown(driftOf(baseline, told, points), points, rules) : [];
    const mended = standing.findLast(({worse, state}) => !worse && state === 'confirmed')?.index;
    for (const change of [...found, ...drift]) {
      const answered = standingOf(change, own, {points, acks, rules, baseline, current, mended});
      changes.push({...change, night: points[change.index]?.night ?? '', ...answered});
    }
  }
  const last = segments.at(-1);
  const visible = smallestVisible(
    points.slice(last?.start, last?.end).map(({value}) => value),
    rules,
  );
  return {
    name,
    series,
    title: metric.title,
    better: metric.better,
    threshold,
    points,
    eras,
    segments,
    level,
    changes,
    ...(visible === undefined ? {} : {visible}),
    ...(baseline === undefined ? {} : {baseline}),
  };
}

/** A lower bound may stand for any longer time: what looks better by such values only is no change for the better. */
function shown(found: readonly Change[], points: readonly Point[], {better}: ChangeRules): readonly Change[] {
  return found.filter(({worse, index}, place) => {
    const since = points.slice(index, found[place + 1]?.index);
    return worse || better === 'higher' || since.filter(({censored}) => censored).length * 2 < since.length;
  });
}

function segmentsOf(era: Era, standing: readonly Change[], points: readonly Point[]): readonly Segment[] {
  const cuts = [...new Set([era.start, ...standing.map(({index}) => index), era.end])];
  return cuts.slice(1).map((end, place): Segment => {
    const start = cuts[place] ?? era.start;
    return {start, end, level: median(points.slice(start, end).map(({value}) => value))};
  });
}

/** One lucky night ends no regression: it would be told anew the night after. */
function levelOf(era: Era, standing: readonly Change[], points: readonly Point[]): number {
  const firm = standing.filter(({worse, state}) => worse || state === 'confirmed');
  const start = Math.max(era.start, ...firm.map(({index}) => index));
  return median(points.slice(start, era.end).map(({value}) => value));
}

function erasOf(points: readonly Point[], facts: TrendInput['facts']): readonly Era[] {
  const eras: Era[] = [];
  for (const [index, {fingerprint}] of points.entries()) {
    const last = eras.at(-1);
    if (last?.fingerprint === fingerprint) last.end = index + 1;
    else {
      const own = facts[fingerprint] ?? {};
      const changed = last === undefined ? [] : differences(last.facts, own);
      eras.push({start: index, end: index + 1, fingerprint, facts: own, changed});
    }
  }
  return eras;
}

function differences(before: Era['facts'], after: Era['facts']): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter(fact => before[fact] !== after[fact])
    .map(fact => `${fact}: ${before[fact] ?? 'none'} → ${after[fact] ?? 'none'}`);
}

function withPoints(
  pinned: Baseline,
  points: readonly Point[],
  eras: readonly Era[],
  rules: ChangeRules,
): Trend['baseline'] {
  const held = points.flatMap(({night}, index) => (pinned.nights.includes(night) ? [index] : []));
  const [first] = held;
  const last = held.at(-1);
  const era = eras.at(-1);
  if (first === undefined || last === undefined || era === undefined) return undefined;
  if (first < era.start) return {...pinned, points: held};
  const valueAt = (index: number) => points[index]?.value ?? Number.NaN;
  const later = points.slice(last + 1).map(({value}) => value);
  return {...pinned, points: held, comparison: againstBaseline(held.map(valueAt), later, rules)};
}

/** Drift is told where no step or jump tells it already. */
function driftOf(baseline: Trend['baseline'], known: readonly Change[], points: readonly Point[]): readonly Change[] {
  const comparison = baseline?.comparison;
  const last = baseline?.points.at(-1);
  if (comparison === undefined || last === undefined) return [];
  if (comparison.verdict !== 'worse' && comparison.verdict !== 'better') return [];
  const worse = comparison.verdict === 'worse';
  if (known.some(change => change.worse === worse && change.index > last)) return [];
  return [
    {
      index: points.length - driftNights,
      kind: 'drift',
      before: comparison.baseline,
      after: comparison.now,
      change: comparison.change,
      p: comparison.p ?? Number.NaN,
      worse,
      state: 'confirmed',
      because: comparison.note,
    },
  ];
}

interface Known {
  points: readonly Point[];
  /** Of this series. */
  acks: readonly Ack[];
  rules: ChangeRules;
  baseline: Trend['baseline'];
  /** Whether the newest nights ran on the ground of the change. */
  current: boolean;
  /** Index of the last confirmed change for the better. */
  mended: number | undefined;
}

function standingOf(change: Change, level: number, known: Known): Pick<TrendChange, 'standing' | 'ack'> {
  const {rules, baseline, current} = known;
  if (!change.worse) return {standing: 'better'};
  // Of an era that is over, the level of today says nothing: the new ground starts anew.
  const now = change.kind === 'drift' ? change.after : level;
  if (!current || !isWorse(change.before, now, rules)) return {standing: 'recovered'};
  if (change.kind !== 'drift' && (baseline?.points[0] ?? Number.NEGATIVE_INFINITY) >= change.index)
    return {standing: 'rebased'};
  const ack = acksThatReach(change, known).findLast(each => !isWorse(each.level, now, rules));
  return ack === undefined ? {standing: 'open'} : {standing: 'acknowledged', ack};
}

/**
 * What was said of this change, and what was said of later ones on top of it: their level is the newer word. What was
 * said only of a later or an earlier one answers for that one alone.
 */
function acksThatReach(change: Change, {points, acks, baseline, mended}: Known): readonly Ack[] {
  // A night that the history does not have answers for nothing: nobody can look at what was accepted.
  const placed = acks.map(ack => ({ack, at: points.findIndex(({night}) => night === ack.night)}));
  const pinned = baseline?.points.at(-1);
  const reaching = placed.filter(({at}) => {
    // A drift has no night of its own: it lies between the baseline and today.
    if (change.kind === 'drift') return pinned !== undefined && at > pinned && !(mended !== undefined && mended > at);
    return at >= 0 && at >= change.index - ackSlack;
  });
  const meant = change.kind === 'drift' || reaching.some(({at}) => at <= change.index + ackSlack);
  return meant ? reaching.map(({ack}) => ack) : [];
}

/** How a series stands on its newest night. */
export type Standing = 'confirmed' | 'suspected' | 'too-short' | 'acknowledged' | 'steady';

export function standingNow(trend: Trend): Standing {
  const open = trend.changes.filter(({standing}) => standing === 'open');
  if (open.some(({state}) => state === 'confirmed')) return 'confirmed';
  if (open.some(({state}) => state === 'suspected')) return 'suspected';
  const era = trend.eras.at(-1);
  if (era === undefined || era.end - era.start < leastPoints) return 'too-short';
  return trend.changes.some(({standing, state}) => standing === 'acknowledged' && state !== 'dropped')
    ? 'acknowledged'
    : 'steady';
}
