import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {tell} from './out.ts';
import {Refusal} from './refusal.ts';

test.serial('a file is replaced whole, a device is written into, a folder is refused with a sentence', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'out-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const file = join(folder, 'report.md');
  writeFileSync(file, 'old');
  await tell('new', file);
  t.is(readFileSync(file, 'utf8'), 'new');
  t.deepEqual(readdirSync(folder), ['report.md']);
  await tell('gone', '/dev/null');
  t.true(statSync('/dev/null').isCharacterDevice());
  const refused = await t.throwsAsync(tell('x', folder), {instanceOf: Refusal});
  t.regex(refused?.message ?? '', /cannot be written/);
  await t.throwsAsync(tell('x', join(folder, 'nowhere/report.md')), {instanceOf: Refusal});
});
