/** Before against after within one run: its trials as the sides of a comparison, paired by repetition. */
import type {Sample} from '../../harness/types.ts';
import {trialOf} from '../judge/evidence.ts';
import {metricNamed} from '../metrics.ts';
import type {Comparison} from '../run/report.ts';
import {formatShare} from '../words/units.ts';
import {plural} from '../words/words.ts';
import {fewestFor} from './contrast.ts';
import {type Compared, compareEach} from './judged.ts';
import {sideOf, usual} from './measured.ts';
import type {ComparedTrial, Row} from './model.ts';
import {type Point, seriesOf} from './series.ts';

const settled = {...usual, paired: true, noise: undefined};

/**
 * Every series (metric and labels) that both profiles measured, in order of metric and labels: what `sideBySide` says
 * of it, in pairs. What cannot be compared is `too-noisy`, with the reason. Values that are not finite, samples
 * without a trial and series of unknown metrics are passed over; a series that one profile lacks is not listed.
 */
export function compareProfiles(
  samples: readonly Sample[],
  [before, after]: readonly [before: string, after: string],
): readonly Comparison[] {
  const series = seriesOf(trialsOf(samples, before), trialsOf(samples, after), settled).filter(one => {
    const metric = metricNamed(one.metric);
    return one.before.length > 0 && one.after.length > 0 && metric !== undefined && metric.partOf === undefined;
  });
  return compareEach(series, settled)
    .map(one => comparisonOf(one, [before, after]))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** The trials of a profile by repetition; each stands in the order of the run by its slot. */
export function trialsOf(samples: readonly Sample[], profile: string): readonly ComparedTrial[] {
  const own = samples.filter(sample => sample.labels.profile === profile && Number.isFinite(sample.value));
  return [...Map.groupBy(own, trialOf)]
    .flatMap(([slot, those]): ComparedTrial[] => {
      if (slot === undefined) return [];
      const pair = those[0]?.labels.repetition ?? '';
      const name = `trial ${slot}`;
      return [{name, source: name, kind: '', settings: {}, place: slot, pair, samples: those, warnings: []}];
    })
    .sort((a, b) => Number(a.pair) - Number(b.pair) || (a.place ?? 0) - (b.place ?? 0));
}

function keyOf({metric, labels}: Comparison): string {
  return JSON.stringify([metric, labels]);
}

function comparisonOf(one: Compared, [before, after]: readonly [string, string]): Comparison {
  const common = {
    metric: one.series.metric,
    labels: one.series.labels,
    before: sideFrom(before, one.series.before),
    after: sideFrom(after, one.series.after),
  };
  if ('aside' in one) return {...common, verdict: 'too-noisy', note: one.aside.reason};
  const {row} = one;
  const pairs = row.before.values.length;
  const hasInterval = row.scale === 'ratio' && Number.isFinite(row.effect.high);
  // One pair shows no spread: how many trials would show a difference is not known.
  const trialsNeeded = pairs < fewestFor.ratio ? undefined : row.trialsNeeded;
  return {
    ...common,
    ...(hasInterval ? {effect: row.effect} : {}),
    ...(row.p === undefined ? {} : {p: row.p}),
    ...(row.pHolm === undefined ? {} : {pHolm: row.pHolm}),
    verdict: row.verdict,
    ...(trialsNeeded === undefined ? {} : {trialsNeeded}),
    note: [
      ...(hasInterval && pairs < fewestFor.wilcoxon ? [fewNote(pairs)] : []),
      ...row.notes,
      ...(hasInterval && pairs >= fewestFor.wilcoxon ? rankNotes(row) : []),
      ...(trialsNeeded === undefined
        ? []
        : [`${plural(trialsNeeded - pairs, 'more trial')} a side would show ${formatShare(row.threshold)}`]),
    ].join('; '),
  };
}

/** Every value that was measured, those without a partner too. */
function sideFrom(profile: string, points: readonly Point[]): Comparison['before'] {
  const {values, median, estimate} = sideOf(points, settled.confidence);
  return {
    profile,
    values: values.map(({value}) => value),
    median,
    ...(estimate === undefined ? {} : {estimate}),
  };
}

function fewNote(pairs: number): string {
  const {wilcoxon} = fewestFor;
  return `${pairs} pairs only: the interval rests on the t distribution; ${wilcoxon} would let ranks speak too`;
}

function rankNotes({ranks}: Row): readonly string[] {
  return ranks === undefined ? [] : [`Wilcoxon signed-rank p ${Number(ranks.p.toPrecision(3))}`];
}
