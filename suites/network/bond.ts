/** One link of a bond is lost, the one that carries the echoes of a client: how long is the client not answered? */
import {z} from 'zod';
import {clockOffset} from '../../harness/cluster/clocks.ts';
import {succeeded} from '../../harness/cluster/commands.ts';
import {bondMemberCut, type cuts} from '../../harness/faults/bond-member-cut.ts';
import {expectsOfFaults} from '../../harness/faults/index.ts';
import {type Fault, type Host, type Parameters, planes, type Scenario, type Trial} from '../../harness/types.ts';
import {iperf3Client, iperf3Server} from '../../harness/workloads/iperf3.ts';
import {reachedBy} from '../resilience/timeline.ts';
import {keepJson} from '../steps/artefacts.ts';
import {echoArtefact, echoCommand, keepEnd} from '../steps/echo.ts';
import {parametersOf} from '../steps/parameters.ts';
import {pause} from '../steps/pause.ts';
import {type BondFacts, bondArtefact, loads} from './bond-facts.ts';
import {type Flow, flowOver} from './bond-flow.ts';
import {measureBond} from './bond-measure.ts';
import {untilListening} from './iperf3.ts';
import {hostPort} from './tests.ts';

const settings = z.object({
  /** The first of them that a bond carries is tried. */
  planes: z.array(z.enum(planes)).min(1),
  /** Between two echoes. */
  intervalMs: z.number().int().min(2).max(1000),
  /** How long a link stays lost while nothing but the echoes goes by; a longer silence counts as so long, and more. */
  lookSeconds: z.number().min(2).max(600),
  /** Of each test of throughput, and its streams. */
  seconds: z.number().int().min(1).max(3600),
  streams: z.number().int().min(1).max(128),
});
type Settings = z.infer<typeof settings>;

const baselineSeconds = 3;
/** A link that is there again may be given work some time later. */
const afterSeconds = 4;
/** A link that was silent is counted on again after up to 30 s, where both sides speak slowly by then. */
const healSeconds = 150;

/** What most may carry of the guests' work comes first. */
const first = ['service', 'cluster', 'storage', 'management'] as const;
const full: Parameters = {planes: first, intervalMs: 5, lookSeconds: 30, seconds: 10, streams: 4};
const quick: Parameters = {planes: first, intervalMs: 5, lookSeconds: 10, seconds: 1, streams: 4};

export const bondScenarios: readonly Scenario[] = [
  bondScenario(
    'carrier',
    'One link of a bond goes down: how long is a client not answered, and what does the rest carry?',
  ),
  bondScenario(
    'silent',
    'One link of a bond stays up and carries nothing: how long is a client not answered, and what does the rest carry?',
  ),
];

function bondScenario(cut: (typeof cuts)[number], purpose: string): Scenario {
  return {
    name: `network/bond-${cut}`,
    family: 'network',
    purpose,
    needs: {nodes: 2, tools: cut === 'silent' ? ['bond', 'mute-link'] : ['bond']},
    impact: () => 'disruptive',
    claims: ['net.planes', 'net.l2'],
    provides: ['network.bond-gap'],
    expects: expectsOfFaults,
    parameters: {full, quick},
    estimateSeconds: parameters => {
      const {lookSeconds, seconds} = parametersOf(settings, parameters);
      return baselineSeconds + lookSeconds + afterSeconds + 3 * (seconds + 1) + (cut === 'silent' ? 40 : 15);
    },
    preview(cluster, parameters) {
      const {planes: tried, intervalMs} = parametersOf(settings, parameters);
      const [node] = cluster.nodes;
      if (node === undefined) return [];
      const fault = bondMemberCut.at([node], {plane: tried[0] ?? 'service', bond: 'BOND', member: 'LINK', cut});
      return [
        {host: cluster.client.name, argv: echoCommand(node.name, intervalMs, 60).argv},
        {host: node.name, argv: [fault.describe]},
      ];
    },
    run: trial => tryBond(trial, cut),
    measure: measureBond,
  };
}

