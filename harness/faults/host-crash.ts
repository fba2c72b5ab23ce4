/**
 * The node's power goes away, as at a blown fuse: ordered at its controller, not at the node, which cannot prepare
 * for it.
 */
import {z} from 'zod';
import {orderPower, powerStatus} from '../cluster/bmc.ts';
import {succeeded} from '../cluster/commands.ts';
import type {Cluster, Host, Outcome} from '../types.ts';
import {waitFor} from '../wait.ts';
import {defineFault, nodeIsLost, notInjected} from './fault.ts';
import {poweredOnByPeers, powerOnAndWait, waitUntilBack} from './recovery.ts';

/** One node, or several in the same moment. */
export const hostCrash = defineFault({
  name: 'host-crash',
  strikes: 'node',
  parameters: z.strictObject({}),
  needs: {nodes: 3, bmc: true},
  effect: () => nodeIsLost,
  preview: nodes =>
    nodes
      .map(({name, bmc}) => `ipmitool -H ${bmc?.address ?? '(no controller)'} chassis power off  # ${name}`)
      .join('; '),

  async deadMan(cluster, nodes) {
    return {ok: true, value: nodes.flatMap(node => poweredOnByPeers(cluster, node, nodes))};
  },

  /** Ends when the controllers confirm that the power is off: the crash lies between order and confirmation. */
  async inject(cluster, nodes) {
    const ended = await Promise.all(nodes.map(node => powerOff(cluster, node)));
    const [first = notInjected('no node to crash')] = ended;
    return ended.find(outcome => !succeeded(outcome)) ?? first;
  },

  /** Each by itself: with two of three gone none comes online before the other. */
  async heal(cluster, nodes) {
    const on = await Promise.all(nodes.map(node => powerOnAndWait(cluster, node)));
    const off = on.find(result => !result.ok);
    if (off !== undefined) return off;
    const back = await Promise.all(nodes.map(node => waitUntilBack(cluster, node)));
    return back.find(result => !result.ok) ?? {ok: true, value: undefined};
  },
});

async function powerOff(cluster: Cluster, node: Host): Promise<Outcome> {
  const ordered = await orderPower(cluster, node, 'off');
  if (!succeeded(ordered)) return ordered;
  const off = await waitFor(
    `the power of ${node.name} to be off`,
    20_000,
    async () => {
      const power = await powerStatus(cluster, node);
      return power.ok && power.value === 'off' ? true : undefined;
    },
    {intervalMs: 50},
  );
  return off.ok ? ordered : {...ordered, stderr: `${ordered.stderr}${off.error}\n`, exit: {kind: 'timed-out'}};
}
