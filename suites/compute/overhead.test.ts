import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedArtefacts} from '../../fixtures/kit/recorded-artefacts.ts';
import {altered} from '../../fixtures/kit/stored-run.ts';
import type {Artefacts} from '../../harness/types.ts';
import {overhead} from './overhead.ts';

/** Recorded on a lab whose processors were shared with much else. */
const recorded = recordedArtefacts('compute-overhead');
const planned = plannedTrial({scenario: overhead.name, parameters: overhead.parameters.quick});
const measure = (raw: Artefacts) => overhead.measure(raw, planned);
const ratioOf = (raw: Artefacts, work = 'integer') =>
  measure(raw).samples.find(({metric, labels}) => metric === 'compute.ratio' && labels.work === work)?.value;
const change = (name: string, from: RegExp, to: string) => altered(recorded, name, text => text.replace(from, to));

/** As on hardware, with nothing else to do: the node's own processor time is the time by the clock. */
function calm(raw: Artefacts): Artefacts {
  const hosts = raw.names.filter(name => name.endsWith('-host.txt'));
  const real = altered(raw, 'place.json', text => text.replace('"emulated": true', '"emulated": false'));
  return hosts.reduce(
    (all, name) => altered(all, name, text => text.replace(/cpu_ns=\d+/, `cpu_ns=${/wall_ns=(\d+)/.exec(text)?.[1]}`)),
    real,
  );
}

test('each kind of work has a rate on the node and in the guest, and their ratio', t => {
  const {samples, problems, findings} = measure(recorded);
  t.deepEqual(problems, []);
  for (const work of ['integer', 'syscalls']) {
    const rate = (place: string) =>
      samples.find(({metric, labels}) => metric === 'compute.rate' && labels.work === work && labels.place === place);
    const [host, guest] = [rate('host')?.value ?? 0, rate('guest')?.value ?? 0];
    t.true(host > guest && guest > 0, work);
    t.is(ratioOf(recorded, work), guest / host);
  }
  t.true(findings.some(({detail}) => /emulated: .* speaks for no hardware/.test(detail)));
  t.true(findings.every(({severity}) => severity === 'warning'));
});

test('a guest that takes twice as long, as under a quota, has half the ratio', t => {
  const slower = ['integer-2-guest.txt', 'integer-3-guest.txt'].reduce(
    (all, name) => altered(all, name, text => text.replace(/wall_ns=(\d+)/, (_, ns) => `wall_ns=${Number(ns) * 2}`)),
    recorded,
  );
  t.true(Math.abs((ratioOf(slower) ?? 0) - (ratioOf(recorded) ?? 1) / 2) < 1e-9);
});

test('on hardware a node that is busy gives no ratio, and a calm one does', t => {
  t.true(measure(calm(recorded)).problems.length === 0 && ratioOf(calm(recorded)) !== undefined);
  t.deepEqual(measure(calm(recorded)).findings, []);
  const busy = altered(calm(recorded), 'integer-1-host.txt', text =>
    text.replace(/cpu_ns=\d+/, `cpu_ns=${Math.round(Number(/wall_ns=(\d+)/.exec(text)?.[1]) * 0.6)}`),
  );
  t.is(ratioOf(busy), undefined);
  t.true(ratioOf(busy, 'syscalls') !== undefined);
  t.regex(measure(busy).problems[0]?.found ?? '', /had a processor for 60 % of its time/);
});

test('what was not done, or not done alike, gives no number and says why', t => {
  const found = (raw: Artefacts) => {
    t.is(ratioOf(raw), undefined);
    return JSON.stringify(measure(raw).problems);
  };
  t.regex(
    found(change('integer-2-guest.txt', /check=[0-9a-f]+/, 'check=0000000000000000')),
    /the same result as on the node/,
  );
  const unchecked = ['1-host', '2-guest', '3-guest', '4-host'].reduce(
    (all, piece) => altered(all, `integer-${piece}.txt`, text => text.replace(/ check=[0-9a-f]+/, '')),
    recorded,
  );
  t.regex(found(unchecked), /the result of the work/);
  t.regex(found(change('integer-2-guest.txt', /wall_ns=\d+/, 'wall_ns=900')), /at least 1 s of work/);
  t.regex(found(change('integer-3-guest.txt', /units=\d+/, 'units=0')), /work that was done/);
  t.regex(found(change('integer-4-host.txt', /kind=integer/, 'kind=float')), /"found":"float"/);
  t.regex(found(altered(recorded, 'integer-3-guest.txt', text => text.slice(0, 20))), /a line that ends/);
  t.regex(found(altered(recorded, 'integer-3-guest.txt', () => undefined)), /an artefact of this trial/);
  const ended = change('integer-3-guest.txt.meta.json', /"code":0/, '"code":1');
  t.regex(found(ended), /exit code 1/);
});
