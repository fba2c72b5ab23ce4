import type {Claim, Estimate, Finding, Profile, Sample, Target, Verdict} from '../../harness/types.ts';
import type {ClaimVerdict, Comparison, Report, TargetVerdict, TrialRow, Warning} from '../report.ts';

/**
 * A made-up but possible report for the tests of the renderers: two profiles, three repetitions, failovers with phases, a censored one, an
 * estimate that is missing, emulated hardware, one critical finding, long reasons. Nothing in it was measured.
 */
export function exampleReport(repetitions = 3): Report {
  const random = generator(20251124);
  const around = (centre: number, spread: number) => centre * (1 + (random() * 2 - 1) * spread);
  const samples: Sample[] = [];
  const trials: TrialRow[] = [];
  let slot = 0;

  const trial = (
    scenario: string,
    profile: string,
    repetition: number,
    artefacts: readonly string[],
    seconds: number,
    more: Partial<TrialRow> = {},
  ): number => {
    slot += 1;
    const minute = Math.floor((slot * 47) / 60);
    trials.push({
      slot,
      folder: `trials/${String(slot).padStart(4, '0')}-${scenario.replaceAll('/', '.')}-${profile}-r${repetition}`,
      scenario,
      profile,
      repetition,
      status: 'done',
      reason: '',
      durationSeconds: seconds,
      startedAt: `2025-11-24T${String(15 + Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:${String((slot * 47) % 60).padStart(2, '0')}.000Z`,
      readBack: profiles
        .filter(({name}) => name === profile)
        .flatMap(({settings}) =>
          settings.map(setting => ({
            id: setting.id,
            where: setting.driver === 'domain' ? 'vm1' : setting.driver === 'link' ? 'n1' : 'cluster',
            asked: setting.value,
            found: slot === 11 && setting.id === 'migration-parallel' ? 'off' : setting.value,
            agrees: !(slot === 11 && setting.id === 'migration-parallel'),
          })),
        ),
      findings: [],
      artefacts: artefacts.map((name, index) => ({
        name,
        bytes: 1834 * (index + 1) + slot,
        sha256: sum(slot * 31 + index),
      })),
      ...more,
    });
    return slot;
  };
  const sample = (
    metric: string,
    unit: Sample['unit'],
    value: number,
    labels: Record<string, string>,
    artefact: string,
    path: string,
    more: Partial<Sample> = {},
  ) => {
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
  };

  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    const order = repetition % 2 === 1 ? ['stock', 'tuned'] : ['tuned', 'stock'];
    for (const profile of order) {
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
    for (const profile of order) {
      const tuned = profile === 'tuned';
      trial(
        'network/iperf3',
        profile,
        repetition,
        [
          'iperf3-storage-forward.json',
          'iperf3-guest-forward.json',
          'iperf3-guest-reverse.json',
          'iperf3-guest-udp.json',
        ],
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
    for (const profile of order) {
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
      if (failed) continue;
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
    for (const fault of ['host-crash', 'nic-down']) {
      for (const profile of order) {
        const tuned = profile === 'tuned';
        const never = fault === 'nic-down' && profile === 'stock' && repetition === 3;
        trial(
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
          sample(
            `failover.${name}`,
            's',
            around(times[index] ?? 0, 0.04),
            {fault},
            log,
            `line ${210 + index * 37 + slot}`,
            {halfWidth: index < 3 ? 0.12 : 0.02},
          );
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
    }
  }

  const find = (metric: string, labels: Record<string, string>) =>
    samples.flatMap((each, index) =>
      each.metric === metric && Object.entries(labels).every(([name, value]) => each.labels[name] === value)
        ? [index]
        : [],
    );
  const estimate = (
    value: number,
    low: number,
    high: number,
    n: number,
    method = 'median, order statistics',
  ): Estimate => ({value, low, high, n, confidence: 0.95, method});
  const judged = (target: Omit<Target, 'confidence' | 'source'>, verdict: Verdict): TargetVerdict => ({
    target: {confidence: 0.95, source: 'reference guide, table 4', ...target},
    verdict,
    samples: find(target.metric, target.where),
  });
  const claim = (id: string, title: string, figure: string, source: string, more: Partial<Claim> = {}): Claim => ({
    id,
    title,
    figure,
    source,
    targets: [],
    ...more,
  });
  const promise = (
    kind: ClaimVerdict['kind'],
    reason: string,
    of: Claim,
    targets: readonly TargetVerdict[] = [],
  ): ClaimVerdict => ({
    claim: {...of, targets: targets.map(({target}) => target)},
    kind,
    reason,
    targets,
  });
  const n = repetitions;

  const verdicts: ClaimVerdict[] = [
    promise(
      'undecided',
      'no scenario yet: needs the distribution of measured recovery times, an assumed fault rate that is stated, and a seeded simulation over the topology',
      claim(
        'avail.annual',
        'The cluster as a whole is available 99.99 % of a year',
        '≥ 99.99 %, at most 52.6 minutes a year',
        'guide, abstract',
        {noScenarioYet: 'needs a fault rate'},
      ),
    ),
    promise(
      'missed',
      'ha.switch.nic-down-stock is missed: one trial never came back',
      claim(
        'ha.switch',
        'When a node goes down, its virtual machines run elsewhere within 15 s, every time',
        '< 15 s, 100 % of the time',
        'guide, section 12 (fault recovery)',
        {printed: '< 15 s (100 % reached)'},
      ),
      [
        judged(
          {
            id: 'ha.switch.host-crash',
            claim: 'ha.switch',
            metric: 'failover.service',
            unit: 's',
            where: {scenario: 'failover/host-crash', profile: 'tuned'},
            statistic: 'worst',
            relation: 'at-most',
            bound: 15,
            reliability: 0.95,
          },
          {
            kind: 'undecided',
            estimate: estimate(
              9.71,
              9.69,
              9.73,
              n,
              `worst of ${n} trials; none broke the bound, which shows 36.8 % reliability`,
            ),
            reason: `${n} clean trials show 36.8 % reliability at 95 % confidence; 59 are needed for 95 %`,
            trialsNeeded: 59,
          },
        ),
        judged(
          {
            id: 'ha.switch.nic-down-stock',
            claim: 'ha.switch',
            metric: 'failover.service',
            unit: 's',
            where: {scenario: 'failover/nic-down', profile: 'stock'},
            statistic: 'worst',
            relation: 'at-most',
            bound: 15,
            reliability: 0.95,
          },
          {
            kind: 'missed',
            estimate: estimate(
              60,
              60,
              Number.POSITIVE_INFINITY,
              n,
              `worst of ${n} trials; ${n} broke the bound, 1 never ended`,
            ),
          },
        ),
        judged(
          {
            id: 'ha.switch.share',
            claim: 'ha.switch',
            metric: 'failover.service',
            unit: 's',
            where: {scenario: 'failover/nic-down', profile: 'tuned'},
            statistic: 'proportion',
            relation: 'at-least',
            bound: 0.95,
            limit: 15,
          },
          {
            kind: 'undecided',
            estimate: estimate(1, 0.368, 1, n, `${n} of ${n} on the good side of 15 s, Clopper–Pearson`),
            reason: 'between 36.8 % and 100 % of trials are on the good side, and the bound is 95 %',
            trialsNeeded: 59,
          },
        ),
      ],
    ),
    promise(
      'missed',
      'trial 11 lost an acknowledged write: a critical finding forbids met',
      claim(
        'ha.drill',
        "The guide's drill: a node's interface goes down, 30 s later the cluster serves the virtual machines elsewhere",
        'served elsewhere when one looks after 30 s; nothing acknowledged is lost',
        'guide, section 9.2 (disaster drill)',
      ),
      [
        judged(
          {
            id: 'ha.drill.lost-writes',
            claim: 'ha.drill',
            metric: 'failover.lost-writes',
            unit: 'count',
            where: {scenario: 'failover/nic-down', profile: 'stock'},
            statistic: 'worst',
            relation: 'at-most',
            bound: 0,
            reliability: 0.95,
          },
          {kind: 'missed', estimate: estimate(1, 1, 1, n, `worst of ${n} trials; 1 broke the bound`)},
        ),
      ],
    ),
    promise(
      'met',
      'every target is met',
      claim('mig.live', 'Live migration without loss of service', 'no service loss', 'guide, section 7.1'),
      [
        judged(
          {
            id: 'mig.live.blackout',
            claim: 'mig.live',
            metric: 'migration.blackout',
            unit: 's',
            where: {scenario: 'migration/live', profile: 'tuned'},
            statistic: 'median',
            relation: 'at-most',
            bound: 0.3,
          },
          {kind: 'met', estimate: estimate(0.1418, 0.121, 0.169, 6)},
        ),
      ],
    ),
    promise(
      'missed',
      'the whole interval is below the bound',
      claim(
        'sto.iops',
        'Storage operations per second of the cluster',
        '> 500K; tuned 450K → 620K (+37.8 %)',
        'guide, table 4 and section 5',
        {printed: '8 %', arithmetic: '620/450 − 1 = 37.8 %'},
      ),
      [
        judged(
          {
            id: 'sto.iops.absolute',
            claim: 'sto.iops',
            metric: 'storage.iops',
            unit: 'op/s',
            where: {scenario: 'storage/fio', pattern: 'randread-4k', direction: 'read', profile: 'tuned'},
            statistic: 'median',
            relation: 'at-least',
            bound: 500e3,
          },
          {kind: 'missed', estimate: estimate(9312, 9011, 9587, 6)},
        ),
        judged(
          {
            id: 'sto.iops.gain',
            claim: 'sto.iops',
            metric: 'storage.iops',
            unit: 'ratio',
            where: {scenario: 'storage/fio', pattern: 'randread-4k', direction: 'read'},
            statistic: 'ratio',
            relation: 'at-least',
            bound: 1.378,
            against: ['stock', 'tuned'],
          },
          {
            kind: 'undecided',
            estimate: estimate(1.254, 1.08, 1.456, n, 't interval on the logs of paired ratios'),
            reason: 'the 95 % interval 1.08 … 1.456 of the ratio holds the bound 1.378',
            trialsNeeded: 9,
          },
        ),
      ],
    ),
    promise(
      'missed',
      'sto.p99.write is missed',
      claim('sto.p99', 'Distributed storage answers 99 % of requests in time', 'P99 < 5 ms', 'guide, table 2'),
      [
        judged(
          {
            id: 'sto.p99.read',
            claim: 'sto.p99',
            metric: 'storage.latency',
            unit: 's',
            where: {
              scenario: 'storage/fio',
              pattern: 'randread-4k',
              direction: 'read',
              percentile: '99',
              profile: 'tuned',
            },
            statistic: 'p99',
            relation: 'at-most',
            bound: 0.005,
          },
          {
            kind: 'undecided',
            estimate: estimate(
              0.00503,
              Number.NEGATIVE_INFINITY,
              Number.POSITIVE_INFINITY,
              n,
              'median of the P99 of each trial',
            ),
            reason: `a 95 % interval of a median needs 6 trials, got ${n}`,
            trialsNeeded: 6,
          },
        ),
        judged(
          {
            id: 'sto.p99.write',
            claim: 'sto.p99',
            metric: 'storage.latency',
            unit: 's',
            where: {
              scenario: 'storage/fio',
              pattern: 'randwrite-4k',
              direction: 'write',
              percentile: '99',
              profile: 'tuned',
            },
            statistic: 'p99',
            relation: 'at-most',
            bound: 0.005,
          },
          {kind: 'missed', estimate: estimate(0.0319, 0.0302, 0.0335, 6)},
        ),
      ],
    ),
    promise(
      'undecided',
      'nothing was measured',
      claim('net.crc', 'Bit errors on the 25G links are all but absent', '< 1e-12 a bit', 'guide, table 3'),
      [
        judged(
          {
            id: 'net.crc.rate',
            claim: 'net.crc',
            metric: 'network.loss',
            unit: 'ratio',
            where: {path: 'cluster'},
            statistic: 'median',
            relation: 'at-most',
            bound: 1e-12,
          },
          {
            kind: 'undecided',
            reason:
              'no value of network.loss: the interfaces of this cluster are virtual and keep no counter of CRC errors, so neither a rate nor an upper bound over the bits carried can be given; a run on 25G hardware that carries 3·10¹² bits (2 minutes at full rate) would decide',
          },
        ),
      ],
    ),
    promise(
      'met',
      'every target is met',
      claim('sto.fabric', 'The storage plane carries NVMe over Fabrics, isolated', '≥ 8 Gbit/s', 'guide, section 4.2'),
      [
        judged(
          {
            id: 'sto.fabric.rate',
            claim: 'sto.fabric',
            metric: 'network.throughput',
            unit: 'bit/s',
            where: {
              scenario: 'network/iperf3',
              path: 'storage',
              direction: 'forward',
              protocol: 'tcp',
              profile: 'tuned',
            },
            statistic: 'median',
            relation: 'at-least',
            bound: 8e9,
          },
          {kind: 'met', estimate: estimate(18.38e9, 17.6e9, 19.2e9, 6)},
        ),
      ],
    ),
    promise(
      'not-testable',
      'a price is no property of a running cluster',
      claim('cost.licence', 'Licence cost against VMware', '−67 %', 'guide, section 13', {
        notTestable: 'a price is no property of a running cluster',
      }),
    ),
    promise(
      'not-testable',
      'PUE is measured at the meter of the building',
      claim('dc.pue', 'Power usage effectiveness of the data centre', '1.32 → 1.15', 'guide, section 14', {
        notTestable: 'PUE is measured at the meter of the building, over a year, not on the cluster',
      }),
    ),
  ];

  const values = (metric: string, labels: Record<string, string>) =>
    find(metric, labels).flatMap(index => samples[index]?.value ?? []);
  const middle = (list: readonly number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
  const compare = (
    metric: string,
    labels: Record<string, string>,
    verdict: Comparison['verdict'],
    note: string,
    more: Partial<Comparison> = {},
  ): Comparison => {
    const before = values(metric, {...labels, profile: 'stock'});
    const after = values(metric, {...labels, profile: 'tuned'});
    const side = (profile: string, list: readonly number[]) => ({
      profile,
      values: list,
      median: middle(list),
      ...(list.length > 1
        ? {
            estimate: {
              value: middle(list),
              low: Math.min(...list),
              high: Math.max(...list),
              n: list.length,
              confidence: 0.75,
              method: 'smallest to largest',
            },
          }
        : {}),
    });
    const ratio = middle(after) / middle(before);
    return {
      metric,
      labels,
      before: side('stock', before),
      after: side('tuned', after),
      ...(Number.isFinite(ratio)
        ? {
            effect: {
              value: ratio,
              low: ratio * 0.93,
              high: ratio * 1.08,
              n: Math.min(before.length, after.length),
              confidence: 0.95,
              method: 't interval on logs of pairs',
            },
          }
        : {}),
      verdict,
      note,
      ...more,
    };
  };
  const comparisons: Comparison[] = [
    ...['host-crash', 'nic-down'].flatMap(fault => [
      compare(
        'failover.membership',
        {scenario: `failover/${fault}`, fault},
        'better',
        '3 pairs lean on the t distribution alone',
        {p: 0.0021, pHolm: 0.031},
      ),
      compare(
        'failover.service',
        {scenario: `failover/${fault}`, fault},
        fault === 'nic-down' ? 'too-noisy' : 'better',
        fault === 'nic-down' ? '1 trial never ended and has no ratio' : '',
        {p: 0.0004, pHolm: 0.0068, ...(fault === 'nic-down' ? {trialsNeeded: 5} : {})},
      ),
      compare('failover.durable', {scenario: `failover/${fault}`, fault}, 'better', '', {p: 0.0001, pHolm: 0.002}),
    ]),
    compare('storage.iops', {scenario: 'storage/fio', pattern: 'randread-4k', direction: 'read'}, 'better', '', {
      p: 0.004,
      pHolm: 0.048,
    }),
    compare('storage.iops', {scenario: 'storage/fio', pattern: 'randwrite-4k', direction: 'write'}, 'better', '', {
      p: 0.003,
      pHolm: 0.042,
    }),
    compare(
      'storage.latency',
      {scenario: 'storage/fio', pattern: 'randread-4k', direction: 'read', percentile: '99'},
      'better',
      '',
      {p: 0.012, pHolm: 0.09},
    ),
    compare(
      'storage.latency',
      {scenario: 'storage/fio', pattern: 'randwrite-4k', direction: 'write', percentile: '99.9'},
      'no-difference-shown',
      'the interval holds 1',
      {p: 0.21, pHolm: 0.63, trialsNeeded: 14},
    ),
    compare(
      'network.throughput',
      {scenario: 'network/iperf3', path: 'storage', direction: 'forward', protocol: 'tcp'},
      'better',
      '',
      {p: 0.009, pHolm: 0.08},
    ),
    compare(
      'network.throughput',
      {scenario: 'network/iperf3', path: 'guest', direction: 'forward', protocol: 'tcp'},
      'no-difference-shown',
      'smaller than 3 %, not worth a word',
      {p: 0.44, pHolm: 0.88, trialsNeeded: 31},
    ),
    compare('migration.downtime', {scenario: 'migration/live', leg: 'away'}, 'better', '1 trial has no partner', {
      p: 0.03,
      pHolm: 0.15,
    }),
    compare('migration.total', {scenario: 'migration/live', leg: 'away'}, 'better', '1 trial has no partner'),
    {
      metric: 'migration.blackout',
      labels: {scenario: 'migration/live', leg: 'third'},
      before: {profile: 'stock', values: [], median: Number.NaN},
      after: {profile: 'tuned', values: [0.14], median: 0.14},
      verdict: 'too-noisy',
      note: 'no trial before: nothing to pair with',
    },
  ];

  const lost: Finding = {
    severity: 'critical',
    invariant: 'every acknowledged write is readable',
    detail:
      'sequence 41877 was acknowledged at 15:14:02.113 and is not in the ledger of the new life (first missing 41877, last durable 41876)',
    artefact: 'beacon.log',
  };
  const alarm: Finding = {
    severity: 'warning',
    invariant: 'no alarm that the scenario does not expect',
    detail: 'ceph: 1 slow ops, oldest one blocked for 31 sec, osd.2 has slow ops',
  };
  const found = [
    {...lost, trial: 11},
    {...alarm, trial: 7},
  ];
  const rows = trials.map(row => ({
    ...row,
    findings: found.filter(finding => finding.trial === row.slot).map(({trial: _trial, ...finding}) => finding),
  }));
  const warnings: Warning[] = [
    {
      subject: 'storage/fio',
      text: 'need ≥ 6 samples for a confidence interval of a median at level 0.95, got 3 in each series.',
      todo: 'seatrial accept --reps 6',
    },
    {subject: 'clock of n2', text: 'stood 41 ms behind the harness; the timeline is corrected by it.', todo: ''},
  ];

  return {
    schema: 'seatrial-report/1',
    overall: 'missed',
    exitCode: 1,
    header: {
      schema: 'seatrial-run/1',
      id: '20251124T145900Z-lab-acceptance-7f3a',
      seatrialVersion: '0.1.0',
      commit: 'ec07c44d1f0a9a7be21c5c3d8a2f4a60f1f0b7aa',
      startedAt: '2025-11-24T14:59:00.000Z',
      cluster: 'lab',
      suite: 'acceptance',
      quick: true,
      seed: 42,
      storage: 'ceph',
      hardware: {
        emulated: true,
        shared: true,
        note: 'Guests run under TCG on 2 cores of one machine; the network is veth pairs, the disks are sparse files in its page cache.',
      },
      nodes: ['n1', 'n2', 'n3'],
      guests: ['vm1', 'vm2'],
      profiles,
      fingerprints: prints,
    },
    ended: {status: 'complete', at: '2025-11-24T15:26:41.000Z', reason: ''},
    plan: {
      seed: 42,
      planned: slot,
      notApplicable: [{scenario: 'network/dpdk', reason: 'needs huge pages on the nodes; none are configured'}],
    },
    verdicts,
    comparisons,
    trials: rows,
    samples,
    findings: found,
    damage: [],
    warnings,
    fingerprints: prints,
  };
}

const profiles: readonly Profile[] = [
  {
    name: 'stock',
    title: 'As the packages come',
    settings: [
      {
        id: 'disk-cache',
        driver: 'domain',
        key: 'disk.cache',
        value: 'writeback',
        why: 'what virt-install chooses for network disks',
      },
      {id: 'token', driver: 'corosync', key: 'token', value: '3000', why: 'Corosync 3 default'},
      {id: 'osd-grace', driver: 'ceph', key: 'osd_heartbeat_grace', value: '20', why: 'Ceph default', needs: 'ceph'},
      {
        id: 'migration-parallel',
        driver: 'resource',
        key: 'migrate.parallel',
        value: 'off',
        why: 'libvirt default: one stream',
      },
    ],
  },
  {
    name: 'tuned',
    title: 'Tuned as the guide says',
    settings: [
      {
        id: 'disk-cache',
        driver: 'domain',
        key: 'disk.cache',
        value: 'none',
        why: 'a cached write is no durable write: writes go to the store before they are acknowledged',
      },
      {
        id: 'token',
        driver: 'corosync',
        key: 'token',
        value: '1000',
        why: 'a dead node is noticed a second sooner for each second of token; below this, loaded nodes flap',
      },
      {
        id: 'osd-grace',
        driver: 'ceph',
        key: 'osd_heartbeat_grace',
        value: '5',
        why: 'I/O to a vanished host stands still for this long, and with it the first durable write of the new life',
        needs: 'ceph',
      },
      {
        id: 'migration-parallel',
        driver: 'resource',
        key: 'migrate.parallel',
        value: '2',
        why: 'two streams fill a link that one cannot',
      },
      {
        id: 'storage-mtu',
        driver: 'link',
        key: 'storage.mtu',
        value: '9000',
        why: 'fewer packets for the same bytes on the storage plane',
      },
    ],
  },
];

const prints = ['n1', 'n2', 'n3', 'client'].map(host => ({
  host,
  facts: {
    kernel: '6.1.0-56-cloud-amd64',
    cpu: 'AMD EPYC 7B13, 2 cores',
    qemu: '7.2.22',
    ...(host === 'client' ? {} : {libvirt: '9.0.0', corosync: '3.1.7', pacemaker: '2.1.5', ceph: '16.2.15'}),
    fio: '3.33',
    iperf3: '3.12',
  },
}));

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
