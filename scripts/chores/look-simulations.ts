/**
 * What looking after every trial and stopping at the first verdict does to verdicts whose bound is exactly the truth,
 * and what the intervals that allow it cost: 1,000 histories a cell, up to 200 trials.
 */
import type {Sample, Target, Verdict} from '../../harness/types.ts';
import type {TrialValue} from '../../reports/judge/evidence.ts';
import type {Looks} from '../../reports/judge/finding.ts';
import {judgeMedian, steadyMedian} from '../../reports/judge/median.ts';
import {judgeProportion, steadyProportion} from '../../reports/judge/proportion.ts';
import {judgeRatio, type Pair, steadyRatio} from '../../reports/judge/ratio.ts';
import {judgeAtEveryLook} from '../../reports/judge/verdict.ts';
import {judgeWorst, steadyWorst} from '../../reports/judge/worst.ts';
import {heldAgainstBlocks} from '../../reports/pool/blocks.ts';
import type {Question} from '../../reports/pool/each-run.ts';
import type {Block} from '../../reports/pool/pooled.ts';
import {
  anytimeMedianInterval,
  anytimeShare,
  anytimeT,
  logShareEvidence,
  shareEvidence,
  tEvidence,
} from '../../reports/stats/anytime.ts';
import {medianRank} from '../../reports/stats/median.ts';
import {toleranceTrials} from '../../reports/stats/tolerance.ts';
import {autoregressive} from './order-simulations.ts';
import type {Simulation} from './simulations.ts';

export const most = [20, 59, 200] as const;
export const kinds = ['normal', 'lognormal', 'discrete', 'drifting', 'dependent', 'more dependent'] as const;
export const distances = [0.5, 1, 2, 4] as const;
/** Deviations by which a median rises within a run. */
export const drifts = [1, 2, 4] as const;
/** Trials whose number was fixed beforehand. */
export const fixedNumbers = [6, 10, 20, 59] as const;
/** Deviations of a trial by which runs differ among themselves, and how many there are of so many trials. */
export const spreads = [0, 0.5, 1, 2, 4] as const;
/** Of 59 trials there must be more than six runs. */
export const mostRuns = {median: 6, worst: 8} as const;
export const trialsOfRun = 10;
/** Noise around a drift. */
export const noises = ['normal', 'lognormal', 'discrete'] as const;
/** Promises other than a median that a drift may break, with a number of trials or pairs at which each is judged. */
export const others = [
  {what: 'ratio', n: 6, looks: 'once'},
  {what: 'ratio', n: 20, looks: 'once'},
  {what: 'ratio', n: 59, looks: 'once'},
  {what: 'ratio', n: 59, looks: 'every-trial'},
  {what: 'proportion', n: 30, looks: 'once'},
  {what: 'proportion', n: 59, looks: 'once'},
  {what: 'worst', n: 59, looks: 'once'},
] as const;
type Noise = (typeof noises)[number];
type Other = (typeof others)[number];
type Kind = (typeof kinds)[number];
type Side = 'met' | 'missed';

const histories = 1000;
export const longest = 200;
const confidence = 0.95;
const target: Target = {
  id: 't',
  claim: 'c',
  metric: 'failover.service',
  unit: 's',
  where: {},
  statistic: 'median',
  relation: 'at-most',
  bound: 0,
  confidence,
  source: '',
};

type Next = () => number;
const exponential = (next: Next) => -Math.log(1 - next());
const normal = (next: Next) => Math.sqrt(2 * exponential(next)) * Math.cos(2 * Math.PI * next());

/** By how many deviations what drifts does so over 200 trials. */
const drift = 1;

/**
 * Values whose true median is 0. What is `drifting` begins there and goes where the verdict that is counted gets less
 * and less true.
 */
const history: Readonly<Record<Kind, (next: Next) => number[]>> = {
  normal: next => Array.from({length: longest}, () => normal(next)),
  lognormal: next => Array.from({length: longest}, () => Math.exp(normal(next)) - 1),
  // As often 0 or less as 1 or more.
  discrete: next => Array.from({length: longest}, () => Math.floor(4 * next()) - 1),
  drifting: next => Array.from({length: longest}, (_, i) => normal(next) + (drift * i) / longest),
  dependent: next => autoregressive(next, longest, 0.3),
  'more dependent': next => autoregressive(next, longest, 0.5),
};

