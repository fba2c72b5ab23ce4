/**
 * The guide's drill: a node's network interface is taken down. On the cluster plane the others lose the node and fence it, so healing must
 * expect a node that is up and cut off, one that is off, and one that has already come back.
 */
import {ask, look, settle} from '../cluster/ask.ts';
import type {Cluster, Fault, Host, Outcome, Plane, Result} from '../types.ts';
import {reach, waitUntilBack} from './recovery.ts';

export function nicDown(node: Host, plane: Plane): Fault {
  const device = node.interfaces[plane];
  return {
    name: `nic-down:${plane}`,
    host: node.name,
    describe: `ip link set dev ${device ?? '(no interface)'} down  # on ${node.name}, ${plane} plane`,

    async inject(cluster: Cluster): Promise<Outcome> {
      if (device === undefined) {
        const reason = `${node.name} has no interface in the ${plane} plane`;
        return {stdout: '', stderr: reason, durationMs: 0, exit: {kind: 'unreachable', reason}};
      }
      return cluster.transport.exec(node, settle(['ip', 'link', 'set', 'dev', device, 'down'], 10_000));
    },

    async heal(cluster: Cluster): Promise<Result<void, string>> {
      if (device === undefined) return {ok: true, value: undefined};
      const reached = await reach(cluster, node);
      if (!reached.ok) return reached;
      const up = await linkUp(cluster, node, device);
      return up.ok ? waitUntilBack(cluster, node) : up;
    },
  };
}

/** Brings the link up and reads its flags back. A link that is up already is left alone. */
async function linkUp(cluster: Cluster, node: Host, device: string): Promise<Result<void, string>> {
  const flags = async () => ask(cluster.transport, node, look(['cat', `/sys/class/net/${device}/flags`], 5_000));
  const before = await flags();
  if (!before.ok) return before;
  if (isUp(before.value)) return {ok: true, value: undefined};
  const set = await ask(cluster.transport, node, settle(['ip', 'link', 'set', 'dev', device, 'up'], 10_000));
  if (!set.ok) return set;
  const after = await flags();
  if (!after.ok) return after;
  if (isUp(after.value)) return {ok: true, value: undefined};
  return {ok: false, error: `${device} on ${node.name}: expected up, found flags ${after.value.trim()}`};
}

/** IFF_UP is the lowest bit: the administrator's word, whatever the carrier says. */
function isUp(flags: string): boolean {
  return (Number(flags.trim()) & 1) === 1;
}
