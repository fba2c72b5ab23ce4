import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {writeWhole, writeWholeSync} from './files.ts';

for (const [name, write] of [
  ['writeWhole', writeWhole],
  ['writeWholeSync', async (...words: Parameters<typeof writeWholeSync>) => writeWholeSync(...words)],
] as const) {
  test(`${name}: the file is there with its mode, and nothing beside it`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'files-'));
    t.teardown(() => rmSync(folder, {recursive: true}));
    const path = join(folder, 'a');
    await write(path, 'one', 0o600);
    await write(path, new TextEncoder().encode('two'), 0o600);
    t.is(readFileSync(path, 'utf8'), 'two');
    t.is(statSync(path).mode & 0o777, 0o600);
    t.deepEqual(readdirSync(folder), ['a']);
  });

  test(`${name}: where the name cannot be had, what was there stays and nothing is left beside it`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'files-'));
    t.teardown(() => rmSync(folder, {recursive: true}));
    const path = join(folder, 'taken');
    mkdirSync(path);
    writeFileSync(join(path, 'inside'), 'x');
    await t.throwsAsync(write(path, 'one'));
    t.deepEqual(readdirSync(folder), ['taken']);
    t.is(readFileSync(join(path, 'inside'), 'utf8'), 'x');
  });
}
