/** Ceph on the nodes themselves. */
import {clusterView} from '../cluster/pacemaker.ts';
import {
  type CephHealth,
  type CephTarget,
  ceph as cephCommand,
  cephHealth,
  cephWhole,
  healthReasons,
  osdTree,
} from '../cluster/storage.ts';
import {bootstrapCeph, createGuestDisks, guestDisks, labPool} from '../lab/ceph.ts';
import type {Cluster, Host, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import type {StorageBackend} from './backend.ts';
import {onCephHost, onThisHost} from './ceph-host.ts';

export const ceph: StorageBackend = {
  async health(cluster) {
    const said = await onCephHost(cluster, target => cephHealth(target, {timeoutMs: 10_000}));
    if (!said.ok) return said;
    const {status, checks} = said.value;
    const rank = status === 'HEALTH_OK' ? 0 : status === 'HEALTH_WARN' ? 1 : 2;
    return {ok: true, value: {rank, words: [status, ...Object.values(checks)].join(', ')}};
  },

  async readiness(cluster) {
    // Any node may be the one that is down; the first that gives an answer is believed.
    const reasons: string[] = [];
    for (const host of cluster.nodes) {
      const gap = await onThisHost(cluster, host, wholeness);
      if (gap.ok) return gap.value;
      reasons.push(gap.error);
    }
    return reasons.join('; ');
  },

  giveUp: (cluster, node) => mark(cluster, node, 'out'),
  takeBack: (cluster, node) => mark(cluster, node, 'in'),

  async takeBackCommand(cluster, node) {
    const target = await otherMember(cluster, node);
    const tree = target.ok ? await osdTree(target.value) : target;
    if (!tree.ok) return tree;
    const osds = tree.value.filter(osd => osd.host === node.name).map(({osd}) => `${osd}`);
    const argv = ['ceph', '--connect-timeout=60', 'osd', 'in', ...osds] as const;
    return {ok: true, value: osds.length === 0 ? undefined : argv};
  },

  async lab({cluster: {transport, nodes, guests}, say, signal}) {
    const ready = await bootstrapCeph(transport, nodes, say, signal);
    if (!ready.ok) return ready;
    const made = await createGuestDisks(transport, nodes, guests, say);
    if (!made.ok) return made;
    const monitors = ready.value.plan.nodes.map(node => ({host: node.address, port: 6789}));
    return {
      ok: true,
      value: (guest, disk) => ({protocol: 'rbd', pool: labPool, image: guestDisks(guest.name)[disk], monitors}),
    };
  },
};

/**
 * What is missing for the store to be whole: daemons and placement groups, and what Ceph itself calls an error (a full
 * OSD, damaged data). Its warnings are no gap: they stand for days on many clusters that work.
 */
async function wholeness(target: CephTarget): Promise<Result<string | undefined, string>> {
  const whole = await cephWhole(target, {timeoutMs: 10_000});
  if (!whole.ok) return whole;
  const {gap, health} = whole.value;
  return {ok: true, value: gap ?? monitorsMissing(health) ?? errorOf(health)};
}

/** A monitor that is not back yet: with the next node the rest may lose their majority. */
function monitorsMissing({monitors, quorum}: CephHealth): string | undefined {
  if (quorum.length >= monitors) return undefined;
  return `${quorum.length} of ${monitors} monitors are in quorum: ${quorum.join(', ')}`;
}

function errorOf(health: CephHealth): string | undefined {
  return health.status === 'HEALTH_ERR' ? `Ceph says ${health.status}: ${healthReasons(health)}` : undefined;
}

/** A monitor that comes or goes makes the others elect anew, and until then nobody answers. */
const electionMs = 120_000;

/** Every OSD of the host that is not `out` or `in` already. Both orders may be given twice. */
async function mark(cluster: Cluster, node: Host, word: 'out' | 'in'): Promise<Result<void, string>> {
  let last = '';
  const marked = await waitFor(`the disks of ${node.name} to be ${word}`, electionMs, async () => {
    const once = await markOnce(cluster, node, word);
    if (!once.ok) last = once.error;
    return once.ok ? true : undefined;
  });
  return marked.ok ? {ok: true, value: undefined} : {ok: false, error: `${marked.error}; last: ${last}`};
}

async function markOnce(cluster: Cluster, node: Host, word: 'out' | 'in'): Promise<Result<void, string>> {
  const target = await otherMember(cluster, node);
  if (!target.ok) return target;
  const tree = await osdTree(target.value);
  if (!tree.ok) return tree;
  const osds = tree.value.filter(osd => osd.host === node.name && osd.in !== (word === 'in')).map(({osd}) => `${osd}`);
  if (osds.length === 0) return {ok: true, value: undefined};
  const marked = await cephCommand(target.value, ['osd', word, ...osds], {timeoutMs: 60_000});
  return marked.ok ? {ok: true, value: undefined} : marked;
}

/** A member that the cluster can be asked on, other than the node itself. */
export async function otherMember(cluster: Cluster, node: Host): Promise<Result<CephTarget, string>> {
  const view = await clusterView({...cluster, nodes: cluster.nodes.filter(each => each !== node)});
  return view.ok ? {ok: true, value: {transport: cluster.transport, host: view.value.seenBy}} : view;
}
