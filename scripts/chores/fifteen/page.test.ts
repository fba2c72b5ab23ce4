import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {fifteenPage, groupOf, readFifteen} from './page.ts';

const docs = join(import.meta.dirname, '../../../docs');

test('docs/fifteen.md is what docs/fifteen.json makes: node scripts/chores/fifteen.ts writes it anew', t => {
  const data = readFifteen(readFileSync(join(docs, 'fifteen.json'), 'utf8'));
  t.is(readFileSync(join(docs, 'fifteen.md'), 'utf8'), fifteenPage(data));
});

const trial = (slot: number, service?: number) => ({
  trial: {
    slot,
    scenario: 'failover/nic-down',
    profile: 'tuned',
    status: service === undefined ? 'failed' : 'done',
    reason: service === undefined ? 'it had no power' : '',
    startedAt: `2026-11-28T04:0${slot}:00.000Z`,
    durationSeconds: 50,
  },
  samples:
    service === undefined
      ? []
      : [{metric: 'failover.service', value: service, labels: {trial: `${slot}`, guest: 'vm1'}}],
});
const made = [trial(1, 9.04), trial(2, 14.96), trial(3)];
const report = JSON.stringify({
  header: {startedAt: '2026-11-28T04:00:00.000Z', commit: '0123456789abcdef', seed: 7},
  trials: made.map(each => each.trial),
  samples: made.flatMap(each => each.samples),
  findings: [{trial: 1, severity: 'critical', invariant: 'only expected fences', detail: 'n2 was fenced 2 times'}],
});

test('a trial without a figure is counted as tried, the worst is shown, and what was critical stands on the page', t => {
  const loads = [10, 30, 90].map(seconds => ({
    atMs: Date.parse('2026-11-28T04:01:00Z') + seconds * 1000,
    load: seconds,
  }));
  const group = groupOf('tuned', report, loads);
  t.deepEqual(
    group.trials.map(({service, load}) => [service, load]),
    [
      [9, 20],
      [15, 90],
      [undefined, undefined],
    ],
  );
  const page = fifteenPage({machine: 'a machine', groups: [group]});
  t.true(page.includes('| tuned | nic-down | 2 of 3 | — | — | — | 12.0 | — | 15.0 | — | 20–90 |'));
  t.true(page.includes('**trial 3 failed: it had no power**'));
  t.true(page.includes('**only expected fences: n2 was fenced 2 times**'));
  const twice = fifteenPage({machine: 'a machine', groups: [group, group]});
  t.true(twice.includes('| tuned | nic-down | 4 of 6 |'), 'runs of one label are one row');
  t.throws(() => groupOf('stock', report, loads, 'stock'), {message: 'the run has no trial of profile stock'});
});
