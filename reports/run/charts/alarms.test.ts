import test from 'ava';
import {exampleReport} from '../../../fixtures/kit/report.ts';
import type {Sample} from '../../../harness/types.ts';
import {alarmNumbers, drillsOf, drillsWithoutValue, otherDrills} from '../alarms.ts';
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
  const columns = ['alarm', 'looked every, run', 'F fires', 'M message', 'A action', 'cause gone', 'quiet'];
  const numbers = ['1s, 1', '15s, 1', '2.10 s', '11.0 s', '12.0 s', '15.0 s', 'never', '–'];
  for (const text of ['disk-used', 'node-down', 'F', 'M', 'A', ...columns, ...numbers])
    t.true(svg.includes(`>${text}<`), text);
  t.is(
    chart?.summary,
    '2 fire drills, one row each, from its cause. Longest until a message: 2.10 s. 1 without any message.',
  );
  t.is(await alarmChart(sources([])), undefined);
});

test('drills that gave no value are named, and those of what is no alert have a table', t => {
  const report = exampleReport();
  const [first] = report.trials;
  if (first === undefined) return t.fail('the example has no trial');
  const trial = (slot: number, name: string) => ({...first, slot, scenario: `alarm/${name}`});
  const trials = [trial(1, 'disk-used'), trial(2, 'node-down'), trial(3, 'guest-state'), trial(4, 'zabbix-killed')];
  const event = at('zabbix.event', 25.9, {trial: '4'});
  const seen = sourcesOf({...report, trials, samples: [...samples, event]});
  t.deepEqual(drillsWithoutValue(seen), [{slot: 3, alarm: 'guest-state'}]);
  const {rows} = otherDrills(seen);
  t.is(rows.length, 1);
  t.deepEqual(rows[0]?.slice(1, 4), ['zabbix-killed', 'tuned', 'Zabbix: the next event']);
});
