/** The promises of the example, each with the targets that speak for it. */
import type {Claim, Estimate, Sample, Target, Verdict} from '../../harness/types.ts';
import type {ClaimVerdict, TargetVerdict} from '../report.ts';
import {samplesOf} from './example-trials.ts';

/** A target with its verdict, and the samples that it is about. */
type Judge = (target: Omit<Target, 'confidence' | 'source'>, verdict: Verdict) => TargetVerdict;

/** `n`: repetitions. */
export function exampleVerdicts(samples: readonly Sample[], n: number): ClaimVerdict[] {
  const judged: Judge = (target, verdict) => ({
    target: {confidence: 0.95, source: 'reference guide, table 4', ...target},
    verdict,
    samples: samplesOf(samples, target.metric, target.where),
  });
  return [
    availability,
    switchover(judged, n),
    drill(judged, n),
    migration(judged),
    operations(judged, n),
    slowest(judged, n),
    bitErrors(judged),
    fabric(judged),
    ...notTestable,
  ];
}

function estimate(value: number, low: number, high: number, n: number, method = 'median, order statistics'): Estimate {
  return {value, low, high, n, confidence: 0.95, method};
}

function claim(id: string, title: string, figure: string, source: string, more: Partial<Claim> = {}): Claim {
  return {id, title, figure, source, targets: [], ...more};
}

function promise(
  kind: ClaimVerdict['kind'],
  reason: string,
  of: Claim,
  targets: readonly TargetVerdict[] = [],
): ClaimVerdict {
  return {claim: {...of, targets: targets.map(({target}) => target)}, kind, reason, targets};
}

const availability = promise(
  'undecided',
  'no scenario yet: needs the distribution of measured recovery times, an assumed fault rate that is stated, and a seeded simulation over the topology',
  claim(
    'avail.annual',
    'The cluster as a whole is available 99.99 % of a year',
    '≥ 99.99 %, at most 52.6 minutes a year',
    'guide, abstract',
    {noScenarioYet: 'needs a fault rate'},
  ),
);

const switchClaim = claim(
  'ha.switch',
  'When a node goes down, its virtual machines run elsewhere within 15 s, every time',
  '< 15 s, 100 % of the time',
  'guide, section 12 (fault recovery)',
  {printed: '< 15 s (100 % reached)'},
);

function switchover(judged: Judge, n: number): ClaimVerdict {
  const served = {claim: 'ha.switch', metric: 'failover.service', unit: 's'} as const;
  const within15s = {statistic: 'worst', relation: 'at-most', bound: 15, reliability: 0.95} as const;
  return promise('missed', 'ha.switch.nic-down-stock is missed: one trial never came back', switchClaim, [
    judged(
      {
        id: 'ha.switch.host-crash',
        ...served,
        where: {scenario: 'failover/host-crash', profile: 'tuned'},
        ...within15s,
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
        ...served,
        where: {scenario: 'failover/nic-down', profile: 'stock'},
        ...within15s,
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
        ...served,
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
  ]);
}

function drill(judged: Judge, n: number): ClaimVerdict {
  return promise(
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
  );
}

function migration(judged: Judge): ClaimVerdict {
  return promise(
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
  );
}

function operations(judged: Judge, n: number): ClaimVerdict {
  return promise(
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
  );
}

function slowest(judged: Judge, n: number): ClaimVerdict {
  return promise(
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
  );
}

function bitErrors(judged: Judge): ClaimVerdict {
  return promise(
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
  );
}

function fabric(judged: Judge): ClaimVerdict {
  return promise(
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
  );
}

const notTestable: readonly ClaimVerdict[] = [
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
