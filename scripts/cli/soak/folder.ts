/** The folder of a soak: what is drawn there, and the steps that it holds, each a run. */
import {existsSync, mkdirSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {z} from 'zod';
import {writeWholeSync} from '../../../harness/files.ts';
import {CommandError} from '../kit/command-error.ts';

const drawn = z.strictObject({seed: z.int(), suite: z.string(), cluster: z.string()});
type Drawn = z.infer<typeof drawn>;

export function stepFolder(folder: string, step: number): string {
  return join(folder, `step-${String(step).padStart(4, '0')}`);
}

/** Gives the step to begin with: the one after the last that is stored. Refuses a folder of something else. */
export function openSoak(folder: string, asked: Drawn, only: number | undefined): number {
  const file = join(folder, 'soak.json');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  if (names.length > 0) {
    const found = existsSync(file) ? drawn.safeParse(parsed(readFileSync(file, 'utf8'))) : undefined;
    if (found?.success !== true || JSON.stringify(found.data) !== JSON.stringify(asked)) {
      const is = found?.success ? `a soak of ${JSON.stringify(found.data)}` : 'no soak';
      throw new CommandError(
        `${folder} is ${is}, and ${JSON.stringify(asked)} is asked for`,
        'Name a new folder with --out, or say the same seed, suite and cluster.',
      );
    }
  } else {
    mkdirSync(folder, {recursive: true});
    writeWholeSync(file, `${JSON.stringify(asked)}\n`);
  }
  const steps = names.flatMap(name => /^step-(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  if (only !== undefined && steps.includes(only)) {
    throw new CommandError(`${folder} holds step ${only} already`, 'Name a new folder with --out.');
  }
  return Math.max(0, ...steps) + 1;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
