/** Values checked by a schema, whatever the schema does with them. */
import type {z} from 'zod';

/**
 * A check over whole values runs only where each of them is right: zod leaves what is wrong as it was written, and a
 * check that takes it for what it should have become would throw.
 */
export const ofSoundValues = {when: ({issues}: {issues: readonly unknown[]}): boolean => issues.length === 0};

/** What is expected in place of values over which a check failed. */
export const cannotBeChecked = 'values that can be checked';

/** What zod finds, and what escapes from a check as one more thing that is wrong: nobody is helped by a stack trace. */
export function checked<T>(
  schema: z.ZodType<T>,
  data: unknown,
): {ok: true; value: T} | {ok: false; issues: readonly z.core.$ZodIssue[]} {
  try {
    const read = schema.safeParse(data);
    return read.success ? {ok: true, value: read.data} : {ok: false, issues: read.error.issues};
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const hint = `a check of seatrial failed over them (${said}): look at the values that were changed last, and tell its authors`;
    const params = {expected: cannotBeChecked, hint};
    return {ok: false, issues: [{code: 'custom', path: [], message: hint, params}]};
  }
}
