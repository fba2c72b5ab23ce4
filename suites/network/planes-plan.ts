/** What is tried on each plane: which packets pass, datagrams at set rates, and streams. */
import {z} from 'zod';
import {mtuCommand} from '../../harness/probes/mtu/driver.ts';
import {type Cluster, type Command, type Host, type Plane, planes} from '../../harness/types.ts';
import {type Iperf3Test, iperf3Client, iperf3Server} from '../../harness/workloads/iperf3.ts';
import {hostPort} from './tests.ts';

export const planesSettings = z.object({
  /** Of each test. */
  seconds: z.number().int().min(1).max(86_400),
  /** Streams at once, beside one alone. */
  streams: z.number().int().min(1).max(128),
  /** `PAYLOAD@RATE`: bytes of a datagram without headers, and bits of them a second. */
  datagrams: z.array(z.string().regex(/^[1-9]\d*@[1-9]\d*$/)),
  planes: z.array(z.enum(planes)),
});
export type PlanesSettings = z.infer<typeof planesSettings>;

const end = z.object({name: z.string(), address: z.string()});
export const mtuPlan = z.object({artefact: z.string(), path: z.string(), from: end, to: z.array(end)});
export type MtuPlan = z.infer<typeof mtuPlan>;

export const planeTest = z.object({
  artefact: z.string(),
  path: z.string(),
  protocol: z.enum(['tcp', 'udp']),
  /** UDP only in reverse: the receiver alone knows what came out of order. */
  direction: z.enum(['forward', 'reverse', 'both']),
  load: z.string(),
  /** UDP: what must be sent. */
  bitsPerSecond: z.number().optional(),
  payloadBytes: z.number().optional(),
});
export type PlaneTest = z.infer<typeof planeTest>;

export const guestsPath = 'guest-guest';

/** From every host to every other one on each plane, and from every guest to every other one. */
export function mtuPlans({nodes, client, guests}: Cluster, chosen: readonly Plane[]): readonly MtuPlan[] {
  const among = (path: string, ends: readonly z.infer<typeof end>[]): readonly MtuPlan[] =>
    ends.length < 2
      ? []
      : ends.map(from => ({artefact: `mtu-${path}-${from.name}.txt`, path, from, to: ends.filter(to => to !== from)}));
  const onPlane = (plane: Plane) =>
    [...nodes, client].flatMap(({name, addresses: {[plane]: address}}) =>
      address === undefined ? [] : [{name, address}],
    );
  return [
    ...chosen.flatMap(plane => among(plane, onPlane(plane))),
    ...among(
      guestsPath,
      guests.map(({name, address}) => ({name, address})),
    ),
  ];
}

export function mtuCommandOf({from, to}: MtuPlan) {
  return mtuCommand(
    from.address,
    to.map(({address}) => address),
  );
}

/** One server and its tests; a guest's server runs for good. */
export interface PlaneGroup {
  server?: {host: Host; command: Command};
  client: string;
  tests: readonly (PlaneTest & {command: Command})[];
}

/** Server on the first node or guest, client on the second. */
export function planeGroups({nodes: [first, second], guests}: Cluster, asked: PlanesSettings): readonly PlaneGroup[] {
  const hosts = asked.planes.flatMap((plane): readonly PlaneGroup[] => {
    const address = first?.addresses[plane];
    const bind = second?.addresses[plane];
    if (first === undefined || second === undefined || address === undefined || bind === undefined) return [];
    const tests = testsOf(plane, {address, port: hostPort, bind}, asked);
    const lifeSeconds = Math.ceil(tests.reduce((sum, test) => sum + test.command.timeoutMs, 30_000) / 1000);
    return [{server: {host: first, command: iperf3Server(address, hostPort, lifeSeconds)}, client: second.name, tests}];
  });
  const [to, from] = guests;
  if (to === undefined || from === undefined) return hosts;
  const ends = {address: to.address, port: to.ports.iperf3, bind: from.address};
  return [...hosts, {client: from.name, tests: testsOf(guestsPath, ends, asked)}];
}

function testsOf(path: string, ends: Pick<Iperf3Test, 'address' | 'port' | 'bind'>, asked: PlanesSettings) {
  const {seconds} = asked;
  const udp = asked.datagrams.map(each => {
    const [payloadBytes = 0, bitsPerSecond = 0] = each.split('@').map(Number);
    const load = `${payloadBytes} B at ${bitsPerSecond / 1e6} Mbit/s`;
    return {load, protocol: 'udp' as const, direction: 'reverse' as const, streams: 1, payloadBytes, bitsPerSecond};
  });
  const tcp = [...new Set([1, asked.streams])].map(streams => {
    const load = streams === 1 ? '1 stream' : `${streams} streams`;
    return {load, protocol: 'tcp' as const, direction: 'forward' as const, streams};
  });
  const both = {load: 'both ways', protocol: 'tcp' as const, direction: 'both' as const, streams: 1};
  return [...udp, ...tcp, both].map(({streams, ...kind}, index) => ({
    ...kind,
    artefact: `iperf3-${path}-${index + 1}-${kind.protocol}.json`,
    path,
    command: iperf3Client({...ends, ...kind, streams, seconds}),
  }));
}

/** How long all of it should take. */
export function planesSeconds({seconds, datagrams, planes: chosen}: PlanesSettings): number {
  return (chosen.length + 1) * (datagrams.length + 3) * (seconds + 0.7) + 10;
}
