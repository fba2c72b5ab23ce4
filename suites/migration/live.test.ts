import test from 'ava';
import {altered, storedTrial} from '../stored.ts';
import {live} from './live.ts';

const {artefacts, planned} = await storedTrial('migration/live', 'tuned');

function of(changed: typeof artefacts, metric: string): string[] {
  return live
    .measure(changed, planned)
    .samples.filter(sample => sample.metric === metric)
    .map(({labels}) => labels.leg ?? '');
}

test('a recorded trial yields everything for both legs; the client sees at least the pause that QEMU admits', t => {
  const {samples, problems, findings} = live.measure(artefacts, planned);
  t.deepEqual(problems, []);
  t.deepEqual(findings, []);
  for (const metric of live.provides) t.deepEqual(of(artefacts, metric), ['out', 'back'], metric);
  for (const leg of ['out', 'back']) {
    const value = (metric: string) => samples.find(sample => sample.metric === metric && sample.labels.leg === leg);
    const [blackout, downtime] = [value('migration.blackout'), value('migration.downtime')];
    t.true(Number(blackout?.value) + Number(blackout?.halfWidth) >= Number(downtime?.value));
    t.true(Number(value('migration.total')?.value) > Number(downtime?.value));
  }
});

test('a leg that did not end has no numbers, and says why', t => {
  const stuck = altered(artefacts, 'migration.json', text =>
    text.replace('"moved": true,\n   "why": ""', '"moved": false,\n   "why": "waited 120 s"'),
  );
  t.deepEqual(of(stuck, 'migration.total'), ['back']);
  t.true(live.measure(stuck, planned).problems.some(({found}) => found === 'waited 120 s'));
});

test("libvirt's statistics cut short cost that leg its times, not the client's blackout", t => {
  const cut = altered(artefacts, 'domjobinfo-out.txt', text => text.slice(0, 40));
  t.deepEqual(of(cut, 'migration.total'), ['back']);
  t.deepEqual(of(cut, 'migration.blackout'), ['out', 'back']);
  t.true(live.measure(cut, planned).problems.some(({artefact}) => artefact === 'domjobinfo-out.txt'));
});

test('a beacon log that ends before the legs do gives no blackout', t => {
  const cut = altered(artefacts, 'beacon.log', text => text.slice(0, text.length / 20));
  t.deepEqual(of(cut, 'migration.blackout'), []);
});

test('a migration whose load left no report is not the one that was asked for', t => {
  const idle = altered(artefacts, 'load.json', () => '');
  t.true(live.measure(idle, planned).problems.some(({artefact}) => artefact === 'load.json'));
});
