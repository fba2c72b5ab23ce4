/**
 * A node that does not come back: the cluster is told to fence it for good, and its disks are given up, so that the
 * storage makes new copies on the others (which Ceph does by itself only after `mon_osd_down_out_interval`, ten
 * minutes). A crash alone would not do: most clusters fence by a reboot, and the node would be back in the middle
 * of what is measured.
 */
import {z} from 'zod';
import {powerStatus} from '../cluster/bmc.ts';
import {idempotent, succeeded} from '../cluster/commands.ts';
import {clusterView} from '../cluster/pacemaker.ts';
import {storageOf} from '../storage/index.ts';
import {defineFault, nodeIsLost, notInjected, only} from './fault.ts';
import {hostCrash} from './host-crash.ts';
import {poweredOnByPeers} from './recovery.ts';

const fenceMs = 120_000;

export const nodeLost = defineFault({
  name: 'node-lost',
  strikes: 'node',
  parameters: z.strictObject({}),
  needs: {nodes: 3, bmc: true},
  effect: () => nodeIsLost,
  preview: nodes => `stonith_admin --fence ${only(nodes).name}, then ceph osd out of its disks  # on another node`,

  async deadMan(cluster, nodes) {
    const node = only(nodes);
    const power = poweredOnByPeers(cluster, node);
    const disks = await storageOf(cluster).takeBackCommand(cluster, node);
    if (!disks.ok) return disks;
    const argv = disks.value;
    return {ok: true, value: argv === undefined ? power : [...power, ...power.map(({host}) => ({host, argv}))]};
  },

  async inject(cluster, nodes) {
    const node = only(nodes);
    const view = await clusterView({...cluster, nodes: cluster.nodes.filter(each => each !== node)});
    if (!view.ok) return notInjected(view.error);
    const fenced = await cluster.transport.exec(
      view.value.seenBy,
      idempotent(['stonith_admin', '--fence', node.name], fenceMs),
    );
    if (!succeeded(fenced)) return fenced;
    const given = await storageOf(cluster).giveUp(cluster, node);
    return given.ok ? fenced : notInjected(given.error);
  },

  async reached(cluster, nodes) {
    const power = await powerStatus(cluster, only(nodes));
    if (!power.ok) return power;
    const said = `the power of ${only(nodes).name} is ${power.value}`;
    return power.value === 'off' ? {ok: true, value: said} : {ok: false, error: said};
  },

  async heal(cluster, nodes) {
    const back = await hostCrash.at(nodes, {}).heal(cluster);
    return back.ok ? storageOf(cluster).takeBack(cluster, only(nodes)) : back;
  },
});
