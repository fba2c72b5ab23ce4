/** The failovers of a run, trial by trial: for the chart, and for formats without one. */
import type {Sample} from '../../harness/types.ts';
import type {DataTable} from '../document/charts/draw.ts';
import {colour} from '../document/charts/palette.ts';
import {numeric, type Words} from '../document/document.ts';
import {byCount, byText} from '../words/text.ts';
import type {Sources} from './sources.ts';

/** Moments since the injection, in their order. `everywhere`: each failover has it; others are columns once seen. */
export const milestones = [
  {metric: 'failover.membership', short: 'Left membership', everywhere: true},
  {metric: 'failover.quorum', short: 'Quorum', everywhere: false},
  {metric: 'failover.fencing-requested', short: 'Fence requested', everywhere: false},
  {metric: 'failover.fence-done', short: 'Fence done', everywhere: false},
  {metric: 'failover.fenced', short: 'Fenced', everywhere: true},
  {metric: 'failover.start-requested', short: 'Start requested', everywhere: false},
  {metric: 'failover.storage-lost', short: 'OSDs given up', everywhere: false},
  {metric: 'failover.storage-free', short: 'Disk free', everywhere: false},
  {metric: 'failover.storage-serving', short: 'Storage serves', everywhere: false},
  {metric: 'failover.started', short: 'Started', everywhere: true},
  {metric: 'failover.kernel', short: 'Kernel up', everywhere: false},
  {metric: 'failover.service', short: 'Service answers', everywhere: true},
  {metric: 'failover.durable', short: 'Durable write', everywhere: true},
  {metric: 'failover.recovered', short: 'Rate back', everywhere: false},
  {metric: 'failover.blackout', short: 'Blackout', everywhere: false},
  {metric: 'failover.unexplained', short: 'Unexplained', everywhere: false},
] as const;

/** What the time went to: phases by the moment that ends them, those of one matter in one colour. */
export const phases = [
  {
    of: ['membership', 'quorum'],
    letter: 'M',
    name: 'membership: failure noticed',
    fill: colour['phase-membership'],
  },
  {of: ['fencing-requested'], letter: 'R', name: 'fencing requested', fill: colour['phase-requested']},
  {of: ['fence-done', 'fenced'], letter: 'F', name: 'fencing confirmed', fill: colour['phase-fenced']},
  {of: ['storage-serving', 'storage-free'], letter: 'B', name: 'storage serves', fill: colour['phase-storage']},
  {of: ['start-requested', 'started'], letter: 'S', name: 'guest started elsewhere', fill: colour['phase-started']},
  {of: ['kernel'], letter: 'K', name: 'kernel up', fill: colour['phase-kernel']},
  {of: ['network'], letter: 'N', name: 'requests get through', fill: colour['phase-network']},
  {of: ['service'], letter: 'A', name: 'service answers', fill: colour['phase-service']},
  {of: ['durable'], letter: 'D', name: 'first durable write', fill: colour['phase-durable']},
  {of: ['unexplained'], letter: '?', name: 'unexplained', fill: colour['phase-unexplained']},
] as const;

/** Seconds since the injection. `phase` is a place in `phases`; an open one never ended while we waited. */
export interface Bar {
  phase: number;
  low: number;
  high: number;
  open: boolean;
}

export interface FailoverTrial {
  trial: string;
  profile: string;
  fault: string;
  repetition: string;
  /** By metric; of several guests the latest. */
  moments: ReadonlyMap<string, Sample>;
  bars: readonly Bar[];
}

type Key = Pick<FailoverTrial, 'trial' | 'profile' | 'fault' | 'repetition'>;

/** One failover per trial, profile and fault, in the order fault, profile (as run), repetition. */
export function failoverTrials(sources: Sources): FailoverTrial[] {
  const found = new Map<string, {key: Key; moments: Map<string, Sample>; parts: Sample[]}>();
  const rowOf = ({labels: {trial = '', profile = '', fault = '', repetition = ''}}: Sample) => {
    const name = JSON.stringify([trial, profile, fault]);
    const row = found.get(name) ?? {
      key: {trial, profile, fault, repetition},
      moments: new Map(),
      parts: [] as Sample[],
    };
    found.set(name, row);
    return row;
  };
  for (const {metric} of milestones) {
    for (const sample of sources.ofMetric(metric)) {
      const {moments} = rowOf(sample);
      if (sample.value > (moments.get(metric)?.value ?? Number.NEGATIVE_INFINITY)) moments.set(metric, sample);
    }
  }
  for (const sample of sources.ofMetric('failover.phase')) rowOf(sample).parts.push(sample);
  const order = new Map(sources.report.header.profiles.map((profile, index) => [profile.name, index]));
  const rank = (profile: string) => order.get(profile) ?? order.size;
  return [...found.values()]
    .map(({key, moments, parts}) => ({...key, moments, bars: barsOf(parts, moments)}))
    .sort(
      (a, b) =>
        byText(a.fault, b.fault) ||
        rank(a.profile) - rank(b.profile) ||
        byText(a.profile, b.profile) ||
        byCount(a.repetition, b.repetition) ||
        byCount(a.trial, b.trial),
    );
}

/**
 * The phases of the guest that took longest, end to end from the injection on; neighbours of one matter are one bar. A
 * guest that never served took longest, and its last bar is open, until we stopped waiting.
 */
export function barsOf(parts: readonly Sample[], moments: ReadonlyMap<string, Sample>): readonly Bar[] {
  const sum = (some: readonly Sample[]) => some.reduce((seconds, {value}) => seconds + value, 0);
  const guests = [...Map.groupBy(parts, ({labels}) => labels.guest ?? '').values()];
  const never = (['service', 'durable'] as const).find(name => moments.get(`failover.${name}`)?.censored);
  const endless = never === undefined ? undefined : moments.get(`failover.${never}`);
  const [longest = []] = guests.toSorted((one, two) => sum(two) - sum(one));
  const own = ([part]: readonly Sample[]) => part?.labels.guest === endless?.labels.guest;
  const slowest = endless?.labels.guest === undefined ? longest : (guests.find(own) ?? []);
  const bars: Bar[] = [];
  let reached = 0;
  const add = (name: string, until: number, open: boolean) => {
    const phase = phases.findIndex(({of}) => (of as readonly string[]).includes(name));
    const last = bars.at(-1);
    if (phase < 0 || !Number.isFinite(until) || until <= reached) return;
    if (last !== undefined && last.phase === phase && !open) last.high = until;
    else bars.push({phase, low: reached, high: until, open});
    reached = until;
  };
  for (const {labels, value} of slowest) add(labels.phase ?? '', reached + value, false);
  if (never !== undefined) add(never, endless?.value ?? 0, true);
  return bars;
}

export function failoverNumbers(sources: Sources): DataTable {
  const trials = failoverTrials(sources);
  const columns = milestones.filter(
    ({everywhere, metric}) => everywhere || trials.some(({moments}) => moments.has(metric)),
  );
  return {
    caption: 'Failover: seconds from the injection to each milestone',
    columns: [
      ...['Trial', 'Fault', 'Profile'].map(title => ({title})),
      numeric('Repetition'),
      ...columns.map(({short}) => numeric(short)),
    ],
    rows: trials.map(({trial, fault, profile, repetition, moments}) => [
      {href: `#trial-${trial}`, words: `#${trial}`},
      fault,
      profile,
      repetition,
      ...columns.map(({metric}): Words => {
        const sample = moments.get(metric);
        return sample ? sources.number(sample) : {absent: 'not seen'};
      }),
    ]),
  };
}
