import type {z} from 'zod';
import {faultOf, partAt} from '../../harness/issue.ts';
import {answer, type Stat, type StatError} from '../../harness/parse/answer.ts';

/** A result that was published with its input. */
export interface Published {
  input: unknown;
  /** Path in the answer ("" is the answer itself, "steps.0.survival" a part) → the figure exactly as it was printed. */
  prints: Readonly<Record<string, string>>;
  /** Who printed it. */
  where: string;
}

/** What is wrong with an input; `path` names the place in the input where the shape is wrong. */
export interface InputError extends StatError {
  path?: string;
}

export interface Statistic {
  name: string;
  purpose: string;
  /** Paper, standard or handbook that defines it. */
  source: string;
  /** What it takes, with defaults. */
  input: z.ZodType;
  /** Total: any value in, an answer or what was needed out. */
  compute(input: unknown): {ok: true; value: unknown} | {ok: false; error: InputError};
  published: readonly [Published, ...Published[]];
}

export function statistic<Schema extends z.ZodType>(parts: {
  name: string;
  purpose: string;
  source: string;
  input: Schema;
  call(input: z.output<Schema>): Stat<unknown>;
  published: readonly [Published, ...Published[]];
}): Statistic {
  const {name, purpose, source, input, call, published} = parts;
  return {
    name,
    purpose,
    source,
    input,
    published,
    compute(given) {
      const read = input.safeParse(given);
      if (read.success) return call(read.data);
      const {path, expected, found} = faultOf(read.error, given);
      return {ok: false, error: {what: name, need: expected, got: found, path: path.map(String).join('.')}};
    },
  };
}

/** One printed figure beside ours. */
export interface Held {
  path: string;
  printed: string;
  ours: string;
  /** Ours − printed; absent for words. */
  difference?: number;
  /** Ours, rounded as the printed one was, is the printed one. */
  agrees: boolean;
}

/** Every printed figure of one example beside what we compute now. */
export function held(one: Statistic, {input, prints}: Published): Stat<readonly Held[]> {
  const got = one.compute(input);
  if (!got.ok) return got;
  return answer(Object.entries(prints).map(([path, printed]) => beside(path, printed, got.value)));
}

function beside(path: string, printed: string, value: unknown): Held {
  const ours = partAt(value, path === '' ? [] : path.split('.'));
  const figure = Number(printed);
  if (typeof ours !== 'number' || Number.isNaN(figure)) {
    const text = String(ours);
    return {path, printed, ours: text, agrees: text === printed};
  }
  const difference = ours - figure;
  // Half a unit of the last printed place, and a hair for halves that binary cannot hold.
  const [digits = '', power = '0'] = printed.split('e');
  const places = digits.includes('.') ? digits.length - digits.indexOf('.') - 1 : 0;
  const half = 0.5 * 10 ** (Number(power) - places);
  const agrees = Math.abs(difference) <= half * (1 + 1e-6);
  return {path, printed, ours: String(Number(ours.toPrecision(10))), difference, agrees};
}
