/** The samples of sweeps, put together load by load: what was carried, how long it took, what was busy. Pure. */
import type {Sample} from '../../harness/types.ts';

export type Loop = 'closed' | 'open';
/** `whole`, or `node-lost`: one node gone for good and the storage rebuilding. */
export type Condition = 'whole' | 'node-lost';

/** One load in one trial. */
export interface LoadTrial {
  trial: string;
  /** Operations a second that were completed. */
  throughput: number;
  /** 99th percentile of the latency; the true one lies in ± halfWidth. `censored`: a lower bound. */
  p99Seconds: number;
  halfWidthSeconds: number;
  censored: boolean;
  /** How many the percentile was taken from. */
  operations?: number;
  /** By `RESOURCE HOST`, the virtual CPUs of all guests together as `vcpu all`; 0…1. */
  uses: Readonly<Record<string, number>>;
  from: Sample['from'];
}

/** One load under one condition, over the trials that tried it. */
export interface Load {
  condition: Condition;
  pattern: string;
  loop: Loop;
  /** Accesses in flight (closed) or arrivals a second (open), over all guests. */
  amount: number;
  trials: readonly LoadTrial[];
  /** Trials in which it was tried and gave no figures: no target is kept over them. */
  holes?: readonly string[];
}

/** A load that a trial was to try, and did not end before. */
export type Tried = Pick<Load, 'condition' | 'pattern' | 'loop' | 'amount'> & {trial: string};

/**
 * Every load there is, by condition, pattern, loop and amount, ascending; trials in the order of the samples. A trial
 * without throughput or without P99 at a load is left out of it: half a point is none, and a hole where it was tried.
 */
export function loadsOf(samples: readonly Sample[], tried: readonly Tried[] = []): readonly Load[] {
  const places = new Map<string, {load: Omit<Load, 'trials'>; trials: Map<string, Partial<Draft>>}>();
  for (const sample of samples) {
    const {condition, pattern, loop, load, trial} = sample.labels;
    if (!sample.metric.startsWith('capacity.') || pattern === undefined || trial === undefined) continue;
    if ((condition !== 'whole' && condition !== 'node-lost') || (loop !== 'closed' && loop !== 'open')) continue;
    const key = [condition, pattern, loop, load].join(' ');
    const place = places.get(key) ?? {load: {condition, pattern, loop, amount: Number(load)}, trials: new Map()};
    places.set(key, place);
    const draft: Partial<Draft> = place.trials.get(trial) ?? {};
    place.trials.set(trial, draft);
    if (sample.metric === 'capacity.throughput') Object.assign(draft, {throughput: sample.value, from: sample.from});
    if (sample.metric === 'capacity.latency' && sample.labels.percentile === 'p99') draft.p99 = sample;
    if (sample.metric === 'capacity.use') {
      draft.uses = {...draft.uses, [`${sample.labels.resource} ${sample.labels.host}`]: sample.value};
    }
  }
  return [...places.values()]
    .map(({load, trials}) => ({...load, trials: [...trials].flatMap(([trial, draft]) => whole(trial, draft))}))
    .filter(({trials}) => trials.length > 0)
    .map(load => withHoles(load, tried))
    .sort(
      (a, b) =>
        compare(a.condition, b.condition) * -1 ||
        compare(a.pattern, b.pattern) ||
        compare(a.loop, b.loop) ||
        a.amount - b.amount,
    );
}

function withHoles(load: Load, tried: readonly Tried[]): Load {
  const isOwn = (each: Tried) =>
    (['condition', 'pattern', 'loop', 'amount'] as const).every(part => each[part] === load[part]);
  const holes = tried.filter(isOwn).flatMap(({trial}) => (load.trials.some(own => own.trial === trial) ? [] : [trial]));
  return holes.length === 0 ? load : {...load, holes};
}

interface Draft {
  throughput: number;
  from: Sample['from'];
  p99: Sample;
  uses: Record<string, number>;
}

function whole(trial: string, {throughput, from, p99, uses}: Partial<Draft>): LoadTrial[] {
  if (throughput === undefined || from === undefined || p99?.halfWidth === undefined) return [];
  return [
    {
      trial,
      throughput,
      p99Seconds: p99.value,
      halfWidthSeconds: p99.halfWidth,
      censored: p99.censored === true,
      ...(p99.operations === undefined ? {} : {operations: p99.operations}),
      uses: uses ?? {},
      from,
    },
  ];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
