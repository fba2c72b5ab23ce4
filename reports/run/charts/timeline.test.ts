import test from 'ava';
import {exampleReport} from '../../../fixtures/kit/report.ts';
import type {Sample} from '../../../harness/types.ts';
import {linearTicks, logTicks} from '../../document/charts/draw.ts';
import {colour, themed} from '../../document/charts/palette.ts';
import {failoverTrials, phases} from '../failovers.ts';
import {sourcesOf} from '../sources.ts';
import {barsOf} from './timeline.ts';

const at = (value: number, more: Partial<Sample> = {}): Sample => ({
  metric: 'failover.service',
  unit: 's',
  value,
  labels: {},
  from: {artefact: 'a', path: 'b'},
  ...more,
});

test('each phase runs from the last milestone to its own', t => {
  t.deepEqual(
    barsOf([at(1.3), at(4.2), at(5.3), at(9.4), at(9.9)]).map(({phase, from, to}) => [phase, from, to]),
    [
      [0, 0, 1.3],
      [1, 1.3, 4.2],
      [2, 4.2, 5.3],
      [3, 5.3, 9.4],
      [4, 9.4, 9.9],
    ],
  );
});

test('a milestone that was not seen leaves its time to the next one, and one out of order has no bar', t => {
  t.deepEqual(
    barsOf([undefined, at(4.2), at(4.1), at(9.4), undefined]).map(({phase, from, to}) => [phase, from, to]),
    [
      [1, 0, 4.2],
      [3, 4.2, 9.4],
    ],
  );
  t.deepEqual(barsOf([undefined, undefined, undefined, undefined, undefined]), []);
  t.deepEqual(barsOf([at(Number.NaN), at(Number.POSITIVE_INFINITY)]), []);
});

test('what never ended is open, and nothing comes after it', t => {
  const bars = barsOf([at(2.9), at(9), at(11), at(60, {censored: true}), at(70)]);
  t.is(bars.length, 4);
  t.true(bars.at(-1)?.open);
  t.is(bars.at(-1)?.to, 60);
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
  t.true(rows.every(({milestones}) => milestones.length === phases.length));
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
