import {z} from 'zod';
import {whereRuns} from '../../harness/cluster/pacemaker.ts';
import {parseFio} from '../../harness/parse/fio.ts';
import {parseIperf3} from '../../harness/parse/iperf3.ts';
import type {
  Artefacts,
  Cluster,
  Command,
  Finding,
  Guest,
  Host,
  Measured,
  Parameters,
  ParseError,
  Plane,
  Sample,
  Scenario,
  Trial,
} from '../../harness/types.ts';
import {planes} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {fioOverClients, netLoads} from '../../harness/workloads/fio.ts';
import {type Iperf3Test, iperf3Client, iperf3Server, listens} from '../../harness/workloads/iperf3.ts';
import {expectsNothing} from '../expects.ts';
import {readJson, toolOutput, withLastWords} from '../outcome.ts';
import {parametersOf, readParameters} from '../parameters.ts';

const settings = z.object({
  /** Of each test. */
  seconds: z.number().int().min(1).max(86_400),
  /** Streams at once, over TCP. */
  streams: z.number().int().min(1).max(128),
  udpBitsPerSecond: z.number().min(1000),
  /** Planes between hosts that are tried, of those that both hosts are on. */
  planes: z.array(z.enum(planes)),
});
type Settings = z.infer<typeof settings>;

const full: Parameters = {seconds: 30, streams: 4, udpBitsPerSecond: 1e9, planes};
const quick: Parameters = {seconds: 1, streams: 1, udpBitsPerSecond: 50e6, planes};

/** Port of the servers that are started on hosts; fio's net engine listens on the next one in guests. */
const hostPort = 5299;
const guestPort = 5300;
/** fio ends a job of one second some percent early, and a runtime shorter than asked is no result: it runs a little longer than it must. */
const leastFioSeconds = 2;
/** Blocks in flight when the sender stopped, as a share of all. */
const lostBlocks = 1e-3;
const testsArtefact = 'tests.json';
const placementArtefact = 'placement.json';
const placement = z.array(z.object({guest: z.string(), nodes: z.array(z.string())}));
/** Before 3.16 all streams of iperf3 share one thread. */
const oneThreadBitsPerSecond = 10e9;

const described = z.object({
  artefact: z.string(),
  tool: z.enum(['iperf3', 'fio']),
  path: z.string(),
  protocol: z.enum(['tcp', 'udp']),
  direction: z.enum(['forward', 'reverse']),
});
type Described = z.infer<typeof described>;
interface Planned extends Described {
  host: Host;
  command: Command;
}

/** Tests that share a server, which is started for them where it does not run for good. */
interface Leg {
  server?: {host: Host; command: Command};
  tests: readonly Planned[];
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
  asked: Settings,
): readonly Planned[] {
  return kinds.map(kind => {
    const shape =
      kind.protocol === 'tcp' ? {streams: asked.streams} : {streams: 1, bitsPerSecond: asked.udpBitsPerSecond};
    const artefact = `iperf3-${path}-${kind.protocol}-${kind.direction}.json`;
    const command = iperf3Client({...to, ...kind, ...shape, seconds: asked.seconds});
    return {artefact, tool: 'iperf3', path, ...kind, host, command};
  });
}

/** Server on the first node, client on the second. */
function hostLeg([first, second]: readonly Host[], plane: Plane, asked: Settings): readonly Leg[] {
  const address = first?.addresses[plane];
  const bind = second?.addresses[plane];
  if (first === undefined || second === undefined || address === undefined || bind === undefined) return [];
  const tests = iperf3Tests(plane, second, {address, port: hostPort, bind}, asked);
  // As long as all clients may take, should nobody be left to stop it.
  const lifeSeconds = Math.ceil(tests.reduce((sum, test) => sum + test.command.timeoutMs, 30_000) / 1000);
  return [{server: {host: first, command: iperf3Server(address, hostPort, lifeSeconds)}, tests}];
}

/** There is no shell in a guest: from guest to guest it is fio's net engine that carries the bytes. */
function guestLeg(client: Host, [first, second]: readonly Guest[], asked: Settings): readonly Leg[] {
  if (first === undefined || second === undefined) return [];
  const [a, b] = [first, second].map(guest => ({address: guest.address, port: guest.ports.fio}));
  if (a === undefined || b === undefined) return [];
  const tests = (['forward', 'reverse'] as const).map(direction => {
    const [from, to] = direction === 'forward' ? [a, b] : [b, a];
    const seconds = Math.max(leastFioSeconds, asked.seconds);
    const command = fioOverClients(netLoads({from, to, port: guestPort, seconds}), seconds + 2);
    const artefact = `fio-guest-guest-tcp-${direction}.json`;
    return {
      artefact,
      tool: 'fio' as const,
      path: 'guest-guest',
      protocol: 'tcp' as const,
      direction,
      host: client,
      command,
    };
  });
  return [{tests}];
}

