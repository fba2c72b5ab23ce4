import type {Unit} from '../harness/types.ts';

/** One measurable thing. `better` says which way is good; `labels` are those that tell two series of it apart. */
export interface Metric {
  name: string;
  title: string;
  unit: Unit;
  better: 'lower' | 'higher';
  labels: readonly string[];
  /** How it is measured, in one sentence. */
  means: string;
}

/** A direction of a single migration; what a cell of the matrix was asked to be; what struck it, and when. */
const migrationLabels = ['leg', 'option', 'dirty', 'used', 'together', 'fault', 'phase'];

const all: Metric[] = [
  {
    name: 'storage.iops',
    title: 'Storage operations',
    unit: 'op/s',
    better: 'higher',
    labels: ['pattern', 'direction'],
    means: 'fio, completed operations of all jobs and guests over the longest of their runtimes',
  },
  {
    name: 'storage.bandwidth',
    title: 'Storage bandwidth',
    unit: 'B/s',
    better: 'higher',
    labels: ['pattern', 'direction'],
    means: 'fio, bytes of all jobs and guests over the longest of their runtimes',
  },
  {
    name: 'storage.latency',
    title: 'Storage latency',
    unit: 's',
    better: 'lower',
    labels: ['pattern', 'direction', 'percentile'],
    means:
      'fio json+ latency of a direction (or of fsync, direction sync), bins merged over jobs and guests before the percentile is taken',
  },
  {
    name: 'storage.runtime',
    title: 'Storage job duration',
    unit: 's',
    better: 'lower',
    labels: ['pattern'],
    means: 'fio, the longest runtime of any job',
  },
  {
    name: 'network.throughput',
    title: 'Network throughput',
    unit: 'bit/s',
    better: 'higher',
    labels: ['path', 'direction', 'protocol'],
    means: 'iperf3, bits received over the test',
  },
  {
    name: 'network.retransmits',
    title: 'TCP retransmits',
    unit: 'count',
    better: 'lower',
    labels: ['path', 'direction', 'protocol'],
    means: 'iperf3, segments sent again',
  },
  {
    name: 'network.loss',
    title: 'UDP loss',
    unit: 'ratio',
    better: 'lower',
    labels: ['path', 'direction', 'protocol'],
    means: 'iperf3, datagrams lost over datagrams sent',
  },
  {
    name: 'network.jitter',
    title: 'UDP jitter',
    unit: 's',
    better: 'lower',
    labels: ['path', 'direction', 'protocol'],
    means: 'iperf3, RFC 1889 interarrival jitter at the receiver',
  },
  {
    name: 'network.latency',
    title: 'Round trip',
    unit: 's',
    better: 'lower',
    labels: ['host', 'percentile'],
    means: 'ping, from an echo request to its reply',
  },
  {
    name: 'network.echo-loss',
    title: 'Echo loss',
    unit: 'ratio',
    better: 'lower',
    labels: ['host'],
    means: 'ping, echo requests without a reply over all that were sent',
  },
  {
    name: 'migration.total',
    title: 'Migration, total time',
    unit: 's',
    better: 'lower',
    labels: migrationLabels,
    means: 'libvirt, domjobinfo of the completed job',
  },
  {
    name: 'migration.downtime',
    title: 'Migration, QEMU downtime',
    unit: 's',
    better: 'lower',
    labels: migrationLabels,
    means: 'libvirt, domjobinfo of the completed job: guest paused',
  },
  {
    name: 'migration.blackout',
    title: 'Migration, client-seen blackout',
    unit: 's',
    better: 'lower',
    labels: migrationLabels,
    means: 'beacon, longest stretch of unanswered intended sends while the guest moved',
  },
  {
    name: 'migration.transferred',
    title: 'Migration, data moved',
    unit: 'B',
    better: 'lower',
    labels: migrationLabels,
    means: 'libvirt, domjobinfo of the completed job',
  },
  {
    name: 'migration.brownout',
    title: 'Migration, brown-out',
    unit: 's·s',
    better: 'lower',
    labels: migrationLabels,
    means:
      'beacon, latency above the 95th percentile of just before, integrated over the migration: a silence of b seconds is b²/2',
  },
  {
    name: 'migration.lost-requests',
    title: 'Migration: requests without a reply',
    unit: 'count',
    better: 'lower',
    labels: migrationLabels,
    means: 'beacon, requests intended while the guest moved that never had a reply of their own',
  },
  {
    name: 'migration.iterations',
    title: 'Migration, rounds over the memory',
    unit: 'count',
    better: 'lower',
    labels: migrationLabels,
    means: 'libvirt, domjobinfo; of one that did not converge the last round that was seen',
  },
  {
    name: 'migration.dirty-rate',
    title: 'Migration: memory written in the guest',
    unit: 'B/s',
    better: 'higher',
    labels: migrationLabels,
    means:
      'fio in the guest, random pages of its memory, over the whole life of the writer: from before the migration until after it',
  },
  {
    name: 'migration.dirtied',
    title: 'Migration: memory found written by QEMU',
    unit: 'B/s',
    better: 'lower',
    labels: migrationLabels,
    means: 'libvirt, the highest dirty rate seen in domjobinfo, more than ten times a second, in whole pages',
  },
  {
    name: 'migration.memberships-lost',
    title: 'Migration: memberships lost',
    unit: 'count',
    better: 'lower',
    labels: [],
    means: 'Corosync, memberships formed during the trial by the node that formed most',
  },
  {
    name: 'migration.evacuated',
    title: 'Migration: a node emptied',
    unit: 's',
    better: 'lower',
    labels: ['leg'],
    means: 'from the order of standby until every guest of the node runs elsewhere; back: until all are home again',
  },
  {
    name: 'migration.lost-writes',
    title: 'Migration: acknowledged writes lost',
    unit: 'count',
    better: 'lower',
    labels: ['guest'],
    means: 'beacon ledger: acknowledged before or during the migration, not readable after it',
  },
  {
    name: 'failover.membership',
    title: 'Failover: node left the membership',
    unit: 's',
    better: 'lower',
    labels: ['fault'],
    means: "from injection to the survivors' membership without the node",
  },
  {
    name: 'failover.fencing-requested',
    title: 'Failover: fencing requested',
    unit: 's',
    better: 'lower',
    labels: ['fault'],
    means: 'from injection until the coordinator asks for the fencing of the node',
  },
  {
    name: 'failover.fenced',
    title: 'Failover: fencing confirmed',
    unit: 's',
    better: 'lower',
    labels: ['fault'],
    means: 'from injection to the confirmed fencing of the node',
  },
  {
    name: 'failover.start-requested',
    title: 'Failover: start requested',
    unit: 's',
    better: 'lower',
    labels: ['fault'],
    means: 'from injection until the coordinator asks a survivor to start the guest',
  },
  {
    name: 'failover.started',
    title: 'Failover: guest started elsewhere',
    unit: 's',
    better: 'lower',
    labels: ['fault'],
    means: "from injection to Pacemaker's confirmed start on a survivor",
  },
  {
    name: 'failover.service',
    title: 'Failover: service answers again',
    unit: 's',
    better: 'lower',
    labels: ['fault'],
    means: "from injection to the first beacon reply of the guest's new life",
  },
  {
    name: 'failover.durable',
    title: 'Failover: first durable write',
    unit: 's',
    better: 'lower',
    labels: ['fault'],
    means: "from injection to the first write acknowledged as durable by the guest's new life",
  },
  {
    name: 'failover.lost-writes',
    title: 'Failover: acknowledged writes lost',
    unit: 'count',
    better: 'lower',
    labels: ['fault'],
    means: 'beacon ledger: acknowledged before the fault, not readable after it',
  },
  {
    name: 'failover.lost-blocks',
    title: 'Failover: durable blocks lost, by fio',
    unit: 'count',
    better: 'lower',
    labels: ['fault'],
    means: 'fio verify: blocks of the struck guest, durable before the fault, that read back as something else',
  },
  {
    name: 'vip.outage',
    title: 'Virtual address: longest time without an answer',
    unit: 's',
    better: 'lower',
    labels: ['by', 'fault'],
    means:
      'ping from the client: the longest time between two answers that ended after the injection, less its interval',
  },
  {
    name: 'vip.announced',
    title: 'Virtual address: announced by its new holder',
    unit: 's',
    better: 'lower',
    labels: ['by', 'fault'],
    means: 'tcpdump on the client: from injection to the first gratuitous ARP',
  },
  {
    name: 'vip.announcements',
    title: 'Virtual address: gratuitous ARP messages seen',
    unit: 'count',
    better: 'higher',
    labels: ['by', 'fault'],
    means: 'tcpdump on the client, from the injection until the address had settled; 0 where it listened and none came',
  },
  {
    name: 'etcd.leader',
    title: 'etcd: a new leader',
    unit: 's',
    better: 'lower',
    labels: ['fault'],
    means: 'from injection until a member that is left names a leader of a later term',
  },
  {
    name: 'etcd.write',
    title: 'etcd: first linearizable write',
    unit: 's',
    better: 'lower',
    labels: ['fault'],
    means: 'from injection to the first write that is acknowledged in a later term',
  },
  {
    name: 'etcd.state-key',
    title: "etcd: a lost node's key is gone",
    unit: 's',
    better: 'lower',
    labels: ['fault'],
    means: "from injection until a linearizable read does not find the node's key, which a lease of 5 s keeps",
  },
  {
    name: 'etcd.lost-writes',
    title: 'etcd: acknowledged writes lost',
    unit: 'count',
    better: 'lower',
    labels: ['fault'],
    means: 'writes that were acknowledged, and read back as something else or not at all',
  },
  {
    name: 'etcd.minority-writes',
    title: 'etcd: writes accepted without a majority',
    unit: 'count',
    better: 'lower',
    labels: ['fault'],
    means: 'writes acknowledged by a member that is left alone, and that answers all the while',
  },
  {
    name: 'failover.write-stall',
    title: 'Failover: longest wait for a durable write',
    unit: 's',
    better: 'lower',
    labels: ['fault'],
    means:
      'beacon: the longest time in which the client heard of no newer durable write of the guest, from the fault on',
  },
  {
    name: 'failover.storage-down',
    title: 'Failover: storage has the daemon down',
    unit: 's',
    better: 'lower',
    labels: ['fault'],
    means: 'from injection until the storage itself counts the daemon as down',
  },
  {
    name: 'failover.storage-whole',
    title: 'Failover: storage whole again',
    unit: 's',
    better: 'lower',
    labels: ['fault'],
    means: 'from the start of the daemon until every daemon is up and every placement group active and clean',
  },
  {
    name: 'capacity.throughput',
    title: 'Capacity: operations at a load',
    unit: 'op/s',
    better: 'higher',
    labels: ['loop', 'load', 'condition', 'pattern'],
    means: 'fio, completed operations of all guests over the longest of their runtimes, at one load of a sweep',
  },
  {
    name: 'capacity.latency',
    title: 'Capacity: latency at a load',
    unit: 's',
    better: 'lower',
    labels: ['loop', 'load', 'condition', 'pattern', 'percentile'],
    means:
      'fio json+ completion latency at one load of a sweep, bins merged over guests before the percentile is taken',
  },
  {
    name: 'capacity.use',
    title: 'Capacity: use of a resource at a load',
    unit: 'ratio',
    better: 'lower',
    labels: ['loop', 'load', 'condition', 'pattern', 'resource', 'host', 'name'],
    means:
      "the hosts' own counters over the middle half of a load: CPUs, the fullest link, the busiest disk, virtual CPUs",
  },
  {
    name: 'disruption.lost',
    title: 'Bystander: service lost',
    unit: 's',
    better: 'lower',
    labels: ['fault', 'guest'],
    means: 'beacon: summed blackout of a guest that was not under fault',
  },
  {
    name: 'disruption.gap',
    title: 'Bystander: longest silence',
    unit: 's',
    better: 'lower',
    labels: ['fault', 'guest'],
    means: 'beacon: the longest blackout of a guest that was not under fault',
  },
  {
    name: 'disruption.io-gap',
    title: 'Bystander: longest time without a write',
    unit: 's',
    better: 'lower',
    labels: ['fault', 'guest', 'load'],
    means:
      'fio in the guest, under the stated load: the longest time from one completed write to the next, from the fault on',
  },
  {
    name: 'disruption.latency',
    title: 'Bystander: latency of its writes',
    unit: 's',
    better: 'lower',
    labels: ['fault', 'guest', 'load', 'when', 'percentile'],
    means:
      'fio in the guest, under the stated load, from submission to completion: before the fault, until the struck guests had back what was taken from them, and after',
  },
  {
    name: 'conformance.violations',
    title: 'Violated conformance rules',
    unit: 'count',
    better: 'lower',
    labels: ['rule', 'host'],
    means: '1 where a rule is violated, 0 where it holds; rules that cannot be judged give none',
  },
  {
    name: 'conformance.broken',
    title: 'Rules of a promise that are violated',
    unit: 'count',
    better: 'lower',
    labels: ['claim'],
    means:
      'how often the rules that speak to a promise are violated, over all hosts; none where they cannot be judged and none is violated',
  },
];

/** The only metrics a sample may carry. A target on any other name is refused with the nearest of these. */
export const metrics: readonly Metric[] = all;

/** Those of a plug-in join them, before a command begins. */
export function addMetrics(more: readonly Metric[]): void {
  all.push(...more);
}

export function metricNamed(name: string): Metric | undefined {
  return metrics.find(metric => metric.name === name);
}
