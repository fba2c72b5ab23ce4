/** Which link of which bond of a node carries what another host sends it in a plane: found by sending, and counting. */
import {bondsOf} from '../../harness/cluster/bonds.ts';
import {readOnly, stdoutOf} from '../../harness/cluster/commands.ts';
import type {Bond} from '../../harness/parse/bonds.ts';
import type {Command, Host, Plane, Result, Trial} from '../../harness/types.ts';

export interface Flow {
  plane: Plane;
  node: Host;
  address: string;
  watcher: Host;
  bond: Bond;
  member: string;
}

const echoes = 200;
const sent = ['ping', '-n', '-q', '-i', '0.005', '-W', '1', '-c', String(echoes)] as const;
/** Of the echoes, beyond what goes by at any time: less may be somebody else's. */
const clearly = 0.5;

/** Frames of each device so far. */
const counters =
  'for d in "$@"; do echo "$d $(cat /sys/class/net/$d/statistics/rx_packets) $(cat /sys/class/net/$d/statistics/tx_packets)"; done';

/** The first of these planes that a bond with a second link carries; or why none does. */
export async function flowOver(trial: Trial, node: Host, planes: readonly Plane[]): Promise<Result<Flow, string>> {
  const bonds = await bondsOf(trial.cluster, node);
  if (!bonds.ok) return bonds;
  const able = bonds.value.filter(({members}) => members.filter(({usable}) => usable).length > 1);
  if (able.length === 0) {
    const told = bonds.value.map(({name, members}) => `${name} (${members.map(each => each.name).join(', ')})`);
    return {ok: false, error: `${node.name} has no bond of two usable links: ${told.join('; ') || 'it has none'}`};
  }
  for (const plane of planes) {
    const watcher = watcherOf(trial, node, plane);
    const address = node.addresses[plane];
    if (watcher === undefined || address === undefined) continue;
    trial.say(`which link carries the ${plane} plane`, node.name);
    const carrier = await busiest(trial, {node, watcher, address}, able);
    if (!carrier.ok) return carrier;
    if (carrier.value !== undefined) return {ok: true, value: {plane, node, watcher, address, ...carrier.value}};
  }
  const names = able.map(({name}) => name).join(', ');
  return {ok: false, error: `echoes to ${node.name} in ${planes.join(', ')} clearly went by no link of ${names}`};
}

/** The client where it is in the plane, else another node. */
function watcherOf({cluster}: Trial, node: Host, plane: Plane): Host | undefined {
  return [cluster.client, ...cluster.nodes].find(
    each => each.name !== node.name && each.addresses[plane] !== undefined,
  );
}

/** An echo may come by one link and its answer leave by another: the busier way of a link counts. */
async function busiest(
  trial: Trial,
  {node, watcher, address}: Pick<Flow, 'node' | 'watcher' | 'address'>,
  bonds: readonly Bond[],
): Promise<Result<Pick<Flow, 'bond' | 'member'> | undefined, string>> {
  const names = bonds.flatMap(({members}) => members.flatMap(({name, usable}) => (usable ? [name] : [])));
  const quiet = await framesWhile(trial, node, names, watcher, readOnly(['sleep', `${echoes * 0.005}`]));
  if (!quiet.ok) return quiet;
  const busy = await framesWhile(trial, node, names, watcher, readOnly([...sent, address], 20_000));
  if (!busy.ok) return busy;
  const more = (name: string, way: 'received' | 'sent') =>
    (busy.value.get(name)?.[way] ?? 0) - (quiet.value.get(name)?.[way] ?? 0);
  const most = names
    .map(name => ({name, frames: Math.max(more(name, 'received'), more(name, 'sent'))}))
    .toSorted((a, b) => b.frames - a.frames)[0];
  const bond = bonds.find(({members}) => members.some(({name}) => name === most?.name));
  if (most === undefined || bond === undefined || most.frames < clearly * echoes) return {ok: true, value: undefined};
  return {ok: true, value: {bond, member: most.name}};
}

type Frames = ReadonlyMap<string, {received: number; sent: number}>;

/** Frames of each link of `node` while `watcher` does something. */
async function framesWhile(
  {cluster: {transport}}: Trial,
  node: Host,
  links: readonly string[],
  watcher: Host,
  does: Command,
): Promise<Result<Frames, string>> {
  const count = readOnly(['sh', '-ec', counters, 'count', ...links]);
  const before = await stdoutOf(transport, node, count);
  if (!before.ok) return before;
  const done = await stdoutOf(transport, watcher, does);
  if (!done.ok) return done;
  const after = await stdoutOf(transport, node, count);
  if (!after.ok) return after;
  const was = framesIn(before.value);
  const grown = [...framesIn(after.value)].map(
    ([name, {received, sent}]): [string, {received: number; sent: number}] => [
      name,
      {received: received - (was.get(name)?.received ?? Number.NaN), sent: sent - (was.get(name)?.sent ?? Number.NaN)},
    ],
  );
  return {ok: true, value: new Map(grown)};
}

function framesIn(text: string): Frames {
  return new Map(
    text
      .trim()
      .split('\n')
      .map(line => line.split(' '))
      .map(([name = '', received, sent]) => [name, {received: Number(received), sent: Number(sent)}]),
  );
}
