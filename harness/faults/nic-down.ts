/**
 * The guide's drill: a node's network interface is taken down. On the cluster plane the others lose the node and
 * fence it, so healing must expect a node that is up and cut off, one that is off, and one that has already come
 * back.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {z} from 'zod';
import {readOnly, stdoutOf} from '../cluster/commands.ts';
import {parseTotem} from '../settings/corosync.ts';
import {type Cluster, type Host, planes, type Result} from '../types.ts';
import {defineFault, notInjected, only, severs} from './fault.ts';
import {giveBackAlone, raise, takeDown} from './link-kept.ts';
import {reach, waitUntilBack} from './recovery.ts';

export const nicDown = defineFault({
  name: 'nic-down',
  strikes: 'link',
  parameters: z.strictObject({plane: z.enum(planes)}),
  needs: {nodes: 3, bmc: true},
  effect: ({plane}) => severs(plane),
  preview(nodes, {plane}) {
    const node = only(nodes);
    return `ip link set dev ${node.interfaces[plane] ?? '(no interface)'} down  # on ${node.name}, ${plane} plane`;
  },

  async deadMan(_cluster, nodes, {plane}) {
    const host = only(nodes);
    const device = host.interfaces[plane];
    if (device === undefined) return {ok: false, error: `${host.name} has no interface in the ${plane} plane`};
    return {ok: true, value: [{host, argv: raise(device).argv}]};
  },

  async inject(cluster, nodes, {plane}) {
    const node = only(nodes);
    const device = node.interfaces[plane];
    if (device === undefined) return notInjected(`${node.name} has no interface in the ${plane} plane`);
    return cluster.transport.exec(node, takeDown(device));
  },

  async heal(cluster, nodes, {plane}) {
    const node = only(nodes);
    const device = node.interfaces[plane];
    if (device === undefined) return {ok: true, value: undefined};
    let last: Result<void, string> = {ok: false, error: 'not tried'};
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      last = await healOnce(cluster, node, device);
      if (last.ok) return last;
    }
    return last;
  },
});

/** The cluster may fence the node in the middle of a healing: the next attempt then finds it off, or booting. */
const attempts = 3;
/** On top of Corosync's own time-outs: until Pacemaker has acted upon a lost member. */
const verdictMs = 3000;
/** Token and consensus time-out of a cluster that does not say. Corosync's defaults for three nodes make 8 s. */
const unknownTotemMs = 12_000;

async function healOnce(cluster: Cluster, node: Host, device: string): Promise<Result<void, string>> {
  const reached = await reach(cluster, node);
  if (!reached.ok) return reached;
  const up = await linkUp(cluster, node, device);
  if (!up.ok) return up;
  if (up.value === 'raised') {
    // The others may not have noticed yet that the node was gone, and would call it online; by then they have, and
    // fencing is under way.
    await sleep((await lossNoticedMs(cluster, node)) + verdictMs);
    const still = await reach(cluster, node);
    if (!still.ok) return still;
  }
  return waitUntilBack(cluster, node);
}

/**
 * How long the other members take at most to notice a lost one: Corosync's token and consensus time-outs, in
 * milliseconds.
 */
async function lossNoticedMs(cluster: Cluster, node: Host): Promise<number> {
  for (const host of cluster.nodes) {
    if (host === node) continue;
    const map = await stdoutOf(cluster.transport, host, readOnly(['corosync-cmapctl'], 5_000));
    const totem = map.ok ? parseTotem(map.value) : undefined;
    if (totem) return totem.token + totem.consensus;
  }
  return unknownTotemMs;
}

/** Brings the link up, with what it had, and reads its flags back. One that is up already may still lack that. */
async function linkUp(cluster: Cluster, node: Host, device: string): Promise<Result<'raised' | 'was up', string>> {
  const flags = async () =>
    stdoutOf(cluster.transport, node, readOnly(['cat', `/sys/class/net/${device}/flags`], 5_000));
  const before = await flags();
  if (!before.ok) return before;
  if (isUp(before.value)) {
    const given = await stdoutOf(cluster.transport, node, giveBackAlone(device));
    return given.ok ? {ok: true, value: 'was up'} : given;
  }
  const set = await stdoutOf(cluster.transport, node, raise(device));
  if (!set.ok) return set;
  const after = await flags();
  if (!after.ok) return after;
  if (isUp(after.value)) return {ok: true, value: 'raised'};
  return {ok: false, error: `${device} on ${node.name}: expected up, found flags ${after.value.trim()}`};
}

/** IFF_UP is the lowest bit: the administrator's word, whatever the carrier says. */
function isUp(flags: string): boolean {
  return (Number(flags.trim()) & 1) === 1;
}
