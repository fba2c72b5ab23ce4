/** For tests and to look at: a sweep of a cluster that follows the law, seeded. */

import type {RunHeader} from '../../harness/types.ts';
import {normal} from '../availability/quantities.ts';
import {random} from '../stats/random.ts';
import {uslThroughput} from '../stats/usl.ts';
import type {Condition, Load, LoadTrial, Loop} from './loads.ts';
import type {CapacityAsked, Round} from './report.ts';

export interface ExampleCluster {
  alpha: number;
  beta: number;
  gamma: number;
  /** Share of the throughput left above this many in flight; 1: the law holds throughout. */
  cliff?: {from: number; left: number};
  /** Relative deviation between trials and between points of one. */
  trialNoise: number;
  pointNoise: number;
  rounds: number;
  seed: number;
  closed: readonly number[];
  /** Of the highest throughput. */
  open: readonly number[];
  hosts: readonly string[];
}

export const exampleCluster: ExampleCluster = {
  alpha: 0.12,
  beta: 0.0009,
  gamma: 420,
  trialNoise: 0.03,
  pointNoise: 0.02,
  rounds: 3,
  seed: 7,
  closed: [1, 2, 4, 8, 16, 32, 64, 128],
  open: [0.25, 0.5, 0.7, 0.8, 0.86, 0.92, 0.98, 1.1],
  hosts: ['n1', 'n2', 'n3', 'client'],
};

/** Loads of one condition as `loadsOf` gives them; `scale` is what is left of everything, `without` a host that is gone. */
export function exampleLoads(
  cluster: ExampleCluster,
  condition: Condition = 'whole',
  scale = 1,
  without?: string,
): readonly Load[] {
  const next = random(cluster.seed + (condition === 'whole' ? 0 : 1000));
  const trialFactors = Array.from({length: cluster.rounds}, () => Math.exp(cluster.trialNoise * normal(next)));
  const law = (load: number) =>
    scale *
    uslThroughput(cluster, load) *
    (cluster.cliff !== undefined && load >= cluster.cliff.from ? cluster.cliff.left : 1);
  const top = Math.max(...cluster.closed.map(law));
  const hosts = cluster.hosts.filter(host => host !== without);
  const made = (loop: Loop, amount: number): Load => {
    const trials = trialFactors.map((factor, index): LoadTrial => {
      const noise = factor * Math.exp(cluster.pointNoise * normal(next));
      const carried = loop === 'closed' ? law(amount) * noise : Math.min(amount, top * noise);
      const busy = Math.min(0.995, carried / (top * factor * 1.02));
      const p99Seconds =
        loop === 'closed' ? (2 * amount) / carried : amount < top * noise ? (0.0022 / (1 - busy)) * noise : 1.2;
      return {
        trial: `round-0${index + 1}/${condition === 'whole' ? 1 : 2}`,
        throughput: carried,
        p99Seconds,
        halfWidthSeconds: p99Seconds / 128,
        censored: false,
        uses: usesOf(hosts, busy, next),
        from: {
          artefact: `round-0${index + 1}/trials/0${condition === 'whole' ? 1 : 2}-capacity-sweep/artefacts/fio-${amount}.json`,
          path: '/client_stats/0/read/iops',
        },
      };
    });
    return {condition, pattern: 'randread', loop, amount, trials};
  };
  return [
    ...cluster.closed.map(amount => made('closed', amount)),
    ...cluster.open.map(share => made('open', Math.round(share * top))),
  ];
}

function usesOf(hosts: readonly string[], busy: number, next: () => number): Record<string, number> {
  const jitter = () => 0.02 * (next() - 0.5);
  const uses: Record<string, number> = {'vcpu all': 0.82 * busy + jitter()};
  for (const host of hosts) {
    if (host === 'client') {
      uses['cpu client'] = 0.35 * busy + jitter();
      continue;
    }
    uses[`cpu ${host}`] = Math.min(1, Math.max(0, 0.7 * busy + 0.08 + jitter()));
    uses[`disk ${host}`] = Math.min(1, Math.max(0, (host === 'n2' ? 1.02 : 0.8) * busy + jitter()));
    uses[`vcpu ${host}`] = Math.min(1, Math.max(0, 0.85 * busy + jitter()));
  }
  return uses;
}

/** Rounds as a capacity run stores them, without any machine. */
export function exampleRounds(count: number, change: Partial<RunHeader> = {}): readonly Round[] {
  return Array.from({length: count}, (_, index) => ({
    folder: `round-0${index + 1}`,
    status: 'complete',
    reason: '',
    header: {
      schema: 'seatrial-run/1' as const,
      id: `2025-11-24T15-06-12-harbour-capacity-round-0${index + 1}`,
      seatrialVersion: '0.1.0',
      commit: '',
      startedAt: `2025-11-24T15:${String(6 + 10 * index).padStart(2, '0')}:12.000Z`,
      cluster: 'harbour',
      suite: 'capacity',
      quick: false,
      seed: 1,
      storage: 'ceph' as const,
      hardware: {emulated: false, shared: false, note: ''},
      nodes: ['n1', 'n2', 'n3'],
      guests: ['g1', 'g2', 'g3', 'g4'],
      profiles: [],
      fingerprints: [],
      ...change,
    },
  }));
}

/** What a report is made from: both conditions, three rounds, a limit from both sides. */
export function exampleAsked(change: Partial<CapacityAsked> = {}): CapacityAsked {
  return {
    loads: [...exampleLoads(exampleCluster), ...exampleLoads(exampleCluster, 'node-lost', 0.62, 'n3')],
    aim: {p99Seconds: 0.01, confidence: 0.95},
    conditions: ['whole', 'node-lost'],
    rounds: exampleRounds(exampleCluster.rounds),
    damage: [],
    reason: 'both limits are known',
    resamples: 80,
    ...change,
  };
}
