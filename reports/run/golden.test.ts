import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {exampleReport} from '../../fixtures/kit/report.ts';
import {fileName, render} from '../document/index.ts';
import {runDocument} from './document.ts';
import {renderSchema} from './schema.ts';

/**
 * The bytes of every format, made in another process on another day. After a wanted change: `UPDATE_GOLDEN=1 ava
 * reports/run/golden.test.ts`,
 * and look at the difference.
 */
const folder = new URL('../../fixtures/golden/report/', import.meta.url);

function golden(file: string, content: string): string {
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(folder, {recursive: true});
    writeFileSync(new URL(file, folder), content);
  }
  return readFileSync(new URL(file, folder), 'utf8');
}

for (const format of ['html', 'md', 'text', 'csv', 'verdicts-csv', 'json', 'junit'] as const) {
  test(`${format} gives the golden bytes`, async t => {
    const file = fileName('report', format);
    const content = await render(runDocument(exampleReport(2)), format);
    t.true(content === golden(file, content), `${file} differs from fixtures/golden/report/${file}`);
  });
}

test('the JSON Schema gives the golden bytes', t => {
  const content = renderSchema();
  t.true(content === golden('report.schema.json', content), 'report.schema.json differs');
});
