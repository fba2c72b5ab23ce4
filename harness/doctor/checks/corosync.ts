import {parseTotem, type Totem, totemOfFile} from '../../settings/corosync.ts';
import {type Check, clusterWide, type Diagnosis, good, hostSaid, type Seen, unread} from '../check.ts';
import {nodesOf} from '../reading.ts';
import {corosyncMap, host} from '../readings.ts';

export const corosync: Check = {
  id: 'corosync',
  title: 'Corosync runs by the same timings on every node, and by those of its file',
  why: 'A node that gives up sooner than the others leaves them, and is fenced for it. What only the file says comes into force with the next restart, in the middle of a recovery.',
  reads: [corosyncMap, host],
  check(seen) {
    const nodes = nodesOf(seen.cluster);
    const running = nodes.flatMap(node => {
      const totem = runningTotem(seen, node);
      return totem === undefined ? [] : [{node, totem}];
    });
    const silent = nodes.filter(node => !running.some(each => each.node === node));
    const found = [
      ...silent.map(node => unread(node, 'what Corosync runs by', whyNot(seen, node))),
      ...differing(running),
      ...running.flatMap(({node, totem}) => otherInFile(seen, node, totem, nodes.length)),
    ];
    const [first] = running;
    if (found.length > 0 || first === undefined) return found;
    const {token, consensus} = first.totem;
    return [good(clusterWide, `token ${token} ms, consensus ${consensus} ms on every node, as in corosync.conf`)];
  },
};

/** What a node's Corosync runs by; undefined where it does not say. */
export function runningTotem({answers}: Seen, node: string): Totem | undefined {
  const map = answers(corosyncMap, node);
  return map.ok ? parseTotem(map.value) : undefined;
}

function whyNot({answers}: Seen, node: string): string {
  const map = answers(corosyncMap, node);
  return map.ok ? 'corosync-cmapctl names no token' : map.error;
}

function differing(running: readonly {node: string; totem: Totem}[]): Diagnosis[] {
  const groups = Map.groupBy(running, ({totem: {token, consensus}}) => `token ${token} ms, consensus ${consensus} ms`);
  if (groups.size < 2) return [];
  const told = [...groups].map(([value, some]) => `${value} on ${some.map(({node}) => node).join(', ')}`);
  return [
    {
      level: 'danger',
      subject: clusterWide,
      found: told.join('; '),
      expected: 'the same token and consensus on every node',
      todo: 'Make /etc/corosync/corosync.conf the same everywhere, then: corosync-cfgtool -R on one node.',
    },
  ];
}

function otherInFile(seen: Seen, node: string, totem: Totem, nodes: number): Diagnosis[] {
  const file = hostSaid(seen, node, 'config');
  if (!file.ok || file.value.length === 0) return [unread(node, 'corosync.conf', file.ok ? 'it is empty' : file.error)];
  const written = totemOfFile(file.value.join('\n'), nodes);
  if (written.token === totem.token && written.consensus === totem.consensus) return [];
  return [
    {
      level: 'warning',
      subject: node,
      found: `corosync.conf means token ${written.token} ms, consensus ${written.consensus} ms; token ${totem.token} ms, consensus ${totem.consensus} ms are in force`,
      expected: 'the file says what is in force',
      todo: 'corosync-cfgtool -R, or put the file right.',
    },
  ];
}
