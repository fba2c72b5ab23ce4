import type {Sample, Target} from '../../harness/types.ts';
import {metricNamed} from '../metrics.ts';
import {operationsToShow, percentileOf, tooFew} from '../percentile.ts';
import {median} from '../stats/numbers.ts';

/**
 * What one trial says about one target: the value and the range in which the true one lies. A value that never ended
 * (censored) is known from below only, so `high` is infinite: it can never help a verdict to `met`.
 */
export interface TrialValue {
  trial: number;
  scenario: string;
  profile: string;
  repetition: string;
  value: number;
  low: number;
  high: number;
  neverEnded: boolean;
}

export interface Evidence {
  /** Ascending by trial. */
  values: readonly TrialValue[];
  /** Trials that should speak and don't, or not whole, with the reason. Ascending by trial. */
  holes: readonly {trial: number; reason: string}[];
  /** What forbids `met` and belongs to no one trial. */
  faults: readonly string[];
}

/** Whether a sample carries all these labels. Percentiles are compared as numbers: `99` and `p99` are one. */
export function matches(where: Readonly<Record<string, string>>, sample: Sample): boolean {
  return Object.entries(where).every(([label, wanted]) => {
    const found = sample.labels[label];
    if (found === wanted) return true;
    return label === 'percentile' && percentileOf(found) !== undefined && percentileOf(found) === percentileOf(wanted);
  });
}

/**
 * Whether a sample is about what the target promises: the metric, all labels of `where`, the percentile and the
 * profiles.
 */
export function speaksFor(target: Target, sample: Sample): boolean {
  if (sample.metric !== target.metric) return false;
  if (!matches(target.where, sample)) return false;
  if (target.statistic === 'p99' && percentileOf(sample.labels.percentile) !== 99) return false;
  if (target.statistic === 'ratio') {
    return target.against?.some(profile => sample.labels.profile === profile) ?? false;
  }
  return true;
}

/** The slot a sample belongs to, from its `trial` label. */
export function trialOf(sample: Sample): number | undefined {
  const label = sample.labels.trial;
  return label !== undefined && /^\d+$/.test(label) ? Number(label) : undefined;
}

/** What is wrong with a sample's number, in a few words. */
function flaw(target: Target, sample: Sample): string | undefined {
  if (!Number.isFinite(sample.value)) return `gave ${sample.value}, which is no number`;
  if (sample.unit !== target.unit) return `gave ${sample.unit} where ${target.unit} is wanted`;
  if (sample.halfWidth !== undefined && !(sample.halfWidth >= 0)) return `gave an error of ${sample.halfWidth}`;
  // Times, rates, shares and counts: none is below nought by more than its error, as a clock that is off would make it.
  if (sample.value + (sample.halfWidth ?? 0) < 0)
    return `gave ${sample.value}, and nothing that is measured is below 0`;
  return tooFew(sample.labels.percentile, sample.operations, percentile =>
    operationsToShow(percentile, target.confidence),
  );
}

function boundsOf(target: Target, sample: Sample): {value: number; low: number; high: number} {
  const {value} = sample;
  // A sample without a half-width is exact as far as its tool says.
  const halfWidth = sample.halfWidth === undefined ? 0 : sample.halfWidth;
  if (sample.censored !== true) return {value, low: value - halfWidth, high: value + halfWidth};
  // Never ended: at least as long as we waited. Where more is better that is no evidence either way.
  return target.relation === 'at-most'
    ? {value, low: value - halfWidth, high: Number.POSITIVE_INFINITY}
    : {value, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY};
}

/**
 * One value a trial. `worst`, `proportion`, `observed` and `p99` take the worst of a trial's samples (a trial is as
 * good as its worst leg, and percentiles are not averaged); `median` and `ratio` take their median.
 */
function reduce(target: Target, samples: readonly Sample[]): Pick<TrialValue, 'value' | 'low' | 'high'> {
  const bounds = samples.map(sample => boundsOf(target, sample));
  const worst = (values: readonly number[]) =>
    target.relation === 'at-most' ? Math.max(...values) : Math.min(...values);
  const one = target.statistic === 'median' || target.statistic === 'ratio' ? median : worst;
  return {
    value: one(bounds.map(each => each.value)),
    low: one(bounds.map(each => each.low)),
    high: one(bounds.map(each => each.high)),
  };
}

/**
 * Labels by which one trial may yield several series of a metric. Guests differ from trial to trial: who was hit
 * varies.
 */
function seriesOf(sample: Sample): string {
  const labels = metricNamed(sample.metric)?.labels.filter(label => label !== 'guest') ?? [];
  return JSON.stringify(labels.map(label => sample.labels[label] ?? null));
}

function isStrictSubset(small: ReadonlySet<string>, large: ReadonlySet<string>): boolean {
  return small.size < large.size && [...small].every(member => large.has(member));
}

/**
 * Samples by trial, reduced to one value each, and the holes among the trials that should have spoken. A trial is also
 * a hole when it carries a number that is none, or lacks a series (say the way back of a migration) that another trial
 * of its scenario has.
 */
export function gather(target: Target, samples: readonly Sample[], expectedTrials: readonly number[]): Evidence {
  const faults = new Set<string>();
  const byTrial = new Map<number, Sample[]>();
  for (const sample of samples) {
    if (!speaksFor(target, sample)) continue;
    const trial = trialOf(sample);
    if (trial === undefined) {
      faults.add(`a sample of ${sample.metric} from ${sample.from.artefact} names no trial`);
      continue;
    }
    const known = byTrial.get(trial);
    if (known) known.push(sample);
    else byTrial.set(trial, [sample]);
  }

  const holes = new Map<number, string>();
  for (const trial of expectedTrials) if (!byTrial.has(trial)) holes.set(trial, `gave no ${target.metric}`);

  const series = [...byTrial].map(([trial, own]) => ({
    trial,
    scenario: own[0]?.labels.scenario,
    names: new Set(own.map(seriesOf)),
  }));
  for (const one of series) {
    const fuller = series.some(other => other.scenario === one.scenario && isStrictSubset(one.names, other.names));
    if (fuller) holes.set(one.trial, `gave only a part of ${target.metric}`);
  }

  const values: TrialValue[] = [];
  for (const [trial, own] of byTrial) {
    const flaws = own.flatMap(sample => flaw(target, sample) ?? []);
    if (flaws[0] !== undefined) holes.set(trial, flaws[0]);
    const sound = own.filter(sample => flaw(target, sample) === undefined);
    const labels = sound[0]?.labels;
    if (!labels) continue;
    values.push({
      trial,
      scenario: labels.scenario ?? '',
      profile: labels.profile ?? '',
      repetition: labels.repetition ?? '',
      neverEnded: sound.some(sample => sample.censored === true),
      ...reduce(target, sound),
    });
  }
  return {
    values: values.sort((a, b) => a.trial - b.trial),
    holes: [...holes].map(([trial, reason]) => ({trial, reason})).sort((a, b) => a.trial - b.trial),
    faults: [...faults],
  };
}
