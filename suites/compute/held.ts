/** Guests that are held to some of what their node has for a while: written down before, and undone. */
import {readOnly, stdoutOf} from '../../harness/cluster/commands.ts';
import {freeGuest, groupsOf, limitGuest} from '../../harness/cluster/control-groups.ts';
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

export interface Held {
  lift(): Promise<void>;
  /** Where a limit of its memory is in force too. */
  memoryBytes?: number;
  /** Its limits are in groups that a reading must mount to see them. */
  inOwnGroups?: true;
}

/** By libvirt: every virtual CPU of the guest, and its emulator. Throws with a sentence. */
export async function heldTo(
  {cluster, leave}: Trial,
  {guest, node}: Placed,
  processors: readonly number[],
): Promise<Held> {
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

/** More than QEMU ever takes: a limit that it meets would end the guest. One of its owner that is lower stays. */
function limitFor(guestBytes: number, ownersKiB: string | undefined): number {
  const generous = 1.5 * guestBytes + 2 ** 30;
  const owners = Number(ownersKiB ?? -1) * 1024;
  return owners < 0 ? generous : Math.min(owners, generous);
}

/** By control groups, its memory too. Throws with a sentence. */
export async function heldInGroups(trial: Trial, placed: Placed, processors: readonly number[]): Promise<Held> {
  const {cluster, leave} = trial;
  const {guest, node} = placed;
  const was = must(await groupsOf(cluster, node, guest.name));
  const byLibvirt = was.hard_limit !== undefined;
  const pinned = byLibvirt ? await heldTo(trial, placed, processors) : undefined;
  const memoryBytes = limitFor(guest.memoryBytes, was.hard_limit);
  const gone = await leave({what: 'held-guest', host: node.name, guest: guest.name, was});
  const lift = async () => {
    must(await freeGuest(cluster, node.name, guest.name, was));
    await gone();
    await pinned?.lift();
  };
  const limited = await limitGuest(cluster, node, guest.name, was, {processors: processors.join(','), memoryBytes});
  if (limited.ok) return {lift, memoryBytes, ...(byLibvirt ? {} : {inOwnGroups: true})};
  await lift();
  throw new Error(limited.error);
}
