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

export function valueWords(line: Line): string {
  return formatQuantity(line.value, line.unit);
}

/** `1.52 × jq (81 MB/s)`: this value as a multiple of the one beside it. */
export function besideWords({value, unit, beside}: Line): string {
  if (beside === undefined) return '';
  return `${(value / beside.value).toPrecision(3)} × ${beside.what} (${formatQuantity(beside.value, unit)})`;
}

export function goalWords({value, unit, goal}: Line): string {
  if (goal === undefined) return '';
  if (goal.relation === 'within') {
    const kept = value >= goal.low && value <= goal.high;
    return `${formatBound(goal.low, unit)} to ${formatBound(goal.high, unit)}: ${kept ? 'kept' : 'not kept'}`;
  }
  const kept = goal.relation === 'at-most' ? value <= goal.bound : value >= goal.bound;
  const sign = goal.relation === 'at-most' ? '≤' : '≥';
  return `${sign} ${formatBound(goal.bound, unit)}: ${kept ? 'kept' : 'not kept'}`;
}

export function lineText(line: Line): string {
  return [line.what, valueWords(line), besideWords(line), goalWords(line)].filter(words => words !== '').join(' | ');
}
