import test from 'ava';
import {exampleReport} from '../../../fixtures/kit/report.ts';
import type {Sample} from '../../../harness/types.ts';
import {alarmNumbers, drillsOf} from '../alarms.ts';
import {sourcesOf} from '../sources.ts';
import {alarmChart} from './alarms.ts';

const at = (metric: string, value: number, labels: Record<string, string>, more: Partial<Sample> = {}): Sample => ({
  metric,
  unit: 's',
  value,
  labels: {profile: 'tuned', repetition: '1', looks: '1s', waits: '0s', bound: 'guide', ...labels},
  from: {artefact: 'alarm.log', path: metric},
  ...more,
});
const down = {alarm: 'node-down', trial: '2'};
const full = {alarm: 'disk-used', trial: '1', looks: '15s', bound: '0.8 in place of 0.9'};
const samples = [
  at('alarm.fires', 2, down),
  at('alarm.message', 2.1, down),
  at('alarm.action', 11, down),
  at('alarm.held', 12, down),
  at('alarm.cleared', 15, down),
  at('alarm.fires', 3, full),
  at('alarm.message', 40, full, {censored: true}),
  at('alarm.held', 40, full),
];
const sources = (some: readonly Sample[]) => sourcesOf({...exampleReport(), samples: [...some]});

test('a row for each drill, by alarm, with its intervals and its bound', t => {
  const drills = drillsOf(sources(samples));
  t.deepEqual(
    drills.map(({alarm, trial, moments}) => [alarm, trial, moments.size]),
    [
      ['disk-used', '1', 3],
      ['node-down', '2', 5],
    ],
  );
  const {rows} = alarmNumbers(sources(samples));
  t.deepEqual(rows[0]?.slice(1, 6), ['disk-used', 'tuned', '15s', '0s', '0.8 in place of 0.9']);
  t.deepEqual(rows[0]?.at(-1), {absent: 'none'});
  t.deepEqual(rows[1]?.slice(5, 6), ["the guide's"]);
});

test('the chart has every row, its letters, and says what was never told; without drills there is none', async t => {
  const chart = await alarmChart(sources(samples));
  const svg = chart?.svg.markup ?? '';
  for (const text of ['disk-used', 'node-down', 'F', 'M', 'A', 'M 2.10 s, quiet 15.0 s', 'never: its message is there'])
    t.true(svg.includes(`>${text}<`), text);
  t.is(
    chart?.summary,
    '2 fire drills, one row each, from its cause. Longest until a message: 2.10 s. 1 without any message.',
  );
  t.is(await alarmChart(sources([])), undefined);
});
