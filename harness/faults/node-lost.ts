/**
 * A node that does not come back: the cluster is told to fence it for good, and its disks are given up, so that the storage makes new copies on
 * the others (which Ceph does by itself only after `mon_osd_down_out_interval`, ten minutes). A crash alone would not do: most clusters fence
 * by a reboot, and the node would be back in the middle of what is measured.
 */
import {z} from 'zod';
import {settle, succeeded} from '../cluster/ask.ts';
import {clusterView} from '../cluster/pacemaker.ts';
import {type CephTarget, ceph, osdTree} from '../cluster/storage.ts';
import type {Cluster, Host, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {defineFault, notInjected, only} from './fault.ts';
import {hostCrash} from './host-crash.ts';

const fenceMs = 120_000;

export const nodeLost = defineFault({
  name: 'node-lost',
  strikes: 'node',
  parameters: z.strictObject({}),
  needs: {nodes: 3, bmc: true},
  expects: {fences: [1]},
  guests: 'moved',
  preview: nodes => `stonith_admin --fence ${only(nodes).name}, then ceph osd out of its disks  # on another node`,

  async inject(cluster, nodes) {
    const node = only(nodes);
    const target = await survivor(cluster, node);
    if (!target.ok) return notInjected(target.error);
    const {transport, host} = target.value;
    const fenced = await transport.exec(host, settle(['stonith_admin', '--fence', node.name], fenceMs));
    if (!succeeded(fenced) || cluster.storage !== 'ceph') return fenced;
    const given = await mark(cluster, node, 'out');
    return given.ok ? fenced : notInjected(given.error);
  },

  async heal(cluster, nodes) {
    const back = await hostCrash.at(nodes, {}).heal(cluster);
    return !back.ok || cluster.storage !== 'ceph' ? back : mark(cluster, only(nodes), 'in');
  },
});

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
  const target = await survivor(cluster, node);
  if (!target.ok) return target;
  const tree = await osdTree(target.value);
  if (!tree.ok) return tree;
  const osds = tree.value.filter(osd => osd.host === node.name && osd.in !== (word === 'in')).map(({osd}) => `${osd}`);
  if (osds.length === 0) return {ok: true, value: undefined};
  const marked = await ceph(target.value, ['osd', word, ...osds], {timeoutMs: 60_000});
  return marked.ok ? {ok: true, value: undefined} : marked;
}

/** A member that the cluster can be asked on, other than the node itself. */
async function survivor(cluster: Cluster, node: Host): Promise<Result<CephTarget, string>> {
  const view = await clusterView({...cluster, nodes: cluster.nodes.filter(each => each !== node)});
  return view.ok ? {ok: true, value: {transport: cluster.transport, host: view.value.seenBy}} : view;
}
