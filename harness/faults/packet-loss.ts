/**
 * A bad cable: so many in a hundred of the packets that a node itself hears or sends in a plane are dropped, by chance.
 * What it only forwards for its guests is left alone.
 */
import {z} from 'zod';
import {idempotent} from '../cluster/commands.ts';
import {type Command, planes} from '../types.ts';
import {nftTable, openCommand, packetsDropped, withNft} from './drop-rules.ts';
import {defineFault, impairs, notInjected, only} from './fault.ts';
import {deviceOf} from './plane-device.ts';
import {undoAndWait} from './recovery.ts';

const rules = {table: 'seatrial-loss'} as const;
const parameters = z.strictObject({plane: z.enum(planes), percent: z.number().int().min(1).max(99)});

export const packetLoss = defineFault({
  name: 'packet-loss',
  strikes: 'link',
  parameters,
  needs: {nodes: 3, tools: ['random-loss']},
  effect: ({plane}) => impairs(plane),
  preview: (nodes, {plane, percent}) =>
    `nft: ${only(nodes).name} drops ${percent} % of what it hears and sends in the ${plane} plane`,

  async deadMan(_cluster, nodes) {
    return {ok: true, value: [{host: only(nodes), argv: openCommand(rules).argv}]};
  },

  async inject(cluster, nodes, {plane, percent}) {
    const device = deviceOf(only(nodes), plane);
    return device.ok
      ? cluster.transport.exec(only(nodes), loseCommand(device.value, percent))
      : notInjected(device.error);
  },

  reached: ({transport}, nodes) => packetsDropped({transport, nodes}, rules),

  heal: (cluster, nodes) => undoAndWait(cluster, only(nodes), openCommand(rules)),
});

/** Twice gives the same rules, with their counts at zero. */
export function loseCommand(device: string, percent: number): Command {
  const {table} = rules;
  const chance = (percent / 100).toFixed(2);
  const lines = [
    `if ${withNft}; then`,
    ...nftTable(table, [
      ...(['input', 'output'] as const).flatMap(hook => [
        ` chain ${hook}s {`,
        `  type filter hook ${hook} priority -300; policy accept;`,
        `  ${hook === 'input' ? 'iifname' : 'oifname'} "${device}" numgen random mod 100 < ${percent} counter drop`,
        ' }',
      ]),
    ]),
    'else',
    'for program in iptables ip6tables; do',
    '  command -v $program >/dev/null || continue',
    `  $program -w 5 -N ${table} 2>/dev/null || $program -w 5 -F ${table}`,
    `  for flag in -i -o; do $program -w 5 -A ${table} $flag "${device}" -m statistic --mode random --probability ${chance} -j DROP; done`,
    `  for chain in INPUT OUTPUT; do $program -w 5 -C $chain -j ${table} 2>/dev/null || $program -w 5 -I $chain 1 -j ${table}; done`,
    'done',
    'fi',
  ];
  return idempotent(['sh', '-ec', lines.join('\n')], 15_000);
}
