import {readFileSync} from 'node:fs';
import test from 'ava';
import {z} from 'zod';
import {readJson} from '../../harness/parse/json.ts';
import {unit} from '../../harness/schema.ts';
import type {Sample, Unit} from '../../harness/types.ts';
import {random} from '../stats/random.ts';
import {attribution, type Changed, stealRise} from './attribution.ts';
import type {ComparedTrial} from './model.ts';
import {compareProfiles} from './profiles.ts';
import {sideBySide} from './side-by-side.ts';

const row = (
  metric: string,
  labels: Changed['labels'],
  [value, low, high]: readonly [number, number, number],
  verdict: Changed['verdict'],
): Changed => ({metric, labels, verdict, effect: {value, low, high, n: 6, confidence: 0.95, method: 't'}});

const iops = (effect: readonly [number, number, number], verdict: Changed['verdict']) =>
  row('storage.iops', {pattern: 'randread', direction: 'read'}, effect, verdict);
const carried = (effect: readonly [number, number, number], verdict: Changed['verdict'], path = 'storage') =>
  row('network.throughput', {path, direction: 'forward', protocol: 'tcp'}, effect, verdict);
const worked = (effect: readonly [number, number, number], verdict: Changed['verdict'], place = 'guest') =>
  row('compute.rate', {work: 'integer', place}, effect, verdict);
const slower = [0.8, 0.77, 0.83] as const;
const same = [1, 0.97, 1.03] as const;
const unsure = [0.95, 0.6, 1.4] as const;

test('storage that lost while processors and its network did not is storage', t => {
  const found = attribution([
    iops(slower, 'worse'),
    carried(same, 'no-difference-shown'),
    worked(same, 'no-difference-shown'),
  ]);
  t.is(found?.layer, 'storage');
  t.deepEqual(found?.says, [
    'It is the storage: Storage operations (randread · read) lost 17 % to 23 %.',
    'Not the processors: Work done (place=guest · work=integer) lost at most 3 %.',
    'Not the network: Network throughput (storage · forward · tcp) lost at most 3 %.',
  ]);
});

test('the lowest layer that lost has it, and what is above may follow', t => {
  const network = [carried(slower, 'worse'), iops(slower, 'worse'), worked(same, 'no-difference-shown')];
  t.is(attribution(network)?.layer, 'network');
  t.regex(attribution(network)?.says.join(' ') ?? '', /the storage lost too, which may follow/);
  const cpu = [...network.slice(0, 2), worked(slower, 'worse')];
  t.is(attribution(cpu)?.layer, 'cpu');
});

test('planted: what was not measured, or is too noisy, is not out of it', t => {
  const blind = attribution([iops(slower, 'worse')]);
  t.is(blind?.layer, undefined);
  t.regex(blind?.says[0] ?? '', /nothing of the processors was measured, and nothing of the network was measured/);
  const noisy = attribution([iops(slower, 'worse'), carried(same, 'no-difference-shown'), worked(unsure, 'too-noisy')]);
  t.is(noisy?.layer, undefined);
  t.regex(noisy?.says[0] ?? '', /the processors may have lost as much/);
});

test('planted: a quick node does not excuse slow guests, nor a quick plane the one that storage is on', t => {
  t.is(
    attribution([
      iops(slower, 'worse'),
      carried(same, 'no-difference-shown'),
      worked(same, 'no-difference-shown', 'host'),
    ])?.layer,
    undefined,
  );
  const elsewhere = [carried(same, 'no-difference-shown', 'service'), carried(unsure, 'too-noisy')];
  t.is(attribution([iops(slower, 'worse'), ...elsewhere, worked(same, 'no-difference-shown')])?.layer, undefined);
});

test('a disk that keeps nothing speaks for the processors', t => {
  const nothing = row('storage.iops', {pattern: 'randread', direction: 'read', backend: 'null'}, slower, 'worse');
  t.is(attribution([nothing, iops(slower, 'worse')])?.layer, 'cpu');
});

test('guests that were kept waiting for a processor are slow by that, whatever else was measured', t => {
  const rows = [iops(slower, 'worse'), carried(same, 'no-difference-shown'), worked(same, 'no-difference-shown')];
  t.is(attribution(rows, 0.15)?.layer, 'cpu');
  t.regex(attribution(rows, 0.15)?.says[0] ?? '', /kept waiting for a processor 15 % more of the time/);
  t.is(attribution(rows, 0.02)?.layer, 'storage');
  t.is(attribution([], 0.5), undefined);
});

test('what was looked at under load says by how much the waiting rose', t => {
  const looked = (profile: string, value: number, state = 'steal'): Sample => ({
    metric: 'storage.cpu',
    unit: 'ratio',
    value,
    labels: {profile, state, host: 'vm1'},
    from: {artefact: 'looks', path: ''},
  });
  const samples = [looked('a', 0.1), looked('a', 0.2), looked('a', 0.9, 'busy'), looked('b', 0.5)];
  t.true(Math.abs((stealRise(samples, ['a', 'b']) ?? 0) - 0.35) < 1e-12);
  t.is(stealRise(samples, ['a', 'c']), undefined);
});

test('planted: a median time that is as before does not excuse processors whose rate is not known', t => {
  const median = row('memory.fault-latency', {pages: 'small', percentile: 'p50'}, same, 'no-difference-shown');
  const rows = [iops(slower, 'worse'), carried(same, 'no-difference-shown'), worked(unsure, 'too-noisy'), median];
  t.is(attribution(rows)?.layer, undefined);
});

