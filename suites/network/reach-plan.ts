/** Who is to reach whom: the wires of a cluster, and what each host and guest tries. Pure. */
import {z} from 'zod';
import type {ReachOrder} from '../../harness/probes/reach/driver.ts';
import {type Cluster, type Plane, planes} from '../../harness/types.ts';

const plane = z.enum(planes);

/** An address, by the planes that it serves: one that serves two makes them one wire. */
const wireSchema = z.object({
  id: z.string(),
  owner: z.string(),
  kind: z.enum(['host', 'guest', 'bmc']),
  planes: z.array(plane).min(1),
  address: z.string(),
  ports: z.array(z.number()),
});
export type Wire = z.infer<typeof wireSchema>;

export const reachPlanSchema = z.object({
  wires: z.array(wireSchema).min(1),
  allowed: z.array(z.object({from: plane, to: plane})),
});
export type ReachPlan = z.infer<typeof reachPlanSchema>;

export const wireName = ({planes: served}: Pick<Wire, 'planes'>): string => served.join('+');

/** Where a controller that gives no echo answers all the same: its web page and Redfish. */
const webPort = 443;

/** `ports`: TCP ports that are listened on, by the address. */
export function reachPlanOf(
  {nodes, client, guests, isolation}: Cluster,
  ports: (host: string, address: string) => readonly number[],
): ReachPlan {
  const wires: Wire[] = [...nodes, client].flatMap(({name, addresses}) => {
    const served = Map.groupBy(
      planes.filter(each => addresses[each] !== undefined),
      each => addresses[each] ?? '',
    );
    return [...served].map(([address, those]) => ({
      id: `${name}/${those.join('+')}`,
      owner: name,
      kind: 'host' as const,
      planes: those,
      address,
      ports: [...ports(name, address)],
    }));
  });
  for (const {name, bmc} of nodes) {
    if (bmc === undefined) continue;
    const id = `${name}/bmc`;
    wires.push({id, owner: id, kind: 'bmc', planes: ['management'], address: bmc.address, ports: [webPort]});
  }
  for (const guest of guests) {
    const {fio, iperf3, beacon} = guest.ports;
    const of = {owner: guest.name, kind: 'guest' as const, planes: ['service' as const], address: guest.address};
    wires.push({id: guest.name, ...of, ports: [fio, iperf3, beacon]});
  }
  return {wires, allowed: [...(isolation?.allowed ?? [])]};
}

/**
 * One try: from a wire of the one who tries to an address of another. `self` finds out whether two wires are one;
 * `sign` whether a controller is there at all: an answer in its own plane is the business of fencing.
 */
export interface Try {
  from: Wire;
  to: Wire;
  expect: 'answer' | 'allowed' | 'silence' | 'self' | 'sign';
}

/** Everything that this host or guest tries. */
export function triesOf({wires, allowed}: ReachPlan, owner: string): readonly Try[] {
  return wires
    .filter(wire => wire.owner === owner)
    .flatMap(from => wires.flatMap((to): readonly Try[] => (from === to ? [] : expected(from, to, allowed))));
}

function expected(from: Wire, to: Wire, allowed: ReachPlan['allowed']): readonly Try[] {
  if (from.owner === to.owner) return [{from, to, expect: 'self'}];
  if (from.planes.some(each => to.planes.includes(each))) {
    return [{from, to, expect: to.kind === 'bmc' ? 'sign' : 'answer'}];
  }
  const may = allowed.some(way => from.planes.includes(way.from) && to.planes.includes(way.to));
  return [{from, to, expect: may ? 'allowed' : 'silence'}];
}

/** The same as an order for its probe. Packets are handed to the hosts of the same wire. */
export function orderOf(plan: ReachPlan, owner: string): ReachOrder {
  const tries = triesOf(plan, owner);
  const own = plan.wires.filter(wire => wire.owner === owner);
  const tried = plan.wires.filter(wire => tries.some(({to}) => to === wire));
  return {
    wires: own.map(wire => ({wire: wireName(wire), address: wire.address})),
    targets: tried.map(to => ({
      id: to.id,
      address: to.address,
      ports: to.ports,
      wires: tries.filter(each => each.to === to).map(({from}) => wireName(from)),
    })),
    hops: Object.fromEntries(own.map(wire => [wireName(wire), peersOf(plan, wire)])),
  };
}

function peersOf({wires}: ReachPlan, {owner, planes: served}: Wire): readonly string[] {
  return wires
    .filter(
      other =>
        other.owner !== owner && other.kind === 'host' && other.planes.some((each: Plane) => served.includes(each)),
    )
    .map(({address}) => address);
}
