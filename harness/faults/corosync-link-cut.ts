/**
 * One link of Corosync's (knet) is cut on a node: what it sends and hears by that link's own address and port is
 * dropped. All else in the same plane goes on.
 */
import {z} from 'zod';
import {idempotent} from '../cluster/commands.ts';
import type {Command} from '../types.ts';
import {nftTable, openCommand, packetsDropped, withNft} from './drop-rules.ts';
import {defineFault, only} from './fault.ts';
import {takeBack, waitUntilBack} from './recovery.ts';

const rules = {table: 'seatrial-link'} as const;
const parameters = z.strictObject({link: z.number().int().min(0).max(7)});

export const corosyncLinkCut = defineFault({
  name: 'corosync-link-cut',
  strikes: 'link',
  parameters,
  needs: {nodes: 3, tools: ['packet-rules', 'two-links']},
  /** Another link is there for it. */
  effect: () => ({fences: [0], guests: 'unharmed'}),
  preview: (nodes, {link}) => `nft: link ${link} of Corosync on ${only(nodes).name} is cut, by its address and port`,

  async deadMan(_cluster, nodes) {
    return {ok: true, value: [{host: only(nodes), argv: openCommand(rules).argv}]};
  },

  inject: ({transport}, nodes, {link}) => transport.exec(only(nodes), cutCommand(link)),

  reached: ({transport}, nodes) => packetsDropped({transport, nodes}, rules),

  async heal(cluster, nodes) {
    const node = only(nodes);
    const opened = await takeBack(cluster, node, openCommand(rules));
    return opened.ok ? waitUntilBack(cluster, node) : opened;
  },
});

/** Corosync says the link's own address; the socket it has there says the port. Twice gives the same rules. */
function cutCommand(link: number): Command {
  const {table} = rules;
  const lines = [
    `address=$(corosync-cfgtool -s | awk '/^LINK ID/ {mine = ($3 == ${link})} mine && $1 == "addr" {print $3; exit}')`,
    `[ -n "$address" ] || { echo "Corosync has no link ${link} here" >&2; exit 1; }`,
    'port=$(ss -Hulnp | grep \'"corosync"\' | awk \'{print $4}\' | tr -d "[]" | sed -n "s/^$address:\\([0-9]*\\)$/\\1/p" | head -n 1)',
    '[ -n "$port" ] || { echo "Corosync listens nowhere at $address" >&2; exit 1; }',
    'case $address in *:*) ip=ip6 iptables=ip6tables ;; *) ip=ip iptables=iptables ;; esac',
    `if ${withNft}; then`,
    ...nftTable(table, [
      ' chain inputs {',
      '  type filter hook input priority -300; policy accept;',
      '  $ip daddr $address udp dport $port counter drop',
      ' }',
      ' chain outputs {',
      '  type filter hook output priority -300; policy accept;',
      '  $ip saddr $address udp sport $port counter drop',
      ' }',
    ]).map(line => line.replace("'RULES'", 'RULES')),
    'else',
    `  $iptables -w 5 -N ${table} 2>/dev/null || $iptables -w 5 -F ${table}`,
    `  $iptables -w 5 -A ${table} -d "$address" -p udp --dport "$port" -j DROP`,
    `  $iptables -w 5 -A ${table} -s "$address" -p udp --sport "$port" -j DROP`,
    `  for chain in INPUT OUTPUT; do $iptables -w 5 -C $chain -j ${table} 2>/dev/null || $iptables -w 5 -I $chain 1 -j ${table}; done`,
    'fi',
  ];
  return idempotent(['sh', '-ec', lines.join('\n')], 15_000);
}
