/**
 * Seeded histories of one series, walked night by night as `seatrial nightly` walks: what is told, when, and what is
 * told for nothing.
 */
import {tTwoSided} from '../../../reports/stats/distributions.ts';
import {mean, median, variance} from '../../../reports/stats/numbers.ts';
import {random} from '../../../reports/stats/random.ts';
import {type Decisions, type Point, type SeriesKey, standingNow, trendOf} from '../../../reports/trend/index.ts';

export type Shape = 'none' | 'step' | 'drift' | 'spike' | 'bad-night' | 'noise';

export interface World {
  shape: Shape;
  /** Relative: 0.1 is 10 % slower. For `noise` it is not used. */
  size: number;
  /**
   * Of a night's median, standard deviation over mean; half of the variance is the night's, half that of its trials.
   */
  cv: number;
  seed: number;
  nights: number;
  /** First night that is different; counts from 0. */
  changeAt: number;
  /** Lag 1, of what a night's trials share; 0 without. */
  autocorrelation?: number;
}

/** Nights a drift takes to reach its size. */
export const driftOver = 30;
/** How much wilder the noise becomes. */
export const noiseFactor = 3;
const trialsANight = 3;
/** Nights pinned as the baseline, from the first. */
const baselineNights = 14;
/** Variance of the median of three normal values, in units of theirs. */
const medianOfThree = 0.449;

interface NightOfSimulation {
  trials: readonly number[];
  /** What would be measured, were it measured again. */
  again: readonly number[];
}

/** Time per operation, so that more is worse. */
export function simulate({
  shape,
  size,
  cv,
  seed,
  nights,
  changeAt,
  autocorrelation = 0,
}: World): readonly NightOfSimulation[] {
  const normal = normalOf(random(seed));
  let shared = 0;
  return Array.from({length: nights}, (_, night) => {
    const wild = shape === 'noise' && night >= changeAt ? noiseFactor : 1;
    shared = night === 0 ? normal() : autocorrelation * shared + Math.sqrt(1 - autocorrelation ** 2) * normal();
    const own = shared * cv * wild * Math.SQRT1_2;
    const one = (slower: number) =>
      100 * (1 + slower) * (1 + own + normal() * cv * wild * Math.sqrt(0.5 / medianOfThree));
    const many = (slower: number) => Array.from({length: trialsANight}, () => one(slower));
    const [first, again] = slowerOn(shape, size, night - changeAt);
    return {trials: many(first), again: many(again)};
  });
}

/** How much slower: when the night is measured, and when it is measured again. */
function slowerOn(shape: Shape, size: number, since: number): readonly [number, number] {
  if (since < 0) return [0, 0];
  switch (shape) {
    case 'none':
    case 'noise':
      return [0, 0];
    case 'step':
      return [size, size];
    case 'drift': {
      const reached = size * Math.min(1, (since + 1) / driftOver);
      return [reached, reached];
    }
    // Something else was running: it is over when the night is measured again.
    case 'spike':
      return since === 0 ? [size, 0] : [0, 0];
    // Bad for the whole night, good again the next.
    case 'bad-night':
      return since === 0 ? [size, size] : [0, 0];
  }
}

export interface Walked {
  /** By night. */
  alarms: readonly boolean[];
  /** Nights on which something was measured again. */
  remeasured: number;
}

export type Watcher = (history: readonly NightOfSimulation[]) => Walked;

const series: SeriesKey = {
  cluster: 'simulated',
  metric: 'storage.latency',
  unit: 's',
  scenario: 'storage/fio',
  profile: 'tuned',
  quick: false,
  labels: {},
  parameters: {},
};

/**
 * As nightly does it: analyse; what is suspected is measured again; analyse again. An alarm is a confirmed regression
 * that stands.
 */
