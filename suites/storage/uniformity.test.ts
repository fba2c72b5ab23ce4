import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedArtefacts} from '../../fixtures/kit/recorded-artefacts.ts';
import {altered} from '../../fixtures/kit/stored-run.ts';
import type {Artefacts} from '../../harness/types.ts';
import {uniformity} from './uniformity.ts';

/** Recorded on a lab while the OSD of its second node stood still for four fifths of the time. */
const recorded = recordedArtefacts('storage-uniformity');
const planned = plannedTrial({scenario: uniformity.name, parameters: uniformity.parameters.quick});
const measure = (raw: Artefacts) => uniformity.measure(raw, planned);
const of = (raw: Artefacts, metric: string, kind: string) =>
  measure(raw).samples.filter(each => each.metric === metric && each.labels.kind === kind);

/** The slow OSD as quick as the first one. */
const even = [1, 2, 3].reduce((raw, round) => {
  const first = recorded.text(`osd-osd.0-${round}.json`);
  return altered(raw, `osd-osd.1-${round}.json`, () => (first.ok ? first.value : ''));
}, recorded);

test('a slow OSD is found by its name, its node and its rounds', t => {
  const {problems, findings} = measure(recorded);
  t.deepEqual(problems, []);
  t.deepEqual(
    findings.map(({detail}) => detail.replace(/\d+ %/g, '… %')),
    ['osd.1 of n2 does … % of what the others of its kind do (… %, … %, … % round by round)'],
  );
  t.true(findings.every(({severity}) => severity === 'warning'));
  const [evenness] = of(recorded, 'storage.evenness', 'osd hdd');
  t.true((evenness?.value ?? 1) < 0.4);
  t.is(of(recorded, 'storage.alone', 'osd hdd').length, 3);
});

test('parts that are alike are named by nobody', t => {
  t.deepEqual(measure(even).findings, []);
  t.true((of(even, 'storage.evenness', 'osd hdd')[0]?.value ?? 0) > 0.7);
  for (const kind of ['disk', 'guest']) t.true((of(even, 'storage.evenness', kind)[0]?.value ?? 0) > 0.7, kind);
});

test('one slow round is no slow part', t => {
  const once = altered(even, 'osd-osd.1-2.json', text => text.replace(/"iops": [\d.]+/, '"iops": 10'));
  t.deepEqual(measure(once).findings, []);
});

test('a part that gave nothing leaves its kind without a figure, and the others theirs', t => {
  const lost = altered(recorded, 'osd-osd.2-3.json', () => 'ceph tell osd.2 gave no answer in 120.0 s\n');
  t.deepEqual(of(lost, 'storage.evenness', 'osd hdd'), []);
  t.regex(JSON.stringify(measure(lost).problems), /osd-osd\.2-3\.json/);
  t.is(of(lost, 'storage.evenness', 'disk').length, 1);
  const unwritten = altered(recorded, 'fio-fill.json', text => text.replace('"error" : 0', '"error" : 28'));
  t.deepEqual(of(unwritten, 'storage.alone', 'guest'), []);
});

test('what could not be tried is told', t => {
  const untried = altered(recorded, 'parts.json', text =>
    text.replace('"notTried": []', '"notTried": ["/dev/sdx of n1: it carries ext4"]'),
  );
  t.true(measure(untried).findings.some(({detail}) => detail === 'not tried: /dev/sdx of n1: it carries ext4'));
});
