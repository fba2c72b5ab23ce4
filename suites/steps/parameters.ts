import type {z} from 'zod';
import {faultOf} from '../../harness/issue.ts';
import {pointer} from '../../harness/parse/json.ts';
import type {Parameters, ParseError, Result} from '../../harness/types.ts';

/** A trial's parameters by the scenario's own schema; the error names the first one that is not as it should be. */
export function readParameters<T>(schema: z.ZodType<T>, parameters: Parameters): Result<T, ParseError> {
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return {ok: true, value: parsed.data};
  const {path, expected, found} = faultOf(parsed.error, parameters);
  return {ok: false, error: {artefact: 'plan', path: `/parameters${pointer(path)}`, expected, found}};
}

/** The same for a scenario that is about to run: the trial fails with the sentence. */
export function parametersOf<T>(schema: z.ZodType<T>, parameters: Parameters): T {
  const read = readParameters(schema, parameters);
  if (read.ok) return read.value;
  throw new Error(`${read.error.path}: expected ${read.error.expected}, found ${read.error.found}`);
}