function legs(cluster: Cluster, asked: Settings): readonly Leg[] {
  const {nodes, client, guests} = cluster;
  const [guest] = guests;
  const toGuest = guest && {
    tests: iperf3Tests('client-guest', client, {address: guest.address, port: guest.ports.iperf3}, asked),
  };
  return [
    ...asked.planes.flatMap(plane => hostLeg(nodes, plane, asked)),
    ...(toGuest === undefined ? [] : [toGuest]),
    ...guestLeg(client, guests, asked),
  ];
}

/** TCP both ways and UDP between hosts on each plane, from the client to a guest, and from guest to guest. */
export const iperf3: Scenario = {
  name: 'network/iperf3',
  family: 'network',
  purpose: 'What the network carries between hosts on every plane, and to and between guests.',
  needs: {nodes: 2, guests: 1, fio: true},
  claims: ['net.throughput', 'net.management', 'sto.fabric'],
  provides: ['network.throughput', 'network.retransmits', 'network.loss', 'network.jitter'],
  expects: expectsNothing,
  parameters: {full, quick},
  estimateSeconds(parameters) {
    const {seconds, planes: chosen} = parametersOf(settings, parameters);
    return (chosen.length + 1) * kinds.length * (seconds + 0.5) + 2 * (seconds + 4) + 2;
  },
  preview(cluster, parameters) {
    return legs(cluster, parametersOf(settings, parameters)).flatMap(({server, tests}) => [
      ...(server === undefined ? [] : [{host: server.host.name, argv: server.command.argv}]),
      ...tests.map(test => ({host: test.host.name, argv: test.command.argv})),
    ]);
  },
  async run(trial) {
    const all = legs(trial.cluster, parametersOf(settings, trial.planned.parameters));
    const tests: readonly Described[] = all.flatMap(leg =>
      leg.tests.map(({artefact, tool, path, protocol, direction}) => ({artefact, tool, path, protocol, direction})),
    );
    await trial.keep(testsArtefact, `${JSON.stringify(tests, null, 1)}\n`);
    await keepPlacement(trial);
    for (const leg of all) await runLeg(trial, leg);
  },
  measure(raw, planned) {
    const asked = readParameters(settings, planned.parameters);
    if (!asked.ok) return failed(asked.error);
    const tests = readJson(raw, testsArtefact, z.array(described).min(1));
    if (!tests.ok) return failed(tests.error);
    const measured = tests.value.map(test =>
      test.tool === 'iperf3' ? measureIperf3(raw, test) : measureFio(raw, test, asked.value.seconds),
    );
    return {
      samples: measured.flatMap(one => one.samples),
      problems: measured.flatMap(one => one.problems),
      findings: eachOnce(measured.flatMap(one => one.findings)),
    };
  },
};

/** The first finding of each wording: the other tests of the trial say the same of themselves. */
function eachOnce(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({detail}, index) => findings.findIndex(other => other.detail === detail) === index);
}

/** Where the two guests ran: between guests of one host nothing crosses a wire. */
async function keepPlacement({cluster, keep}: Trial): Promise<void> {
  const places: z.infer<typeof placement> = [];
  for (const guest of cluster.guests.slice(0, 2)) {
    const nodes = await whereRuns(cluster, guest.resource);
    if (!nodes.ok) throw new Error(nodes.error);
    places.push({guest: guest.name, nodes: [...nodes.value]});
  }
  await keep(placementArtefact, `${JSON.stringify(places, null, 1)}\n`);
}

async function runLeg(trial: Trial, {server, tests}: Leg): Promise<void> {
  const {transport} = trial.cluster;
  const running = server && (await transport.start(server.host, server.command));
  try {
    if (server !== undefined) {
      const ready = await waitFor(
        `iperf3 to listen on ${server.host.name}`,
        10_000,
        async () => {
          const {stdout} = await transport.exec(server.host, listens(hostPort));
          return stdout.trim() === '' ? undefined : true;
        },
        {intervalMs: 100, signal: trial.signal},
      );
      if (!ready.ok) throw new Error(ready.error);
    }
    for (const test of tests) {
      trial.say(`${test.tool} ${test.path}, ${test.protocol} ${test.direction}`, test.host.name);
      await trial.record(test.artefact, test.host, test.command);
    }
  } finally {
    await running?.stop(1000);
  }
}

function failed(...problems: readonly ParseError[]): Measured {
  return {samples: [], problems, findings: []};
}