function trialValue(value: number, trial: number, profile = ''): TrialValue {
  return {trial, scenario: 's', profile, repetition: String(trial), value, low: value, high: value, neverEnded: false};
}

const sides = {good: 'met', bad: 'missed', both: 'undecided'} as const;

interface Stopped {
  kind: Verdict['kind'];
  after: number;
}

/** Times around 100, deviation 5: what is measured has no negative values. */
const time = (value: number) => 100 + 5 * value;
const timed = (values: readonly number[]) => values.map((value, index) => trialValue(time(value), index + 1));

/** One value whose median, but for the steps of what is discrete, lies so far above 0. */
const noisy: Readonly<Record<Noise, (next: Next, level: number) => number>> = {
  normal: (next, level) => normal(next) + level,
  lognormal: (next, level) => Math.exp(normal(next)) - 1 + level,
  discrete: (next, level) => Math.floor(4 * next() + level) - 1,
};

/** A median that rises by so much until the last trial, and reaches 0 with it; falls, where it is the mirror. */
function rising(next: Next, by: number, n: number, noise: Noise = 'normal', up = true): number[] {
  return Array.from({length: n}, (_, i) => noisy[noise](next, (up ? by : -by) * (i / (n - 1) - 1)));
}

/** The verdict on a median after the last trial. */
function medianAt(
  values: readonly number[],
  bound: number,
  judge: typeof steadyMedian,
  looks: Looks,
): Side | 'undecided' {
  return sides[judge({...target, bound: time(bound)}, timed(values), true, looks).side];
}

/** The first verdict on a median, looked at after every trial. */
function stoppedMedian(
  values: readonly number[],
  bound: number,
  until: number,
  judge: typeof steadyMedian = judgeMedian,
): Stopped {
  const enough = Math.log(2 / (1 - confidence));
  const trials = timed(values);
  let kept = 0;
  for (let n = 1; n <= until; n++) {
    if ((values[n - 1] ?? 0) <= bound) kept += 1;
    // What cannot decide is not judged: it takes most of the time.
    if (logShareEvidence(Math.max(kept, n - kept), n, 0.5) < enough) continue;
    const kind = sides[judge({...target, bound: time(bound)}, trials.slice(0, n), true, 'every-trial').side];
    if (kind !== 'undecided') return {kind, after: n};
  }
  return {kind: 'undecided', after: until};
}

/** Pairs in the order A B, B A, of logarithms with this difference; both sides drift alike. */
function pairsOf(kind: Kind, next: Next, difference: number, spread = 0.1): Pair[] {
  const others = history[kind](next);
  return history[kind](next).map((one, index) => {
    const other = others[index] ?? 0;
    const level = (value: number) => (kind === 'discrete' ? Math.log(10 + value) : spread * value);
    return pairAt(index, level(one), level(other) + difference);
  });
}

/** Of logarithms; A B, then B A. */
function pairAt(index: number, before: number, after: number): Pair {
  const first = index % 2;
  return {
    before: trialValue(Math.exp(before), 2 * index + 1 + first),
    after: trialValue(Math.exp(after), 2 * index + 2 - first),
  };
}

/** The first verdict on a ratio at most 1, looked at after every pair. */
function stoppedRatio(pairs: readonly Pair[], bound: number, until: number): Stopped {
  let [sum, squares] = [0, 0];
  for (let n = 1; n <= until; n++) {
    const pair = pairs[n - 1];
    const log = pair === undefined ? 0 : Math.log(pair.after.value / pair.before.value / bound);
    sum += log;
    squares += log * log;
    const deviation = Math.sqrt(Math.max(0, squares - (sum * sum) / n) / Math.max(1, n - 1));
    if (n < 2 || Math.abs(sum / n) < (anytimeT(n, confidence) * deviation) / Math.sqrt(n)) continue;
    const asked: Target = {...target, statistic: 'ratio', bound};
    const kind = sides[judgeRatio(asked, pairs.slice(0, n), true, 'every-trial').side];
    if (kind !== 'undecided') return {kind, after: n};
  }
  return {kind: 'undecided', after: until};
}

/** The first "met" of an interval for a fixed number of trials, were it looked at after every one. */
function stoppedFixed(values: readonly number[], bound: number, until: number): boolean {
  let kept = 0;
  for (let n = 1; n <= until; n++) {
    if ((values[n - 1] ?? 0) <= bound) kept += 1;
    const ranked = medianRank(n, confidence);
    if (ranked.ok && kept >= n + 1 - ranked.value.rank) return true;
  }
  return false;
}

