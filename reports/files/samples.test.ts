import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {metricNamed} from '../metrics.ts';
import {inspectText} from './inspect.ts';
import type {FileContents} from './records.ts';
import {loadsOf, samplesOfFile} from './samples.ts';

function text(path: string): string {
  return readFileSync(join(import.meta.dirname, '../../fixtures', path), 'utf8');
}

function recorded(path: string): FileContents {
  return inspectText(text(path), path);
}

function figures(contents: FileContents, metric: string, labels: Readonly<Record<string, string>> = {}): number[] {
  const samples = samplesOfFile(contents);
  if (!samples.ok) throw new Error(samples.error);
  return samples.value
    .filter(one => one.metric === metric && Object.entries(labels).every(([key, value]) => one.labels[key] === value))
    .map(one => one.value);
}

test('every sample of every tool is of a known metric, in its unit', t => {
  for (const path of ['fio-3.42/randrw-two-jobs.out', 'iperf3-3.21/tcp-bidir.out', 'iperf3-3.12/udp-reverse.out']) {
    const samples = samplesOfFile(recorded(path));
    t.true(samples.ok && samples.value.length > 0, path);
    for (const {metric, unit} of samples.ok ? samples.value : []) t.is(metricNamed(metric)?.unit, unit, metric);
  }
});

test('entries of one name are added up: clients and clones of a job', t => {
  const two = recorded('fio-3.42/client-two.out');
  t.is(two.records.length, 2);
  const [iops, ...others] = figures(two, 'storage.iops');
  t.deepEqual(others, []);
  // As fio itself says in its entry "All clients".
  const sum = /"All clients"[\s\S]*?"iops" : ([\d.]+)/.exec(text('fio-3.42/client-two.out'))?.[1];
  t.is(iops?.toFixed(6), sum);
  const [max] = figures(two, 'storage.latency', {percentile: 'max'});
  t.is(max, Math.max(...two.records.map(record => record.latencySeconds?.max ?? Number.NaN)));
});

test('a percentile over several entries comes from their merged bins', t => {
  const record = {name: 'j', direction: 'read', path: '/jobs/0/read', opsPerSecond: 1, group: 0};
  const contents: FileContents = {
    file: 'f',
    tool: 'fio',
    records: [
      {...record, bins: [[100, 99]], latencySeconds: {min: 1e-7, mean: 1e-7, max: 1e-7, p99: 1e-7}},
      {...record, path: '/jobs/1/read', bins: [[120, 1]], latencySeconds: {min: 1.2e-7, mean: 1.2e-7, max: 1.2e-7}},
    ],
    settings: {},
    warnings: [],
  };
  t.deepEqual(figures(contents, 'storage.latency', {percentile: 'p99'}), [1e-7]);
  t.deepEqual(figures(contents, 'storage.latency', {percentile: 'p99.9'}), [1.2e-7]);
  t.true(Math.abs((figures(contents, 'storage.latency', {percentile: 'mean'})[0] ?? 0) - 1.002e-7) < 1e-15);
  const loads = loadsOf(contents);
  t.is(loads.ok ? loads.value[0]?.path : '', '/jobs/*/read');
});

test('what one entry lacks is not a smaller sum but missing', t => {
  const record = {name: 'j', direction: 'read', path: '/jobs/0/read', group: 0};
  const contents: FileContents = {
    file: 'f',
    tool: 'fio',
    records: [
      {...record, opsPerSecond: 5, bins: [[100, 9]], latencySeconds: {p99: 1}},
      {...record, bytesPerSecond: 7, latencySeconds: {p99: 1}},
    ],
    settings: {},
    warnings: [],
  };
  t.deepEqual(samplesOfFile(contents), {ok: true, value: []});
});

test('both directions of a job also have a total', t => {
  const both = recorded('fio-3.42/randrw-two-jobs.out');
  const [read, write] = ['read', 'write'].map(direction => figures(both, 'storage.iops', {direction})[0]);
  const [total] = figures(both, 'storage.iops', {direction: 'total'});
  t.is(total, (read ?? Number.NaN) + (write ?? Number.NaN));
  t.is(figures(both, 'storage.runtime').length, 1);
});

test("without bins a percentile comes from fio's table, as wide as its bin", t => {
  const plain = recorded('fio-3.33/group-reporting.out');
  const samples = samplesOfFile(plain);
  const p99 = samples.ok
    ? samples.value.find(one => one.metric === 'storage.latency' && one.labels.percentile === 'p99')
    : undefined;
  t.is(plain.records[0]?.bins, undefined);
  t.is(p99?.value, plain.records[0]?.latencySeconds?.p99);
  t.true((p99?.halfWidth ?? 0) > 0 && (p99?.halfWidth ?? 1) <= (p99?.value ?? 0) / 128);
});

test('jobs of one name that ran one after the other are refused', t => {
  const contents = recorded('fio-3.42/client-two.out');
  const apart = {...contents, records: contents.records.map((record, group) => ({...record, group}))};
  const samples = samplesOfFile(apart);
  t.regex(samples.ok ? '' : samples.error, /one after the other/);
});

for (const path of ['fio-3.42/enospc.out', 'fio-3.42/bad-engine.out', 'iperf3-3.21/server-killed.out']) {
  test(`${path} gives no samples but a reason`, t => {
    const samples = samplesOfFile(recorded(path));
    t.false(samples.ok);
    t.not(samples.ok ? '' : samples.error, '');
  });
}
