/** The order in which trials ran: without it, or where a side drifts within itself, a drift looks like a difference. */

import {holm} from '../stats/holm.ts';
import {mannWhitney} from '../stats/mann-whitney.ts';
import {formatProbability} from '../words/units.ts';
import {labelWords} from '../words/words.ts';
import {type Contrasted, fewestFor} from './contrast.ts';
import type {ComparedTrial, Row} from './model.ts';
import type {Point} from './series.ts';

/** Where each trial stands; nothing where that is not known of one, or shared by two. */
export function placesOf(before: readonly Point[], after: readonly Point[]): Contrasted['places'] {
  const of = (side: readonly Point[]) => side.flatMap(({place}) => place ?? []);
  const places = {before: of(before), after: of(after)};
  const different = new Set([...places.before, ...places.after]).size;
  return different === before.length + after.length ? places : undefined;
}

/** Without the order of all trials nothing guards against a drift. */
export function withoutStart(trials: readonly ComparedTrial[]): readonly string[] {
  const unknown = trials.filter(({place}) => place === undefined).length;
  if (unknown === 0) return [];
  const which =
    unknown === trials.length ? 'No trial' : `Not every trial (${trials.length - unknown} of ${trials.length})`;
  return [
    `${which} says when it began: their order is not known, and a drift looks like a difference between the sides`,
  ];
}

/**
 * A trend within a side looks like a difference between the sides when all of one was measured before all of the other.
 * The first half of each series is held against its second half (Mann–Whitney, from 8 trials), Holm over all of them.
 */
export function drifts(rows: readonly Row[], confidence: number): readonly string[] {
  const tests = rows.flatMap(({metric, labels, ...sides}) =>
    (['before', 'after'] as const).flatMap(side => {
      const numbers = sides[side].values.map(({value}) => value);
      const half = numbers.length >> 1;
      if (half < fewestFor.mannWhitney) return [];
      const test = mannWhitney(numbers.slice(0, half), numbers.slice(-half));
      return test.ok ? [{which: `${metric} (${labelWords(labels)})`, side, p: test.value.p}] : [];
    }),
  );
  const adjusted = holm(tests.map(({p}) => p));
  if (!adjusted.ok) return [];
  return tests.flatMap(({which, side}, index) => {
    const p = adjusted.value[index];
    if (p === undefined || p >= 1 - confidence) return [];
    return [
      `${which} drifts within ${side}: its later half differs from its earlier half (p ${formatProbability(p)}). ` +
        'A drift looks like a difference between the sides: measure in turns (A B B A) and compare with --paired',
    ];
  });
}
