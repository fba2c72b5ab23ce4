/** Related figures that changed on one night are one alarm: rate, bandwidth and latency of one job have one cause. */
import {byText} from '../words/text.ts';
import {formatQuantity} from '../words/units.ts';
import {jobOf, sideOf} from './series.ts';
import type {Trend, TrendChange} from './trend.ts';

export interface Member {
  trend: Trend;
  change: TrendChange;
}

export interface Alarm {
  /** Scenario, job and profile. */
  job: string;
  /** The first night on the new level, of the strongest member. */
  night: string;
  state: 'confirmed' | 'suspected' | 'acknowledged';
  /** The strongest first. */
  members: readonly Member[];
  sentence: string;
}

/** Nights between changes that still count as one. */
const apart = 1;

/**
 * Every regression that stands tonight, grouped; confirmed ones first, then by strength. Trends must end on tonight.
 */
export function alarmsOf(trends: readonly Trend[]): readonly Alarm[] {
  const members = trends.flatMap(trend =>
    trend.changes
      .filter(({standing, state}) => (standing === 'open' || standing === 'acknowledged') && state !== 'dropped')
      .map(change => ({trend, change})),
  );
  const groups = new Map<string, Member[][]>();
  for (const member of members.toSorted((a, b) => sinceEnd(b) - sinceEnd(a))) {
    const key = JSON.stringify([member.trend.series.cluster, jobOf(member.trend.series), stateOf(member)]);
    const nights = groups.get(key) ?? [];
    groups.set(key, nights);
    const near = nights.find(group => group.some(other => Math.abs(sinceEnd(other) - sinceEnd(member)) <= apart));
    if (near === undefined) nights.push([member]);
    else near.push(member);
  }
  return [...groups.values()]
    .flat()
    .map(alarmOf)
    .sort((a, b) => rank[a.state] - rank[b.state] || strengthOf(b) - strengthOf(a) || byText(a.job, b.job));
}

const rank = {confirmed: 0, suspected: 1, acknowledged: 2} as const;

/** Series of one job may have different first nights: what they share is tonight. */
function sinceEnd({trend, change}: Member): number {
  return trend.points.length - change.index;
}

function stateOf({change}: Member): Alarm['state'] {
  if (change.standing === 'acknowledged') return 'acknowledged';
  return change.state === 'confirmed' ? 'confirmed' : 'suspected';
}

/** Twice as much and half as much are equally strong. */
export function strength({before, after}: Pick<TrendChange, 'before' | 'after'>): number {
  return before === after ? 0 : Math.abs(Math.log(after / before));
}

function strengthOf({members}: Alarm): number {
  return Math.max(...members.map(({change}) => strength(change)));
}

function alarmOf(group: readonly Member[]): Alarm {
  const members = group.toSorted(
    (a, b) => strength(b.change) - strength(a.change) || byText(a.trend.name, b.trend.name),
  );
  const [strongest] = members;
  if (strongest === undefined) throw new Error('a group of nothing');
  const job = jobOf(strongest.trend.series);
  const state = stateOf(strongest);
  const {night} = strongest.change;
  const figures =
    members.length === 1
      ? ''
      : `, and ${members.length - 1} related ${members.length === 2 ? 'figure' : 'figures'} with it`;
  const since = strongest.change.kind === 'drift' ? 'has drifted from the baseline' : `is worse since ${night}`;
  return {
    job,
    night,
    state,
    members,
    sentence: `${job}: ${figureOf(strongest.trend)} ${since}: ${levels(strongest)}${figures} (${state}: ${strongest.change.ack?.reason ?? strongest.change.because})`,
  };
}

/** `Storage latency read p99`: the metric with what tells its series apart within a job. */
export function figureOf({title, series}: Trend): string {
  return `${title} ${sideOf(series)}`.trimEnd();
}

/** `1.20 ms → 2.41 ms, +101 %`. */
export function levels({trend, change}: Member): string {
  const {unit} = trend.series;
  const by = Number.isFinite(change.change) ? `, ${percent(change.change)}` : '';
  return `${formatQuantity(change.before, unit)} → ${formatQuantity(change.after, unit)}${by}`;
}

/** `+12 %`, `−3.4 %`. */
export function percent(change: number): string {
  if (!Number.isFinite(change)) return change > 0 ? '+∞' : '−∞';
  const value = Math.abs(change * 100);
  const text = value >= 10 ? value.toFixed(0) : value.toFixed(1);
  return `${change < 0 ? '−' : '+'}${text} %`;
}
