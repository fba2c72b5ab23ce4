import type {z} from 'zod';
import {expectedOf} from '../harness/issue.ts';
import type {Parameters, ParseError, Result} from '../harness/types.ts';

/** A trial's parameters by the scenario's own schema; the error names the first one that is not as it should be. */
export function readParameters<T>(schema: z.ZodType<T>, parameters: Parameters): Result<T, ParseError> {
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return {ok: true, value: parsed.data};
  const [issue] = parsed.error.issues;
  const key = String(issue?.path[0] ?? '');
  const found = JSON.stringify(parameters[key]) ?? 'nothing';
  return {
    ok: false,
    error: {
      artefact: 'plan',
      path: `/parameters/${key}`,
      expected: issue === undefined ? 'parameters' : expectedOf(issue),
      found,
    },
  };
}

/** The same for a scenario that is about to run: the trial fails with the sentence. */
export function parametersOf<T>(schema: z.ZodType<T>, parameters: Parameters): T {
  const read = readParameters(schema, parameters);
  if (read.ok) return read.value;
  throw new Error(`${read.error.path}: expected ${read.error.expected}, found ${read.error.found}`);
}
