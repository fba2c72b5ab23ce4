import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {formatConfigError} from '../../../harness/config/yaml.ts';
import {loadPlan, loadPrices} from './plan-file.ts';

const docs = join(import.meta.dirname, '../../../docs');
const example = readFileSync(join(docs, 'plan.yaml'), 'utf8');
const prices = readFileSync(join(docs, 'prices.yaml'), 'utf8');

test('the examples are read', t => {
  const plan = loadPlan(example, 'plan.yaml');
  if (!plan.ok) return t.fail(plan.error.map(formatConfigError).join('\n'));
  t.deepEqual(
    plan.value.resources.map(({name}) => name),
    ['vcpus', 'memory', 'storage', 'iops', 'network'],
  );
  t.deepEqual(plan.value.resources[3]?.capacity.survivor, [{low: 60_000, high: 75_000}]);
  t.is(plan.value.ceiling, 0.85);
  t.is(plan.value.targetVms, 400);
  const list = loadPrices(prices, 'prices.yaml');
  t.true(list.ok);
  if (list.ok) t.deepEqual(list.value.items[0]?.once, {low: 17_000, high: 21_000});
});

const mistakes: [what: string, from: string, to: string, expected: RegExp][] = [
  ['a misspelt key', 'ceiling: 85 %', 'cieling: 85 %', /plan\.yaml:9:1: found unknown key "cieling".*ceiling/],
  ['a unit of another kind', 'used: 19 TB', 'used: 19 Gbit', /plan\.yaml:23:11: .*units here are B, kB/],
  ['a range the wrong way round', '3 .. 8', '8 .. 3', /plan\.yaml:10:14: .*lower end first/],
  ['a date that does not exist', '2026-01-01', '2026-02-30', /plan\.yaml:4:7: .*a date that exists/],
  ['too many failures', 'survive: 1 ', 'survive: 5 ', /plan\.yaml:8:10: .*fewer than the 5 nodes/],
  ['a ceiling above all', 'ceiling: 85 %', 'ceiling: 120 %', /plan\.yaml:9:10: .*at most 100 %/],
  ['nothing per node', 'perNode: 12 TB', 'perNode: 0 TB', /plan\.yaml:24:14: .*more than 0/],
];
for (const [what, from, to, expected] of mistakes) {
  test(`${what} is told with its place`, t => {
    t.true(example.includes(from));
    const read = loadPlan(example.replace(from, to), 'plan.yaml');
    t.false(read.ok);
    if (!read.ok) t.regex(read.error.map(formatConfigError).join('\n'), expected);
  });
}

test('a price without a price, and a cluster that is bought, are refused', t => {
  const read = loadPrices(
    'currency: EUR\nsource: test\nitems:\n  - {name: a, per: node}\n  - {name: b, per: cluster, once: 5}\n  - {name: c, per: rack, monthly: 1}\n',
    'prices.yaml',
  );
  t.false(read.ok);
  if (!read.ok) t.regex(read.error.map(formatConfigError).join('\n'), /rack/);
  const two = loadPrices(
    'currency: EUR\nsource: test\nitems:\n  - {name: a, per: node}\n  - {name: b, per: cluster, once: 5}\n',
    'prices.yaml',
  );
  if (!two.ok) t.is(two.error.length, 2);
  t.false(two.ok);
});
