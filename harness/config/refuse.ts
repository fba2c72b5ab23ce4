import {z} from 'zod';

/** As much of a transform's context as it takes to refuse. */
interface Issues {
  issues: z.core.$ZodRawIssue[];
}

/**
 * Says inside a transform what was expected at a path below the input, and what to do; `readYaml` adds the place and
 * what was found.
 */
export function refuse(
  context: Issues,
  input: unknown,
  path: readonly PropertyKey[],
  expected: string,
  hint: string,
): z.ZodNever['_output'] {
  context.issues.push({code: 'custom', input, path: [...path], params: {expected, hint}});
  return z.NEVER;
}

/** Something wrong below an input, told later. */
export interface Wrong {
  path: readonly PropertyKey[];
  expected: string;
  hint: string;
}
