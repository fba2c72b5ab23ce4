/** A lab for one bench, and a folder; both are gone afterwards. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import type {Line} from './line.ts';

export const script = join(import.meta.dirname, '../../seatrial.ts');

export async function inLabOf(
  lab: string,
  shape: readonly string[],
  body: (folder: string) => Promise<readonly Line[]>,
): Promise<readonly Line[]> {
  if (process.getuid?.() !== 0) throw new Error('this bench builds a lab: run it as root');
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-bench-'));
  await seatrial(['lab', 'up', lab, ...shape]);
  try {
    return await body(folder);
  } finally {
    await seatrial(['lab', 'down', lab]);
    rmSync(folder, {recursive: true, force: true});
  }
}

function seatrial(words: readonly string[]) {
  return execa(process.execPath, [script, ...words], {all: true});
}
