/** The options that fio prints beside its figures, and what its spellings of times, sizes and flags mean. */
import {isArray, isObject, type Place} from './json-place.ts';
import type {JsonValue} from './json-scan.ts';

/** The options that hold for one entry. */
export interface Options {
  get(key: string): string | undefined;
  /**
   * fio leaves "job options" out where a section has none of its own (`json_add_job_opts`): the global ones stand for
   * them.
   */
  exist: boolean;
}

/** Of the job, else of the document's global options (in client mode a list of them, one a client). */
export function optionsOf(entry: Place, root: Place): Options {
  const own = valueIn(entry.value, 'job options');
  const globals = globalsFor(entry, root);
  return {
    exist: isObject(own) || (isObject(globals) && globals.size > 0),
    get(key) {
      const mine = valueIn(own, key);
      const value = typeof mine === 'string' ? mine : valueIn(globals, key);
      return typeof value === 'string' ? value : undefined;
    },
  };
}

function globalsFor(entry: Place, root: Place): JsonValue | undefined {
  const globals = valueIn(root.value, 'global options');
  if (!isArray(globals)) return globals;
  const same = (one: JsonValue, key: string) => valueIn(one, key) === valueIn(entry.value, key);
  return globals.find(one => same(one, 'hostname') && same(one, 'port')) ?? globals[0];
}

/** Without the place that `member` keeps: there are many options, and no error is about one. */
export function valueIn(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isObject(value) ? value.get(key) : undefined;
}

/** A flag that is on. Before 3.39 fio prints one only where it was given a value (`time_based=1`, not `time_based`). */
export function isOn(options: Options, key: string): boolean {
  const value = options.get(key);
  return value !== undefined && value.trim() !== '0';
}

/** A count such as `numjobs`, `iodepth`, `loops`; 1 where it was not given, nothing where it cannot be read. */
export function countOption(options: Options, key: string): number | undefined {
  const value = options.get(key);
  if (value === undefined) return 1;
  return /^\s*\d+\s*$/.test(value) ? Number(value) : undefined;
}

/**
 * Bytes of a size such as `4k`, `32mb`, `8G `; nothing for lists, ranges, percentages and arithmetic. In any case of
 * letters `k` and `kb` are 1024 to fio and `kib` is 1000, for the sake of old job files; with `kb_base=1000` it is the
 * other way round (parse.c `__get_mult_bytes`).
 */
export function bytesOf(size: string, kbBase = '1024'): number | undefined {
  const [, digits, prefix = '', unit = ''] = /^\s*(\d+)\s*([kmgtp]?)(i?b)?\s*$/i.exec(size) ?? [];
  if (digits === undefined) return undefined;
  const isIec = unit.toLowerCase() === 'ib';
  const isTrue = kbBase.trim() === '1000';
  const base = isIec === isTrue ? 1024 : 1000;
  return Number(digits) * base ** ' kmgtp'.indexOf(prefix.toLowerCase() || ' ');
}

/** Whether what was done at first is left out of the figures: for a time, or up to an amount. */
export function hasRamp(options: Options): boolean {
  return secondsOf(options.get('ramp_time') ?? '0') !== 0 || isOn(options, 'ramp_size');
}

const timeUnits: readonly (readonly [shape: RegExp, seconds: number])[] = [
  [/^(?:us|usecs?|microseconds?)$/, 1e-6],
  [/^(?:ms|msecs?|milliseconds?)$/, 1e-3],
  [/^(?:|s|secs?|seconds?)$/, 1],
  [/^(?:m|mins?|minutes?)$/, 60],
  [/^(?:h|hrs?|hours?)$/, 3600],
  [/^(?:d|days?)$/, 86400],
];

/**
 * Seconds that a time option asks for: a number with or without a unit in any case, spaces around it, or arithmetic
 * (`2*30`, `(1m+30)`). fio itself takes all of these (parse.c `get_mult_time`, `str_to_decimal`), but reads `2*30`
 * outside parentheses as 2 and `60min` as 60 µs: what was meant counts, as a run that is shorter for it is short.
 * Nothing where it cannot be read.
 */
export function secondsOf(time: string): number | undefined {
  if (/^\d+$/.test(time)) return Number(time);
  const text = time.split(',', 1)[0]?.trim().toLowerCase() ?? '';
  const hexadecimal = /^0x[0-9a-f]+$/.exec(text);
  if (hexadecimal !== null) return Number(text);
  const tokens = text.match(/\d+(?:\.\d+)?\s*[a-z]*|[-+*/()]|\S/g) ?? [];
  const sum = new Sum(tokens);
  const value = sum.terms();
  return value !== undefined && sum.isDone() && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** `+ − * /` and parentheses over quantities with units, by descent. */
class Sum {
  readonly tokens: readonly string[];
  at = 0;

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  isDone(): boolean {
    return this.at === this.tokens.length;
  }

  take(among: string): string | undefined {
    const token = this.tokens[this.at];
    if (token === undefined || token.length !== 1 || !among.includes(token)) return undefined;
    this.at += 1;
    return token;
  }

  terms(): number | undefined {
    let value = this.factors();
    for (let sign = this.take('+-'); sign !== undefined; sign = this.take('+-')) {
      const next = this.factors();
      if (value === undefined || next === undefined) return undefined;
      value = sign === '+' ? value + next : value - next;
    }
    return value;
  }

  factors(): number | undefined {
    let value = this.quantity();
    for (let sign = this.take('*/'); sign !== undefined; sign = this.take('*/')) {
      const next = this.quantity();
      if (value === undefined || next === undefined) return undefined;
      value = sign === '*' ? value * next : value / next;
    }
    return value;
  }

  quantity(): number | undefined {
    if (this.take('(') !== undefined) {
      const inner = this.terms();
      return this.take(')') === undefined ? undefined : inner;
    }
    const token = this.tokens[this.at] ?? '';
    const parts = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(token);
    const unit = timeUnits.find(([shape]) => shape.test(parts?.[2] ?? ''));
    if (parts === null || unit === undefined) return undefined;
    this.at += 1;
    return Number(parts[1]) * unit[1];
  }
}
