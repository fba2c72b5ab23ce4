/**
 * What the times that ping prints mean: each is a range that the true one lies in. Pure; seconds throughout. Source:
 * iputils ping_common.c and ping_output.c from s20121221 to 20250605, busybox networking/ping.c. iputils prints an
 * answer's time with fewer digits the longer it took: cut up to s20161105, rounded since; s20180629 rounded without
 * carrying, so that 14.984 ms became "14.10". The summary has whole microseconds in all of them; its mean is cut.
 */

export interface TimeRange {
  lowSeconds: number;
  highSeconds: number;
}

/** In the middle of its range; `atLeast`: requests that nobody answered would have made it longer. */
export interface PingTime {
  seconds: number;
  halfWidthSeconds: number;
  atLeast?: true;
}

/** One time as printed. */
export interface PrintedTime {
  seconds: number;
  /** One in the last digit that ping prints at this length. */
  stepSeconds: number;
  /** Where the digits alone say between what it lies: only that version prints them so. */
  range?: TimeRange;
}

/** How the answers' times came to their digits. `either`: the text does not say. */
export type Rounding = 'rounded' | 'cut' | 'either';

/** The summary's times. */
export interface Times {
  min: number;
  mean: number;
  max: number;
  deviation?: number;
  path: string;
}

export const microsecond = 1e-6;
/** Below the digits of any time, above those that a double loses. */
const lastDigits = 1e-12;

/** `text` in milliseconds, as after `time=`; nothing where iputils does not print so many digits at this length. */
export function printedTime(text: string, dialect: 'iputils' | 'busybox'): PrintedTime | undefined {
  const [whole = '', decimals = ''] = text.split('.');
  const seconds = Number(text) / 1000;
  const step = 10 ** -decimals.length / 1000;
  if (dialect === 'busybox') return {seconds, stepSeconds: step};
  const milliseconds = Number(whole);
  const digits = milliseconds >= 100 ? 0 : milliseconds >= 10 ? 1 : milliseconds >= 1 ? 2 : 3;
  if (decimals.length === digits) return {seconds, stepSeconds: step};
  // With one digit more than there should be: rounded up beyond its decimals, with the carry lost (14.10) or kept
  // (10.00, 100.0).
  if (decimals.length !== digits + 1) return undefined;
  const stepSeconds = 10 * step;
  const range = (end: number): TimeRange => ({lowSeconds: end - stepSeconds / 2, highSeconds: end});
  if (Number(decimals) === 10 ** digits && digits > 0)
    return {seconds, stepSeconds, range: range((milliseconds + 1) / 1000)};
  if (text !== '10.00' && text !== '100.0') return undefined;
  return {seconds, stepSeconds: step, range: {lowSeconds: seconds - step / 2, highSeconds: seconds}};
}

export function rangeOf({seconds, stepSeconds, range}: PrintedTime, rounding: Rounding): TimeRange {
  if (range !== undefined) return range;
  const half = stepSeconds / 2;
  // Whole microseconds are printed as they are.
  if (rounding === 'rounded' || stepSeconds <= microsecond * 1.5)
    return {lowSeconds: seconds - half, highSeconds: seconds + half};
  return {lowSeconds: rounding === 'cut' ? seconds : seconds - half, highSeconds: seconds + stepSeconds};
}

/**
 * Which rounding agrees with the summary, which has all digits; `either` where both do. Where none does,
 * `disagreements` says so of `rounded`.
 */
export function roundingOf(printed: readonly PrintedTime[], times: Times | undefined): Rounding {
  if (printed.some(({range}) => range !== undefined)) return 'rounded';
  if (times === undefined) return 'either';
  const agrees = (rounding: Rounding): boolean => {
    const ranges = printed.map(one => rangeOf(one, rounding));
    return disagreements(ranges, times).length === 0;
  };
  const [rounded, cut] = [agrees('rounded'), agrees('cut')];
  if (!cut) return 'rounded';
  return rounded ? 'either' : 'cut';
}

export interface Disagreement {
  name: 'min' | 'avg' | 'max';
  expected: TimeRange;
  found: number;
}

/** Figures of the summary that no answers in these ranges have. */
export function disagreements(ranges: readonly TimeRange[], times: Times): readonly Disagreement[] {
  if (ranges.length === 0) return [];
  const {min, mean, max} = spanOf(ranges);
  const outside = ({lowSeconds, highSeconds}: TimeRange, found: number, cutSeconds = 0): boolean =>
    found + cutSeconds < lowSeconds - lastDigits || found > highSeconds + lastDigits;
  const all: readonly (Disagreement & {cutSeconds?: number})[] = [
    {name: 'min', expected: min, found: times.min},
    {name: 'max', expected: max, found: times.max},
    {name: 'avg', expected: mean, found: times.mean, cutSeconds: microsecond},
  ];
  return all.filter(({expected, found, cutSeconds}) => outside(expected, found, cutSeconds));
}

