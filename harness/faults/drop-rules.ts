/**
 * Packets dropped where they arrive or where they are sent, in a table of our own: by nft in one step, by iptables
 * where there is no nft. Taking the table away undoes everything, whoever put it there. What was dropped is counted.
 */
import {isIPv6} from 'node:net';
import {idempotent, readOnly, succeeded} from '../cluster/commands.ts';
import type {Cluster, Command, Host, Result} from '../types.ts';

/** What is not heard, or what is not sent. */
export interface Rules {
  table: Table;
  hook: 'input' | 'output';
}
/** Of nft's table, in the family `inet`, and of iptables' chain. */
type Table =
  | 'seatrial-partition'
  | 'seatrial-fence-path'
  | 'seatrial-loss'
  | 'seatrial-rate'
  | 'seatrial-migration'
  | 'seatrial-link';
/** A program of another package may be called nft as well: only one that can list tables is meant. */
export const withNft = 'nft() { command nft "$@"; }; nft list tables >/dev/null 2>&1';

/** All addresses go silent at once. Twice gives the same rules, with their counts at zero. */
export function dropCommand({table, hook}: Rules, addresses: readonly string[]): Command {
  const [flag, chain] = hook === 'input' ? ['-s', 'INPUT'] : ['-d', 'OUTPUT'];
  const chained = addresses.map(address => `${iptablesFor(address)} -w 5 -A ${table} ${flag} ${address} -j DROP`);
  // By iptables the chain is filled before it is hooked in.
  const byIptables = families(addresses).flatMap(program => [
    `${program} -w 5 -N ${table} 2>/dev/null || ${program} -w 5 -F ${table}`,
    ...chained.filter(line => line.startsWith(`${program} `)),
    `${program} -w 5 -C ${chain} -j ${table} 2>/dev/null || ${program} -w 5 -I ${chain} 1 -j ${table}`,
  ]);
  const lines = [`if ${withNft}; then`, ...nftTable(table, rulesOf(hook, addresses)), 'else', ...byIptables, 'fi'];
  return idempotent(['sh', '-ec', lines.join('\n')], 15_000);
}

/** In one transaction: the table as it may be is replaced by one of these chains. Lines of a shell. */
export function nftTable(
  table: string,
  chains: readonly string[],
  family: 'inet' | 'netdev' = 'inet',
): readonly string[] {
  return [
    "nft -f - <<'RULES'",
    `table ${family} ${table}`,
    `delete table ${family} ${table}`,
    `table ${family} ${table} {`,
    ...chains,
    '}',
    'RULES',
  ];
}

function rulesOf(hook: Rules['hook'], addresses: readonly string[]): readonly string[] {
  const end = hook === 'input' ? 'saddr' : 'daddr';
  return [
    ' chain drops {',
    `  type filter hook ${hook} priority -300; policy accept;`,
    ...addresses.map(address => `  ${isIPv6(address) ? 'ip6' : 'ip'} ${end} ${address} counter drop`),
    ' }',
  ];
}

/** Removes the rules, then looks for them; exits 1 with what is left. A host with neither program has no rules. */
export function openCommand({table}: Pick<Rules, 'table'>): Command {
  const lines = [
    `if ${withNft}; then nft delete table inet ${table} 2>/dev/null; fi`,
    `left=$(nft list tables 2>/dev/null | grep ${table})`,
    'for program in iptables ip6tables; do',
    '  command -v $program >/dev/null || continue',
    `  for chain in INPUT OUTPUT; do while $program -w 5 -D $chain -j ${table} 2>/dev/null; do :; done; done`,
    `  $program -w 5 -F ${table} 2>/dev/null && $program -w 5 -X ${table} 2>/dev/null`,
    `  left="$left$($program -w 5 -S 2>/dev/null | grep ${table})"`,
    'done',
    '[ -z "$left" ] || { echo "still there: $left" >&2; exit 1; }',
  ];
  return idempotent(['sh', '-c', lines.join('\n')], 15_000);
}

/**
 * Whether the rules bit, on whichever of these nodes they still are. A node that was fenced has forgotten them, and
 * what it counted: where that is what the fault does, it is the evidence, for nobody but we takes them away.
 */
export async function packetsDropped(
  {nodes, transport}: Pick<Cluster, 'nodes' | 'transport'>,
  rules: Pick<Rules, 'table'>,
  lostBy: readonly Host[] = [],
): Promise<Result<string, string>> {
  const counted = await Promise.all(
    nodes.map(async node => {
      const outcome = await transport.exec(node, droppedCommand(rules));
      const lines = succeeded(outcome) ? outcome.stdout.split('\n').filter(line => line !== '') : [];
      return {node, lines};
    }),
  );
  const packets = counted.flatMap(({lines}) => lines).reduce((sum, line) => sum + Number(line), 0);
  if (packets > 0) return {ok: true, value: `${packets} packets dropped`};
  const lost = counted.filter(({node, lines}) => lines.length === 0 && lostBy.includes(node));
  if (lost.length === 0) return {ok: false, error: 'no packet was dropped'};
  const names = lost.map(({node}) => node.name).join(', ');
  return {ok: true, value: `${names} has lost its rules with its power`};
}

/** Prints how many packets each of the rules has dropped, a number a line; none where there are no rules. */
function droppedCommand({table}: Pick<Rules, 'table'>): Command {
  const lines = [
    `if ${withNft}; then nft list table inet ${table} 2>/dev/null | sed -n 's/.*counter packets \\([0-9]*\\).*/\\1/p'; fi`,
    'for program in iptables ip6tables; do',
    '  command -v $program >/dev/null || continue',
    `  $program -w 5 -nvxL ${table} 2>/dev/null | awk '$3 == "DROP" {print $1}'`,
    'done',
    'true',
  ];
  return readOnly(['sh', '-c', lines.join('\n')], 15_000);
}

function iptablesFor(address: string): 'iptables' | 'ip6tables' {
  return isIPv6(address) ? 'ip6tables' : 'iptables';
}

function families(addresses: readonly string[]): readonly string[] {
  return [...new Set(addresses.map(iptablesFor))];
}
