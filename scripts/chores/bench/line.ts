/** What a bench found, as data: for the terminal, for `--json`, and for the README's table. */
import {z} from 'zod';
import {formatBound, formatQuantity} from '../../../reports/words/units.ts';

const quantity = z.enum(['s', 'B/s', 'B', 'op/s', 'ratio']);

const lineSchema = z.strictObject({
  /** What was done, and to how much. */
  what: z.string(),
  /** Median of the repetitions, in base units. */
  value: z.number(),
  unit: quantity,
  goal: z
    .union([
      z.strictObject({relation: z.enum(['at-most', 'at-least']), bound: z.number()}),
      z.strictObject({relation: z.literal('within'), low: z.number(), high: z.number()}),
    ])
    .optional(),
  /** Where the median lies with 95 % confidence; a goal is then kept or not only where all of it says so. */
  interval: z.strictObject({low: z.number(), high: z.number()}).optional(),
  /** The same by other means, in the same run and unit. */
  beside: z.strictObject({what: z.string(), value: z.number()}).optional(),
});
export type Line = z.infer<typeof lineSchema>;

export const resultsSchema = z.strictObject({
  machine: z.string(),
  /** Tasks that wanted to run at once, the mean of the last minute when the benches began. */
  load: z.number(),
  commit: z.string(),
  date: z.string(),
  benches: z.array(z.strictObject({name: z.string(), title: z.string(), lines: z.array(lineSchema)})),
});
export type Results = z.infer<typeof resultsSchema>;

export interface Bench {
  title: string;
  run(): Promise<readonly Line[]>;
}

export function valueWords({value, unit, interval}: Line): string {
  const between =
    interval === undefined ? '' : ` (${formatQuantity(interval.low, unit)} to ${formatQuantity(interval.high, unit)})`;
  return `${formatQuantity(value, unit)}${between}`;
}

/** `1.52 × jq (81 MB/s)`: this value as a multiple of the one beside it. */
export function besideWords({value, unit, beside}: Line): string {
  if (beside === undefined) return '';
  return `${(value / beside.value).toPrecision(3)} × ${beside.what} (${formatQuantity(beside.value, unit)})`;
}

export function goalWords({value, unit, goal, interval = {low: value, high: value}}: Line): string {
  if (goal === undefined) return '';
  const words = (low: number, high: number) => {
    if (interval.low >= low && interval.high <= high) return 'kept';
    return interval.high < low || interval.low > high ? 'not kept' : 'not decided';
  };
  if (goal.relation === 'within') {
    const {low, high} = goal;
    return `${formatBound(low, unit)} to ${formatBound(high, unit)}: ${words(low, high)}`;
  }
  const [sign, low, high] =
    goal.relation === 'at-most'
      ? ['≤', Number.NEGATIVE_INFINITY, goal.bound]
      : ['≥', goal.bound, Number.POSITIVE_INFINITY];
  return `${sign} ${formatBound(goal.bound, unit)}: ${words(low, high)}`;
}

export function lineText(line: Line): string {
  return [line.what, valueWords(line), besideWords(line), goalWords(line)].filter(words => words !== '').join(' | ');
}