function spanOf(ranges: readonly TimeRange[]): {min: TimeRange; mean: TimeRange; max: TimeRange} {
  let [minLow, minHigh, maxLow, maxHigh, sumLow, sumHigh] = [Infinity, Infinity, -Infinity, -Infinity, 0, 0];
  for (const {lowSeconds, highSeconds} of ranges) {
    minLow = Math.min(minLow, lowSeconds);
    minHigh = Math.min(minHigh, highSeconds);
    maxLow = Math.max(maxLow, lowSeconds);
    maxHigh = Math.max(maxHigh, highSeconds);
    sumLow += lowSeconds;
    sumHigh += highSeconds;
  }
  return {
    min: {lowSeconds: minLow, highSeconds: minHigh},
    mean: {lowSeconds: sumLow / ranges.length, highSeconds: sumHigh / ranges.length},
    max: {lowSeconds: maxLow, highSeconds: maxHigh},
  };
}

/** Round trips of the answers, duplicates left out. */
export interface PingLatency {
  /** Answers that were timed; without replies (`-q`, `-f`), what the summary says was received. */
  count: number;
  min: PingTime;
  /** This and `max` are `atLeast` where requests were lost. */
  mean: PingTime;
  max: PingTime;
  /** Over all answers, as ping's own mdev; absent where only busybox's summary is there. */
  stddevSeconds?: number;
  /**
   * Of what was sent, a lost request counting as longer than any answer. By nearest rank, ascending, of 50, 90, 99 and
   * 99.9 those that as many requests can tell apart from the longest; where their rank is a lost request's, the longest
   * answer, `atLeast`. Empty without replies.
   */
  percentiles: readonly (PingTime & {percentile: number})[];
  path: string;
}

const percentiles = [50, 90, 99, 99.9];

/**
 * `ranges` are those of the first answers, `lost` the requests without one. `exact`: the summary's times, where they
 * are of these answers alone and say more than the answers do.
 */
export function latencyOf(
  ranges: readonly TimeRange[],
  lost: number,
  path: string,
  exact?: Times,
): PingLatency | undefined {
  if (ranges.length === 0) return undefined;
  const span = exact === undefined ? spanOf(ranges) : spanOfSummary(exact);
  const within = ({lowSeconds, highSeconds}: TimeRange): TimeRange => ({
    lowSeconds: Math.max(lowSeconds, span.min.lowSeconds),
    highSeconds: Math.min(highSeconds, span.max.highSeconds),
  });
  // The nth of the lows and the nth of the highs hold the nth of the true ones.
  const lows = ranges.map(one => one.lowSeconds).sort((a, b) => a - b);
  const highs = ranges.map(one => one.highSeconds).sort((a, b) => a - b);
  const sent = ranges.length + lost;
  const middles = ranges.map(({lowSeconds, highSeconds}) => (lowSeconds + highSeconds) / 2);
  return {
    count: ranges.length,
    ...figures(span, lost),
    stddevSeconds: pico(deviationOf(middles)),
    percentiles: percentiles.flatMap(percentile => {
      // 100 requests tell the 99th percentile apart from the longest.
      if (sent * (100 - percentile) < 100 - 1e-9) return [];
      const rank = Math.ceil((percentile / 100) * sent - 1e-9) - 1;
      const [lowSeconds, highSeconds] = [lows[rank], highs[rank]];
      if (lowSeconds === undefined || highSeconds === undefined) return [{percentile, ...timeOf(span.max, true)}];
      return [{percentile, ...timeOf(within({lowSeconds, highSeconds}))}];
    }),
    path,
  };
}

/** Of the summary alone. */
export function latencyOfSummary(times: Times | undefined, received: number, lost: number): PingLatency | undefined {
  if (times === undefined) return undefined;
  const {deviation, path} = times;
  return {
    count: received,
    ...figures(spanOfSummary(times), lost),
    ...(deviation === undefined ? {} : {stddevSeconds: deviation}),
    percentiles: [],
    path,
  };
}

function figures({min, mean, max}: ReturnType<typeof spanOf>, lost: number): Pick<PingLatency, 'min' | 'mean' | 'max'> {
  return {min: timeOf(min), mean: timeOf(mean, lost > 0), max: timeOf(max, lost > 0)};
}

function spanOfSummary({min, mean, max}: Times): ReturnType<typeof spanOf> {
  const around = (seconds: number): TimeRange => ({
    lowSeconds: seconds - microsecond / 2,
    highSeconds: seconds + microsecond / 2,
  });
  return {min: around(min), mean: {lowSeconds: mean, highSeconds: mean + microsecond}, max: around(max)};
}

/** Times have at most microseconds; the rest of the digits are the doubles' own. */
const pico = (seconds: number): number => Math.round(seconds * 1e12) / 1e12;

export function timeOf({lowSeconds, highSeconds}: TimeRange, atLeast = false): PingTime {
  return {
    seconds: pico((lowSeconds + highSeconds) / 2),
    halfWidthSeconds: pico((highSeconds - lowSeconds) / 2),
    ...(atLeast ? {atLeast: true as const} : {}),
  };
}

export function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((all, one) => all + one, 0) / values.length;
  return Math.sqrt(values.reduce((all, one) => all + (one - mean) ** 2, 0) / values.length);
}
