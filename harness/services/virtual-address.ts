/** Who carries a virtual address, and on which interface a node would. */
import {readOnly, stdoutOf} from '../cluster/commands.ts';
import type {Cluster, Host, Result, VirtualAddress} from '../types.ts';

/** `2: eth0    inet 10.0.3.11/24 brd …`: the interface of an address, whatever kind it is. */
const deviceOf = 'ip -o -4 address show to "$1" | awk \'{print $2; exit}\'';

/** Names of the nodes that have the address on an interface, and of those that do not answer. */
export async function holdersOf(
  cluster: Cluster,
  {address}: Pick<VirtualAddress, 'address'>,
): Promise<{holders: readonly string[]; silent: readonly string[]}> {
  const command = readOnly(['ip', '-o', '-4', 'address', 'show', 'to', `${address}/32`], 3_000);
  const said = await Promise.all(
    cluster.nodes.map(async node => ({node, found: await stdoutOf(cluster.transport, node, command)})),
  );
  return {
    holders: said.flatMap(({node, found}) => (found.ok && found.value.trim() !== '' ? [node.name] : [])),
    silent: said.flatMap(({node, found}) => (found.ok ? [] : [node.name])),
  };
}

/** The interface that carries this address of the host's own, be it a card, a bond or a bridge. */
export async function deviceWith(cluster: Cluster, host: Host, address: string): Promise<Result<string, string>> {
  const found = await stdoutOf(cluster.transport, host, readOnly(['sh', '-c', deviceOf, 'device', `${address}/32`]));
  if (!found.ok) return found;
  const device = found.value.trim();
  return device === ''
    ? {ok: false, error: `${host.name} has no interface with its address ${address}`}
    : {ok: true, value: device};
}

/** Whether nobody has the address yet: neither a node nor, as far as the client sees, anybody else. */
export async function refuseTaken(cluster: Cluster, virtual: VirtualAddress): Promise<Result<void, string>> {
  const {holders} = await holdersOf(cluster, virtual);
  const taken = (by: string): Result<void, string> => ({
    ok: false,
    error: `${virtual.address} is taken by ${by}: name a free address in the inventory, or say existing: true`,
  });
  if (holders.length > 0) return taken(holders.join(' and '));
  const ping = readOnly(['ping', '-n', '-c', '2', '-i', '0.2', '-W', '1', virtual.address], 8_000);
  const answered = await cluster.transport.exec(cluster.client, ping);
  return answered.exit.kind === 'exited' && answered.exit.code === 0
    ? taken('a host that answers')
    : {ok: true, value: undefined};
}
