import test from 'ava';
import {altered, storedTrial} from '../../fixtures/kit/stored-run.ts';
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
  t.deepEqual(of(stuck, 'migration.blackout'), [], 'the way that was not seen may have the longer one');
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

/** As fio 3.39 says it of a guest with fio 3.33: nothing on stdout. */
const mismatch = 'fio: client/server version mismatch (97 != 109)\nfio: clients failed to connect';

function withMeta(changed: typeof artefacts, stderr: string): typeof artefacts {
  const name = 'load.json.meta.json';
  const text = JSON.stringify({exit: {kind: 'exited', code: 1}, stderr});
  return {
    names: [...changed.names, name],
    text: asked => (asked === name ? {ok: true, value: text} : changed.text(asked)),
  };
}

test('a migration whose load never ran gives no sample at all, and tells what fio said', t => {
  for (const idle of [altered(artefacts, 'load.json', () => ''), altered(artefacts, 'load.json', () => undefined)]) {
    const {samples, problems} = live.measure(withMeta(idle, mismatch), planned);
    t.deepEqual(samples, []);
    const told = problems.find(({artefact}) => artefact === 'load.json')?.found ?? '';
    t.regex(told, /client\/server version mismatch \(97 != 109\)/);
  }
});

test('a load that lacks a job, wrote nothing, failed or ended before the last leg is not the one that was asked for', t => {
  const reports: readonly ((text: string) => string)[] = [
    text => text.replace('"jobname" : "disk"', '"jobname" : "other"'),
    text => text.replaceAll('"runtime" : 24314', '"runtime" : 9000'),
    text => text.replace('"error" : 0', '"error" : 5'),
  ];
  for (const change of reports) {
    const changed = altered(artefacts, 'load.json', change);
    t.not(changed.text('load.json'), artefacts.text('load.json'));
    const {samples, problems} = live.measure(changed, planned);
    t.deepEqual(samples, [], change.toString());
    t.true(
      problems.some(({artefact}) => artefact === 'load.json'),
      change.toString(),
    );
  }
});

test('without a load asked for, none is missed', t => {
  const unloaded = {...planned, parameters: {...planned.parameters, dirtyMiB: 0, diskOperationsPerSecond: 0}};
  const {samples, problems} = live.measure(
    altered(artefacts, 'load.json', () => undefined),
    unloaded,
  );
  t.true(samples.length > 0);
  t.deepEqual(problems, []);
});

const whole = {bootId: 'b1', checksum: 'c1', outward: 5, inward: 5, kernel: []};

function askedAfter(after: object, before: object = whole) {
  const changed = altered(artefacts, 'migration.json', text => {
    const record = JSON.parse(text);
    record.legs[0].asked = {laid: 'c1', before, after};
    return JSON.stringify(record);
  });
  return live.measure(changed, planned);
}

test('a guest that is asked from inside after a leg must be whole; else it is critical', t => {
  t.deepEqual(askedAfter(whole).findings, []);
  const broken = askedAfter({...whole, checksum: 'c2'}).findings;
  t.deepEqual(
    broken.map(({severity, artefact}) => [severity, artefact]),
    [['critical', 'migration.json']],
  );
  t.regex(askedAfter({inward: 0, kernel: [], silent: 'no answer'}).findings[0]?.detail ?? '', /no answer/);
});

test('a guest without the agent is a problem, and no finding', t => {
  const mute = {inward: 5, kernel: [], silent: 'QEMU guest agent is not configured'};
  const {findings, problems} = askedAfter(mute, mute);
  t.deepEqual(findings, []);
  t.true(problems.some(({found}) => found === mute.silent));
});
