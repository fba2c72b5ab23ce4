/** A data path past the kernel (vhost-user of DPDK, XDP) and the one through it, side by side, in turns. */
import {pathCost} from '../../harness/cluster/path-cost.ts';
import type {Host, Parameters, Scenario, Trial} from '../../harness/types.ts';
import {iperf3Client, iperf3Server} from '../../harness/workloads/iperf3.ts';
import {expectsNothing} from '../expects.ts';
import {jsonArtefact, keepJson} from '../steps/artefacts.ts';
import {onlyProblems} from '../steps/measured.ts';
import {parametersOf} from '../steps/parameters.ts';
import {type DataPath, dataPathsOf} from './data-paths.ts';
import {measureFastpath} from './fastpath-measure.ts';
import {
  commandOf,
  type FastpathSettings,
  type FastpathTest,
  fastpathPlan,
  fastpathSeconds,
  fastpathSettings,
  fastpathTests,
} from './fastpath-plan.ts';
import {untilListening} from './iperf3.ts';

const planArtefact = 'paths.json';

const full: Parameters = {seconds: 10, streams: 4, rounds: 4};
const quick: Parameters = {seconds: 2, streams: 1, rounds: 2};

export const fastpath: Scenario = {
  name: 'network/fastpath',
  family: 'network',
  purpose: 'What a data path past the kernel (DPDK, XDP) carries and costs, beside the one through it.',
  needs: {nodes: 2, tools: ['fast-path']},
  impact: () => 'load',
  claims: ['net.dpdk'],
  provides: ['network.throughput', 'network.processor-time', 'network.path-ratio'],
  expects: expectsNothing,
  parameters: {full, quick},
  estimateSeconds: parameters => fastpathSeconds(parametersOf(fastpathSettings, parameters)),
  preview({nodes: [node], client, guests}, parameters) {
    // Which of the guests are on such a port is seen on the running cluster.
    const {seconds, streams} = parametersOf(fastpathSettings, parameters);
    return [
      ...(node === undefined ? [] : [{host: node.name, argv: pathCost(guests[0]?.name).argv}]),
      ...guests.map(({address, ports}) => {
        const test = {address, port: ports.iperf3, protocol: 'tcp', direction: 'forward', streams, seconds} as const;
        return {host: client.name, argv: iperf3Client(test).argv};
      }),
    ];
  },
  async run(trial) {
    const asked = parametersOf(fastpathSettings, trial.planned.parameters);
    const ways = await dataPathsOf(trial.cluster);
    if (!ways.some(({fast}) => fast))
      throw new Error(
        'no guest has its address on a vhost-user port, and no plane an XDP program: there is no fast path',
      );
    const tests = fastpathTests(ways, asked);
    const {emulated, shared} = trial.cluster.hardware;
    await keepJson(trial, planArtefact, {emulated, shared, tests});
    await served(trial, ways, tests.length * asked.seconds, async () => {
      for (const test of tests) await runTest(trial, test, asked);
    });
  },
  measure(raw) {
    const plan = jsonArtefact(raw, planArtefact, fastpathPlan);
    return plan.ok ? measureFastpath(raw, plan.value, planArtefact) : onlyProblems(plan.error);
  },
};

function hostNamed({cluster: {nodes, client}}: Trial, name: string): Host {
  const host = [...nodes, client].find(each => each.name === name);
  if (host === undefined) throw new Error(`no host is named ${name}`);
  return host;
}

/** Guests serve by themselves; on a host a server of ours listens for all planes, and ends with the tests. */
async function served(trial: Trial, ways: readonly DataPath[], seconds: number, run: () => Promise<void>) {
  const between = ways.find(({ends}) => ends === 'hosts');
  if (between === undefined) return run();
  const host = hostNamed(trial, between.node);
  const server = iperf3Server('0.0.0.0', between.port, Math.ceil(seconds * 2 + 300));
  const running = await trial.cluster.transport.start(host, server);
  try {
    await untilListening(trial, host);
    await run();
  } finally {
    await running.stop(1000);
  }
}

async function runTest(trial: Trial, test: FastpathTest, asked: FastpathSettings): Promise<void> {
  const {way, round, direction} = test;
  trial.say(`${way.path}, ${direction}, round ${round}`, way.client);
  const node = hostNamed(trial, way.node);
  await trial.record(test.before, node, pathCost(way.guest));
  await trial.record(test.artefact, hostNamed(trial, way.client), commandOf(test, asked));
  await trial.record(test.after, node, pathCost(way.guest));
}
