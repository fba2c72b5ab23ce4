import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedFiles} from '../../fixtures/kit/recorded-artefacts.ts';
import {artefactsOf} from '../../fixtures/kit/replay-transport.ts';
import {altered} from '../../fixtures/kit/stored-run.ts';
import {cellsOf, matrixSettings} from './cells.ts';
import {matrix} from './matrix.ts';
import {type MatrixRecord, matrixArtefact} from './matrix-record.ts';

/** Recorded on a lab: pre-copy against a writer that was too fast for it and was called back; then post-copy. */
const files = recordedFiles('migration-matrix');
const recorded = artefactsOf(files);
const planned = plannedTrial({scenario: matrix.name});
const record: MatrixRecord = JSON.parse(files.get(matrixArtefact) ?? '');

/** With something done to the attempt of one cell. */
function measured(cell: number, change: object) {
  const changed = structuredClone(record);
  const attempt = changed.cells[cell]?.attempts[0];
  if (attempt === undefined) throw new Error(`no cell ${cell}`);
  Object.assign(attempt, change);
  return matrix.measure(
    altered(recorded, matrixArtefact, () => JSON.stringify(changed)),
    planned,
  );
}
const detailsOf = (cell: number, change: object) => measured(cell, change).findings.map(({detail}) => detail);

test('what does not converge has a time that never ended, and no pause; post-copy ends all the same', t => {
  const {samples, problems, findings} = matrix.measure(recorded, planned);
  t.deepEqual([problems, findings], [[], []]);
  const of = (metric: string, option: string) =>
    samples.find(sample => sample.metric === metric && sample.labels.option === option);
  t.true(of('migration.total', 'pre-copy')?.censored);
  t.is(of('migration.downtime', 'pre-copy'), undefined);
  const [total, downtime] = [of('migration.total', 'post-copy'), of('migration.downtime', 'post-copy')];
  t.true(total !== undefined && !total.censored && downtime !== undefined && downtime.value < total.value);
  // After post-copy it is the source alone that tells.
  t.is(total?.from.artefact, 'events-1-vm1.txt');
  for (const option of ['pre-copy', 'post-copy'])
    for (const metric of ['migration.blackout', 'migration.brownout', 'migration.dirty-rate', 'migration.iterations'])
      t.true((of(metric, option)?.value ?? -1) >= 0, `${metric} ${option}`);
  t.deepEqual(
    samples.filter(({metric}) => /memberships-lost|lost-writes/.test(metric)).map(({value}) => value),
    [0, 0],
  );
});

test('rounds that nobody saw are not known, and not none', t => {
  const {samples} = matrix.measure(
    altered(recorded, 'jobs-0-vm1.txt', () => ''),
    planned,
  );
  const rounds = samples.filter(({metric}) => metric === 'migration.iterations');
  t.deepEqual(
    rounds.map(({labels}) => labels.option),
    ['post-copy'],
  );
});

test('called back, it runs where it was, and nothing is left at the other end; else it is critical', t => {
  const [attempt] = record.cells[0]?.attempts ?? [];
  if (attempt === undefined) return t.fail('nothing was recorded');
  const {from, to, places} = attempt;
  t.regex(detailsOf(0, {places: [...places, {node: to, state: 'paused'}]}).join(), /called back .* paused on/);
  t.regex(detailsOf(0, {places: [{node: from, state: 'paused'}]}).join(), /should run on/);
  t.regex(detailsOf(0, {places: []}).join(), /nowhere/);
  t.regex(detailsOf(1, {places: [{node: from, state: 'running'}]}).join(), /was moved and should run on/);
});

test('planted: a node that did not say may have the guest too', t => {
  const unasked = ['n3: no answer'];
  for (const places of [record.cells[0]?.attempts[0]?.places, []]) {
    const {findings} = measured(0, {places, unasked});
    t.deepEqual(
      findings.map(({detail, unknown}) => [detail, unknown]),
      [['it is not known whether vm1 runs elsewhere too: n3: no answer', true]],
    );
  }
  const twice = [
    {node: 'n1', state: 'running'},
    {node: 'n2', state: 'paused'},
  ];
  t.true(measured(0, {places: twice, unasked}).findings.some(({unknown}) => unknown === undefined));
});

