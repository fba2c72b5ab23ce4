/**
 * The processors of its node that a guest may use: libvirt holds its virtual CPUs and its emulator to them, by control
 * groups where it has them and by affinity everywhere. In force until the guest ends or is given its former ones.
 */
import type {Cluster, Guest, Host, Result} from '../types.ts';
import {idempotent, readOnly, stdoutOf} from './commands.ts';
import {domains} from './libvirt.ts';

export const virsh = (...words: string[]): readonly [string, ...string[]] => [
  'virsh',
  '--connect',
  'qemu:///system',
  ...words,
];

/** What `pinGuest` changes, by part: `emulator`, or the number of a virtual CPU. */
export type Pins = Readonly<Record<string, string>>;

/** What is in force. */
export async function pinsOf({transport}: Cluster, host: Host, {name}: Guest): Promise<Result<Pins, string>> {
  const pins: Record<string, string> = {};
  for (const what of ['vcpupin', 'emulatorpin']) {
    const said = await stdoutOf(transport, host, readOnly(virsh(what, name)));
    if (!said.ok) return said;
    for (const [, part = '', processors = ''] of said.value.matchAll(/^\s*(\d+|\*):?\s+([\d,-]+)\s*$/gm))
      pins[part === '*' ? 'emulator' : part] = processors;
  }
  const known = Object.keys(pins).includes('emulator') && Object.keys(pins).length > 1;
  return known
    ? {ok: true, value: pins}
    : {ok: false, error: `libvirt on ${host.name} does not say where ${name} may run`};
}

/** Every part by its own processors. */
export async function pinGuest(
  {transport}: Cluster,
  host: Host,
  guest: string,
  pins: Pins,
): Promise<Result<void, string>> {
  for (const [part, processors] of Object.entries(pins)) {
    const words = part === 'emulator' ? ['emulatorpin', guest, processors] : ['vcpupin', guest, part, processors];
    const said = await stdoutOf(transport, host, idempotent(virsh(...words, '--live')));
    if (!said.ok) return said;
  }
  return {ok: true, value: undefined};
}

/** Wherever it runs now. */
export function unpinGuest(cluster: Cluster, guest: string, pins: Pins): Promise<Result<void, string>> {
  return onItsNode(cluster, guest, host => pinGuest(cluster, host, guest, pins));
}

/** Done on the node that has the guest. Of one that runs nowhere nothing is left; a node that is silent may have it. */
export async function onItsNode(
  cluster: Cluster,
  guest: string,
  undo: (host: Host) => Promise<Result<void, string>>,
): Promise<Result<void, string>> {
  const {active, silent} = await domains(cluster);
  const found = active.find(({domain}) => domain === guest);
  const host = cluster.nodes.find(({name}) => name === found?.node);
  if (host !== undefined) return undo(host);
  const [first] = silent;
  return first === undefined
    ? {ok: true, value: undefined}
    : {ok: false, error: `${first.node} does not say whether it has ${guest}: ${first.reason}`};
}
