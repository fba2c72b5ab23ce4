import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedArtefacts} from '../../fixtures/kit/recorded-artefacts.ts';
import {altered} from '../../fixtures/kit/stored-run.ts';
import type {Artefacts} from '../../harness/types.ts';
import {bootStorm} from './boot-storm.ts';

/** Recorded on a lab: four emulated guests. */
const recorded = recordedArtefacts('compute-boot-storm');
const planned = plannedTrial({scenario: bootStorm.name, parameters: bootStorm.parameters.quick});
const measure = (raw: Artefacts) => bootStorm.measure(raw, planned);
const boot = (raw: Artefacts, started: string, served: string) =>
  measure(raw).samples.find(
    ({metric, labels}) => metric === 'compute.boot' && labels.started === started && labels.served === served,
  );

interface Kept {
  starts: {guests: string[]; wallMs: number}[];
  ring: Record<'before' | 'after', Record<'formed' | 'gathered', Record<string, number>>>;
}
function changed(change: (kept: Kept) => void): Artefacts {
  return altered(recorded, 'boot-storm.json', text => {
    const kept: Kept = JSON.parse(text);
    change(kept);
    return JSON.stringify(kept);
  });
}

test('one guest alone, then all at once: first, middle and last to serve', t => {
  const {problems, findings, samples} = measure(recorded);
  t.deepEqual(problems, []);
  t.deepEqual(findings, []);
  const [first, median, last] = ['first', 'median', 'last'].map(served => boot(recorded, '4', served)?.value ?? -1);
  t.true(first !== undefined && median !== undefined && last !== undefined);
  t.true(0 < (first ?? 0) && (first ?? 0) <= (median ?? 0) && (median ?? 0) <= (last ?? 0));
  t.true((boot(recorded, '1', 'last')?.value ?? -1) > 0);
  t.is(samples.find(({metric}) => metric === 'compute.boot-memberships')?.value, 0);
});

test('times begin at the order to start', t => {
  const earlier = changed(({starts: [, all]}) => {
    if (all !== undefined) all.wallMs -= 1000;
  });
  const longer = (boot(earlier, '4', 'first')?.value ?? 0) - (boot(recorded, '4', 'first')?.value ?? 0);
  t.true(Math.abs(longer - 1) < 0.01);
});

test('a guest that never serves is waited for to the end, and not forgotten', t => {
  const never = altered(
    changed(({starts: [, all]}) => all?.guests.push('vm9')),
    'ledger-vm9.txt',
    () => '',
  );
  t.like(boot(never, '5', 'last'), {censored: true});
  t.is(boot(never, '5', 'first')?.censored, undefined);
  t.true((boot(never, '5', 'last')?.value ?? 0) > (boot(recorded, '4', 'last')?.value ?? 0));
});

test('a membership or a token that was lost is critical', t => {
  for (const [what, told] of [
    ['formed', /n2 formed 1 new/],
    ['gathered', /n2 lost the token/],
  ] as const) {
    const lost = changed(({ring}) => {
      ring.after[what].n2 = (ring.after[what].n2 ?? 0) + 1;
    });
    t.is(measure(lost).samples.find(({metric}) => metric === 'compute.boot-memberships')?.value, 1);
    const [critical] = measure(lost).findings;
    t.is(critical?.severity, 'critical');
    t.regex(critical?.detail ?? '', told);
  }
});

test('counters that went back, or a log that is cut, give no number', t => {
  const anew = changed(({ring}) => {
    ring.after.formed.n1 = 0;
  });
  t.false(measure(anew).samples.some(({metric}) => metric === 'compute.boot-memberships'));
  t.regex(JSON.stringify(measure(anew).problems), /only grow/);
  const cut = altered(recorded, 'beacon.log', () => '');
  t.deepEqual(measure(cut).samples, []);
  t.true(measure(cut).problems.length > 0);
});

test('no node is fenced, and each guest starts anew', t => {
  t.deepEqual(bootStorm.expects({injections: [], guests: [{guest: 'vm1', node: 'n1'}]}), {
    fences: {},
    guests: {vm1: ['restarted']},
  });
});
