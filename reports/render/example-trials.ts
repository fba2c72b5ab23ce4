/** The trials of the example and what they measured: every value drawn around a centre, the same at every call. */
import type {Sample} from '../../harness/types.ts';
import type {TrialRow} from '../report.ts';
import {profiles} from './example-setup.ts';

export interface ExampleTrials {
  trials: readonly TrialRow[];
  samples: readonly Sample[];
}

/** What one repetition of one scenario adds to. */
interface Recorder {
  /** A value within `spread` (a share) of the centre. */
  around(centre: number, spread: number): number;
  /** Adds a trial; its slot comes back. */
  trial(
    scenario: string,
    profile: string,
    repetition: number,
    artefacts: readonly string[],
    seconds: number,
    more?: Partial<TrialRow>,
  ): number;
  /** Adds a sample of the newest trial. */
  sample(
    metric: string,
    unit: Sample['unit'],
    value: number,
    labels: Record<string, string>,
    artefact: string,
    path: string,
    more?: Partial<Sample>,
  ): void;
}

export function exampleTrials(repetitions: number): ExampleTrials {
  const samples: Sample[] = [];
  const trials: TrialRow[] = [];
  const recorder = recorderOf(trials, samples);
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    const order = repetition % 2 === 1 ? ['stock', 'tuned'] : ['tuned', 'stock'];
    for (const profile of order) storageTrial(recorder, profile, repetition);
    for (const profile of order) networkTrial(recorder, profile, repetition);
    for (const profile of order) migrationTrial(recorder, profile, repetition);
    for (const fault of ['host-crash', 'nic-down']) {
      for (const profile of order) failoverTrial(recorder, fault, profile, repetition);
    }
  }
  return {trials, samples};
}

function recorderOf(trials: TrialRow[], samples: Sample[]): Recorder {
  const random = generator(20251124);
  return {
    around: (centre, spread) => centre * (1 + (random() * 2 - 1) * spread),
    trial(scenario, profile, repetition, artefacts, seconds, more = {}) {
      const slot = trials.length + 1;
      trials.push({
        slot,
        folder: `trials/${String(slot).padStart(4, '0')}-${scenario.replaceAll('/', '.')}-${profile}-r${repetition}`,
        scenario,
        profile,
        repetition,
        status: 'done',
        reason: '',
        durationSeconds: seconds,
        startedAt: startOf(slot),
        readBack: readBackOf(profile, slot),
        findings: [],
        artefacts: artefacts.map((name, index) => ({
          name,
          bytes: 1834 * (index + 1) + slot,
          sha256: sum(slot * 31 + index),
        })),
        ...more,
      });
      return slot;
    },
    sample(metric, unit, value, labels, artefact, path, more = {}) {
      const row = trials.at(-1);
      if (!row) throw new Error('a sample needs a trial');
      samples.push({
        metric,
        unit,
        value,
        labels: {
          scenario: row.scenario,
          profile: row.profile,
          trial: String(row.slot),
          repetition: String(row.repetition),
          ...labels,
        },
        from: {artefact: `${row.folder}/artefacts/${artefact}`, path},
        ...more,
      });
    },
  };
}

/** Indices of the samples of a metric under these labels. */
export function samplesOf(samples: readonly Sample[], metric: string, labels: Record<string, string>): number[] {
  return samples.flatMap((each, index) =>
    each.metric === metric && Object.entries(labels).every(([name, value]) => each.labels[name] === value)
      ? [index]
      : [],
  );
}

/** A trial begins every 47 s. */
function startOf(slot: number): string {
  const minute = Math.floor((slot * 47) / 60);
  const two = (number: number) => String(number).padStart(2, '0');
  return `2025-11-24T${two(15 + Math.floor(minute / 60))}:${two(minute % 60)}:${two((slot * 47) % 60)}.000Z`;
}

/** As the profile asks, but for one setting of trial 11. */
function readBackOf(profile: string, slot: number): TrialRow['readBack'] {
  return profiles
    .filter(({name}) => name === profile)
    .flatMap(({settings}) =>
      settings.map(setting => {
        const agrees = !(slot === 11 && setting.id === 'migration-parallel');
        return {
          id: setting.id,
          where: setting.driver === 'domain' ? 'vm1' : setting.driver === 'link' ? 'n1' : 'cluster',
          asked: setting.value,
          found: agrees ? setting.value : 'off',
          agrees,
        };
      }),
    );
}

function storageTrial({around, trial, sample}: Recorder, profile: string, repetition: number): void {
  const tuned = profile === 'tuned';
  trial(
    'storage/fio',
    profile,
    repetition,
    ['fio-randread-4k.json', 'fio-randwrite-4k.json', 'fio-mixed-70-30-4k.json'],
    around(41, 0.05),
  );
  for (const [pattern, direction, iops, p50] of [
    ['randread-4k', 'read', tuned ? 9310 : 7420, tuned ? 0.00148 : 0.00188],
    ['randwrite-4k', 'write', tuned ? 1510 : 1090, tuned ? 0.0094 : 0.0131],
    ['mixed-70-30-4k', 'read', tuned ? 3320 : 2510, tuned ? 0.0027 : 0.0038],
    ['mixed-70-30-4k', 'write', tuned ? 1420 : 1080, tuned ? 0.0041 : 0.0061],
  ] as const) {
    const artefact = `fio-${pattern}.json`;
    const value = around(iops, 0.04);
    sample('storage.iops', 'op/s', value, {pattern, direction}, artefact, `/client_stats/0/${direction}/iops`);
    sample(
      'storage.bandwidth',
      'B/s',
      value * 4096,
      {pattern, direction},
      artefact,
      `/client_stats/0/${direction}/bw_bytes`,
    );
    for (const [percentile, times] of [
      ['50', 1],
      ['90', 1.7],
      ['99', 3.4],
      ['99.9', 9.8],
      ['99.99', 21],
    ] as const) {
      const seconds = around(p50 * times, 0.06);
      sample(
        'storage.latency',
        's',
        seconds,
        {pattern, direction, percentile},
        artefact,
        `/client_stats/0/${direction}/clat_ns/bins`,
        {halfWidth: seconds / 128},
      );
    }
  }
}

