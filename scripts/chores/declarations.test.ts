import {existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {keepReachable} from './declarations.ts';

test('what the exports lead to stays, by way of others too; the rest goes', t => {
  const top = mkdtempSync(join(tmpdir(), 'seatrial-declarations-'));
  t.teardown(() => rmSync(top, {recursive: true}));
  mkdirSync(join(top, 'dist/inner'), {recursive: true});
  const files = {
    'index.d.ts': "export * from './inner/one.ts';\n",
    'inner/one.d.ts': "import type {Two} from '../two.js';\nexport type One = Two | import('./three.ts').Three;\n",
    'two.d.ts': 'export type Two = 2;\n',
    'inner/three.d.ts': 'export type Three = 3;\n',
    'alone.d.ts': "export * from './two.ts';\n",
    'alone.js': '',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(top, 'dist', name), text);
  keepReachable(top, ['./dist/index.js']);
  const left = Object.keys(files).filter(name => existsSync(join(top, 'dist', name)));
  t.deepEqual(left, ['index.d.ts', 'inner/one.d.ts', 'two.d.ts', 'inner/three.d.ts', 'alone.js']);
});
