import type {Estimate, Unit} from '../../harness/types.ts';

/**
 * Base units to what people read: a scale, and as many digits as the interval supports. Free of locale: the decimal
 * sign is a point, nothing is grouped. A number that does not exist is `missing`, never 0, NaN or empty.
 */

export const missing = '—';

/** How a dimensionless number is meant: `share` 0.05 → 5 %, `factor` 1.38 → 1.38×. */
export type RatioStyle = 'share' | 'factor';

export interface Scale {
  /** Multiply the base value by this. */
  factor: number;
  symbol: string;
}

const metric = (symbol: string, thousand: 'k' | 'K'): readonly (readonly [number, Scale])[] => [
  [1e12, {factor: 1e-12, symbol: `T${symbol}`}],
  [1e9, {factor: 1e-9, symbol: `G${symbol}`}],
  [1e6, {factor: 1e-6, symbol: `M${symbol}`}],
  [1e3, {factor: 1e-3, symbol: `${thousand}${symbol}`}],
  [0, {factor: 1, symbol}],
];

const scales: Record<Exclude<Unit, 'ratio'>, readonly (readonly [number, Scale])[]> = {
  s: [
    [1, {factor: 1, symbol: 's'}],
    [1e-3, {factor: 1e3, symbol: 'ms'}],
    [1e-6, {factor: 1e6, symbol: 'µs'}],
    [0, {factor: 1e9, symbol: 'ns'}],
  ],
  s·s: [
    [1, {factor: 1, symbol: 's·s'}],
    [1e-3, {factor: 1e3, symbol: 'ms·s'}],
    [0, {factor: 1e6, symbol: 'ms·ms'}],
  ],
  'B/s': metric('B/s', 'k'),
  'bit/s': metric('bit/s', 'k'),
  B: metric('B', 'k'),
  'op/s': [
    [1e6, {factor: 1e-6, symbol: 'M op/s'}],
    [1e3, {factor: 1e-3, symbol: 'K op/s'}],
    [0, {factor: 1, symbol: 'op/s'}],
  ],
  count: [[0, {factor: 1, symbol: ''}]],
};

const base: Record<Exclude<Unit, 'ratio'>, string> = {
  s: 's',
  s·s: 's·s',
  'B/s': 'B/s',
  'bit/s': 'bit/s',
  B: 'B',
  'op/s': 'op/s',
  count: '',
};

/** The scale in which `magnitude` (base unit) reads best. What would round up to 1000 takes the next scale. */
export function scaleFor(unit: Unit, magnitude: number, style: RatioStyle = 'share'): Scale {
  if (unit === 'ratio') return style === 'share' ? {factor: 100, symbol: '%'} : {factor: 1, symbol: '×'};
  const size = Math.abs(magnitude);
  if (size === 0 || !Number.isFinite(size)) return {factor: 1, symbol: base[unit]};
  const rounded = Number(size.toPrecision(3));
  for (const [from, scale] of scales[unit]) if (rounded >= from) return scale;
  return {factor: 1, symbol: base[unit]};
}

/** Number and symbol as one text: `9.31 s`, `620K op/s`, `5 %`, `1.38×`. */
function withSymbol(number: string, symbol: string): string {
  if (symbol === '') return number;
  return /^[×KM](?: |$)/.test(symbol) ? `${number}${symbol}` : `${number} ${symbol}`;
}

/** Fixed digits without a negative zero and with a true minus sign; the absurdly large in powers of ten. */
function fixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (Math.abs(value) >= 1e15) return exponential(value, 3);
  const text = value.toFixed(decimals);
  if (!text.startsWith('-')) return text;
  return Number(text) === 0 ? text.slice(1) : `−${text.slice(1)}`;
}

const maxDecimals = 6;

function decimalsFor(scaled: number, significant: number): number {
  if (scaled === 0) return 0;
  const rounded = Math.abs(Number(scaled.toPrecision(significant)));
  return Math.min(maxDecimals, Math.max(0, significant - 1 - Math.floor(Math.log10(rounded))));
}

/** Too small for fixed digits at this scale, e.g. a bit error rate. */
function tiny(scaled: number): boolean {
  return scaled !== 0 && Math.abs(scaled) < 1e-3;
}

function exponential(value: number, significant: number): string {
  return value
    .toExponential(significant - 1)
    .replace(/(\.\d*?)0+e/, '$1e')
    .replace('.e', 'e')
    .replaceAll('-', '−');
}

