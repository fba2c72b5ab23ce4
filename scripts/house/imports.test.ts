import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {importsOf, wrongImports} from './imports.ts';

const top = join(import.meta.dirname, '../..');
const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.ts'], {
  cwd: top,
  encoding: 'utf8',
})
  .split('\0')
  .filter(path => path !== '' && existsSync(join(top, path)));

test('imports point one way', t => {
  t.true(listed.length > 20, 'the sources were not found');
  t.deepEqual(wrongImports(listed.map(path => ({path, text: readFileSync(join(top, path), 'utf8')}))), []);
});

const planted: [string, string, RegExp | undefined][] = [
  ['reports/verdict.ts', "import {readFile} from 'node:fs/promises';", /reports\/ is pure/],
  ['reports/stats/a.ts', "import {run} from '../../harness/run.ts';", /reports\/ is pure: it imports only/],
  ['reports/a.ts', "export {claims} from '../suites/claims.ts';", /imports suites\/claims\.ts/],
  ['reports/a.ts', "export type {A} from '../harness/types.ts';\nimport {z} from 'zod';", undefined],
  ['reports/a.ts', "import {runHeader} from '../harness/schema.ts';", undefined],
  [
    'reports/a.ts',
    "import {readRun} from '../harness/store.ts';",
    /only itself and, of harness\/, types\.ts, schema\.ts, issue\.ts and parse\//,
  ],
  ['harness/schema.ts', "import {readRun} from './store.ts';", /described by itself alone/],
  ['harness/schema.ts', "import {z} from 'zod';\nimport type {Plan} from './types.ts';", undefined],
  ['reports/a.test.ts', "import {readFileSync} from 'node:fs';", undefined],
  ['reports/a.ts', "// import {x} from '../harness/run.ts'\n * from 'node:fs'", undefined],
  ['harness/parse/a.ts', "import {x} from './xml.ts';\nimport type {R} from '../types.ts';", undefined],
  ['harness/parse/a.ts', "import {expectedOf} from '../issue.ts';", undefined],
  ['harness/parse/a.ts', "import {x} from '../wait.ts';", /harness\/parse\/ is pure: it imports only itself/],
  ['harness/parse/a.ts', "import {readFileSync} from 'node:fs';", /harness\/parse\/ is pure; take files/],
  ['harness/parse/a.test.ts', "import {readFileSync} from 'node:fs';", undefined],
  ['reports/a.ts', "import {x} from '../harness/parse/xml.ts';", undefined],
  ['suites/a.ts', "import {x} from '../harness/parse/crm-mon.ts';", undefined],
  ['harness/run.ts', "import {judge} from '../reports/verdict.ts';", /harness\/ knows nothing/],
  ['harness/run.ts', "const x = await import('../suites/index.ts');", /harness\/ knows nothing/],
  ['harness/run.ts', "let x: import('../reports/report.ts').Report;", /harness\/ knows nothing/],
  ['harness/run.ts', "import {\n  a,\n  b,\n} from '../scripts/seatrial.ts';", /harness\/ knows nothing/],
  ['harness/run.ts', "import '../suites/index.ts';", /harness\/ knows nothing/],
  ['harness/types.ts', "import type {A} from './run.ts';", /imports nothing/],
  ['suites/a.ts', "import {judge} from '../reports/verdict.ts';", /suites\/ imports only/],
  ['suites/storage/fio.ts', "import {blackouts} from '../../reports/beacon/index.ts';", undefined],
  ['suites/a.ts', "import {x} from '../scripts/shipped.ts';", /suites\/ imports only/],
  ['scripts/a.ts', "import {x} from '../fixtures/kit/report.ts';", /test kit is not shipped/],
  ['scripts/chores/a.ts', "import {x} from '../../fixtures/kit/report.ts';", undefined],
  ['scripts/a.test.ts', "import {x} from '../fixtures/kit/report.ts';", undefined],
  ['scripts/a.ts', "import {x} from '../reports/verdict.ts';", undefined],
  ['scripts/a.ts', "import {x} from '../reports/verdict.test.ts';", /tests are not for use/],
];
for (const [path, text, expected] of planted) {
  test(`${path}: ${text.replaceAll('\n', ' ')}`, t => {
    const found = wrongImports([{path, text}]);
    if (expected === undefined) t.deepEqual(found, []);
    else {
      t.is(found.length, 1);
      t.regex(found[0] ?? '', expected);
    }
  });
}

test('every way to import is seen', t => {
  const text = `import a from 'a';import {b} from "b";\nimport 'c';\nexport * from 'd';\nconst e = import('e');\nexport const from = 'not';\n`;
  t.deepEqual(importsOf(text), ['a', 'b', 'c', 'd', 'e']);
});