async function tryBond(trial: Trial, cut: BondFacts['cut']): Promise<void> {
  const asked = parametersOf(settings, trial.planned.parameters);
  const {nodes} = trial.cluster;
  // Every node in its turn: each has a bond, and a switch, of its own.
  const node = nodes[(trial.planned.repetition - 1) % nodes.length];
  if (node === undefined) throw new Error('the cluster has no node');
  const found = await flowOver(trial, node, asked.planes);
  if (!found.ok) throw new Error(found.error);
  const flow = found.value;
  const {bond, member, plane} = flow;
  trial.say(`${bond.name} (${bond.mode}) carries the ${plane} plane by ${member}`, node.name);
  const throughput = [await tryThroughput(trial, flow, asked, 0)];
  const fault = bondMemberCut.at([node], {plane, bond: bond.name, member, cut});
  const seen = await watched(trial, flow, asked, fault, throughput);
  throughput.push(await tryThroughput(trial, flow, asked, 2));
  const {address, watcher} = flow;
  const facts: BondFacts = {
    ...{cut, plane, node: node.name, watcher: watcher.name, address},
    ...{bond: bond.name, mode: bond.mode, member, intervalMs: asked.intervalMs},
    ...seen,
    throughput,
  };
  await keepJson(trial, bondArtefact, facts);
}

type Seen = Pick<BondFacts, 'injection' | 'reached' | 'clock' | 'lookedUntilMs' | 'healedFromMs'>;

/** Echoes from before the cut until some time after the link was there again. */
async function watched(
  trial: Trial,
  flow: Flow,
  asked: Settings,
  fault: Fault,
  throughput: BondFacts['throughput'],
): Promise<Seen> {
  const {cluster} = trial;
  const {watcher, address} = flow;
  const clock = await clockOffset(cluster, watcher);
  if (!clock.ok) throw new Error(clock.error);
  const seconds = baselineSeconds + asked.lookSeconds + asked.seconds + healSeconds + afterSeconds;
  const echo = await cluster.transport.start(watcher, echoCommand(address, asked.intervalMs, seconds));
  try {
    await pause(trial, baselineSeconds);
    const injection = await trial.inject(fault);
    await pause(trial, asked.lookSeconds);
    const lookedUntilMs = Date.now();
    const reached = await reachedBy(cluster, fault);
    if (await answers(trial, watcher, address)) throughput.push(await tryThroughput(trial, flow, asked, 1));
    const healedFromMs = Date.now();
    await trial.heal(fault);
    await pause(trial, afterSeconds);
    return {injection, reached, clock: clock.value, lookedUntilMs, healedFromMs};
  } finally {
    await keepEnd(trial, echoArtefact, echo);
  }
}

async function answers({cluster}: Trial, watcher: Host, address: string): Promise<boolean> {
  const argv = ['ping', '-n', '-q', '-c', '3', '-i', '0.2', '-W', '1', address] as const;
  const outcome = await cluster.transport.exec(watcher, {argv, timeoutMs: 10_000, idempotent: false});
  return succeeded(outcome);
}

async function tryThroughput(
  trial: Trial,
  {node, watcher, address, plane}: Flow,
  {seconds, streams}: Settings,
  index: 0 | 1 | 2,
): Promise<BondFacts['throughput'][number]> {
  const load = loads[index];
  const artefact = `iperf3-${index + 1}.json`;
  const bind = watcher.addresses[plane];
  const test = {address, port: hostPort, protocol: 'tcp', direction: 'forward', seconds, streams} as const;
  const command = iperf3Client({...test, ...(bind && {bind})});
  const life = Math.ceil(command.timeoutMs / 1000) + 30;
  const server = await trial.cluster.transport.start(node, iperf3Server(address, hostPort, life));
  try {
    await untilListening(trial, node);
    trial.say(`throughput by ${load}`, watcher.name);
    await trial.record(artefact, watcher, command);
    return {artefact, load};
  } finally {
    await server.stop(1000);
  }
}
