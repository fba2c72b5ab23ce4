/**
 * A suite: YAML text → which scenarios run, how often and with which parameters, or errors with line and column. Pure.
 */
import {z} from 'zod';
import {readYaml} from '../../harness/config/yaml.ts';
import type {ConfigError, Result, Suite} from '../../harness/types.ts';

const repetitions = z.int().min(1).max(1000);

/** `known` are the scenarios and profiles there are: a misspelt one is an error when the file is read, not later. */
export interface Known {
  scenarios: readonly string[];
  profiles: readonly string[];
}

/** The keys of a suite; a suite file of another kind has more of its own. */
export function suiteShape(known: Known) {
  return {
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
  };
}

/** Each profile and each scenario stands once. */
export function eachOnce(suite: Suite, context: z.RefinementCtx): void {
  refuseTwice(suite.profiles, index => ['profiles', index], context);
  refuseTwice(
    suite.scenarios.map(one => one.scenario),
    index => ['scenarios', index, 'scenario'],
    context,
  );
}

/** Text of a suite file → the suite. */
export function loadSuite(text: string, file: string, known: Known): Result<Suite, ConfigError[]> {
  const schema: z.ZodType<Suite> = z.strictObject(suiteShape(known)).superRefine(eachOnce);
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
