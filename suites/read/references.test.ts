import {readFileSync} from 'node:fs';
import test from 'ava';
import {formatConfigError} from '../../harness/config/yaml.ts';
import {metrics} from '../../reports/metrics.ts';
import {loadReferences} from './references.ts';

const one = (lines: string) =>
  `references:\n  - id: a\n    title: A\n    metric: failover.service\n    where: {${lines}}\n    figures: [60 s]\n    measuredOn: B\n    source: C\n    differs: D\n`;

function errorsOf(text: string): string[] {
  const read = loadReferences(text, 'r.yaml', metrics);
  return read.ok ? [] : read.error.map(formatConfigError);
}

test('every shipped reference names a metric, its hardware, its source and how it differs', t => {
  const read = loadReferences(readFileSync(new URL('../references.yaml', import.meta.url), 'utf8'), 'r.yaml', metrics);
  t.true(read.ok && read.value.length >= 5);
});

test('a label that the metric does not carry is refused, and one that it does is taken', t => {
  t.deepEqual(errorsOf(one('fault: host-crash')), []);
  t.deepEqual(errorsOf(one('flaw: host-crash')), [
    'r.yaml:5:19: found "host-crash" for references[1].where.flaw, expected a label of failover.service: fault; rename or remove it',
  ]);
});

test('an id that is there twice is refused', t => {
  const twice = `${one('')}${one('').replace('references:\n', '')}`;
  t.regex(errorsOf(twice)[0] ?? '', /expected an id that no other reference has/);
});
