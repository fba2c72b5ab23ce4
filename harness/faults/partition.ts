/**
 * Nodes stop hearing each other in one plane while every link stays up: the classic split. Packets are dropped
 * where they arrive, on both sides, so that senders see silence and not an error.
 */
import {z} from 'zod';
import {idempotent, stdoutOf, succeeded} from '../cluster/commands.ts';
import {waitUntilOnline} from '../cluster/pacemaker.ts';
import {type Cluster, type Command, type Host, type Plane, planes, type Result} from '../types.ts';
import {defineFault, notInjected} from './fault.ts';
import {joinDeadlineMs, reach} from './recovery.ts';

/** All rules live in a chain of our own: taking it away undoes everything, whoever put it there. */
const chain = 'seatrial-partition';

/** Isolates the nodes from all the others, in one plane. Among themselves they still hear each other. */
export const partition = defineFault({
  name: 'partition',
  strikes: 'link',
  parameters: z.strictObject({plane: z.enum(planes)}),
  needs: {nodes: 3, bmc: true},
  expects: {fences: [1]},
  guests: 'moved',
  preview: (isolated, {plane}) =>
    `iptables: ${isolated.map(node => node.name).join(', ')} and the other nodes drop each other's packets in the ${plane} plane`,

  async deadMan(cluster) {
    return {ok: true, value: cluster.nodes.map(host => ({host, argv: openCommand().argv}))};
  },

  async inject(cluster, isolated, {plane}) {
    const others = cluster.nodes.filter(node => !isolated.some(({name}) => name === node.name));
    const dropped = [...isolated.map(node => ({node, from: others})), ...others.map(node => ({node, from: isolated}))];
    const outcomes = await Promise.all(
      dropped.map(({node, from}) => cluster.transport.exec(node, dropCommand(addressesOf(from, plane)))),
    );
    const failed = outcomes.find(outcome => !succeeded(outcome));
    const [first] = outcomes;
    return failed ?? first ?? notInjected('there are no nodes to part');
  },

  /** Visits every node of the cluster: which ones were isolated need not be known. */
  async heal(cluster) {
    // First all chains, then the waiting: half a partition healed is still one.
    const opened = await Promise.all(cluster.nodes.map(node => open(cluster, node)));
    const failed = opened.find(result => !result.ok);
    if (failed !== undefined) return failed;
    const back = await Promise.all(cluster.nodes.map(node => waitUntilOnline(cluster, node.name, joinDeadlineMs)));
    return back.find(result => !result.ok) ?? {ok: true, value: undefined};
  },
});

/** Fills the chain before it is hooked in, so that all addresses go silent at once. Twice gives the same rules. */
export function dropCommand(addresses: readonly string[]): Command {
  const lines = [
    `iptables -w 5 -N ${chain} 2>/dev/null || iptables -w 5 -F ${chain}`,
    ...addresses.map(address => `iptables -w 5 -A ${chain} -s ${address} -j DROP`),
    `iptables -w 5 -C INPUT -j ${chain} 2>/dev/null || iptables -w 5 -I INPUT 1 -j ${chain}`,
  ];
  return idempotent(['sh', '-ec', lines.join('\n')], 15_000);
}

/**
 * Unhooks, empties and removes the chain, then looks for it; exits 1 with the rules that are left. A host without
 * iptables has no chain.
 */
export function openCommand(): Command {
  const lines = [
    'command -v iptables >/dev/null || exit 0',
    `while iptables -w 5 -D INPUT -j ${chain} 2>/dev/null; do :; done`,
    `iptables -w 5 -F ${chain} 2>/dev/null && iptables -w 5 -X ${chain} 2>/dev/null`,
    `left=$(iptables -w 5 -S | grep ${chain}) || exit 0`,
    'echo "still there: $left" >&2; exit 1',
  ];
  return idempotent(['sh', '-c', lines.join('\n')], 15_000);
}

async function open(cluster: Cluster, node: Host): Promise<Result<void, string>> {
  const reached = await reach(cluster, node);
  if (!reached.ok) return reached;
  const opened = await stdoutOf(cluster.transport, node, openCommand());
  return opened.ok ? {ok: true, value: undefined} : opened;
}

function addressesOf(nodes: readonly Host[], plane: Plane): readonly string[] {
  return nodes.flatMap(node => node.addresses[plane] ?? []);
}
