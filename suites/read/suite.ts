/**
 * A suite: YAML text → which scenarios run, how often and with which parameters, or errors with line and column. Pure.
 */
import {z} from 'zod';
import {readDocument} from '../../harness/config/document.ts';
import {readYaml} from '../../harness/config/yaml.ts';
import type {ConfigError, Parameters, Result, Suite} from '../../harness/types.ts';
import type {Unfit} from './unfit.ts';

const repetitions = z.int().min(1).max(1000);

/** `known` are the scenarios and profiles there are: a misspelt one is an error when the file is read, not later. */
export interface Known {
  scenarios: readonly string[];
  profiles: readonly string[];
  /** What a scenario does not take of the parameters that it is given. */
  unfit?(scenario: string, given: Parameters): Unfit | undefined;
}

/** The keys of a suite; a suite file of another kind has more of its own. */
export function suiteShape(known: Known) {
  return {
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]*$/, {error: 'lower-case letters, digits and -'})
      .describe('on the face of the report'),
    purpose: z.string().trim().min(1).max(2000).describe('in one sentence'),
    profiles: z
      .array(z.enum(known.profiles))
      .min(1)
      .max(4)
      .describe('sets of settings that are put in force in turn; of two the first is "before", the second "after"'),
    quickMinutes: z
      .int()
      .min(1)
      .max(600)
      .exactOptional()
      .describe('with --quick all of it takes so long, and trials are drawn where they decide most'),
    plugins: z.string().min(1).optional().describe("a folder of plug-ins, from the suite's own folder"),
    scenarios: z
      .array(
        z.strictObject({
          scenario: z
            .enum(known.scenarios)
            .meta({form: 'a scenario such as `failover/host-crash`; a misspelt one is told with those there are'})
            .describe('its name'),
          repetitions: z
            .strictObject({
              full: repetitions.describe('without --quick; 59 clean ones show a reliability of 0.95'),
              quick: z.int().min(0).max(1000).describe('with --quick; 0 leaves it out, unless --only names it'),
            })
            .describe('trials with each profile'),
          parameters: z
            .record(z.string(), z.union([z.number(), z.string(), z.array(z.string())]))
            .default({})
            .describe("in place of the scenario's own, by their names; not with --quick"),
        }),
      )
      .max(200)
      .describe('what is tried'),
  };
}

/** What the shape alone does not say: each profile and scenario stands once, and takes its parameters. */
export function soundSuite(known: Known): (suite: Suite, context: z.RefinementCtx) => void {
  return (suite, context) => {
    eachOnce(suite, context);
    for (const [index, {scenario, parameters}] of suite.scenarios.entries()) {
      const unfit = known.unfit?.(scenario, parameters);
      if (unfit === undefined) continue;
      const path = ['scenarios', index, 'parameters', unfit.key];
      const params = {expected: unfit.expected, hint: 'change the value, or leave it out'};
      context.addIssue({code: 'custom', input: parameters[unfit.key], path, params});
    }
  };
}

function eachOnce(suite: Suite, context: z.RefinementCtx): void {
  refuseTwice(suite.profiles, index => ['profiles', index], context);
  refuseTwice(
    suite.scenarios.map(one => one.scenario),
    index => ['scenarios', index, 'scenario'],
    context,
  );
}

/** Text of a suite file → the suite. */
export function loadSuite(text: string, file: string, known: Known): Result<Suite, ConfigError[]> {
  return readYaml(suiteSchema(known), text, file);
}

export function suiteSchema(known: Known): z.ZodType<Suite> {
  return z
    .strictObject(suiteShape(known))
    .superRefine(soundSuite(known))
    .transform(({plugins: _, ...suite}): Suite => suite);
}

/** The folder of plug-ins that a suite names: it is loaded before the suite can be read for good. */
export function pluginsOf(text: string, file: string): string | undefined {
  const read = readDocument(text, file);
  if (!read.ok || typeof read.value.data !== 'object' || read.value.data === null) return undefined;
  const {plugins} = z.object({plugins: z.string().optional().catch(undefined)}).parse(read.value.data);
  return plugins;
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
