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
  /** What was thrown together in one trial, or over all of them, of which a median or a ratio would say nothing. */
  mixture?: string;
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
 * good as its worst leg, and percentiles are not averaged); `median` and `ratio` take their median, and a median that
 * is of all stores of a kind the worst of their medians.
 */
function reduce(target: Target, samples: readonly Sample[]): Pick<TrialValue, 'value' | 'low' | 'high'> {
  const worst = (values: readonly number[]) =>
    target.relation === 'at-most' ? Math.max(...values) : Math.min(...values);
  const within = target.statistic === 'median' || target.statistic === 'ratio' ? median : worst;
  const each = [...Map.groupBy(samples, sample => alikeOf(target, sample)).values()].map(alike => {
    const bounds = alike.map(sample => boundsOf(target, sample));
    return {
      value: within(bounds.map(one => one.value)),
      low: within(bounds.map(one => one.low)),
      high: within(bounds.map(one => one.high)),
    };
  });
  return {
    value: worst(each.map(one => one.value)),
    low: worst(each.map(one => one.low)),
    high: worst(each.map(one => one.high)),
  };
}

/** Parts of one thing, whichever of them there are. */
const parts: readonly string[] = ['leg', 'guest', 'host'];
/** A label whose every value is meant where another one is named: all stores of a kind, all data paths of a load. */
const meantBy = {store: 'kind', path: 'load'} as const;

/** Labels whose values are held against the bound one by one, by the median of each. */
function eachOf({statistic, where}: Target): readonly string[] {
  if (statistic !== 'median') return [];
  return Object.entries(meantBy).flatMap(([label, by]) => (by in where && !(label in where) ? [label] : []));
}

function alikeOf(target: Target, sample: Sample): string {
  return JSON.stringify(eachOf(target).map(label => sample.labels[label] ?? null));
}

/** What was done, in the labels of a figure; others say where, or by what cause, and may vary between trials. */
const doings: readonly string[] = [
  ...['scenario', 'pattern', 'direction', 'depth', 'protocol', 'path', 'load'],
  ...['factor', 'size', 'work', 'pages', 'resource', 'kind'],
];

/** Figures of different things, told by their labels: a median of them is one of none. */
function mixtureIn(target: Target, byTrial: ReadonlyMap<number, readonly Sample[]>): string | undefined {
  if (!['median', 'ratio', 'p99'].includes(target.statistic)) return undefined;
  // Of one trial a p99 takes the worst of all that is there.
  const own = target.statistic === 'p99' ? [] : (metricNamed(target.metric)?.labels ?? []);
  const labels = ['scenario', ...own].filter(
    label => !parts.includes(label) && !eachOf(target).includes(label) && !(label in target.where),
  );
  for (const samples of byTrial.values()) {
    const found = labels.map(label => mixtureOf(target, label, samples)).find(each => each !== undefined);
    if (found !== undefined) return found;
  }
  // A profile may change what is done; what is done within one may not change from trial to trial.
  const all = [...byTrial.values()].flat();
  for (const alike of Map.groupBy(all, ({labels: {profile}}) => profile).values()) {
    const done = labels.filter(label => doings.includes(label));
    const found = done.map(label => mixtureOf(target, label, alike)).find(each => each !== undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

function mixtureOf({metric}: Target, label: string, samples: readonly Sample[]): string | undefined {
  const found = [...new Set(samples.map(sample => sample.labels[label] ?? 'none'))].sort();
  return found.length < 2
    ? undefined
    : `${metric} of ${label} ${found.join(', ')} is mixed: name one in the target's where.${label}`;
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
  const mixture = mixtureIn(target, byTrial);
  return {
    ...(mixture === undefined ? {} : {mixture}),
    values: values.sort((a, b) => a.trial - b.trial),
    holes: [...holes].map(([trial, reason]) => ({trial, reason})).sort((a, b) => a.trial - b.trial),
    faults: [...faults],
  };
}
