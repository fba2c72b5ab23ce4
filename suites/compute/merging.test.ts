import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedArtefacts} from '../../fixtures/kit/recorded-artefacts.ts';
import {altered} from '../../fixtures/kit/stored-run.ts';
import type {Artefacts} from '../../harness/types.ts';
import {pageMerging} from './merging.ts';

/** Recorded on a lab, whose nodes share one kernel and do not show its threads. */
const recorded = recordedArtefacts('compute-ksm');
const planned = plannedTrial({scenario: pageMerging.name, parameters: pageMerging.parameters.quick});
const measure = (raw: Artefacts) => pageMerging.measure(raw, planned);
const of = (raw: Artefacts, metric: string, when?: string) =>
  measure(raw).samples.find(each => each.metric === metric && (when === undefined || each.labels.when === when))?.value;
const machine: {nodes: string[]; guests: string[]} = JSON.parse(textOf('machine.json'));
const [guest = ''] = machine.guests;
/** The node whose reading knows the guest. */
const home = machine.nodes.find(node => textOf(`ksm-${node}-merged.txt`).includes(`guest ${guest} `)) ?? '';
const [first = ''] = machine.nodes;

function textOf(name: string): string {
  const read = recorded.text(name);
  return read.ok ? read.value : '';
}

test('equal pages of guests are merged, and nothing is judged by node where the kernel is one', t => {
  const {problems, findings, samples} = measure(recorded);
  t.deepEqual(problems, []);
  t.true((of(recorded, 'memory.merged') ?? 0) > 2 ** 20);
  t.true((of(recorded, 'memory.merged-share') ?? 0) > 0.9);
  t.true(findings.some(({detail}) => /n1, n2, n3 run on one kernel/.test(detail)));
  t.true(findings.some(({detail}) => /ksmd: what merging costs .* not known/.test(detail)));
  t.true(samples.every(({labels}) => labels.host === undefined));
  t.is(of(recorded, 'memory.merge-time'), undefined, 'what was not seen took no time that is known');
});

test('guests whose held pages stayed apart have a share of 0, whatever else was merged', t => {
  const none = altered(recorded, `ksm-${home}-written.txt`, () => textOf(`ksm-${home}-merged.txt`));
  t.is(of(none, 'memory.merged-share'), 0);
});

test('where the thread is seen, its time is what it ran meanwhile', t => {
  const seen = (when: string, ticks: number) => (raw: Artefacts) =>
    altered(raw, `ksm-${first}-${when}.txt`, text => text.replace(/^end$/m, `ksmd 100 0 ${ticks}\nend`));
  const raw = seen('merged', 350)(seen('before', 100)(recorded));
  t.is(of(raw, 'memory.merge-time'), 2.5);
});

test('a kernel that has not gone over the memory twice has not had its time: told', t => {
  const scans = (when: string, count: number) => (raw: Artefacts) =>
    altered(raw, `ksm-${first}-${when}.txt`, text => text.replace(/full_scans \d+/, `full_scans ${count}`));
  const told = (count: number) =>
    measure(scans('merged', count)(scans('before', 4)(recorded))).findings.some(({detail}) => /went over/.test(detail));
  t.true(told(5));
  t.false(told(6));
});

test('a page that reads other than it was laid is critical; what was not read is no number', t => {
  const wrong = altered(recorded, `hold-${guest}.txt`, text => text.replace('wrong=0', 'wrong=2'));
  const critical = measure(wrong).findings.filter(({severity}) => severity === 'critical');
  t.regex(critical[0]?.detail ?? '', /^2 of 4096 pages/);
  const unread = altered(recorded, `ksm-${home}-merged.txt`, text => text.replace(/^guest .*\n/gm, ''));
  t.is(of(unread, 'memory.merged-share'), undefined);
  t.regex(JSON.stringify(measure(unread).problems), /its merged pages/);
  const cut = altered(recorded, `ksm-${first}-before.txt`, text => text.slice(0, 40));
  t.is(of(cut, 'memory.merged'), undefined);
  t.true(measure(cut).problems.length > 0);
});

test('the first write to a page stands beside the second, which costs the guest nothing of its node', t => {
  const median = (write: string) =>
    measure(recorded).samples.find(
      ({metric, labels}) =>
        metric === 'memory.write-latency' &&
        labels.guest === guest &&
        labels.write === write &&
        labels.percentile === 'p50',
    )?.value ?? -1;
  t.true(median('again') > 0);
  t.true(median('first') > median('again'));
});

test('memory that the kernel may not merge is told, with its guest', t => {
  const told = (raw: Artefacts) =>
    measure(raw).findings.find(({detail}) => /the kernel merges none/.test(detail))?.detail;
  t.is(told(recorded), undefined);
  const shared = altered(recorded, `ksm-${home}-merged.txt`, text =>
    text.replace(/^end$/m, `apart ${guest} memory-backend-memfd\nend`),
  );
  t.regex(told(shared) ?? '', new RegExp(`QEMU of ${guest} has memory-backend-memfd`));
});

test('a guest whose pages were not read back leaves no times of the others', t => {
  t.true(of(recorded, 'memory.write-latency') !== undefined);
  const silent = altered(recorded, `hold-${guest}.txt`, () => undefined);
  t.is(of(silent, 'memory.write-latency'), undefined);
});