export function seatrialWatcher(threshold: number, withBaseline: boolean): Watcher {
  return history => {
    const points: Point[] = [];
    const alarms: boolean[] = [];
    let remeasured = 0;
    for (const [night, {trials, again}] of history.entries()) {
      const id = String(night).padStart(4, '0');
      const point = {night: id, at: id, folder: id, value: median(trials), trials: trials.length, fingerprint: 'one'};
      points.push(point);
      const pinned = {
        cluster: 'simulated',
        nights: points.slice(0, baselineNights).map(each => each.night),
        setAt: '',
        note: '',
      };
      const decisions: Decisions = {baselines: withBaseline && night >= baselineNights ? [pinned] : [], acks: []};
      const look = () => {
        const trend = trendOf({series, points, facts: {}, decisions, threshold});
        return trend === undefined ? 'too-short' : standingNow(trend);
      };
      let standing = look();
      if (standing === 'suspected') {
        remeasured += 1;
        points[night] = {...point, value: median([...trials, ...again]), trials: trials.length + again.length, again};
        standing = look();
      }
      alarms.push(standing === 'confirmed');
    }
    return {alarms, remeasured};
  };
}

/** A plain threshold: tonight's median against that of the last night, or the median of the last seven. */
export function thresholdWatcher(share: number, nights: number): Watcher {
  return history => {
    const values = history.map(({trials}) => median(trials));
    const alarms = values.map(
      (value, night) => night >= nights && value > (1 + share) * median(values.slice(night - nights, night)),
    );
    return {alarms, remeasured: 0};
  };
}

/** A plain t test: the last seven nights against the seven before. */
export function tTestWatcher(alpha: number): Watcher {
  return history => {
    const values = history.map(({trials}) => median(trials));
    const alarms = values.map((_, night) => {
      const now = values.slice(Math.max(0, night - 6), night + 1);
      const before = values.slice(Math.max(0, night - 13), Math.max(0, night - 6));
      if (before.length < 7) return false;
      const error = Math.sqrt((variance(now) + variance(before)) / 7);
      const gap = mean(now) - mean(before);
      return gap > 0 && tTwoSided(gap / error, 12) < alpha;
    });
    return {alarms, remeasured: 0};
  };
}

export interface Outcome {
  /** Alarms that began where there was nothing to tell, per 1,000 series-nights. */
  falsePer1000: number;
  /** Share of histories in which the change was told at most `horizon` nights after it began. */
  found: number;
  /** Median over those; 1 is the very night. NaN where none was. */
  nightsToDetection: number;
  /** Nights on which something was measured again, per 1,000 series-nights. */
  remeasuredPer1000: number;
}

/** Nights after a change in which it must be told to count as found. */
export const horizon = 30;

/**
 * `count` histories with seeds of their own. An alarm from the change on is the change told; every other one that
 * begins is false.
 */
export function outcomeOf(
  watcher: Watcher,
  world: Omit<World, 'seed' | 'nights'>,
  count: number,
  seed: number,
): Outcome {
  const nights = world.changeAt + (world.shape === 'none' ? 0 : horizon);
  const real = world.shape === 'step' || world.shape === 'drift' || world.shape === 'bad-night';
  let quietNights = 0;
  let falseAlarms = 0;
  let remeasured = 0;
  const told: number[] = [];
  for (let n = 0; n < count; n++) {
    const walked = watcher(simulate({...world, nights, seed: seed + n * 7919}));
    remeasured += walked.remeasured;
    const quiet = real ? world.changeAt : nights;
    quietNights += quiet;
    const begins = (night: number) => walked.alarms[night] === true && walked.alarms[night - 1] !== true;
    for (let night = 0; night < quiet; night++) if (begins(night)) falseAlarms += 1;
    if (!real) continue;
    // An alarm that stood before the change tells nothing of it.
    const first = walked.alarms.findIndex((alarm, night) => alarm && night >= world.changeAt);
    const stood = walked.alarms[world.changeAt - 1] === true;
    if (first >= 0 && !stood) told.push(first - world.changeAt + 1);
  }
  return {
    falsePer1000: (1000 * falseAlarms) / quietNights,
    found: told.length / count,
    nightsToDetection: median(told),
    remeasuredPer1000: (1000 * remeasured) / (nights * count),
  };
}

/** Standard normal, by Box and Muller. */
function normalOf(uniform: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