/** What is said of a promise other than a median that is just kept, or just broken, by the last trial. */
function otherAt(next: Next, {what, n, looks}: Other, by: number, side: Side, steady: boolean): boolean {
  const up = side === 'met';
  if (what === 'ratio') {
    const drifting = rising(next, by * Math.SQRT2, n, 'normal', up);
    const pairs = drifting.map((after, index) => pairAt(index, 0.1 * normal(next), 0.1 * after));
    const judge = steady ? steadyRatio : judgeRatio;
    return sides[judge({...target, statistic: 'ratio', bound: 1}, pairs, true, looks).side] === side;
  }
  // The share that is good with the last trial is the one that is promised.
  const [share, quantile] = what === 'worst' ? [0.95, 1.6448536] : [0.9, 1.2815516];
  const trials = timed(rising(next, by, n, 'normal', up).map(value => value - quantile));
  if (what === 'worst') {
    const judge = steady ? steadyWorst : judgeWorst;
    return (
      sides[judge({...target, statistic: 'worst', bound: time(0), reliability: share}, trials, true).side] === side
    );
  }
  const judge = steady ? steadyProportion : judgeProportion;
  const asked: Target = {...target, statistic: 'proportion', relation: 'at-least', bound: share, limit: time(0)};
  return sides[judge(asked, trials, true, looks).side] === side;
}

/** The first verdict on runs that are judged together after each of them; the promise is just kept by all such runs. */
function ofSeveralRuns(next: Next, spread: number, statistic: 'median' | 'worst' = 'median'): Verdict['kind'] {
  const levels = Array.from({length: mostRuns[statistic]}, () => spread * normal(next));
  const samples = levels.flatMap((level, run) =>
    Array.from({length: trialsOfRun}, (_, index) => sampleOf(run * trialsOfRun + index + 1, normal(next) + level)),
  );
  // 95 of a hundred trials of all runs keep it.
  const quantile = statistic === 'worst' ? 1.6448536 * Math.hypot(1, spread) : 0;
  const asked: Target = {
    ...target,
    statistic,
    bound: time(quantile),
    ...(statistic === 'worst' ? {reliability: 0.95} : {}),
  };
  const judge: Question['judge'] = (some, owed) => judgeAtEveryLook(asked, some, owed);
  for (let runs = 2; runs <= mostRuns[statistic]; runs++) {
    const own = samples.slice(0, runs * trialsOfRun);
    const owed = own.map((_, index) => index + 1);
    const pool = {runs: Array.from({length: runs}, (_, run) => blockOf(run)), leftOut: []};
    const {kind} = heldAgainstBlocks(judge(own, owed), {target: asked, samples: own, owed, judge}, pool);
    if (kind !== 'undecided') return kind;
  }
  return 'undecided';
}

function sampleOf(trial: number, value: number): Sample {
  const labels = {trial: String(trial), repetition: String(trial), profile: 'tuned', scenario: 's'};
  return {metric: target.metric, unit: target.unit, value: time(value), labels, from: {artefact: '', path: ''}};
}

function blockOf(run: number): Block {
  const first = run * trialsOfRun + 1;
  return {
    id: `run ${run}`,
    startedAt: '2026-01-01T00:00:00Z',
    status: 'complete',
    first,
    last: first + trialsOfRun - 1,
  };
}

function cell(counts: string, atMost: number, once: Simulation['once']): Simulation {
  return {counts, promise: 'see the table', atLeast: 0, atMost, trials: histories, once};
}

