import test from 'ava';
import {exampleReport} from '../../../fixtures/kit/report.ts';
import type {Sample} from '../../../harness/types.ts';
import {sourcesOf} from '../sources.ts';
import {roundCharts} from './rounds.ts';

function roundsOf(pattern: string, rates: readonly number[], from?: number): readonly Sample[] {
  return rates.map((value, index) => ({
    metric: 'storage.round',
    unit: 'op/s',
    value,
    labels: {
      pattern,
      loop: 'closed',
      round: String(index + 1),
      ...(from !== undefined && index >= from - 1 ? {window: 'measured'} : {}),
      trial: '1',
      repetition: '1',
      profile: 'tuned',
      scenario: 'storage/matrix',
    },
    from: {artefact: `closed-1-${index + 1}.json`, path: '/'},
  }));
}

test('each point has its rounds, and says from which its figures are', async t => {
  const samples = [
    ...roundsOf('randread', [500, 900, 1000, 1010, 1000, 990, 1000], 3),
    ...roundsOf('randwrite', [100, 200, 400, 800, 1600]),
  ];
  const charts = await roundCharts(sourcesOf({...exampleReport(), samples}));
  t.is(charts.length, 2);
  const [settled, not] = charts;
  t.regex(settled?.title ?? '', /randread/);
  t.regex(settled?.summary ?? '', /steady in rounds 3 to 7, 1\.00K op\/s\./);
  t.regex(not?.summary ?? '', /not steady in 5 rounds/);
  t.is(JSON.stringify(settled?.table?.rows).includes('3 to 7'), true);
  t.regex(JSON.stringify(not?.table?.rows), /none: not steady/);
});

test('a run without rounds has no such chart', async t => {
  t.deepEqual(await roundCharts(sourcesOf(exampleReport())), []);
});
