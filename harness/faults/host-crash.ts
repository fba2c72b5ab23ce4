/**
 * The node's power goes away, as at a blown fuse: ordered at its controller, not at the node. Nothing on the node gets a last word.
 */
import {succeeded} from '../cluster/ask.ts';
import {orderPower, powerStatus} from '../cluster/bmc.ts';
import type {Cluster, Fault, Host} from '../types.ts';
import {waitFor} from '../wait.ts';
import {powerOnAndWait, waitUntilBack} from './recovery.ts';

export function hostCrash(node: Host): Fault {
  return {
    name: 'host-crash',
    host: node.name,
    describe: `ipmitool -H ${node.bmc?.address ?? '(no controller)'} chassis power off  # ${node.name}`,

    /** Ends when the controller confirms that the power is off: the crash lies between order and confirmation. */
    async inject(cluster: Cluster) {
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

    async heal(cluster: Cluster) {
      const on = await powerOnAndWait(cluster, node);
      return on.ok ? waitUntilBack(cluster, node) : on;
    },
  };
}
