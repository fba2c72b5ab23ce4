/** What is tried on which path: iperf3 between hosts and to a guest, fio's net engine from guest to guest. */
import {z} from 'zod';
import type {Cluster, Command, Guest, Host, Plane} from '../../harness/types.ts';
import {planes} from '../../harness/types.ts';
import {fioOverClients, netLoads} from '../../harness/workloads/fio.ts';
import {type Iperf3Test, iperf3Client, iperf3Server} from '../../harness/workloads/iperf3.ts';

export const networkSettings = z.object({
  /** Of each test. */
  seconds: z.number().int().min(1).max(86_400),
  /** Streams at once, over TCP. */
  streams: z.number().int().min(1).max(128),
  udpBitsPerSecond: z.number().min(1000),
  /** Planes between hosts that are tried, of those that both hosts are on. */
  planes: z.array(z.enum(planes)),
});
export type NetworkSettings = z.infer<typeof networkSettings>;

/** Port of the servers that are started on hosts; fio's net engine listens on the next one in guests. */
export const hostPort = 5299;
const guestPort = 5300;
/**
 * fio ends a job of one second some percent early, and a runtime shorter than asked is no result: it runs a little
 * longer than it must.
 */
const leastFioSeconds = 2;
export const describedTest = z.object({
  artefact: z.string(),
  tool: z.enum(['iperf3', 'fio']),
  path: z.string(),
  protocol: z.enum(['tcp', 'udp']),
  direction: z.enum(['forward', 'reverse']),
});
export type DescribedTest = z.infer<typeof describedTest>;
export interface NetworkTest extends DescribedTest {
  host: Host;
  command: Command;
}

/** Tests that share a server, which is started for them where it does not run for good. */
export interface TestGroup {
  server?: {host: Host; command: Command};
  tests: readonly NetworkTest[];
}

const kinds = [
  {protocol: 'tcp', direction: 'forward'},
  {protocol: 'tcp', direction: 'reverse'},
  {protocol: 'udp', direction: 'forward'},
] as const;

function iperf3Tests(
  path: string,
  host: Host,
  to: Pick<Iperf3Test, 'address' | 'port' | 'bind'>,
  asked: NetworkSettings,
): readonly NetworkTest[] {
  return kinds.map(kind => {
    const shape =
      kind.protocol === 'tcp' ? {streams: asked.streams} : {streams: 1, bitsPerSecond: asked.udpBitsPerSecond};
    const artefact = `iperf3-${path}-${kind.protocol}-${kind.direction}.json`;
    const command = iperf3Client({...to, ...kind, ...shape, seconds: asked.seconds});
    return {artefact, tool: 'iperf3', path, ...kind, host, command};
  });
}

/** Server on the first node, client on the second. */
function betweenHosts([first, second]: readonly Host[], plane: Plane, asked: NetworkSettings): readonly TestGroup[] {
  const address = first?.addresses[plane];
  const bind = second?.addresses[plane];
  if (first === undefined || second === undefined || address === undefined || bind === undefined) return [];
  const tests = iperf3Tests(plane, second, {address, port: hostPort, bind}, asked);
  // As long as all clients may take, should nobody be left to stop it.
  const lifeSeconds = Math.ceil(tests.reduce((sum, test) => sum + test.command.timeoutMs, 30_000) / 1000);
  return [{server: {host: first, command: iperf3Server(address, hostPort, lifeSeconds)}, tests}];
}

/** There is no shell in a guest: from guest to guest it is fio's net engine that carries the bytes. */
function betweenGuests(client: Host, [first, second]: readonly Guest[], asked: NetworkSettings): readonly TestGroup[] {
  if (first === undefined || second === undefined) return [];
  const [a, b] = [first, second].map(guest => ({address: guest.address, port: guest.ports.fio}));
  if (a === undefined || b === undefined) return [];
  const tests = (['forward', 'reverse'] as const).map(direction => {
    const [from, to] = direction === 'forward' ? [a, b] : [b, a];
    const seconds = Math.max(leastFioSeconds, asked.seconds);
    const command = fioOverClients(netLoads({from, to, port: guestPort, seconds}), seconds + 2);
    const artefact = `fio-guest-guest-tcp-${direction}.json`;
    const what = {tool: 'fio' as const, path: 'guest-guest', protocol: 'tcp' as const, direction};
    return {artefact, ...what, host: client, command};
  });
  return [{tests}];
}

export function testGroups(cluster: Cluster, asked: NetworkSettings): readonly TestGroup[] {
  const {nodes, client, guests} = cluster;
  const [guest] = guests;
  const toGuest = guest && {
    tests: iperf3Tests('client-guest', client, {address: guest.address, port: guest.ports.iperf3}, asked),
  };
  return [
    ...asked.planes.flatMap(plane => betweenHosts(nodes, plane, asked)),
    ...(toGuest === undefined ? [] : [toGuest]),
    ...betweenGuests(client, guests, asked),
  ];
}

/** How long all tests should take. */
export function estimateSeconds({seconds, planes: chosen}: NetworkSettings): number {
  return (chosen.length + 1) * kinds.length * (seconds + 0.5) + 2 * (seconds + 4) + 2;
}
