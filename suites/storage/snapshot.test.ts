import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedArtefacts} from '../../fixtures/kit/recorded-artefacts.ts';
import {altered} from '../../fixtures/kit/stored-run.ts';
import type {Artefacts} from '../../harness/types.ts';
import {snapshot} from './snapshot.ts';
import type {SnapshotRecord} from './snapshot-measure.ts';

/** Recorded on a lab with Ceph whose two processors others used too. */
const recorded = recordedArtefacts('storage-snapshot');
const planned = plannedTrial({scenario: snapshot.name, parameters: snapshot.parameters.quick});
const measure = (raw: Artefacts) => snapshot.measure(raw, planned);
const of = (raw: Artefacts, metric: string, when?: string) =>
  measure(raw).samples.filter(each => each.metric === metric && (when === undefined || each.labels.when === when));
const problemsOf = (raw: Artefacts) => JSON.stringify(measure(raw).problems);
const text = (name: string) => {
  const read = recorded.text(name);
  return read.ok ? read.value : '';
};
const record: SnapshotRecord = JSON.parse(text('snapshot.json'));
/** Without the writes of some time, in seconds of the guest's clock. */
const without = (from: number, until: number) =>
  altered(recorded, 'snapshot-writes.log', log =>
    log
      .split('\n')
      .filter(
        line => line === '' || Number(line.split(',')[0]) < from * 1000 || Number(line.split(',')[0]) > until * 1000,
      )
      .join('\n'),
  );

test('each snapshot has its time, its stall beside that of as long before, and what the guest wrote meanwhile', t => {
  const {problems, findings} = measure(recorded);
  t.deepEqual([problems, findings], [[], []]);
  for (const metric of ['storage.snapshot-time', 'storage.snapshot-rate']) t.is(of(recorded, metric).length, 2, metric);
  const stalls = (when: string) => of(recorded, 'storage.snapshot-stall', when).map(({value}) => value);
  t.true(Math.min(...stalls('during')) > Math.max(...stalls('before')));
  t.true(of(recorded, 'storage.snapshot-time').every(({value}) => value > 0.1 && value < 60));
});

test('a guest that stood still while a snapshot was taken is seen to have', t => {
  const [first] = record.taken;
  const [from = 0, until = 0] = [first?.fromSeconds, first?.untilSeconds];
  const [stall] = of(without(from, until), 'storage.snapshot-stall', 'during');
  t.true((stall?.value ?? 0) >= until - from);
  t.is(of(without(from, until), 'storage.snapshot-rate')[0]?.value, 0);
});

test('a load that was not there before it, or ended in it, gives no figure, of the others neither', t => {
  const [first] = record.taken;
  const from = first?.fromSeconds ?? 0;
  t.regex(problemsOf(without(from - 5, from)), /50 writes a second before it/);
  // The one that is left out may have been the worst.
  t.is(of(without(from - 5, from), 'storage.snapshot-time').length, 0);
  const last = record.taken.at(-1)?.untilSeconds ?? 0;
  t.regex(problemsOf(without(last - 0.5, last + 1000)), /writes until after it/);
  t.regex(
    problemsOf(altered(recorded, 'snapshot-2.txt.meta.json', meta => meta.replace('"code": 0', '"code": 2'))),
    /exit code/,
  );
  const fewer = altered(recorded, 'snapshot.json', () => JSON.stringify({...record, taken: record.taken.slice(1)}));
  t.regex(problemsOf(fewer), /2 snapshots/);
});

test('a rollback that gives back something else is critical', t => {
  t.is(of(recorded, 'storage.rollback-wrong')[0]?.value, 0);
  const other = altered(recorded, 'rollback-after.txt', sum => sum.replace(/^../, '00'));
  t.is(of(other, 'storage.rollback-wrong')[0]?.value, 1);
  t.deepEqual(
    measure(other).findings.map(({severity}) => severity),
    ['critical'],
  );
});

test('a rollback of what was never changed, or never laid, shows nothing', t => {
  const same = altered(recorded, 'rollback-changed-sum.txt', () => text('rollback-laid.txt'));
  t.deepEqual(of(same, 'storage.rollback-wrong'), []);
  t.regex(problemsOf(same), /written over/);
  const unlaid = altered(recorded, 'rollback-before.txt', sum => sum.replace(/^../, '00'));
  t.deepEqual(of(unlaid, 'storage.rollback-wrong'), []);
  const refused = altered(recorded, 'rollback-rolled-back.txt.meta.json', meta =>
    meta.replace('"code": 0', '"code": 30'),
  );
  t.deepEqual(of(refused, 'storage.rollback-wrong'), []);
  t.regex(problemsOf(refused), /rollback-rolled-back/);
});
