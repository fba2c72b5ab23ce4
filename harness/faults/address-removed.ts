/** A virtual address is taken off the interface behind the back of who keeps it. */
import {z} from 'zod';
import {idempotent} from '../cluster/commands.ts';
import {holdersOf} from '../services/virtual-address.ts';
import {waitFor} from '../wait.ts';
import {defineFault, only} from './fault.ts';
import {reach} from './recovery.ts';

/** `$1` address, `$2` prefix length. Fails where the node does not hold it. */
const remove =
  'device=$(ip -o -4 address show to "$1/32" | awk \'{print $2; exit}\'); ' +
  '[ -n "$device" ] || { echo "this node does not hold $1" >&2; exit 1; }; ' +
  'exec ip address delete "$1/$2" dev "$device"';

/** A monitor that comes every minute, and what it then does. */
const restoredMs = 120_000;

export const addressRemoved = defineFault({
  name: 'address-removed',
  strikes: 'service',
  parameters: z.strictObject({address: z.ipv4(), prefixLength: z.int().min(8).max(32)}),
  needs: {},
  effect: () => ({fences: [0], guests: 'unharmed'}),
  preview: (nodes, {address, prefixLength}) => `ip address delete ${address}/${prefixLength}  # on ${only(nodes).name}`,

  /** Who keeps the address puts it back, whoever watches. */
  async deadMan() {
    return {ok: true, value: []};
  },

  inject: (cluster, nodes, {address, prefixLength}) =>
    cluster.transport.exec(only(nodes), {
      ...idempotent(['sh', '-ec', remove, 'remove', address, String(prefixLength)], 10_000),
      idempotent: false,
    }),

  async heal(cluster, nodes, {address}) {
    const reached = await reach(cluster, only(nodes));
    if (!reached.ok) return reached;
    const held = await waitFor(`a node to hold ${address} again`, restoredMs, async () => {
      const {holders} = await holdersOf(cluster, {address});
      return holders.length > 0 ? true : undefined;
    });
    if (held.ok) return {ok: true, value: undefined};
    return {ok: false, error: `${held.error}: whoever keeps it has not put it back`};
  },
});
