import type {Target, Unit} from '../../harness/types.ts';
import {type Bound, parseBound, parseQuantity} from './bound.ts';

/** What a target says about how it is judged, as written. */
export interface JudgedAsWritten {
  statistic: string;
  bound: string;
  confidence?: number | undefined;
  reliability?: number | undefined;
  limit?: string | undefined;
}

/** As much of a metric as tells a bound that can fail from one that cannot. */
export interface JudgedMetric {
  name: string;
  unit: Unit;
  better: 'lower' | 'higher';
  /** It is never above 1. */
  share?: true;
}

export interface WrongWord {
  key: string;
  expected: string;
  hint: string;
}

/** Below it one "met" in five is chance. MIL-HDBK-781 and the usual tables of tolerance intervals begin there too. */
const leastConfidence = 0.8;
/** Below it a target is met although most of the next trials may break it. */
const leastReliability = 0.5;
/** A run may be asked to last, or to be done. */
const goodBothWays = new Set(['storage.runtime']);
/** Beyond these a ratio of two profiles was meant as a change: `>= 33.3 %` for `+33.3 %`, `<= 30` for `-30 %`. */
const ratioRange = {least: 0.5, most: 2};

/**
 * The bound in base units and what belongs to the statistic, or all that is wrong with them: the same rules wherever
 * targets are written.
 */
export function judgedBy(
  {statistic, bound: text, confidence, reliability, limit: limitText}: JudgedAsWritten,
  metric: JudgedMetric,
): {judged?: Pick<Target, 'relation' | 'bound' | 'reliability' | 'limit'>; wrong: readonly WrongWord[]} {
  const {unit} = metric;
  const wrong: WrongWord[] = [];
  const bound = parseBound(text, statistic === 'ratio' || statistic === 'proportion' ? 'ratio' : unit, statistic);
  if (!bound.ok) wrong.push({key: 'bound', ...bound.error});
  else wrong.push(...worthless('bound', bound.value, statistic, metric));
  if (confidence !== undefined && confidence < leastConfidence) {
    const hint = 'with less, a target that is not kept is met too often by chance; 0.95 is usual';
    wrong.push({key: 'confidence', expected: `at least ${leastConfidence}`, hint});
  }
  if (reliability !== undefined && reliability < leastReliability) {
    const hint =
      'with less, it is met although most of the next trials may break it; 5 clean trials show 0.5, 59 show 0.95';
    wrong.push({key: 'reliability', expected: `at least ${leastReliability}`, hint});
  }
  if (statistic === 'worst' && reliability === undefined) {
    const hint = 'say "reliability: 0.95": one clean trial proves little';
    wrong.push({key: 'reliability', expected: 'a share of trials', hint});
  }
  if (statistic !== 'worst' && reliability !== undefined) {
    wrong.push({key: 'reliability', expected: 'no such key here', hint: 'only "statistic: worst" has one'});
  }
  const limit = statistic === 'proportion' ? parseQuantity(limitText ?? '', unit) : undefined;
  if (limit !== undefined && !limit.ok) {
    wrong.push({key: 'limit', expected: 'the limit a trial keeps or breaks', hint: limit.error.hint});
  } else if (limit !== undefined) {
    const relation = metric.better === 'lower' ? 'at-most' : 'at-least';
    wrong.push(...worthless('limit', {relation, bound: limit.value}, 'median', metric));
  }
  if (statistic !== 'proportion' && limitText !== undefined) {
    wrong.push({key: 'limit', expected: 'no such key here', hint: 'only "statistic: proportion" has one'});
  }
  if (!bound.ok || wrong.length > 0) return {wrong};
  return {
    judged: {
      ...bound.value,
      ...(reliability === undefined ? {} : {reliability}),
      ...(limit?.ok ? {limit: limit.value} : {}),
    },
    wrong,
  };
}

/** Why a bound is no promise: it cannot fail, or what is worse keeps it. */
function worthless(
  key: string,
  {relation, bound}: Bound,
  statistic: string,
  metric: JudgedMetric,
): readonly WrongWord[] {
  const {name, better} = metric;
  const share = statistic === 'proportion' || (statistic !== 'ratio' && metric.share === true);
  if (relation === 'at-least' && bound <= 0) {
    const hint = statistic === 'proportion' ? 'a share is never below 0' : `${name} is never below 0`;
    return [{key, expected: 'a bound that can be broken', hint}];
  }
  if (relation === 'at-most' && share && bound >= 1) {
    const hint = 'a share is never above 100 %: 5 % is written "<= 5 %" or "<= 0.05"';
    return [{key, expected: 'a bound that can be broken', hint}];
  }
  if (statistic === 'ratio') {
    const {least, most} = ratioRange;
    const hint = 'a gain of 33.3 % is written "+33.3 %", a cut of 30 % "-30 %"';
    if (relation === 'at-least' && bound < least) return [{key, expected: `a ratio of at least ${least}`, hint}];
    if (relation === 'at-most' && bound > most) return [{key, expected: `a ratio of at most ${most}`, hint}];
  }
  const good = statistic === 'proportion' || better === 'higher' ? 'at-least' : 'at-most';
  if (relation === good || goodBothWays.has(name)) return [];
  const what = statistic === 'proportion' ? 'trials that keep the limit' : name;
  const sign = good === 'at-most' ? '<' : '>';
  const hint = `the ${good === 'at-most' ? 'less' : 'more'} of ${what} the better: this bound is kept by what is worse`;
  return [{key, expected: `a bound with ${sign} or ${sign}=`, hint}];
}
