import type {Target, Unit} from '../harness/types.ts';
import {parseBound, parseQuantity} from './bound.ts';

/** What a target says about how it is judged, as written. */
export interface JudgedAsWritten {
  statistic: string;
  bound: string;
  reliability?: number | undefined;
  limit?: string | undefined;
}

export interface WrongWord {
  key: string;
  expected: string;
  hint: string;
}

/** The bound in base units and what belongs to the statistic, or all that is wrong with them: the same rules wherever targets are written. */
export function judgedBy(
  {statistic, bound: text, reliability, limit: limitText}: JudgedAsWritten,
  unit: Unit,
): {judged?: Pick<Target, 'relation' | 'bound' | 'reliability' | 'limit'>; wrong: readonly WrongWord[]} {
  const wrong: WrongWord[] = [];
  const bound = parseBound(text, statistic === 'ratio' || statistic === 'proportion' ? 'ratio' : unit);
  if (!bound.ok) wrong.push({key: 'bound', ...bound.error});
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