export const cellOf = {
  median: (side: Side, kind: Kind, until: number) => `median ${side} at the bound, ${kind}, looked at up to ${until}`,
  ratio: (side: Side, kind: Kind, until: number) => `ratio ${side} at the bound, ${kind}, looked at up to ${until}`,
  fixed: (kind: Kind, until: number) => `fixed interval met at the bound, ${kind}, looked at up to ${until}`,
  trials: (distance: number) => `trials until a median is met ${distance} away`,
  steadyTrials: (distance: number) => `trials until a median is met ${distance} away, drift not looked for`,
  ends: (side: Side | 'steady', noise: Noise, by: number, n: number, looks: Looks) =>
    `median ${side === 'steady' ? 'met, drift not looked for,' : side} after ${n} ${noise}, ${looks}, a drift of ${by} reaching the bound`,
  other: (side: Side | 'steady', {what, n, looks}: Other, by: number) =>
    `${what} ${side === 'steady' ? 'met, drift not looked for,' : side} after ${n}, ${looks}, a drift of ${by} reaching the bound`,
  crossing: (when: 'before' | 'after', by: number) =>
    `first met ${when} a drift of ${by} in ${longest} crosses the bound`,
  kept: (distance: number, n: number) => `median met ${distance} away after a fixed ${n}`,
  keptSteady: (distance: number, n: number) => `median met ${distance} away after a fixed ${n}, drift not looked for`,
  pairs: (distance: number) => `pairs until a ratio is met ${distance} away`,
  everyRun: (spread: number) => `every time met by several runs that differ by ${spread}`,
  runs: (side: Side, spread: number) => `median ${side} by several runs that differ by ${spread}`,
  worst: `every time met, a reliability that is just missed, looked at up to ${longest}`,
};

/** Five in a hundred; what no interval can know is written down as it is. */
const mostFalse: Readonly<Record<Kind, number>> = {
  normal: 0.05,
  lognormal: 0.05,
  discrete: 0.05,
  drifting: 0.05,
  dependent: 0.05,
  'more dependent': 0.05,
};

/** One trial that broke "every time" is a fact, and cannot be false. */
export function sidesOf({what}: Other): readonly Side[] {
  return what === 'worst' ? ['met'] : ['met', 'missed'];
}

/** What drifts over the bound, and what it costs to see that. */
function driftCells(): Record<string, Simulation> {
  const all: Record<string, Simulation> = {};
  const counts = 'decided where what is promised is just kept, or broken, with the last trial';
  const ends = (noise: Noise, by: number, n: number, looks: Looks) => {
    for (const side of ['met', 'missed'] as const)
      all[cellOf.ends(side, noise, by, n, looks)] = cell(counts, 0.05, next => {
        return medianAt(rising(next, by, n, noise, side === 'met'), 0, judgeMedian, looks) === side;
      });
    all[cellOf.ends('steady', noise, by, n, looks)] = cell(
      counts,
      1,
      next => medianAt(rising(next, by, n, noise), 0, steadyMedian, looks) === 'met',
    );
  };
  for (const by of drifts) {
    for (const noise of noises) {
      for (const n of most) ends(noise, by, n, 'every-trial');
      for (const n of [...fixedNumbers, longest]) ends(noise, by, n, 'once');
    }
    for (const other of others) {
      for (const side of sidesOf(other))
        all[cellOf.other(side, other, by)] = cell(counts, 0.05, next => otherAt(next, other, by, side, false));
      all[cellOf.other('steady', other, by)] = cell(counts, 1, next => otherAt(next, other, by, 'met', true));
    }
    for (const when of ['before', 'after'] as const)
      all[cellOf.crossing(when, by)] = cell(
        'the first met, its median at the bound halfway',
        when === 'after' ? 0.05 : 1,
        next => {
          const values = Array.from({length: longest}, (_, i) => normal(next) + by * (i / longest - 0.5));
          const {kind, after} = stoppedMedian(values, 0, longest);
          return kind === 'met' && after <= longest / 2 === (when === 'before');
        },
      );
  }
  for (const n of fixedNumbers)
    for (const distance of distances) {
      const normals = (next: Next) => Array.from({length: n}, () => normal(next));
      const met = (judge: typeof steadyMedian) => (next: Next) =>
        medianAt(normals(next), distance, judge, 'once') === 'met';
      all[cellOf.kept(distance, n)] = cell('met with the bound so far away', 1, met(judgeMedian));
      all[cellOf.keptSteady(distance, n)] = cell('the same, drift not looked for', 1, met(steadyMedian));
    }
  return all;
}

