import test from 'ava';
import type {Sample, Unit} from '../../harness/types.ts';
import {type Piece, repeatsAmong, trialPiece} from './counted-once.ts';

/** Ten seconds long, each a minute after the one before. */
function piece(number: number, more: Partial<Piece> = {}): Piece {
  const startMs = 60_000 * number;
  return {
    name: `trial ${number}`,
    place: 'lab',
    startMs,
    endMs: startMs + 10_000,
    contents: [`sum ${number}`],
    ...more,
  };
}
const said = (...pieces: Piece[]) => repeatsAmong(pieces).map(({name, reason}) => `${name} ${reason}`);

test('trials of their own are all counted, in whatever order they are named', t => {
  const many = Array.from({length: 50}, (_, index) => piece(index));
  t.deepEqual(said(...many), []);
  t.deepEqual(said(...many.toReversed()), []);
  t.deepEqual(said(piece(1), piece(2, {startMs: 69_500})), [], 'half a second is the clock');
});

test('planted: one artefact of the same bytes, whatever the times and the cluster say', t => {
  t.deepEqual(said(piece(1), piece(2, {place: 'elsewhere', contents: ['sum 2', 'sum 1']})), [
    'trial 2 holds what trial 1 measured, to the byte',
  ]);
  t.is(said(piece(0), ...Array.from({length: 60}, (_, i) => piece(i + 1, {contents: ['sum 0']}))).length, 60);
});

test('planted: one start, and an overlap in either order, inside, around and across', t => {
  t.deepEqual(said(piece(1), piece(2, {startMs: 60_000, endMs: 60_500})), [
    'trial 2 started at the same moment as trial 1',
  ]);
  for (const [startMs, endMs] of [
    [62_000, 64_000],
    [50_000, 90_000],
    [65_000, 80_000],
    [55_000, 65_000],
    [64_000, 64_300],
  ] as const) {
    t.deepEqual(said(piece(1), piece(2, {startMs, endMs})), [
      'trial 2 ran at the same time as trial 1, on the same cluster',
    ]);
    t.deepEqual(said(piece(1), piece(2, {startMs, endMs, place: 'elsewhere'})), []);
  }
  // The long one is not hidden by short ones that stand between.
  t.is(said(piece(0, {endMs: 600_000}), piece(3), piece(4)).length, 2);
});

test('a time that cannot be read hides nothing and accuses nobody', t => {
  const torn = piece(1, {startMs: Number.NaN, endMs: Number.NaN});
  t.deepEqual(said(torn, piece(1, {name: 'other', contents: ['x']})), []);
  t.is(said(piece(1), torn).length, 1);
});

test('what a cluster does while a run has paused is no copy of it; what it does in a later stretch is, however many lie between', t => {
  const stretches = [
    {startMs: 60_000, endMs: 70_000},
    {startMs: 600_000, endMs: 610_000},
  ];
  const paused = piece(1, {endMs: 610_000, stretches});
  const between = [2, 3, 4, 5, 6].map(number => piece(number));
  t.deepEqual(said(paused, ...between), []);
  t.deepEqual(said(...between, paused), []);
  t.deepEqual(said(paused, ...between, piece(7, {startMs: 605_000, endMs: 640_000})), [
    'trial 7 ran at the same time as trial 1, on the same cluster',
  ]);
  t.is(said(piece(1, {endMs: 610_000}), ...between).length, 5, 'without a pause all of them are');
});

const artefacts = [
  {name: 'digest.txt', sha256: 'd', bytes: 68},
  {name: 'digest.txt.meta.json', sha256: 'started at ten', bytes: 300},
  {name: 'load.json', sha256: 'l', bytes: 4000},
];
const gave = (name: string, unit: Unit): Sample => ({
  metric: 'm',
  unit,
  value: 0,
  labels: {},
  from: {artefact: `trials/1/artefacts/${name}`, path: ''},
});
const tried = (samples: readonly Sample[], those = artefacts) =>
  trialPiece(
    {planned: {slot: 1, scenario: 'storage/snapshot'}, startedAt: '', durationSeconds: 1, artefacts: those},
    samples,
    'lab',
  ).contents;

test('an output of times or rates is told by its bytes, one of counts, sizes and shares together with when it was made', t => {
  for (const unit of ['s', 's·s', 'op/s', 'bit/s', 'B/s'] as const)
    t.deepEqual(tried([gave('load.json', unit), gave('load.json', 'count')]), ['l'], unit);
  // Who reached whom, the largest packet that arrived: the same in every trial where all is well.
  for (const unit of ['count', 'B', 'ratio'] as const)
    t.deepEqual(tried([gave('digest.txt', unit)]), ['d started at ten'], unit);
  t.deepEqual(tried([gave('digest.txt', 'count')], artefacts.slice(0, 1)), [], 'nothing tells two apart');
});