function measureIperf3(raw: Artefacts, {artefact, path, protocol, direction}: Described): Measured {
  const output = toolOutput(raw, artefact);
  if (!output.ok) return failed(output.error);
  const {text, exitCode, stderr} = output.value;
  const parsed = parseIperf3(text, artefact, {exitCode});
  if (!parsed.ok) return failed(withLastWords(parsed.error, stderr));
  const report = parsed.value;
  if (report.error !== undefined)
    return failed({artefact, path: '/error', expected: 'a test without error', found: report.error});
  if (report.warnings.length > 0) {
    return failed(
      ...report.warnings.map(({path: place, expected, found}) => ({artefact, path: place, expected, found})),
    );
  }
  const flow = report.flows.find(one => one.direction === direction);
  if (flow === undefined || report.protocol !== protocol || report.direction !== direction) {
    const found = `${report.protocol} ${report.direction}`;
    return failed({artefact, path: '/start/test_start', expected: `${protocol} ${direction}`, found});
  }
  const labels = {path, direction, protocol};
  const sample = (metric: string, unit: Sample['unit'], value: number, place: string): Sample => ({
    metric,
    unit,
    value,
    labels,
    from: {artefact, path: place},
  });
  if (flow.bitsPerSecond === undefined) {
    const expected = 'bits that were received: iperf3 before 3.11 does not print them for UDP';
    return failed({artefact, path: flow.path, expected, found: report.version});
  }
  const samples = [sample('network.throughput', 'bit/s', flow.bitsPerSecond, `${flow.path}/bits_per_second`)];
  const findings: Finding[] = [];
  if (protocol === 'tcp') {
    if (flow.retransmits === undefined) {
      return failed({artefact, path: '/end/sum_sent/retransmits', expected: 'retransmits', found: 'none'});
    }
    samples.push(sample('network.retransmits', 'count', flow.retransmits, '/end/sum_sent/retransmits'));
    if (flow.bitsPerSecond > oneThreadBitsPerSecond && beforeThreads(report.version))
      findings.push(oneThread(artefact, report.version));
  } else {
    if (flow.udp === undefined) return failed({artefact, path: flow.path, expected: 'loss and jitter', found: 'none'});
    samples.push(
      sample('network.loss', 'ratio', flow.udp.lossRatio, `${flow.path}/lost_packets`),
      sample('network.jitter', 's', flow.udp.jitterSeconds, `${flow.path}/jitter_ms`),
    );
  }
  return {samples, problems: [], findings};
}

function sameHost(node: string | undefined, artefact: string): Finding {
  return {
    severity: 'warning',
    invariant: 'guests on different hosts',
    detail: `both guests ran on ${node}: what they sent each other crossed no link`,
    artefact,
  };
}

function beforeThreads(version: string): boolean {
  const [major, minor] = (/(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  return major === undefined || minor === undefined || major < 3 || (major === 3 && minor < 16);
}

function oneThread(artefact: string, version: string): Finding {
  return {
    severity: 'warning',
    invariant: 'iperf3 is not the bottleneck',
    detail: `${version} drives all streams from one thread: above 10 Gbit/s use 3.16 or newer`,
    artefact,
  };
}

/**
 * fio's net engine: the bytes that the one guest sent, once the other has seen as many blocks arrive, over the receiver's time. The receiver's own
 * bytes will not do: fio leaves out the first part of a block that came in pieces.
 */
function measureFio(raw: Artefacts, {artefact, path, protocol, direction}: Described, seconds: number): Measured {
  const output = toolOutput(raw, artefact);
  if (!output.ok) return failed(output.error);
  const {text, exitCode, stderr} = output.value;
  const parsed = parseFio(text, artefact, {exitCode, clients: 2, requestedRuntimeSeconds: seconds});
  if (!parsed.ok) return failed(withLastWords(parsed.error, stderr));
  const {jobs, warnings} = parsed.value;
  const problems = warnings
    .filter(warning => warning.kind !== 'saturated')
    .map(({path: place, expected, found}) => ({artefact, path: place, expected, found}));
  if (problems.length > 0) return failed(...problems);
  const sent = jobs.find(job => job.name === 'send')?.work.write;
  const received = jobs.find(job => job.name === 'receive')?.work.read;
  const arrived = received?.latency?.count;
  if (received === undefined || sent === undefined || arrived === undefined) {
    return failed({
      artefact,
      path: '/client_stats',
      expected: 'one sender and one receiver',
      found: jobs.map(job => job.name).join(', '),
    });
  }
  if (Math.abs(sent.operations - arrived) > lostBlocks * sent.operations) {
    return failed({artefact, path: sent.path, expected: `${sent.operations} blocks to arrive`, found: `${arrived}`});
  }
  const places = readJson(raw, placementArtefact, placement);
  if (!places.ok) return failed(places.error);
  const [first, second] = places.value.map(place => place.nodes.join());
  const findings: readonly Finding[] = first === second ? [sameHost(first, artefact)] : [];
  const sample: Sample = {
    metric: 'network.throughput',
    unit: 'bit/s',
    value: (sent.bytes * 8) / Math.max(sent.runtimeSeconds, received.runtimeSeconds),
    labels: {path, direction, protocol},
    from: {artefact, path: `${sent.path}/io_bytes`},
  };
  return {samples: [sample], problems: [], findings};
}
