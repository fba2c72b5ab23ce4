import test from 'ava';
import type {Improvement} from '../../harness/types.ts';
import {improvementChart} from './charts/improvements.ts';
import {improvementBlocks, improvementsBeside} from './improvements.ts';
import type {Comparison} from './report.ts';

const documented: Improvement = {
  id: 'network.throughput',
  title: 'Network throughput',
  metric: 'network.throughput',
  where: {path: 'guest-guest', direction: 'forward'},
  before: 18e9,
  after: 24e9,
  source: 'the guide',
};
const compared = (labels: Comparison['labels'], more: Partial<Comparison> = {}): Comparison => ({
  metric: 'network.throughput',
  labels,
  before: {profile: 'stock', values: [1e9, 1.1e9], median: 1.05e9},
  after: {profile: 'tuned', values: [1.2e9, 1.3e9], median: 1.25e9},
  effect: {value: 1.19, low: 1.05, high: 1.35, n: 2, confidence: 0.95, method: 't'},
  verdict: 'better',
  note: '',
  ...more,
});
const own = {path: 'guest-guest', direction: 'forward', protocol: 'tcp'};

test('a figure stands beside the comparison of its metric and labels, and is left out where there is none', t => {
  const other = compared({...own, path: 'cluster'});
  t.deepEqual(improvementsBeside([documented], [other, compared(own)]), [{documented, measured: compared(own)}]);
  t.deepEqual(improvementsBeside([documented], [other]), []);
  t.deepEqual(improvementsBeside([documented], []), []);
});

test('the table says both, with the interval of the measured one alone', t => {
  const [, block] = improvementBlocks([{documented, measured: compared(own)}]);
  const text = JSON.stringify(block);
  for (const words of [
    '1.33×',
    '18.0 Gbit/s → 24.0 Gbit/s',
    '1.19× [1.05, 1.35]',
    '1.05 Gbit/s → 1.25 Gbit/s',
    'better',
  ])
    t.true(text.includes(words), `${words} in ${text}`);
});

test('the chart draws what has no interval, or one that never ends, without a line beyond its edge', async t => {
  t.is(await improvementChart([]), undefined);
  const {effect: _, ...bare} = compared(own, {verdict: 'too-noisy'});
  const endless = {
    ...compared(own),
    effect: {value: 1.1, low: 0, high: Number.POSITIVE_INFINITY, n: 2, confidence: 0.95, method: 't'},
  };
  for (const measured of [compared(own), bare, endless]) {
    const chart = await improvementChart([{documented, measured}]);
    t.regex(JSON.stringify(chart?.svg), /<svg/);
    t.notRegex(JSON.stringify(chart?.svg), /NaN|Infinity/);
  }
});
