import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {benches} from './index.ts';
import {besideWords, goalWords, type Results, resultsSchema} from './line.ts';
import {tableIn, withTable} from './table.ts';

const results: Results = resultsSchema.parse({
  machine: 'a machine',
  load: 2,
  commit: 'abc1234',
  date: '2025-11-24',
  benches: [
    {
      name: 'fio',
      title: 'fio files',
      lines: [
        {
          what: 'read',
          value: 120e6,
          unit: 'B/s',
          goal: {relation: 'at-least', bound: 100e6},
          beside: {what: 'jq', value: 60e6},
        },
        {what: 'memory', value: 600e6, unit: 'B', goal: {relation: 'at-most', bound: 512 * 2 ** 20}},
      ],
    },
  ],
});

test('a value stands beside another as its multiple, and says whether the goal is kept', t => {
  const [read, memory] = results.benches[0]?.lines ?? [];
  if (read === undefined || memory === undefined) return t.fail();
  t.is(besideWords(read), '2.00 × jq (60.0 MB/s)');
  t.is(goalWords(read), '≥ 100 MB/s: kept');
  t.is(besideWords(memory), '');
  t.is(goalWords(memory), '≤ 536.871 MB: not kept');
});

test('the table takes the place of what stood between the markers', t => {
  const text = '# A\n<!-- performance -->\nold\n<!-- performance -->\n## B\n';
  const once = withTable(text, results);
  t.regex(once, /^# A\n<!-- performance -->\na machine; commit abc1234/);
  t.regex(
    once,
    /\n\| fio files \| read \| 120 MB\/s \| 2\.00 × jq \(60\.0 MB\/s\) \| ≥ 100 MB\/s: kept \|\n\| {2}\| memory/,
  );
  t.regex(once, /\|\n<!-- performance -->\n## B\n$/);
  t.is(withTable(once, results), once);
  t.throws(() => withTable('no markers', results));
});

test("the README's table has the script's shape, and only benches that there are, in their order", t => {
  const found = tableIn(readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8'))?.split('\n') ?? [];
  const empty = tableIn(withTable('<!-- performance --><!-- performance -->', {...results, benches: []}));
  t.deepEqual(found.slice(1, 4), empty?.split('\n').slice(1));
  t.regex(found[0] ?? '', / cores, .*; commit \S+, \d{4}-\d\d-\d\d\./);
  const titles = found.slice(4).flatMap(line => /^\| ([^|]+?) \| /.exec(line)?.[1] ?? []);
  t.true(titles.length > 0);
  const known = Object.values(benches).map(({title}) => title);
  t.deepEqual(
    titles,
    known.filter(title => titles.includes(title)),
  );
});
