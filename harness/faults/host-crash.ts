/**
 * The node's power goes away, as at a blown fuse: ordered at its controller, not at the node, which cannot prepare
 * for it.
 */
import {z} from 'zod';
import {orderPower, powerStatus} from '../cluster/bmc.ts';
import {succeeded} from '../cluster/commands.ts';
import {waitFor} from '../wait.ts';
import {defineFault, nodeIsLost, only} from './fault.ts';
import {poweredOnByPeers, powerOnAndWait, waitUntilBack} from './recovery.ts';

export const hostCrash = defineFault({
  name: 'host-crash',
  strikes: 'node',
  parameters: z.strictObject({}),
  needs: {nodes: 3, bmc: true},
  effect: () => nodeIsLost,
  preview: nodes =>
    `ipmitool -H ${only(nodes).bmc?.address ?? '(no controller)'} chassis power off  # ${only(nodes).name}`,

  async deadMan(cluster, nodes) {
    return {ok: true, value: poweredOnByPeers(cluster, only(nodes))};
  },

  /** Ends when the controller confirms that the power is off: the crash lies between order and confirmation. */
  async inject(cluster, nodes) {
    const node = only(nodes);
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
  },

  async heal(cluster, nodes) {
    const on = await powerOnAndWait(cluster, only(nodes));
    return on.ok ? waitUntilBack(cluster, only(nodes)) : on;
  },
});
