/** A cluster as the doctor finds it: who can be reached, who works on it, and everything that the checks look at. */
import type {Inventory} from '../../../harness/config/inventory.ts';
import {checks} from '../../../harness/doctor/checks/index.ts';
import {type Examined, examine} from '../../../harness/doctor/examine.ts';
import {openLab} from '../../../harness/lab/index.ts';
import {buildBeacon} from '../../../harness/probes/beacon/binary.ts';
import {inForceOn} from '../../../harness/run/journal.ts';
import {heldBy} from '../../../harness/run/lock.ts';
import {reach, reachDefaults} from '../../../harness/transport/reach.ts';
import {reachSentences} from '../../../harness/transport/reach-sentences.ts';
import type {Cluster} from '../../../harness/types.ts';
import {fromLab} from '../kit/cluster-options.ts';
import {connectionTo, journalFolder} from '../kit/open-cluster.ts';
import type {DoctorFinding, DoctorReport} from './report.ts';

export interface ClusterExamined {
  cluster: Omit<Cluster, 'transport'>;
  findings: readonly DoctorFinding[];
  /** Absent where no node could be asked. */
  budget?: Examined['budget'];
}

interface Options {
  boundSeconds: number;
  signal: AbortSignal;
}

/** Connects, looks, and disconnects. Nothing is locked: what another process does to the cluster is a finding. */
export async function examineInventory(inventory: Inventory, options: Options): Promise<ClusterExamined> {
  const {cluster, transport, ssh, machines} = await connectionTo(inventory);
  try {
    const hosts = [...cluster.nodes, cluster.client];
    const unreached = await reach(hosts, transport, {...reachDefaults, signal: options.signal});
    const lost = unreached.map(({name}) => name);
    const own = [
      ...(await lockFindings(cluster.name, machines)),
      ...reachFindings(reachSentences(unreached, ssh)),
      ...(await beaconFindings()),
    ];
    const answering = {...cluster, nodes: cluster.nodes.filter(({name}) => !lost.includes(name))};
    // From the client power and guests are asked: without it there is nothing to add to that it cannot be reached.
    if (answering.nodes.length === 0 || lost.includes(cluster.client.name)) return {cluster, findings: own};
    const {findings, budget} = await examine(answering, options);
    return {cluster, findings: [...own, ...findings], budget};
  } finally {
    await transport.close();
  }
}

export async function examineLab(name: string, options: Options): Promise<ClusterExamined> {
  const cluster = fromLab(await openLab(name));
  const own = [...(await lockFindings(name, [])), ...(await beaconFindings())];
  const {findings, budget} = await examine(cluster, options);
  return {cluster, findings: [...own, ...findings], budget};
}

/** The beacon is built here, once, and carried to the client. */
async function beaconFindings(): Promise<DoctorFinding[]> {
  const built = await buildBeacon();
  const words = {check: 'beacon', subject: 'this machine', expected: 'a beacon to carry to the client'};
  return [
    built.ok
      ? {...words, level: 'good', found: 'the beacon is built', todo: ''}
      : {...words, level: 'danger', found: built.error, todo: 'apt-get install gcc libc6-dev'},
  ];
}

function reachFindings(sentences: readonly string[]): DoctorFinding[] {
  return sentences.map(found => ({
    check: 'reach',
    level: 'danger',
    subject: 'hosts',
    found,
    expected: 'every host can be worked on',
    todo: 'Do what it says, and run seatrial doctor again.',
  }));
}

async function lockFindings(cluster: string, machines: readonly string[]): Promise<DoctorFinding[]> {
  const held = await heldBy(journalFolder, cluster, machines);
  const read = await inForceOn(journalFolder, cluster);
  const inForce = read.ok ? read.value : [];
  const found: DoctorFinding[] = [];
  if (held !== undefined) {
    found.push({
      check: 'lock',
      level: 'danger',
      subject: 'cluster',
      found: held,
      expected: 'nobody else works on these machines',
      todo: 'Wait for it to end: what is read now is read in the middle of its trials.',
    });
  }
  if (!read.ok) {
    found.push({
      check: 'in-force',
      level: 'danger',
      subject: 'cluster',
      found: read.error,
      expected: 'a journal that can be read',
      todo: 'Do what it says.',
    });
  }
  if (inForce.length > 0 && held === undefined) {
    const what = inForce.map(entry => (entry.kind === 'fault' ? `fault ${entry.fault} on ${entry.nodes}` : entry.kind));
    found.push({
      check: 'in-force',
      level: 'danger',
      subject: 'cluster',
      found: `an earlier run left in force: ${what.join(', ')}`,
      expected: 'nothing of an earlier run',
      todo: 'seatrial heal --inventory FILE (or --lab NAME).',
    });
  }
  return found;
}

/** Why each check matters, and what was typed for it. */
export const explained: DoctorReport['checks'] = [
  {
    check: 'reach',
    title: 'every host can be reached',
    why: 'A host that cannot be worked on is not healed either.',
    commands: ['ssh HOST id -u'],
  },
  {
    check: 'lock',
    title: 'nobody else works on these machines',
    why: 'Two trials on one cluster disturb each other.',
    commands: [`ls ${journalFolder}/*.lock`],
  },
  {
    check: 'in-force',
    title: 'nothing of an earlier run is in force',
    why: 'A fault or a setting of a run that was killed would be measured as if it were the cluster.',
    commands: [`cat ${journalFolder}/CLUSTER.jsonl`],
  },
  {
    check: 'beacon',
    title: 'the beacon is built',
    why: 'It watches the guests from the client; without it no failover and no migration is measured.',
    commands: ['gcc -static … beacon.c   # on this machine, once'],
  },
  ...checks.map(({id, title, why, reads, typed = []}) => ({
    check: id,
    title,
    why,
    commands: [...reads.map(({shown}) => shown), ...typed],
  })),
];
