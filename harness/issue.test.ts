import test from 'ava';
import {z} from 'zod';
import {expectedOf} from './issue.ts';

/** What zod says by itself, whatever the schema. */
const zodsOwn = /Invalid|Too (small|big)|expected \w+, received|Unrecognized/;

for (const [name, schema, value, expected] of [
  ['a list', z.array(z.string()), undefined, /^a list$/],
  ['a number', z.object({a: z.number()}), {a: 'x'}, /^a number$/],
  ['a choice', z.enum(['stock', 'tuned']), 'tund', /stock.*tuned/],
  ['a least', z.number().min(3), 2, /^at least 3$/],
  ['a most', z.array(z.string()).max(1), ['a', 'b'], /^at most 1 entries$/],
  ['no text', z.string().min(1), '', /^some text$/],
  ['a stranger', z.strictObject({}), {b: 1}, /^no key "b"$/],
  ['a pattern', z.string().regex(/^a+$/), 'b', /matches .*a\+/],
  ['a date', z.iso.datetime(), 'x', /2025-11-24T15:06:12Z/],
  ['a union', z.union([z.string(), z.number()]), true, /one of the known forms/],
  ['a union with words', z.union([z.string(), z.number()], {error: 'a size'}), true, /^a size$/],
  ['a key', z.record(z.string().regex(/^\d+$/), z.number()), {x: 1}, /matches/],
  ['a check with words', z.string().refine(() => false, {error: 'an even one'}), 'x', /^an even one$/],
  ['a check without words', z.string().refine(() => false), 'x', /^another value$/],
  ['a multiple', z.number().multipleOf(4), 3, /^a multiple of 4$/],
] as const) {
  test(`${name}: our own words`, t => {
    const read = (schema as z.ZodType).safeParse(value);
    const issue = read.error?.issues[0];
    if (issue === undefined) return t.fail('it was accepted');
    const said = expectedOf(issue);
    t.regex(said, expected);
    t.notRegex(said, zodsOwn);
  });
}