test('nothing worse is nothing to attribute; a gain is none either', t => {
  t.is(attribution([]), undefined);
  t.is(attribution([iops([1.4, 1.3, 1.5], 'better'), worked(unsure, 'too-noisy')]), undefined);
  t.is(attribution([row('migration.total', {}, [2, 1.9, 2.1], 'worse')]), undefined);
});

// ── whole comparisons of simulated machines: every metric has noise of its own, pairs are measured in turns ──

const metrics: readonly {
  metric: string;
  unit: Unit;
  labels: Sample['labels'];
  layers: readonly string[];
  level: number;
}[] = [
  {metric: 'compute.rate', unit: 'op/s', labels: {work: 'integer', place: 'guest'}, layers: ['cpu'], level: 2e6},
  {metric: 'compute.rate', unit: 'op/s', labels: {work: 'integer', place: 'host'}, layers: [], level: 9e7},
  {
    metric: 'network.throughput',
    unit: 'bit/s',
    labels: {path: 'storage', direction: 'forward', protocol: 'tcp'},
    layers: ['network'],
    level: 2e9,
  },
  {metric: 'network.jitter', unit: 's', labels: {path: 'storage'}, layers: [], level: 4e-5},
  {
    metric: 'storage.iops',
    unit: 'op/s',
    labels: {pattern: 'randread', direction: 'read'},
    layers: ['cpu', 'network', 'storage'],
    level: 4e3,
  },
  {
    metric: 'storage.latency',
    unit: 's',
    labels: {pattern: 'randread', direction: 'read', percentile: 'mean'},
    layers: ['cpu', 'network', 'storage'],
    level: 4e-3,
  },
];

/** Twelve pairs with 2 % of noise, and `planted` a tenth slower afterwards. */
function compared(planted: string | undefined, seed: number) {
  const next = random(seed);
  const samples = ['before', 'after'].flatMap((profile, side) =>
    Array.from({length: 12}, (_, i) =>
      metrics.map(({metric, unit, labels, layers, level}): Sample => {
        const slow = side === 1 && planted !== undefined && layers.includes(planted) ? 0.9 : 1;
        const factor = unit === 's' ? 1 / slow : slow;
        const noise = 1 + 0.035 * (next() + next() - 1);
        const trial = String(2 * i + 1 + ((side + i) % 2));
        const own = {scenario: 's', profile, trial, repetition: String(i + 1)};
        return {
          metric,
          unit,
          value: level * factor * noise,
          labels: {...labels, ...own},
          from: {artefact: 'a', path: ''},
        };
      }),
    ).flat(),
  );
  return compareProfiles(samples, ['before', 'after']);
}

test('a tenth slower is found and attributed, and never to another layer: 20 machines each', t => {
  for (const planted of ['cpu', 'network', 'storage']) {
    const found = Array.from({length: 20}, (_, seed) => attribution(compared(planted, seed))?.layer);
    t.true(found.filter(layer => layer === planted).length >= 18, `${planted}: ${found.join(' ')}`);
    t.true(
      found.every(layer => layer === planted || layer === undefined),
      `${planted}: ${found.join(' ')}`,
    );
  }
});

test('the same on both sides stays silent over every metric: at most 1 of 20 machines says anything', t => {
  const alarms = Array.from({length: 20}, (_, seed) =>
    compared(undefined, 1000 + seed).filter(({verdict}) => verdict === 'worse' || verdict === 'better'),
  ).filter(rows => rows.length > 0);
  t.true(alarms.length <= 1, JSON.stringify(alarms.map(rows => rows.map(({metric}) => metric))));
});

// ── recorded: a lab whose store, network and guest were bounded, and one of them to nine tenths; load 15 to 20 ──

const recorded = z.array(
  z.object({
    metric: z.string(),
    unit,
    labels: z.record(z.string(), z.string()),
    before: z.array(z.number()),
    after: z.array(z.number()),
  }),
);

function recordedComparison(plant: string, metrics?: readonly string[]) {
  const file = new URL(`../../fixtures/slowdown/${plant}.json`, import.meta.url);
  const read = readJson(readFileSync(file, 'utf8'), plant, recorded);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const pairs = Math.max(...read.value.map(({before}) => before.length));
  const side = (name: 'before' | 'after') =>
    Array.from({length: pairs}, (_, index): ComparedTrial => {
      const samples = read.value.map(
        ({metric, unit, labels, [name]: values}): Sample => ({
          metric,
          unit,
          value: values[index] ?? Number.NaN,
          labels,
          from: {artefact: plant, path: ''},
        }),
      );
      const trial = `${name} ${index + 1}`;
      return {name: trial, source: trial, kind: '', settings: {}, pair: String(index), samples, warnings: []};
    });
  return sideBySide(side('before'), side('after'), {paired: true, ...(metrics === undefined ? {} : {metrics})});
}

for (const plant of ['storage', 'network', 'cpu'] as const) {
  test(`recorded: ${plant} a tenth slower is found and attributed`, t => {
    const {rows, attribution: found} = recordedComparison(plant, ['storage.iops', 'network.throughput']);
    t.is(found?.layer, plant, JSON.stringify(found));
    const worse = rows.filter(({verdict}) => verdict === 'worse');
    t.is(worse.length, 1);
    t.true(
      worse.every(({effect}) => effect.low < 0.91 && effect.high > 0.89),
      JSON.stringify(worse),
    );
  });
}

test('recorded: the same on both sides is told apart in no metric', t => {
  const {rows, attribution: found} = recordedComparison('none');
  t.true(rows.length >= 12);
  t.deepEqual(
    rows.filter(({verdict}) => verdict === 'better' || verdict === 'worse'),
    [],
  );
  t.is(found, undefined);
});
