/**
 * Files of ping through the judge: what a version does to its digits, and requests that nobody answered, never help a
 * verdict to met.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {FileTarget} from '../judge/targets.ts';
import {combine, gather, startBatch, startGathering} from './gather.ts';
import {inspectText} from './inspect.ts';
import {judgeGathered} from './judge.ts';
import type {FileContents} from './records.ts';
import {loadsOf, samplesOfFile, sumOf} from './samples.ts';

function contentsOf(name: string): FileContents {
  return inspectText(readFileSync(join(import.meta.dirname, '../../fixtures', `${name}`), 'utf8'), name);
}

function verdictOf(name: string, percentile: string, relation: 'at-most' | 'at-least', bound: number): string {
  const target: FileTarget = {
    id: 't',
    metric: 'network.latency',
    unit: 's',
    where: {percentile},
    written: 'observed',
    statistic: 'observed',
    relation,
    bound,
    confidence: 0.95,
    scope: 'file',
  };
  const batch = startBatch([target]);
  gather(batch, [target], contentsOf(name));
  const state = combine(startGathering([target]), [target], batch);
  return judgeGathered(state, [target]).verdicts[0]?.verdict.kind ?? 'none';
}

test('14.10 of s20180629 is 14.95 to 15.00 ms: no promise of less than 14.8 ms is met', t => {
  t.is(verdictOf('cases/ping-2018-lost-carry.txt', 'p99', 'at-most', 0.0148), 'missed');
  t.is(verdictOf('cases/ping-2018-lost-carry.txt', 'p99', 'at-most', 0.01499), 'undecided');
  t.is(verdictOf('cases/ping-2018-lost-carry.txt', 'p99', 'at-most', 0.015001), 'met');
});

test('31.8 may have been cut: no promise of less than 31.9 ms is met', t => {
  t.is(verdictOf('cases/ping-2016-cut-median.txt', 'p50', 'at-most', 0.03187), 'undecided');
  t.is(verdictOf('cases/ping-2016-cut-median.txt', 'p50', 'at-most', 0.0319), 'met');
  // The summary has all digits.
  t.is(verdictOf('cases/ping-2016-cut-times.txt', 'max', 'at-most', 0.024172), 'met');
  t.is(verdictOf('cases/ping-2016-cut-times.txt', 'max', 'at-most', 0.02417), 'missed');
});

test('where requests were lost, an upper limit is met only up to the share that was answered', t => {
  const lost = 'cases/ping-loss.txt';
  for (const percentile of ['max', 'mean', 'p50', 'p99']) {
    t.is(verdictOf(lost, percentile, 'at-most', 0.001), 'undecided', percentile);
    t.is(verdictOf(lost, percentile, 'at-most', 0.0004), 'missed', percentile);
    t.not(verdictOf(lost, percentile, 'at-least', 0.001), 'met', percentile);
  }
  t.is(verdictOf(lost, 'min', 'at-most', 0.001), 'met');
  // 22 of 30 were answered.
  const lossy = 'ping-iputils-20221126/lossy.out';
  t.is(verdictOf(lossy, 'p50', 'at-most', 0.1), 'met');
  t.is(verdictOf(lossy, 'max', 'at-most', 0.1), 'undecided');
  // Without answers there is the summary alone.
  t.is(verdictOf('ping-iputils-20221126/flood.out', 'max', 'at-most', 0.1), 'undecided');
  t.is(verdictOf('ping-iputils-20221126/quiet.out', 'max', 'at-most', 0.1), 'met');
});

test('samples carry how wide each time is and which are lower bounds; a sum of loads keeps both', t => {
  const samples = samplesOfFile(contentsOf('cases/ping-loss.txt'));
  const max = samples.ok ? samples.value.find(({labels}) => labels.percentile === 'max') : undefined;
  t.like(max, {value: 0.0005, halfWidth: 0.5e-6, censored: true});
  const [lost, whole] = ['cases/ping-loss.txt', 'cases/ping-2018-lost-carry.txt'].flatMap(name => {
    const loads = loadsOf(contentsOf(name));
    return loads.ok ? loads.value : [];
  });
  if (lost === undefined || whole === undefined) return t.fail();
  const sum = sumOf([lost, whole], whole.labels);
  t.true(sum.latencyAtLeast?.includes('max'));
  t.like(sum.latencyHalfWidthSeconds, {max: 0.5e-6});
});
