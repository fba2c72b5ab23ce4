/**
 * So many in a hundred of the frames that a node sends in a plane go out twice, as where two switches know two ways.
 * What is received twice is for Corosync and TCP to notice.
 */
import {z} from 'zod';
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import {type Command, planes} from '../types.ts';
import {nftTable, withNft} from './drop-rules.ts';
import {defineFault, impairs, notInjected, only} from './fault.ts';
import {deviceOf} from './plane-device.ts';
import {undoAndWait} from './recovery.ts';

/** In the family `netdev`, which alone sees what goes out by one interface. */
const table = 'seatrial-duplicates';
const parameters = z.strictObject({plane: z.enum(planes), percent: z.number().int().min(1).max(50)});

export const packetDuplicates = defineFault({
  name: 'packet-duplicates',
  strikes: 'link',
  parameters,
  needs: {nodes: 3, tools: ['duplicates']},
  effect: ({plane}) => impairs(plane),
  preview: (nodes, {plane, percent}) =>
    `nft: ${only(nodes).name} sends ${percent} % of its frames twice in the ${plane} plane`,

  async deadMan(_cluster, nodes) {
    return {ok: true, value: [{host: only(nodes), argv: onceCommand().argv}]};
  },

  async inject(cluster, nodes, {plane, percent}) {
    const device = deviceOf(only(nodes), plane);
    if (!device.ok) return notInjected(device.error);
    return cluster.transport.exec(only(nodes), twiceCommand(device.value, percent));
  },

  async reached({transport}, nodes) {
    const show = ['sh', '-c', `nft list table netdev ${table} 2>/dev/null || true`] as const;
    const said = await stdoutOf(transport, only(nodes), readOnly(show));
    if (!said.ok) return said;
    const frames = Number(/counter packets (\d+)/.exec(said.value)?.[1] ?? 0);
    return frames > 0
      ? {ok: true, value: `${frames} frames sent twice`}
      : {ok: false, error: 'no frame was sent twice'};
  },

  heal: (cluster, nodes) => undoAndWait(cluster, only(nodes), onceCommand()),
});

/** A frame's double comes by here too, and may be doubled again. */
function twiceCommand(device: string, percent: number): Command {
  const lines = [
    ...nftTable(
      table,
      [
        ' chain outputs {',
        `  type filter hook egress device "${device}" priority 0; policy accept;`,
        `  numgen random mod 100 < ${percent} counter dup to "${device}"`,
        ' }',
      ],
      'netdev',
    ),
  ];
  return idempotent(['sh', '-ec', lines.join('\n')], 15_000);
}

/** A host without nft has no such rules. */
function onceCommand(): Command {
  const lines = [
    `if ${withNft}; then`,
    `  nft delete table netdev ${table} 2>/dev/null`,
    `  left=$(nft list tables | grep ${table})`,
    '  [ -z "$left" ] || { echo "still there: $left" >&2; exit 1; }',
    'fi',
    'true',
  ];
  return idempotent(['sh', '-c', lines.join('\n')], 15_000);
}
