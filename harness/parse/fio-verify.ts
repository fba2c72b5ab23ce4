/** What fio's `verify_only` says in its report (json, 3.33 to 3.39). Pure. */
import {z} from 'zod';
import type {ParseError, Result} from '../types.ts';
import {readJson} from './json.ts';

export interface Verified {
  /** Blocks that were read. */
  read: number;
  /** Of them not as they were written. */
  wrong: number;
}

/** `EILSEQ`: how fio calls a block that does not verify. */
const badBlock = 84;
const report = z.object({
  jobs: z.tuple([
    z.object({error: z.number(), total_err: z.number().default(0), read: z.object({total_ios: z.number().int()})}),
  ]),
});

export function parseVerify(text: string, artefact: string): Result<Verified, ParseError> {
  const parsed = readJson(text, artefact, report);
  if (!parsed.ok) return parsed;
  const {error, total_err: wrong, read} = parsed.value.jobs[0];
  const known = error === 0 ? wrong === 0 : error === badBlock && wrong > 0;
  if (known) return {ok: true, value: {read: read.total_ios, wrong}};
  const expected = 'a verification that came to its end';
  return {ok: false, error: {artefact, path: '/jobs/0/error', expected, found: `error ${error}, ${wrong} times`}};
}
