import {type Check, type Diagnosis, factsOf, good, type Level, type Seen, unread} from '../check.ts';
import {nodesOf} from '../reading.ts';
import {fingerprint} from '../readings.ts';

/** What should be the same on every node, and how much it matters. */
const alike: readonly (readonly [fact: string, level: Level, why: string])[] = [
  ['pacemaker', 'warning', 'the oldest version decides what the cluster can do'],
  ['corosync', 'warning', 'mixed versions are meant for an upgrade only'],
  ['libvirt', 'warning', 'a guest may migrate to the newer one and not back'],
  ['qemu', 'warning', 'a guest may migrate to the newer one and not back'],
  ['ceph', 'warning', 'mixed versions are meant for an upgrade only'],
  ['cpu', 'warning', 'a guest that knows one CPU may not start or migrate to another'],
  ['cores', 'note', 'figures depend on where a guest runs'],
  ['kernel', 'note', 'figures depend on where a guest runs'],
  ['os', 'note', 'figures depend on where a guest runs'],
];
/** Kernels of one version keep unlike shares for themselves. */
const memoryShare = 0.02;

export const unequal: Check = {
  id: 'unequal-nodes',
  title: 'the nodes are alike',
  why: 'A figure taken on one node is told of the cluster: where nodes differ, so do the figures and what can move where.',
  reads: [fingerprint],
  check(seen) {
    const known = nodesOf(seen.cluster).flatMap(node => {
      const facts = factsOf(seen, node);
      return facts === undefined ? [] : [{node, facts}];
    });
    const silent = nodesOf(seen.cluster).filter(node => !known.some(each => each.node === node));
    if (nodesOf(seen.cluster).length < 2) return [];
    const found = silent.map(node => unread(node, 'its versions and hardware', whyNot(seen, node)));
    found.push(...differing(known));
    return found.length > 0 ? found : [good('cluster', 'the same versions, CPU, kernel and memory on every node')];
  },
};

function whyNot({answers}: Seen, node: string): string {
  const said = answers(fingerprint, node);
  return said.ok ? 'it is empty' : said.error;
}

interface Known {
  node: string;
  facts: Readonly<Record<string, string>>;
}

function differing(known: readonly Known[]): Diagnosis[] {
  const found = alike.flatMap(([fact, level, why]): Diagnosis[] => {
    const groups = Map.groupBy(known, ({facts}) => facts[fact] ?? 'none');
    return groups.size < 2 ? [] : [differ(fact, level, why, groups)];
  });
  const memory = known.map(({facts}) => Number(facts.memoryBytes)).filter(Number.isFinite);
  const [least, most] = [Math.min(...memory), Math.max(...memory)];
  if (memory.length > 1 && most - least > most * memoryShare) {
    const of = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
    found.push({
      level: 'note',
      subject: 'cluster',
      found: `memory from ${of(least)} to ${of(most)}`,
      expected: 'the same memory on every node',
      todo: 'Plan by the smallest: it must carry what a lost node leaves.',
    });
  }
  return found;
}

function differ(
  fact: string,
  level: Level,
  why: string,
  groups: ReadonlyMap<string, readonly {node: string}[]>,
): Diagnosis {
  const told = [...groups].map(([value, nodes]) => `${value} on ${nodes.map(({node}) => node).join(', ')}`);
  return {
    level,
    subject: 'cluster',
    found: `${fact}: ${told.join('; ')}`,
    expected: `the same ${fact} on every node: ${why}`,
    todo: 'Bring the nodes to one version, or say in the report which node was meant.',
  };
}
