import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {filesOf} from './operands.ts';

test('a folder stands for the files below it, in the order of people', t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-operands-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  mkdirSync(join(folder, 'n2/deep'), {recursive: true});
  mkdirSync(join(folder, 'empty'));
  for (const name of ['r10.json', 'r9.json', 'r9.json.meta.json', '.hidden', 'n2/deep/a.json']) {
    writeFileSync(join(folder, name), '');
  }
  t.deepEqual(
    filesOf(['/nowhere', folder, 'b.json']).map(path => path.replace(`${folder}/`, '')),
    ['/nowhere', 'n2/deep/a.json', 'r9.json', 'r10.json', 'b.json'],
  );
  t.throws(() => filesOf([join(folder, 'empty')]), {message: /there are no files below/});
});
