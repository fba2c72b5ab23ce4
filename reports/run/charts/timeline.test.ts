import test from 'ava';
import {exampleReport} from '../../../fixtures/kit/report.ts';
import type {Sample} from '../../../harness/types.ts';
import {linearTicks, logTicks} from '../../document/charts/draw.ts';
import {colour, themed} from '../../document/charts/palette.ts';
import {budgetNumbers, differencesOf} from '../failover-profiles.ts';
import {barsOf, failoverTrials, phases} from '../failovers.ts';
import {sourcesOf} from '../sources.ts';

const at = (value: number, labels: Record<string, string> = {}, more: Partial<Sample> = {}): Sample => ({
  metric: 'failover.phase',
  unit: 's',
  value,
  labels,
  from: {artefact: 'a', path: 'b'},
  ...more,
});
const parts = (guest: string, ...some: readonly (readonly [string, number])[]) =>
  some.map(([phase, seconds]) => at(seconds, {guest, phase}));
const drawn = (bars: ReturnType<typeof barsOf>) =>
  bars.map(({phase, low, high}) => `${phases[phase]?.letter} ${low.toFixed(1)} ${high.toFixed(1)}`);

test('bars are end to end from the injection, and neighbours of one matter are one', t => {
  const bars = barsOf(
    parts('vm1', ['membership', 1.3], ['fence-done', 2.8], ['fenced', 0.1], ['storage-serving', 1], ['service', 4]),
    new Map(),
  );
  t.deepEqual(drawn(bars), ['M 0.0 1.3', 'F 1.3 4.2', 'B 4.2 5.2', 'A 5.2 9.2']);
});

test('of several guests the one that took longest is drawn; what is no phase or no time is not', t => {
  const all = [...parts('vm1', ['membership', 2], ['service', 3]), ...parts('vm2', ['membership', 2], ['service', 5])];
  t.deepEqual(drawn(barsOf(all, new Map())), ['M 0.0 2.0', 'A 2.0 7.0']);
  t.deepEqual(barsOf([], new Map()), []);
  t.deepEqual(barsOf(parts('vm1', ['membership', Number.NaN], ['strange', 3]), new Map()), []);
});

test('what never ended is open, from the last phase that was seen on', t => {
  const never = new Map([['failover.service', at(60, {}, {metric: 'failover.service', censored: true})]]);
  const bars = barsOf(parts('vm1', ['membership', 2.9], ['fenced', 6.1]), never);
  t.is(bars.length, 3);
  t.like(bars.at(-1), {open: true, low: 9, high: 60});
});

test('planted: a guest that never served is drawn, whatever another took', t => {
  const all = [...parts('vm1', ['membership', 2], ['service', 40]), ...parts('vm2', ['membership', 2], ['fenced', 3])];
  const of = (guest: string) =>
    new Map([['failover.service', at(60, {guest}, {metric: 'failover.service', censored: true})]]);
  t.deepEqual(drawn(barsOf(all, of('vm2'))), ['M 0.0 2.0', 'F 2.0 5.0', 'A 5.0 60.0']);
  t.deepEqual(drawn(barsOf(all, of('vm3'))), ['A 0.0 60.0'], 'of which nothing else was seen');
});

test('planted: failovers that never ended are in no median, and are told', t => {
  const report = exampleReport();
  const samples = report.samples.map(sample => {
    const {fault, profile, repetition} = sample.labels;
    const ends = sample.metric === 'failover.service' && fault === 'host-crash' && profile === 'tuned';
    return ends && repetition === '2' ? {...sample, value: 900, censored: true as const} : sample;
  });
  t.regex(
    differencesOf(sourcesOf({...report, samples}))[0] ?? '',
    / less\. Without an end, and so not in these medians: 1 with tuned\.$/,
  );
});

test('the phase that made the difference between two profiles is named', t => {
  const told = differencesOf(sourcesOf(exampleReport()));
  t.regex(
    told[0] ?? '',
    /^host-crash: with tuned a failover takes 2\d\.\d+ s less than with stock, by the medians; most of all in the phase until first durable write: 1\d\.\d+ s less\.$/,
  );
  const {header, ...rest} = exampleReport();
  const one = {...rest, header: {...header, profiles: header.profiles.slice(0, 1)}};
  t.deepEqual(differencesOf(sourcesOf(one)), []);
});

test('the budget stands beside what was measured, and says where nothing was', t => {
  const report = exampleReport();
  t.is(budgetNumbers(sourcesOf(report)), undefined);
  const labels = {fault: 'host-crash', profile: 'tuned', trial: '1', repetition: '1'};
  const samples = [
    at(3.3, {...labels, phase: 'membership'}, {metric: 'failover.expected'}),
    at(3.7, {...labels, phase: 'membership'}, {metric: 'failover.taken'}),
    at(5, {...labels, phase: 'storage-lost'}, {metric: 'failover.expected'}),
  ];
  t.deepEqual(budgetNumbers(sourcesOf({...report, samples}))?.rows, [
    ['host-crash', 'tuned', 'the loss is noticed', '1', '3.30 s', '3.70 s', '400 ms'],
    ['host-crash', 'tuned', "the node's OSDs are given up", '0', '5.00 s', {absent: 'not seen'}, {absent: 'not seen'}],
  ]);
});

test('one row a failover, by fault, profile as run, repetition', t => {
  const report = exampleReport();
  const rows = failoverTrials(sourcesOf(report));
  t.deepEqual(
    rows.map(({fault, profile, repetition}) => `${fault} ${profile} ${repetition}`),
    ['host-crash', 'nic-down'].flatMap(fault =>
      ['stock', 'tuned'].flatMap(profile => ['1', '2', '3'].map(repetition => `${fault} ${profile} ${repetition}`)),
    ),
  );
  t.true(rows.every(({moments, bars}) => moments.size > 0 && bars.length > 1));
});

test('axes reach over their data', t => {
  for (const top of [0.3, 1, 7, 37.4, 99.9, 60 * 1.02, 12345]) {
    const ticks = linearTicks(top);
    t.true((ticks.at(-1) ?? 0) >= top && ticks[0] === 0 && ticks.length <= 9, `${top}: ${ticks.join(' ')}`);
  }
  for (const [low, high] of [
    [1.3, 40],
    [0.002, 9],
    [5, 5],
    [0.9, 1.1],
    [1, 100000],
  ] as const) {
    const ticks = logTicks(low, high);
    t.true(
      (ticks[0] ?? 0) <= low && (ticks.at(-1) ?? 0) >= high && ticks.length >= 2,
      `${low}..${high}: ${ticks.join(' ')}`,
    );
  }
});

test('a colour outside the palette is refused', t => {
  t.is(
    themed(`<path fill="${colour.good}" stroke="none"/>`),
    `<path fill="var(--good,${colour.good})" stroke="none"/>`,
  );
  t.throws(() => themed('<path fill="#4c78a8"/>'), {message: /not in the palette/});
});