function networkTrial({around, trial, sample}: Recorder, profile: string, repetition: number): void {
  const tuned = profile === 'tuned';
  trial(
    'network/iperf3',
    profile,
    repetition,
    ['iperf3-storage-forward.json', 'iperf3-guest-forward.json', 'iperf3-guest-reverse.json', 'iperf3-guest-udp.json'],
    around(24, 0.03),
  );
  for (const [path, direction, rate] of [
    ['storage', 'forward', tuned ? 18.4e9 : 13.1e9],
    ['guest', 'forward', tuned ? 1.93e9 : 1.88e9],
    ['guest', 'reverse', tuned ? 2.61e9 : 2.07e9],
  ] as const) {
    sample(
      'network.throughput',
      'bit/s',
      around(rate, 0.06),
      {path, direction, protocol: 'tcp'},
      `iperf3-${path}-${direction}.json`,
      '/end/sum_received/bits_per_second',
    );
    sample(
      'network.retransmits',
      'count',
      Math.round(around(tuned ? 12 : 61, 0.7)),
      {path, direction, protocol: 'tcp'},
      `iperf3-${path}-${direction}.json`,
      '/end/sum_sent/retransmits',
    );
  }
  sample(
    'network.loss',
    'ratio',
    around(tuned ? 0.00042 : 0.0031, 0.4),
    {path: 'guest', direction: 'forward', protocol: 'udp'},
    'iperf3-guest-udp.json',
    '/end/sum_received/lost_percent',
  );
}

/** The second of the stock profile fails. */
function migrationTrial({around, trial, sample}: Recorder, profile: string, repetition: number): void {
  const tuned = profile === 'tuned';
  const failed = repetition === 2 && !tuned;
  trial(
    'migration/live',
    profile,
    repetition,
    failed ? ['virsh-migrate.txt'] : ['domjobinfo-away.txt', 'domjobinfo-back.txt', 'beacon.log'],
    around(19, 0.1),
    failed
      ? {
          status: 'failed',
          reason:
            'virsh migrate exited 1: operation failed: migration out job: unexpectedly failed; the guest stayed on n1',
        }
      : {},
  );
  if (failed) return;
  for (const leg of ['away', 'back']) {
    const downtime = around(tuned ? 0.071 : 0.192, 0.2);
    sample('migration.downtime', 's', downtime, {leg}, `domjobinfo-${leg}.txt`, 'line 14', {halfWidth: 0.0005});
    sample(
      'migration.blackout',
      's',
      downtime + around(tuned ? 0.07 : 0.065, 0.25),
      {leg},
      'beacon.log',
      `window ${leg}`,
      {halfWidth: 0.02},
    );
    sample('migration.total', 's', around(tuned ? 1.02 : 1.38, 0.1), {leg}, `domjobinfo-${leg}.txt`, 'line 2');
    sample('migration.transferred', 'B', Math.round(around(281e6, 0.04)), {leg}, `domjobinfo-${leg}.txt`, 'line 7');
  }
}

/** The third after nic-down on the stock profile never comes back; one reading of the membership is missing. */
function failoverTrial({around, trial, sample}: Recorder, fault: string, profile: string, repetition: number): void {
  const tuned = profile === 'tuned';
  const never = fault === 'nic-down' && profile === 'stock' && repetition === 3;
  const slot = trial(
    `failover/${fault}`,
    profile,
    repetition,
    ['beacon.log', 'pacemaker.log', 'corosync.log', 'crm_mon.xml'],
    around(tuned ? 34 : 68, 0.05),
  );
  const times = tuned ? [1.3, 4.2, 5.3, 9.4, 9.9] : [2.9, 9.1, 11.2, 17.6, 37.4];
  const names = ['membership', 'fenced', 'started', 'service', 'durable'] as const;
  for (const [index, name] of names.entries()) {
    if (never && index > 2) {
      if (name === 'service')
        sample('failover.service', 's', 60, {fault}, 'beacon.log', 'end of log', {
          censored: true,
          halfWidth: 0.02,
        });
      continue;
    }
    if (name === 'membership' && fault === 'nic-down' && tuned && repetition === 2) continue;
    const log = index < 3 ? 'pacemaker.log' : 'beacon.log';
    sample(`failover.${name}`, 's', around(times[index] ?? 0, 0.04), {fault}, log, `line ${210 + index * 37 + slot}`, {
      halfWidth: index < 3 ? 0.12 : 0.02,
    });
  }
  sample(
    'failover.lost-writes',
    'count',
    fault === 'nic-down' && !tuned && repetition === 1 ? 1 : 0,
    {fault},
    'beacon.log',
    'ledger',
  );
}

/** A small seeded generator (mulberry32), so that the example is the same everywhere. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Looks like a sha256; is none. */
function sum(seed: number): string {
  const random = generator(seed);
  return Array.from({length: 64}, () => Math.floor(random() * 16).toString(16)).join('');
}
