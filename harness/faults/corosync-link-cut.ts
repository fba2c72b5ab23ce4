/**
 * One link of Corosync's (knet) is cut on a node: what it sends and hears by that link's own address and port is
 * dropped. All else in the same plane goes on.
 */
import {z} from 'zod';
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import type {Cluster, Command, Host, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {nftTable, openCommand, packetsDropped, withNft} from './drop-rules.ts';
import {defineFault, only} from './fault.ts';
import {undoAndWait} from './recovery.ts';

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

  async heal(cluster, nodes, {link}) {
    const back = await undoAndWait(cluster, only(nodes), openCommand(rules));
    return back.ok ? untilConnected(cluster, only(nodes), link) : back;
  },
});

/** knet gives a link back after some answers in a row: 2 to 3 s at its own timings. */
const connectedMs = 60_000;

/** The membership does not tell: it never left by the other link. */
async function untilConnected({transport}: Cluster, node: Host, link: number): Promise<Result<void, string>> {
  let last = 'nothing was said';
  const back = await waitFor(`link ${link} of Corosync on ${node.name} to be connected`, connectedMs, async () => {
    const said = await stdoutOf(transport, node, readOnly(['corosync-cfgtool', '-s']));
    const found = said.ok ? unconnected(said.value, link) : said.error;
    if (found !== undefined) last = found;
    return found === undefined ? true : undefined;
  });
  return back.ok ? {ok: true, value: undefined} : {ok: false, error: `${back.error}; last: ${last}`};
}

/**
 * Of `corosync-cfgtool -s`: what is not connected on this link, and is on another. A node that no link reaches is down
 * for reasons of its own; a link that is not configured is not waited for.
 */
export function unconnected(text: string, link: number): string | undefined {
  const links = text.split(/^LINK ID /m).slice(1);
  if (links.length === 0) return 'corosync-cfgtool lists no link';
  const connected = links.map(lines => ({
    id: Number.parseInt(lines, 10),
    nodes: [...lines.matchAll(/^\s*nodeid:\s*(\d+):\s*connected\b/gm)].map(([, node = '']) => node),
  }));
  const own = connected.find(({id}) => id === link);
  if (own === undefined) return undefined;
  const elsewhere = new Set(connected.flatMap(({nodes}) => nodes));
  const missing = [...elsewhere].filter(node => !own.nodes.includes(node));
  return missing.length === 0 ? undefined : `it is not connected to node ${missing.join(', ')}`;
}

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
