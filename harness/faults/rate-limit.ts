/**
 * What a node sends in a plane goes out at a fraction of the link's rate: `tc` holds packets back by a token bucket.
 * Where it cannot, nft drops what is over the rate, which is coarser.
 */
import {z} from 'zod';
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import {type Command, planes} from '../types.ts';
import {nftTable, openCommand, packetsDropped, withNft} from './drop-rules.ts';
import {defineFault, impairs, notInjected, only} from './fault.ts';
import {deviceOf} from './plane-device.ts';
import {undoAndWait} from './recovery.ts';

/** By its handle a queue is known for ours. */
export const queueHandle = '5ea7:';
const rules = {table: 'seatrial-rate'} as const;
const parameters = z.strictObject({plane: z.enum(planes), megabits: z.number().int().min(1).max(100_000)});

export const rateLimit = defineFault({
  name: 'rate-limit',
  strikes: 'link',
  parameters,
  needs: {nodes: 3, tools: ['rate-limit']},
  effect: ({plane}) => impairs(plane),
  preview: (nodes, {plane, megabits}) =>
    `tc qdisc add … tbf rate ${megabits}mbit  # on ${only(nodes).name}, ${plane} plane`,

  async deadMan(_cluster, nodes) {
    return {ok: true, value: [{host: only(nodes), argv: unlimitCommand().argv}]};
  },

  async inject(cluster, nodes, {plane, megabits}) {
    const device = deviceOf(only(nodes), plane);
    if (!device.ok) return notInjected(device.error);
    return cluster.transport.exec(only(nodes), limitCommand(device.value, megabits));
  },

  async reached({transport}, nodes) {
    const node = only(nodes);
    const queues = await stdoutOf(transport, node, readOnly(['sh', '-c', 'tc -s qdisc show 2>/dev/null || true']));
    if (!queues.ok) return queues;
    const held = heldBack(queues.value);
    if (held === undefined) return packetsDropped({transport, nodes}, rules);
    if (held === 0) return {ok: false, error: 'tc tbf: nothing was sent faster than the limit'};
    return {ok: true, value: `tc tbf: packets held back or dropped ${held} times`};
  },

  heal: (cluster, nodes) => undoAndWait(cluster, only(nodes), unlimitCommand()),
});

/** Fails where the interface has a queue of its owner's, which could not be given back. Twice is once. */
export function limitCommand(device: string, megabits: number): Command {
  const {table} = rules;
  const lines = [
    `if tc qdisc show dev "${device}" 2>/dev/null | grep -q "tbf ${queueHandle}"; then exit 0; fi`,
    'if unshare --net tc qdisc add dev lo root tbf rate 1mbit burst 10kb latency 50ms 2>/dev/null; then',
    // 4 ms of the rate, and no less than a large frame.
    `  exec tc qdisc add dev "${device}" root handle ${queueHandle} tbf rate ${megabits}mbit burst ${Math.max(16, Math.ceil(megabits / 2))}kb latency 200ms`,
    'fi',
    `${withNft} || { echo 'neither tc with tbf nor nft' >&2; exit 1; }`,
    ...nftTable(table, [
      ' chain outputs {',
      '  type filter hook output priority -300; policy accept;',
      `  oifname "${device}" limit rate over ${Math.ceil((megabits * 1000) / 8)} kbytes/second counter drop`,
      ' }',
    ]),
  ];
  return idempotent(['sh', '-ec', lines.join('\n')], 15_000);
}

/** Every queue of ours, on whatever interface, and the rules in their place. Exits 1 with what is left. */
function unlimitCommand(): Command {
  const own = `tc qdisc show 2>/dev/null | sed -n 's/^qdisc tbf ${queueHandle} dev \\([^ ]*\\) .*/\\1/p'`;
  const lines = [
    `for device in $(${own}); do tc qdisc del dev "$device" root; done`,
    `left=$(${own})`,
    '[ -z "$left" ] || { echo "still limited: $left" >&2; exit 1; }',
    openCommand(rules).argv[2] ?? '',
  ];
  return idempotent(['sh', '-c', lines.join('\n')], 20_000);
}

/** How often `tc -s qdisc show` says that our queue has held back or dropped a packet; nothing where there is none. */
export function heldBack(said: string): number | undefined {
  const own = said.split(/^(?=qdisc )/m).find(queue => queue.startsWith(`qdisc tbf ${queueHandle}`));
  if (own === undefined) return undefined;
  const [, dropped = '0', overlimits = '0'] = /dropped (\d+), overlimits (\d+)/.exec(own) ?? [];
  return Number(dropped) + Number(overlimits);
}
