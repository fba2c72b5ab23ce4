import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {runLocally} from '../transport/local.ts';
import {overwriteCommand} from './overwrite.ts';

test('the text is new; link, mode and owner are as before, and nothing is left beside it', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-overwrite-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const file = join(folder, 'real.xml');
  const link = join(folder, 'vm1.xml');
  writeFileSync(file, 'old\n');
  chmodSync(file, 0o640);
  symlinkSync('real.xml', link);
  const before = statSync(file);
  for (const text of ['new\n', 'newer\n']) {
    const written = await runLocally(overwriteCommand(link, text));
    t.deepEqual(written.exit, {kind: 'exited', code: 0}, written.stderr);
    t.is(readFileSync(link, 'utf8'), text);
  }
  t.true(lstatSync(link).isSymbolicLink());
  t.is(readlinkSync(link), 'real.xml');
  const after = statSync(file);
  t.deepEqual([after.mode, after.uid, after.gid], [before.mode, before.uid, before.gid]);
  t.deepEqual(readdirSync(folder).sort(), ['real.xml', 'vm1.xml']);
});

test('a file that is not there is an error, and none is made', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-overwrite-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const written = await runLocally(overwriteCommand(join(folder, 'missing'), 'new\n'));
  t.false(written.exit.kind === 'exited' && written.exit.code === 0);
  t.deepEqual(readdirSync(folder), []);
});
