/**
 * Bounds as people write them ("< 5 ms", "at least 500k op/s", "+33.3 %") into a relation and base units.
 * Powers of ten are shifted as text, so that "5 ms" is the same number as 0.005 and not its neighbour.
 */
import {nearest} from '../../harness/config/nearest.ts';
import type {Result, Target, Unit} from '../../harness/types.ts';

export interface Bound {
  relation: Target['relation'];
  /** Base units. */
  bound: number;
}

/** What was expected instead, and what to write. */
export interface BoundError {
  expected: string;
  hint: string;
}

type Scale = {exponent: number} | {factor: number};

const times: Readonly<Record<string, Scale>> = {
  s: {exponent: 0},
  ms: {exponent: -3},
  µs: {exponent: -6},
  μs: {exponent: -6},
  us: {exponent: -6},
  ns: {exponent: -9},
  min: {factor: 60},
  h: {factor: 3600},
};

const bytes: Readonly<Record<string, Scale>> = {
  B: {exponent: 0},
  kB: {exponent: 3},
  MB: {exponent: 6},
  GB: {exponent: 9},
  TB: {exponent: 12},
  KiB: {factor: 2 ** 10},
  MiB: {factor: 2 ** 20},
  GiB: {factor: 2 ** 30},
  TiB: {factor: 2 ** 40},
};

const bits: Readonly<Record<string, Scale>> = {
  bit: {exponent: 0},
  kbit: {exponent: 3},
  Mbit: {exponent: 6},
  Gbit: {exponent: 9},
  Tbit: {exponent: 12},
};

const scales: Readonly<Record<Unit, Readonly<Record<string, Scale>>>> = {
  s: times,
  s·s: {s·s: {exponent: 0}, ms·s: {exponent: -3}},
  B: bytes,
  'B/s': perSecond(bytes),
  'bit/s': perSecond(bits),
  'op/s': {'op/s': {exponent: 0}},
  count: {'': {exponent: 0}},
  ratio: {'': {exponent: 0}, '%': {exponent: -2}},
};

const multiples: Readonly<Record<string, number>> = {'': 0, k: 3, K: 3, M: 6, G: 9};

const examples: Readonly<Record<Unit, string>> = {
  s: '"< 5 ms" or "<= 15 s"',
  s·s: '"<= 0.5 s·s" or "<= 200 ms·s"',
  B: '">= 12 TB"',
  'B/s': '">= 500 MB/s"',
  'bit/s': '">= 24 Gbit/s"',
  'op/s': '">= 500k op/s"',
  count: '"<= 0"',
  ratio: '">= 1.333", "+33.3 %" or ">= 95 %"',
};

/**
 * A relation and a quantity. "<", "<=" and "at most" are one relation, ">", ">=" and "at least" the other: a measured
 * interval never ends exactly on the bound. With a sign it is a change, which only a ratio of two profiles is.
 */
export function parseBound(text: string, unit: Unit, statistic: string): Result<Bound, BoundError> {
  const trimmed = text.trim();
  const change = /^([+-])\s*(\d+(?:\.\d+)?)\s*%$/.exec(trimmed);
  if (change !== null) {
    if (unit !== 'ratio') return wrong(unit, 'a change in % needs "statistic: ratio" and "against: [before, after]"');
    if (statistic !== 'ratio') {
      const said = `${change[1] === '+' ? '>=' : '<='} ${change[2]} %`;
      return wrong(unit, `with a sign it is a change, which needs "statistic: ratio"; a share is written "${said}"`);
    }
    const percent = Number(change[2]);
    if (change[1] === '+') return {ok: true, value: {relation: 'at-least', bound: hundredths(100 + percent)}};
    if (percent >= 100) return wrong(unit, 'nothing can shrink by 100 % or more');
    return {ok: true, value: {relation: 'at-most', bound: hundredths(100 - percent)}};
  }
  const parts = /^(<=?|≤|>=?|≥|at most\b|at least\b)\s*(.*)$/.exec(trimmed);
  if (parts === null) return wrong(unit, `begin with <, <=, > or >=, for example ${examples[unit]}`);
  const quantity = parseQuantity(parts[2] ?? '', unit);
  if (!quantity.ok) return quantity;
  const relation = /^(?:<|≤|at most)/.test(parts[1] ?? '') ? 'at-most' : 'at-least';
  return {ok: true, value: {relation, bound: quantity.value}};
}

/**
 * "15 s", "500k op/s", "24 Gbit/s", "95 %" → base units. A number without its unit is refused, except counts and
 * ratios, which have none.
 */
export function parseQuantity(text: string, unit: Unit): Result<number, BoundError> {
  const parts = /^(\d+(?:\.\d+)?)(?:\s*([kKMG])(?=\s|$|op))?\s*(\S*)$/.exec(text.trim());
  const known = scales[unit];
  if (parts === null) return wrong(unit, `write a number and its unit, for example ${examples[unit]}`);
  const [, digits = '', multiple = '', name = ''] = parts;
  const scale = known[spelled(name)];
  if (scale === undefined || (multiple !== '' && unit !== 'op/s' && unit !== 'count')) {
    const units = Object.keys(known).filter(key => key !== '' && key !== 'μs');
    const near = name === '' ? undefined : nearest(name, units);
    const meant = near === undefined || near === name ? '' : `did you mean "${near}"? `;
    return wrong(unit, units.length > 0 ? `${meant}units here are ${units.join(', ')}` : 'this metric has no unit');
  }
  const value =
    'exponent' in scale
      ? Number(`${digits}e${scale.exponent + (multiples[multiple] ?? Number.NaN)}`)
      : Number(digits) * scale.factor;
  return Number.isFinite(value) ? {ok: true, value} : wrong(unit, 'the number is too large');
}

/** 133.3 → 1.333, without the last bit that binary addition may have left. */
function hundredths(percent: number): number {
  return Number((percent / 100).toPrecision(12));
}

/** Network people write Gbps for Gbit/s. */
function spelled(name: string): string {
  return name.replace(/^([kMGT]?)bps$/, '$1bit/s');
}

function perSecond(units: Readonly<Record<string, Scale>>): Record<string, Scale> {
  return Object.fromEntries(Object.entries(units).map(([name, scale]) => [`${name}/s`, scale]));
}

function wrong(unit: Unit, hint: string): {ok: false; error: BoundError} {
  return {ok: false, error: {expected: `a bound such as ${examples[unit]}`, hint}};
}
