/** How a recorded command ended, from the `.meta.json` that lies beside its output. */
import {existsSync, readFileSync, statSync} from 'node:fs';
import {z} from 'zod';
import {readJson} from '../../../harness/parse/json.ts';

const meta = z.object({
  exit: z.union([
    z.number().int(),
    z.discriminatedUnion('kind', [
      z.object({kind: z.literal('exited'), code: z.number().int()}),
      z.object({kind: z.literal('signalled')}),
      z.object({kind: z.literal('timed-out')}),
      z.object({kind: z.literal('unreachable')}),
    ]),
  ]),
});

/** What a shell, timeout(1) and ssh(1) say in place of an exit code. */
const shellCodes = {signalled: 128, 'timed-out': 124, unreachable: 255} as const;
const maxMetaBytes = 2 ** 20;

/**
 * The exit code beside `path`: from `PATH.meta.json`, as trials keep it, or for `X.out` from `X.meta.json`, as
 * recordings do. Nothing where there is no such file, or it says no exit code.
 */
export function exitCodeBeside(path: string): number | undefined {
  for (const beside of [
    `${path}.meta.json`,
    ...(path.endsWith('.out') ? [path.replace(/\.out$/, '.meta.json')] : []),
  ]) {
    const exit = existsSync(beside) ? exitIn(beside) : undefined;
    if (exit !== undefined)
      return typeof exit === 'number' ? exit : exit.kind === 'exited' ? exit.code : shellCodes[exit.kind];
  }
  return undefined;
}

function exitIn(path: string): z.infer<typeof meta>['exit'] | undefined {
  try {
    if (statSync(path).size > maxMetaBytes) return undefined;
    const read = readJson(readFileSync(path, 'utf8'), path, meta);
    return read.ok ? read.value.exit : undefined;
  } catch {
    // Somebody else's file of that name.
    return undefined;
  }
}
