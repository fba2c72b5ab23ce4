/** What the parts of a topology file say of each other and cannot all be true. Pure. */
import {didYouMean, oneOf} from '../../../harness/config/nearest.ts';
import {meanOf, yearSeconds} from '../../../reports/availability/quantities.ts';
import {mostNodes, type TopologyFile, type WrittenFault} from './topology-file.ts';

type Path = readonly PropertyKey[];
/** Takes what is wrong at a path of the file: what was expected, what to do. */
export type Wrong = (path: Path, expected: string, hint: string) => void;

/** `racks`: those of the file, like ones written out. */
export function checkTopology(
  file: TopologyFile,
  racks: readonly {nodes: number; feeds: readonly string[]}[],
  wrong: Wrong,
): void {
  const nodes = racks.reduce((sum, one) => sum + one.nodes, 0);
  checkSizes(file, nodes, wrong);
  checkStorage(file, racks.length, nodes, wrong);
  checkRecovering(file, wrong);
  for (const [index, fault] of file.faults.entries()) checkFault(file, fault, index, wrong);
  if (file.maintenance) checkRecovery(file, file.maintenance.recovery, ['maintenance', 'recovery'], wrong);
  for (const [index, {feeds}] of racks.entries()) {
    checkFeeds(file, feeds, Array.isArray(file.racks) ? ['racks', index, 'feeds'] : ['racks', 'feeds'], wrong);
  }
}

function checkSizes({standby, quorum, maintenance}: TopologyFile, nodes: number, wrong: Wrong): void {
  if (nodes > mostNodes) wrong(['racks'], `at most ${mostNodes} nodes, not ${nodes}`, 'split the cluster');
  if (standby >= nodes) wrong(['standby'], `fewer than the ${nodes} nodes there are`, 'some node must work');
  if (quorum.members > nodes) {
    wrong(['quorum', 'members'], `at most ${nodes}, the nodes there are`, 'count the voting nodes');
  }
  if (maintenance && standby === 0) {
    wrong(['maintenance'], 'a standby node to move the VMs to', 'say "standby: 1" or more, or leave maintenance out');
  }
}

function checkStorage({storage}: TopologyFile, racks: number, nodes: number, wrong: Wrong): void {
  if (storage === undefined) return;
  const {replicas, minimum, domain, servers} = storage;
  if (minimum > replicas) {
    wrong(['storage', 'minimum'], `at most ${replicas}, the replicas there are`, 'mend one of the two');
  }
  const domains = domain === 'rack' ? racks : (servers ?? nodes);
  if (domains < replicas) {
    const expected = `at most ${domains}, the failure domains there are`;
    wrong(['storage', 'replicas'], expected, 'each replica needs a domain of its own');
  }
}

function checkRecovering({recoveries, operator}: TopologyFile, wrong: Wrong): void {
  if (Object.keys(recoveries).length === 0) {
    wrong(['recoveries'], 'at least one recovery', 'say how long VMs take to start: {samples: ["30 s"], source: …}');
  }
  const {spread, text} = operator.response;
  if (meanOf(spread) > yearSeconds) {
    const expected = `at most a year on average, not ${text}`;
    wrong(['operator', 'response'], expected, 'state how long it takes until somebody acts');
  }
}

function checkFault(file: TopologyFile, fault: WrittenFault, index: number, wrong: Wrong): void {
  const at = ['faults', index];
  if (file.faults.findIndex(other => other.name === fault.name) !== index) {
    wrong([...at, 'name'], 'a name that no other fault has', 'rename one of the two');
  }
  if ((fault.rate === undefined) === (fault.observed === undefined)) {
    const hint = 'say how often it happens, or how often it was seen in how long';
    wrong(fault.rate === undefined ? at : [...at, 'observed'], 'exactly one of rate and observed', hint);
    return;
  }
  checkRepair(fault, at, wrong);
  checkFaultRecovery(file, fault, at, wrong);
  if (fault.strikes === 'feed' && file.feeds.length === 0) {
    wrong([...at, 'strikes'], 'feeds', 'add "feeds: [a, b]" and name them at the racks');
  }
  if (fault.strikes === 'switch' && file.switchesPerRack === 0) {
    wrong([...at, 'strikes'], 'switches', 'say "switchesPerRack: 2"');
  }
}

function checkRepair({strikes, repair}: WrittenFault, at: Path, wrong: Wrong): void {
  if (strikes !== 'vm') {
    if (repair === undefined) wrong(at, 'a repair', `add "repair: 4 h": how long the ${strikes} is away`);
  } else if (repair !== undefined) {
    wrong([...at, 'repair'], 'no repair', 'a VM is back when it has recovered: say that as "recovery"');
  }
}

/** Storage and the whole cluster give no recovery: a VM sees their repair. */
function checkFaultRecovery(file: TopologyFile, {strikes, recovery}: WrittenFault, at: Path, wrong: Wrong): void {
  if (strikes === 'storage' || strikes === 'cluster') {
    if (recovery !== undefined) {
      wrong([...at, 'recovery'], 'no recovery', 'what a VM sees is the time until the repair');
    }
    if (strikes === 'storage' && !file.storage) {
      wrong([...at, 'strikes'], 'a cluster with storage', 'add "storage: …"');
    }
  } else if (recovery === undefined) {
    wrong(at, 'a recovery', `add "recovery: …", one of ${oneOf(Object.keys(file.recoveries), 20)}`);
  } else checkRecovery(file, recovery, [...at, 'recovery'], wrong);
}

function checkRecovery({recoveries}: TopologyFile, name: string, path: Path, wrong: Wrong): void {
  const names = Object.keys(recoveries);
  if (!names.includes(name)) wrong(path, oneOf(names, 20), didYouMean(name, names));
}

function checkFeeds({feeds: known}: TopologyFile, feeds: readonly string[], path: Path, wrong: Wrong): void {
  for (const [index, feed] of feeds.entries()) {
    if (known.includes(feed)) continue;
    wrong([...path, index], `one of the feeds: ${oneOf(known, 20)}`, didYouMean(feed, known));
  }
}
