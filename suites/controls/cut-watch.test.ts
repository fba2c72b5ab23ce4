/**
 * Control: a watch that ends early. A blackout that was not seen to its end is known from below only, and a guest whose
 * recovery was not seen takes away the figures of the others: it may be the worst.
 */
import test from 'ava';
import {altered, storedTrial} from '../../fixtures/kit/stored-run.ts';
import type {Artefacts, Measured} from '../../harness/types.ts';
import {measureMigration} from '../migration/measure.ts';
import {measureResilience} from '../resilience/measure.ts';
import {ofAll} from '../steps/measured.ts';

const crash = await storedTrial('failover/host-crash', 'tuned');

const cutAfter = (artefacts: Artefacts, lines: number) =>
  altered(artefacts, 'beacon.log', text => `${text.split('\n').slice(0, lines).join('\n')}\n`);
const blackoutsOf = ({samples}: Measured) => samples.filter(({metric}) => metric === 'failover.blackout');

test('a blackout whose end was not seen is known from below only', t => {
  const whole = measureResilience(crash.artefacts);
  const [ended] = blackoutsOf(whole);
  t.truthy(ended);
  t.is(ended?.censored, undefined);
  const text = crash.artefacts.text('beacon.log');
  const lines = text.ok ? text.value.split('\n').length : 0;
  let shorter = 0;
  for (let share = 0.2; share < 1; share += 0.05) {
    const cut = measureResilience(cutAfter(crash.artefacts, Math.floor(share * lines)));
    for (const sample of blackoutsOf(cut)) {
      t.true(sample.censored, `cut at ${share}: ${sample.value} s`);
      if (sample.value < (ended?.value ?? 0) - 1) shorter += 1;
    }
    t.false(cut.samples.some(({metric}) => metric === 'failover.unexplained'));
  }
  t.true(shorter > 0, 'the log was never cut within the blackout');
});

test('what one guest did not give is not told of the others', t => {
  const sample = (guest: string, metric: string, value: number) => {
    return {metric, unit: 's' as const, value, labels: {fault: 'host-crash', guest}, from: {artefact: 'a', path: ''}};
  };
  const samples = [
    sample('vm1', 'failover.service', 5),
    sample('vm1', 'failover.durable', 6),
    sample('vm2', 'failover.durable', 7),
    sample('vm3', 'disruption.gap', 1),
  ];
  const all = ofAll(['vm1', 'vm2'], {samples, problems: [], findings: []}, 'beacon.log');
  t.deepEqual(all.samples, samples.slice(1));
  t.like(all.problems[0], {path: 'vm2', expected: 'failover.service of every guest: vm1, vm2', found: 'none'});
});

test('a migration that is over before it began gives no blackout', async t => {
  const live = await storedTrial('migration/live', 'tuned');
  const blackouts = (artefacts: Artefacts) =>
    measureMigration(artefacts, live.planned).samples.filter(({metric}) => metric === 'migration.blackout').length;
  t.is(blackouts(live.artefacts), 2);
  const turned = altered(live.artefacts, 'migration.json', text => text.replace(/("wallEndMs":\s*)[\d.]+/, '$10'));
  t.is(blackouts(turned), 0, 'nor the way back, which may be the quicker one');
});