test('a guest that is not as it was is critical, whatever libvirt said', t => {
  const [attempt] = record.cells[1]?.attempts ?? [];
  if (attempt === undefined) return t.fail('nothing was recorded');
  t.regex(detailsOf(1, {after: {...attempt.after, checksum: 'a'.repeat(64)}}).join(), /post-copy: the memory of vm1/);
  t.regex(detailsOf(1, {writer: {...attempt.writer, error: 84}}).join(), /read other bytes .* 84/);
});

test('without its writer, or asked by nobody, a migration gives no number', t => {
  const without = measured(1, {writer: {why: 'no space left'}});
  t.false(without.samples.some(({labels}) => labels.option === 'post-copy'));
  t.true(without.problems.some(({found}) => found === 'no space left'));
  const mute = measured(1, {before: {inward: 5, kernel: [], silent: 'no agent'}});
  t.true(mute.problems.some(({found}) => found === 'no agent'));
  const failed = measured(1, {end: 'failed', said: 'error: no route'});
  t.false(failed.samples.some(({labels}) => labels.option === 'post-copy'));
  t.true(failed.problems.some(({found}) => found === 'error: no route'));
});

test('what was not tried is told once, with the reason, and is no hole in the data', t => {
  const refused = {option: 'tls', dirtyMiBPerSecond: 0, usedMiB: 16, together: 1, refused: 'n2: no file', attempts: []};
  const changed = {...record, cells: [...record.cells, refused, {...refused, dirtyMiBPerSecond: 8}]};
  const {findings, problems} = matrix.measure(
    altered(recorded, matrixArtefact, () => JSON.stringify(changed)),
    planned,
  );
  t.deepEqual(problems, []);
  t.deepEqual(
    findings.map(({severity, detail}) => [severity, detail]),
    [['warning', 'not applicable: tls: n2: no file']],
  );
});

test('a membership that was formed anew is critical; not to have looked is a problem', t => {
  const with2 = (memberships: MatrixRecord['memberships']) =>
    matrix.measure(
      altered(recorded, matrixArtefact, () => JSON.stringify({...record, memberships})),
      planned,
    );
  const lost = with2({before: {n1: 3, n2: 3}, after: {n1: 3, n2: 5}});
  t.deepEqual(
    lost.findings.map(({severity, detail}) => [severity, detail]),
    [['critical', 'n2 formed 2 new']],
  );
  for (const unknown of [
    undefined,
    {before: {n1: 3}, after: {n1: 3, n2: 5}},
    {before: {n1: 3, n2: 3}, after: {n1: 3}},
    {before: {}, after: {}},
  ]) {
    const {samples, problems} = with2(unknown);
    t.true(problems.some(({path}) => path === '/memberships'));
    t.false(samples.some(({metric}) => metric === 'migration.memberships-lost'));
  }
});

test('the matrix is data: each list is multiplied with the others, and what makes no sense is refused', t => {
  const asked = {
    ...matrix.parameters.quick,
    options: ['pre-copy', 'xbzrle'],
    dirtyRates: ['0', '8'],
    together: ['1', '2'],
  };
  const cells = cellsOf(matrixSettings.parse(asked));
  t.is(cells.length, 8);
  t.deepEqual(cells[0], {option: 'pre-copy', dirtyMiBPerSecond: 0, usedMiB: 16, together: 1});
  t.deepEqual(cells[7], {option: 'xbzrle', dirtyMiBPerSecond: 8, usedMiB: 16, together: 2});
  for (const wrong of [{options: ['sideways']}, {dirtyRates: ['fast']}, {together: ['0']}, {usedMiB: []}])
    t.false(matrixSettings.safeParse({...asked, ...wrong}).success, JSON.stringify(wrong));
});
