/** The options that fio prints beside its figures, and what its spellings of times, sizes and flags mean. */
import {isArray, isObject, items, member, type Place} from './json-place.ts';

/** An option of the job, else of the document's global options (in client mode a list of them, one a client). */
export function option(entry: Place, root: Place, key: string): string | undefined {
  const own = member(member(entry, 'job options'), key).value;
  if (typeof own === 'string') return own;
  const value = member(globalsFor(entry, root), key).value;
  return typeof value === 'string' ? value : undefined;
}

const nowhere: Place = {value: undefined, path: ''};

function globalsFor(entry: Place, root: Place): Place {
  const globals = member(root, 'global options');
  const each = isArray(globals.value) ? items(globals) : [globals];
  const same = (one: Place, of: string) => member(one, of).value === member(entry, of).value;
  return each.find(one => same(one, 'hostname') && same(one, 'port')) ?? each[0] ?? nowhere;
}

/** fio leaves "job options" out where a section has none of its own (`json_add_job_opts`): the global ones stand for them. */
export function hasOptions(entry: Place, root: Place): boolean {
  if (isObject(member(entry, 'job options').value)) return true;
  const globals = globalsFor(entry, root).value;
  return isObject(globals) && globals.size > 0;
}

/** A flag that is on. Before 3.39 fio prints one only where it was given a value (`time_based=1`, not `time_based`). */
export function isOn(entry: Place, root: Place, key: string): boolean {
  const value = option(entry, root, key);
  return value !== undefined && value.trim() !== '0';
}

/** A count such as `numjobs`, `iodepth`, `loops`; 1 where it was not given, nothing where it cannot be read. */
export function countOption(entry: Place, root: Place, key: string): number | undefined {
  const value = option(entry, root, key);
  if (value === undefined) return 1;
  return /^\s*\d+\s*$/.test(value) ? Number(value) : undefined;
}

/** Bytes of a size such as `4k`, `32MiB`, `8G `; nothing for lists, ranges, percentages and arithmetic. */
export function bytesOf(size: string): number | undefined {
  const parts = /^\s*(\d+)\s*([kmgtp]?)(?:i?b)?\s*$/i.exec(size);
  const digits = parts?.[1];
  if (parts === null || digits === undefined) return undefined;
  return Number(digits) * 1024 ** ' kmgtp'.indexOf((parts[2] ?? '').toLowerCase() || ' ');
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
 * Seconds that a time option asks for: a number with or without a unit in any case, spaces around it, or arithmetic (`2*30`, `(1m+30)`).
 * fio itself takes all of these (parse.c `get_mult_time`, `str_to_decimal`), but reads `2*30` outside parentheses as 2 and `60min` as 60 µs:
 * what was meant counts, as a run that is shorter for it is short. Nothing where it cannot be read.
 */
export function secondsOf(time: string): number | undefined {
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
