import test from 'ava';
import type {Sample} from '../../harness/types.ts';
import {addPart, notTogether, type Part, type Pool, packed, partOf, widened} from './pools.ts';
import type {Load} from './samples.ts';

function load(second: number | undefined, seconds: number, ops = 100): Load {
  const startMs = 1000 * (second ?? 0);
  return {
    tool: 'fio',
    labels: {job: 'j'},
    opsPerSecond: ops,
    runtimeSeconds: seconds,
    ...(second === undefined ? {} : {span: {startMs, endMs: startMs + 1000 * seconds}}),
    histograms: [[[1000, 10]]],
    path: '/jobs/0/read',
  };
}

function pooled(...loads: readonly Load[]): Pool {
  const pools = new Map<string, Pool>();
  for (const [index, one] of loads.entries()) addPart(pools, 'run', partOf(`${index}.json`, one, true));
  const [pool] = pools.values();
  if (pool === undefined) throw new Error('no pool');
  return pool;
}

const sample: Sample = {
  metric: 'storage.iops',
  unit: 'op/s',
  value: 200,
  labels: {},
  from: {artefact: 'run', path: '/'},
};

test('rates add up where nine tenths of the longest were shared', t => {
  t.is(notTogether(pooled(load(0, 60), load(0, 60))), undefined);
  t.is(notTogether(pooled(load(0, 60), load(6, 60))), undefined);
  t.regex(
    notTogether(pooled(load(0, 60), load(7, 60)))?.reason ?? '',
    /^began 7 s after 0\.json: all ran at once for 53 s of 60 s/,
  );
  t.regex(notTogether(pooled(load(0, 60), load(0, 10)))?.reason ?? '', /for 10 s of 60 s/);
  t.regex(notTogether(pooled(load(0, 1), load(10, 1), load(20, 1)))?.reason ?? '', /for 0 s of 1 s/);
});

test('three that overlap in pairs only did not run at once', t => {
  t.not(notTogether(pooled(load(0, 60), load(5, 60), load(10, 60))), undefined);
});

test('without a start nothing is known, but a single file stands for itself', t => {
  t.deepEqual(notTogether(pooled(load(0, 60), load(undefined, 60))), {
    file: '1.json',
    reason: 'does not say when it ran: rates of files add up only where they ran at once',
  });
  t.is(notTogether(pooled(load(undefined, 60))), undefined);
});

test('the sum is known from below by what was carried from the first start to the last end', t => {
  const wide = widened(sample, pooled(load(0, 57), load(3, 57)));
  t.is(wide.value, 200);
  t.true(Math.abs((wide.halfWidth ?? 0) - 200 * (1 - 57 / 60)) < 1e-9);
  t.is(widened(sample, pooled(load(0, 60), load(0, 60))).halfWidth, undefined);
  t.is(widened(sample, pooled(load(0, 60))).halfWidth, undefined);
});

test('packed for another thread, a histogram adds up to the same', t => {
  const parts: readonly Part[] = [partOf('a', load(0, 1), true), partOf('b', load(0, 1), true)];
  const sum = (those: readonly Part[]) => {
    const pools = new Map<string, Pool>();
    for (const part of those) addPart(pools, 'run', part);
    return [...pools.values()].map(({bins}) => [...(bins ?? [])]);
  };
  t.deepEqual(sum(parts), [[[1000, 20]]]);
  t.deepEqual(sum(parts.map(packed)), sum(parts));
  t.deepEqual(sum([packed(partOf('a', load(0, 1), true)), partOf('b', load(0, 1), false)]), [[]]);
});