/** One measured value with `significant` digits; whole counts are exact. Not finite: `∞`, or `missing` for NaN. */
export function formatQuantity(value: number, unit: Unit, style: RatioStyle = 'share', significant = 3): string {
  if (Number.isNaN(value)) return missing;
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (unit === 'count' && Number.isInteger(value)) return fixed(value, 0);
  const scale = scaleFor(unit, value, style);
  const scaled = value * scale.factor;
  if (tiny(scaled))
    return unit === 'ratio'
      ? exponential(value, significant)
      : withSymbol(exponential(scaled, significant), scale.symbol);
  return withSymbol(fixed(scaled, decimalsFor(scaled, significant)), scale.symbol);
}

/** A bound as it was promised: up to 6 digits, no trailing zeros. `15 s`, `99.999 %`, `1e−12`. */
export function formatBound(value: number, unit: Unit, style: RatioStyle = 'share'): string {
  if (!Number.isFinite(value)) return formatQuantity(value, unit, style);
  const scale = scaleFor(unit, value, style);
  const scaled = value * scale.factor;
  if (tiny(scaled)) return unit === 'ratio' ? exponential(value, 3) : withSymbol(exponential(scaled, 3), scale.symbol);
  return withSymbol(fixed(Number(scaled.toPrecision(6)), 6).replace(/\.?0+$/, ''), scale.symbol);
}

export interface EstimateText {
  /**
   * The value with its unit; `≥ 60 s` where it is only a lower bound, `> 60 s` where there is none beyond the longest
   * wait.
   */
  value: string;
  /** `[8.90, 9.80]` in the same scale and digits as the value; an open end is ∞; `no interval` where both are. */
  interval: string;
  /** Both. */
  text: string;
}

/**
 * An estimate and its interval share one scale and one number of decimals: three significant digits of the value; fewer
 * (at least two) where the interval's width does not support them, more (at most five) where the first digit of the
 * width would be lost.
 */
export function formatEstimate(
  estimate: Pick<Estimate, 'value' | 'low' | 'high'>,
  unit: Unit,
  style: RatioStyle = 'share',
): EstimateText {
  const {value, low, high} = estimate;
  const anchor = [value, low, high].find(number => Number.isFinite(number) && number !== 0);
  const scale = scaleFor(unit, anchor ?? 0, style);
  const scaled = {value: value * scale.factor, low: low * scale.factor, high: high * scale.factor};
  if (anchor !== undefined && tiny(anchor * scale.factor)) {
    const end = (number: number) =>
      Number.isFinite(number) && number !== 0 ? exponential(number, 3) : formatQuantity(number, unit, style);
    return parts(formatQuantity(value, unit, style), end(low), end(high), low, high);
  }
  const width = scaled.high - scaled.low;
  const known = Number.isFinite(scaled.value) ? scaled.value : anchor === undefined ? 0 : anchor * scale.factor;
  const decimals =
    Number.isFinite(width) && width > 0
      ? Math.min(
          Math.max(decimalsFor(width, 2), decimalsFor(known, 2)),
          Math.max(decimalsFor(known, 3), decimalsFor(width, 1)),
          decimalsFor(known, 5),
        )
      : unit === 'count' && Number.isInteger(known)
        ? 0
        : decimalsFor(known, 3);
  const end = (number: number) =>
    Number.isFinite(number) ? fixed(number, decimals) : formatQuantity(number, unit, style);
  const valueText = Number.isNaN(value)
    ? missing
    : Number.isFinite(value)
      ? `${low === value && high === Number.POSITIVE_INFINITY ? '≥ ' : ''}${withSymbol(fixed(scaled.value, decimals), scale.symbol)}`
      : value > 0 && Number.isFinite(low)
        ? `> ${withSymbol(end(scaled.low), scale.symbol)}`
        : end(value);
  return parts(valueText, end(scaled.low), end(scaled.high), low, high);
}

function parts(value: string, lowText: string, highText: string, low: number, high: number): EstimateText {
  if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY)
    return {value, interval: 'no interval', text: `${value} (no interval)`};
  const interval = `${Number.isFinite(low) ? '[' : '('}${lowText}, ${highText}${Number.isFinite(high) ? ']' : ')'}`;
  return {value, interval, text: `${value} ${interval}`};
}

/** How long something took, for people: `48 s`, `12 min 05 s`, `2 h 07 min`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return missing;
  if (seconds < 9.95) return `${fixed(seconds, 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (number: number) => String(number).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** `2025-11-24T15:06:12.345Z` → `2025-11-24 15:06:12 UTC`; anything else as it is. */
export function formatInstant(iso: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(iso);
  return match ? `${match[1]} ${match[2]} UTC` : iso;
}

/** A p value: three decimals, and never a bare zero. */
export function formatProbability(p: number): string {
  if (!Number.isFinite(p)) return missing;
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** A share of one as a percentage without trailing zeros: 0.95 → `95 %`, 0.96875 → `96.9 %`. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return missing;
  return `${String(Number((share * 100).toPrecision(share >= 0.999 && share < 1 ? 5 : 3)))} %`;
}
