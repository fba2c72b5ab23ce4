import test from 'ava';
import type {Reference, Sample} from '../../harness/types.ts';
import {publishedBeside} from './published.ts';

const reference: Reference = {
  id: 'a',
  title: 'A',
  metric: 'failover.service',
  where: {fault: 'host-crash'},
  figures: ['60 s'],
  measuredOn: 'B',
  source: 'C',
  differs: 'D',
};

function sample(value: number, profile: string, trial: string, more: Partial<Sample> = {}): Sample {
  const labels = {fault: 'host-crash', profile, trial};
  return {metric: 'failover.service', unit: 's', value, labels, from: {artefact: 'x', path: ''}, ...more};
}

test('the last profile that measured it speaks, by the median over its samples', t => {
  const samples = [sample(30, 'stock', '1'), sample(8, 'tuned', '2'), sample(10, 'tuned', '3')];
  t.deepEqual(publishedBeside([reference], samples, ['stock', 'tuned']), [
    {reference, own: {profile: 'tuned', median: 9, n: 2, unit: 's'}},
  ]);
  t.is(publishedBeside([reference], samples.slice(0, 1), ['stock', 'tuned'])[0]?.own.profile, 'stock');
});

test('what never ended is no small number', t => {
  const censored = sample(60, 'tuned', '1', {censored: true});
  t.is(publishedBeside([reference], [censored], ['tuned'])[0]?.own.median, Number.POSITIVE_INFINITY);
});

test('a figure that the run did not measure is not shown', t => {
  const other = sample(8, 'tuned', '1', {labels: {fault: 'nic-down', profile: 'tuned', trial: '1'}});
  t.deepEqual(publishedBeside([reference], [other], ['tuned']), []);
});
