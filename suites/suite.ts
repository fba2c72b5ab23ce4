/** A suite: YAML text → which scenarios run, how often and with which parameters, or errors with line and column. Pure. */
import {z} from 'zod';
import {readYaml} from '../harness/config.ts';
import type {ConfigError, Result, Suite} from '../harness/types.ts';

const repetitions = z.int().min(1).max(1000);

/** Text of a suite file → the suite. `known` are the scenarios and profiles there are: a misspelt one is an error here, not later. */
export function loadSuite(
  text: string,
  file: string,
  known: {scenarios: readonly string[]; profiles: readonly string[]},
): Result<Suite, ConfigError[]> {
  const schema: z.ZodType<Suite> = z
    .strictObject({
      name: z.string().regex(/^[a-z][a-z0-9-]*$/, {error: 'lower-case letters, digits and -'}),
      purpose: z.string().trim().min(1).max(2000),
      profiles: z.array(z.enum(known.profiles)).min(1).max(4),
      scenarios: z
        .array(
          z.strictObject({
            scenario: z.enum(known.scenarios),
            repetitions: z.strictObject({full: repetitions, quick: repetitions}),
            parameters: z.record(z.string(), z.union([z.number(), z.string(), z.array(z.string())])).default({}),
          }),
        )
        .max(200),
    })
    .superRefine((suite, context) => {
      refuseTwice(suite.profiles, index => ['profiles', index], context);
      refuseTwice(
        suite.scenarios.map(one => one.scenario),
        index => ['scenarios', index, 'scenario'],
        context,
      );
    });
  return readYaml(schema, text, file);
}

function refuseTwice(
  names: readonly string[],
  path: (index: number) => (string | number)[],
  context: z.RefinementCtx,
): void {
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue;
    context.addIssue({
      code: 'custom',
      input: names,
      path: path(index),
      params: {expected: 'each name once', hint: 'remove one of the two'},
    });
  }
}
