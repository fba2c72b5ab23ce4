import {z} from 'zod';
import type {Finding, Host, Parameters, Scenario, Trial} from '../../harness/types.ts';
import {planes} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {listens} from '../../harness/workloads/iperf3.ts';
import {expectsNothing} from '../expects.ts';
import {jsonArtefact, keepJson} from '../steps/artefacts.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {parametersOf, readParameters} from '../steps/parameters.ts';
import {betweenCounters, measureLinks} from './link-errors.ts';
import {measureIperf3} from './measure-iperf3.ts';
import {keepPlacement, measureNetEngine} from './net-engine.ts';
import {
  type DescribedTest,
  describedTest,
  estimateSeconds,
  hostPort,
  networkSettings,
  type TestGroup,
  testGroups,
} from './tests.ts';

const testsArtefact = 'tests.json';

const full: Parameters = {seconds: 30, streams: 4, udpBitsPerSecond: 1e9, planes};
const quick: Parameters = {seconds: 1, streams: 1, udpBitsPerSecond: 50e6, planes};

/** TCP both ways and UDP between hosts on each plane, from the client to a guest, and from guest to guest. */
export const iperf3: Scenario = {
  name: 'network/iperf3',
  family: 'network',
  purpose: 'What the network carries between hosts on every plane, and to and between guests.',
  needs: {nodes: 2, guests: 1, fio: true},
  impact: () => 'load',
  claims: ['net.throughput', 'net.management', 'sto.fabric', 'net.crc'],
  provides: ['network.throughput', 'network.retransmits', 'network.loss', 'network.jitter', 'network.crc-errors'],
  expects: expectsNothing,
  parameters: {full, quick},
  estimateSeconds: parameters => estimateSeconds(parametersOf(networkSettings, parameters)),
  preview(cluster, parameters) {
    return testGroups(cluster, parametersOf(networkSettings, parameters)).flatMap(({server, tests}) => [
      ...(server === undefined ? [] : [{host: server.host.name, argv: server.command.argv}]),
      ...tests.map(test => ({host: test.host.name, argv: test.command.argv})),
    ]);
  },
  async run(trial) {
    const groups = testGroups(trial.cluster, parametersOf(networkSettings, trial.planned.parameters));
    const tests: readonly DescribedTest[] = groups.flatMap(group =>
      group.tests.map(({artefact, tool, path, protocol, direction}) => ({artefact, tool, path, protocol, direction})),
    );
    await keepJson(trial, testsArtefact, tests);
    await keepPlacement(trial);
    await betweenCounters(trial, async () => {
      for (const group of groups) await runGroup(trial, group);
    });
  },
  measure(raw, planned) {
    const asked = readParameters(networkSettings, planned.parameters);
    if (!asked.ok) return onlyProblems(asked.error);
    const tests = jsonArtefact(raw, testsArtefact, z.array(describedTest).min(1));
    if (!tests.ok) return onlyProblems(tests.error);
    const all = together([
      ...tests.value.map(test =>
        test.tool === 'iperf3' ? measureIperf3(raw, test) : measureNetEngine(raw, test, asked.value.seconds),
      ),
      measureLinks(raw),
    ]);
    return {...all, findings: eachOnce(all.findings)};
  },
};

/** The first finding of each wording: the other tests of the trial say the same of themselves. */
function eachOnce(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({detail}, index) => findings.findIndex(other => other.detail === detail) === index);
}

async function runGroup(trial: Trial, {server, tests}: TestGroup): Promise<void> {
  const {transport} = trial.cluster;
  const running = server && (await transport.start(server.host, server.command));
  try {
    if (server !== undefined) await untilListening(trial, server.host);
    for (const test of tests) {
      trial.say(`${test.tool} ${test.path}, ${test.protocol} ${test.direction}`, test.host.name);
      await trial.record(test.artefact, test.host, test.command);
    }
  } finally {
    await running?.stop(1000);
  }
}

async function untilListening({cluster: {transport}, signal}: Trial, host: Host): Promise<void> {
  const ready = await waitFor(
    `iperf3 to listen on ${host.name}`,
    10_000,
    async () => {
      const {stdout} = await transport.exec(host, listens(hostPort));
      return stdout.trim() === '' ? undefined : true;
    },
    {intervalMs: 100, signal},
  );
  if (!ready.ok) throw new Error(ready.error);
}
