import {readFileSync} from 'node:fs';
import test from 'ava';
import {rules} from '../../../suites/conformance/index.ts';
import {rulesFile} from './file.ts';
import {rulesPage} from './page.ts';

test('docs/rules.md is what the rules say, each with a case that it holds on and one that violates it', t => {
  const page = readFileSync(rulesFile, 'utf8');
  t.is(page, rulesPage(), 'write it anew: node scripts/chores/rules.ts');
  for (const {id} of rules) {
    const cells =
      page
        .split('\n')
        .find(line => line.startsWith(`| ${id} |`))
        ?.split(' | ') ?? [];
    t.is(cells.length, 8, id);
    t.true(
      cells.slice(6).every(cell => cell.replace(/ ?\|$/, '').length > 3),
      id,
    );
  }
});
