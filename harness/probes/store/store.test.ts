import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {parseStoreWriter} from '../../parse/store-writer.ts';
import {compiled} from '../compiled.ts';

/** The program on two files; `meddle` is called while it writes. */
async function written(blocks: number, meddle: (files: readonly [string, string]) => void = () => {}): Promise<string> {
  const binary = await compiled(join(import.meta.dirname, 'store.c'));
  if (!binary.ok) throw new Error(binary.error);
  // Not on /tmp, which may be a tmpfs that takes no O_DIRECT.
  const folder = mkdtempSync('/var/tmp/seatrial-store-');
  try {
    const files = [join(folder, 'a'), join(folder, 'b')] as const;
    const status = join(folder, 'status');
    const child = spawn(binary.value.path, ['write', '5', '30', String(blocks), status, ...files]);
    let text = '';
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
    });
    const ended = new Promise(resolve => child.once('close', resolve));
    await sleep(500);
    meddle(files);
    writeFileSync(`${status}.stop`, '');
    await ended;
    return text;
  } finally {
    rmSync(folder, {recursive: true});
  }
}

test('what was acknowledged is read again; what was taken away is counted', async t => {
  const good = parseStoreWriter(await written(16), 'out', 2);
  t.deepEqual(good.ok ? good.value.map(({again}) => again) : good.error, [
    {read: 16, lost: 0},
    {read: 16, lost: 0},
  ]);
  t.true(good.ok && good.value.every(({acknowledged, errors}) => acknowledged > 16 && errors === 0));
  // It writes on behind the place where the file was cut off, and does not come there again.
  const bad = parseStoreWriter(await written(100_000, ([file]) => truncateSync(file, 0)), 'out', 2);
  const [emptied, whole] = bad.ok ? bad.value.map(({again}) => again) : [];
  t.true(typeof whole === 'object' && whole.lost === 0 && whole.read > 16);
  t.true(typeof emptied === 'object' && emptied.lost > 16 && emptied.lost < emptied.read, JSON.stringify(emptied));
});