function cells(): Record<string, Simulation> {
  const all: Record<string, Simulation> = driftCells();
  for (const kind of kinds) {
    for (const until of most) {
      for (const side of ['met', 'missed'] as const) {
        all[cellOf.median(side, kind, until)] = cell(
          `${side} with the bound at the true median`,
          mostFalse[kind],
          next => {
            const values = history[kind](next);
            const worse = side === 'met' ? values : values.map(value => -value);
            return stoppedMedian(kind === 'drifting' ? worse : values, 0, until).kind === side;
          },
        );
        all[cellOf.ratio(side, kind, until)] = cell(
          `${side} with the bound at the true ratio`,
          mostFalse[kind],
          next => {
            return stoppedRatio(pairsOf(kind, next, 0), 1, until).kind === side;
          },
        );
      }
      all[cellOf.fixed(kind, until)] = cell('met at the bound by the interval for a fixed number', 1, next =>
        stoppedFixed(history[kind](next), 0, until),
      );
    }
  }
  for (const distance of distances) {
    all[cellOf.trials(distance)] = cell('trials until it is decided ÷ 200, normal', 1, next => {
      return stoppedMedian(history.normal(next), distance, longest).after / longest;
    });
    all[cellOf.steadyTrials(distance)] = cell('the same, drift not looked for', 1, next => {
      return stoppedMedian(history.normal(next), distance, longest, steadyMedian).after / longest;
    });
    all[cellOf.pairs(distance)] = cell('pairs until it is decided ÷ 200, normal', 1, next => {
      // In units of the deviation of the logarithm of a ratio, which is √2 times that of one side.
      const bound = Math.exp(0.1 * Math.SQRT2 * distance);
      return stoppedRatio(pairsOf('normal', next, 0), bound, longest).after / longest;
    });
  }
  for (const spread of spreads)
    for (const side of ['met', 'missed'] as const)
      all[cellOf.runs(side, spread)] = {
        // Two runs may lie together on one side by chance, and look alike: what that costs is told as it is.
        ...cell(
          `${side} with the bound at the median of all runs`,
          0.055,
          next => ofSeveralRuns(next, spread) === side,
        ),
        trials: 4 * histories,
      };
  for (const spread of spreads)
    all[cellOf.everyRun(spread)] = {
      ...cell(
        'met by a reliability that is just missed',
        0.055,
        next => ofSeveralRuns(next, spread, 'worst') === 'met',
      ),
      trials: 4 * histories,
    };
  const needed = toleranceTrials(0.95, confidence);
  all[cellOf.worst] = cell('59 clean trials before the first that breaks the bound', 0.07, next => {
    for (let clean = 0; clean < (needed.ok ? needed.value : 0); clean++) if (next() >= 0.95) return false;
    return true;
  });
  return all;
}

/** Every look of up to 60 trials, of 2,000 histories. */
function everyLook(counts: string, promise: string, once: Simulation['once'], rare = true): Simulation {
  return {counts, promise, atLeast: rare ? 0 : 0.95, atMost: rare ? 0.05 : 1, trials: 2000, once};
}

const looks = Array.from({length: 60}, (_, index) => index + 1);

/** One for each statistic that holds at every look. */
const statistics: Readonly<Record<string, Simulation>> = {
  anytimeMedianInterval: everyLook(
    'coverage of the median at all of 60 looks at once, exponential',
    '≥ 95 %',
    next => {
      const values = looks.map(() => exponential(next));
      return looks.every(n => {
        const interval = anytimeMedianInterval(values.slice(0, n));
        return !interval.ok || (interval.value.low <= Math.LN2 && interval.value.high >= Math.LN2);
      });
    },
    false,
  ),
  anytimeShare: everyLook(
    'coverage of a share of 0.9 at all of 60 looks at once',
    '≥ 95 %',
    next => {
      const good = looks.map(() => next() < 0.9);
      return looks.every(n => {
        const interval = anytimeShare(good.slice(0, n).filter(Boolean).length, n);
        return interval.ok && interval.value.low <= 0.9 && interval.value.high >= 0.9;
      });
    },
    false,
  ),
  shareEvidence: everyLook('ever above ln 20 in 60 looks, the share being the true one, 0.5', '≤ 5 %', next => {
    const good = looks.map(() => next() < 0.5);
    return looks.some(n => {
      const won = shareEvidence(good.slice(0, n).filter(Boolean).length, n, 0.5);
      return won.ok && won.value >= Math.log(20);
    });
  }),
  tEvidence: everyLook('ever above ln 20 in 60 looks, normal values of mean 0', '≤ 5 %', next => {
    let [sum, squares] = [0, 0];
    return looks.some(n => {
      const value = normal(next);
      sum += value;
      squares += value * value;
      if (n < 2) return false;
      const won = tEvidence(sum / Math.sqrt((n * (squares - (sum * sum) / n)) / (n - 1)), n);
      return won.ok && won.value >= Math.log(20);
    });
  }),
};

export const lookSimulations: Readonly<Record<string, Simulation>> = {...statistics, ...cells()};
