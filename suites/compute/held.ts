/** Guests that are held to some processors of their node for a while, by libvirt: written down before, and undone. */
import {readOnly, stdoutOf} from '../../harness/cluster/commands.ts';
import {pinGuest, pinsOf, unpinGuest} from '../../harness/cluster/pins.ts';
import {processorList} from '../../harness/parse/qemu-threads.ts';
import type {Cluster, Host, Result, Trial} from '../../harness/types.ts';
import type {Placed} from './machines.ts';

/** Throws the sentence. */
export function must<T>(result: Result<T, string>): T {
  if (result.ok) return result.value;
  throw new Error(result.error);
}

/** Numbers of a node's processors. */
export async function onlineProcessors({transport}: Cluster, node: Host): Promise<readonly number[]> {
  const said = must(await stdoutOf(transport, node, readOnly(['cat', '/sys/devices/system/cpu/online'])));
  const list = processorList(said);
  if (list === undefined) throw new Error(`${node.name} says ${JSON.stringify(said)} for its processors`);
  return list;
}

/** Every virtual CPU of the guest, and its emulator. Throws with a sentence. */
export async function heldTo(
  {cluster, leave}: Trial,
  {guest, node}: Placed,
  processors: readonly number[],
): Promise<{lift(): Promise<void>}> {
  const was = must(await pinsOf(cluster, node, guest));
  const gone = await leave({what: 'pinned-guest', guest: guest.name, was});
  const wanted = Object.fromEntries(Object.keys(was).map(part => [part, processors.join(',')]));
  const lift = async () => {
    must(await unpinGuest(cluster, guest.name, was));
    await gone();
  };
  const pinned = await pinGuest(cluster, node, guest.name, wanted);
  if (pinned.ok) return {lift};
  await lift();
  throw new Error(pinned.error);
}
