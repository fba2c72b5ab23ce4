import test from 'ava';
import {exampleReport} from '../../../fixtures/kit/report.ts';
import type {Sample, Unit} from '../../../harness/types.ts';
import {sourcesOf} from '../sources.ts';
import {convergenceCharts} from './convergence.ts';

function cell(option: string, mebibytes: number, total: number, more: {censored?: true; blackout?: number} = {}) {
  const labels = {
    option,
    dirty: `${mebibytes} MiB/s`,
    used: '16 MiB',
    together: '1',
    guest: 'vm1',
    trial: '1',
    repetition: '1',
    profile: 'tuned',
    scenario: 'migration/matrix',
  };
  const sample = (metric: string, unit: Unit, value: number): Sample => ({
    metric,
    unit,
    value,
    labels,
    from: {artefact: 'matrix.json', path: '/'},
  });
  const blackout = more.blackout ?? 0.1;
  return [
    {...sample('migration.total', 's', total), ...(more.censored ? {censored: true as const} : {})},
    sample('migration.blackout', 's', blackout),
    sample('migration.brownout', 's·s', blackout ** 2 / 2 + mebibytes / 100),
    ...(mebibytes === 0 ? [] : [sample('migration.dirty-rate', 'B/s', mebibytes * 2 ** 20)]),
  ];
}

const samples = [
  ...cell('pre-copy', 0, 8, {blackout: 0.09}),
  ...cell('pre-copy', 8, 12, {blackout: 0.4}),
  ...cell('pre-copy', 16, 21, {blackout: 0.9}),
  ...cell('pre-copy', 24, 30, {censored: true, blackout: 0.05}),
  ...cell('post-copy', 0, 5, {blackout: 0.09}),
  ...cell('post-copy', 8, 7, {blackout: 0.8}),
  ...cell('post-copy', 24, 8, {blackout: 1.2}),
];

test('a panel for each figure; an option that did not converge is told with its rate, and drawn apart', async t => {
  const report = exampleReport();
  const charts = await convergenceCharts(sourcesOf({...report, samples}));
  t.deepEqual(
    charts.map(({title}) => title),
    ['total time', "client's blackout", 'brown-out'].map(what => `Migration, ${what} (16 MiB in use)`),
  );
  for (const {summary, table} of charts) {
    t.regex(
      summary,
      /pre-copy: converged up to 16.8 MB\/s, not at 25.2 MB\/s\. post-copy: converged up to 25.2 MB\/s\./,
    );
    t.is(table?.rows.length, 7);
  }
});

test('other migrations have no part in it', async t => {
  const report = exampleReport();
  t.deepEqual(await convergenceCharts(sourcesOf(report)), []);
});
