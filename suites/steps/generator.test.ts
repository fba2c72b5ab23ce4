import test from 'ava';
import type {Measured, Sample} from '../../harness/types.ts';
import {countedIn, type Generator, inLightOf} from './generator.ts';

const from = {artefact: 'fio.json', path: '/iops'};
const rate: Sample = {metric: 'storage.iops', unit: 'op/s', value: 100, labels: {direction: 'read'}, from};
const measured: Measured = {samples: [rate], problems: [], findings: []};
const generator: Generator = {
  limit: undefined,
  samples: [],
  guests: [{guest: 'vm1', busy: 0.1, steal: 0, disk: {read: 100, write: 0}}],
  artefact: 'looks.json',
};

test('what the disks confirm stands', t => {
  const {samples, problems} = inLightOf({ok: true, value: generator}, measured, countedIn([rate], ['read']));
  t.deepEqual([samples, problems], [[rate], []]);
});

test('what the disks saw less than half of does not', t => {
  const twice = countedIn([{...rate, value: 201}], ['read']);
  const {samples, problems} = inLightOf({ok: true, value: generator}, measured, twice);
  t.deepEqual(samples, []);
  t.regex(problems[0]?.found ?? '', /100 a second: the rest came from a cache/);
});

test('a rate that fio did not give, or that is no number, confirms nothing', t => {
  for (const given of [[], [{...rate, labels: {direction: 'write'}}], [{...rate, value: Number.NaN}]]) {
    const {samples, problems} = inLightOf({ok: true, value: generator}, measured, countedIn(given, ['read']));
    t.deepEqual(samples, []);
    t.is(problems.length, 1);
  }
});
