/** Plane by plane, between hosts and between guests: which packets pass, and what is lost at which rate. */
import {z} from 'zod';
import {guestExec} from '../../harness/guest/exec.ts';
import type {Artefacts, Command, Host, Measured, Parameters, Scenario, Trial} from '../../harness/types.ts';
import {planes as allPlanes} from '../../harness/types.ts';
import {expectsNothing} from '../expects.ts';
import {jsonArtefact, keepJson, keepOutcome} from '../steps/artefacts.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {parametersOf} from '../steps/parameters.ts';
import {untilListening} from './iperf3.ts';
import {crossedNoLink, keepPlacement} from './net-engine.ts';
import {measurePlane} from './planes-measure.ts';
import {measureMtu} from './planes-mtu.ts';
import {
  guestsPath,
  type MtuPlan,
  mtuCommandOf,
  mtuPlan,
  mtuPlans,
  type PlaneGroup,
  type PlaneTest,
  planeGroups,
  planesSeconds,
  planesSettings,
  planeTest,
} from './planes-plan.ts';

const planArtefact = 'planes.json';
const kept = z.object({mtu: z.array(mtuPlan), tests: z.array(planeTest)});

const full: Parameters = {
  seconds: 10,
  streams: 4,
  datagrams: ['64@1000000', '64@10000000', '1400@100000000', '1400@1000000000'],
  planes: allPlanes,
};
const quick: Parameters = {
  seconds: 1,
  streams: 1,
  datagrams: ['64@500000', '64@2000000', '1400@10000000', '1400@50000000'],
  planes: allPlanes,
};

export const planes: Scenario = {
  name: 'network/planes',
  family: 'network',
  purpose: 'Which packets pass on every plane, what is lost, late or out of order at set rates, and what a Gbit costs.',
  needs: {nodes: 2},
  impact: () => 'load',
  claims: ['net.throughput'],
  provides: [
    'network.mtu',
    'network.throughput',
    'network.retransmits',
    'network.loss',
    'network.jitter',
    'network.reordering',
    'network.processor-time',
  ],
  expects: expectsNothing,
  parameters: {full, quick},
  estimateSeconds: parameters => planesSeconds(parametersOf(planesSettings, parameters)),
  preview(cluster, parameters) {
    const asked = parametersOf(planesSettings, parameters);
    return [
      ...mtuPlans(cluster, asked.planes).map(plan => ({host: plan.from.name, argv: mtuCommandOf(plan).argv})),
      ...planeGroups(cluster, asked).flatMap(({server, client, tests}) => [
        ...(server === undefined ? [] : [{host: server.host.name, argv: server.command.argv}]),
        ...tests.map(({command}) => ({host: client, argv: command.argv})),
      ]),
    ];
  },
  async run(trial) {
    const asked = parametersOf(planesSettings, trial.planned.parameters);
    const mtu = mtuPlans(trial.cluster, asked.planes);
    const groups = planeGroups(trial.cluster, asked);
    const tests = groups.flatMap(group => group.tests.map(({command: _, ...test}) => test));
    await keepJson(trial, planArtefact, {mtu, tests});
    if (tests.some(({path}) => path === guestsPath)) await keepPlacement(trial);
    await tryMtu(trial, mtu);
    for (const group of groups) await runGroup(trial, group);
  },
  measure(raw) {
    const plan = jsonArtefact(raw, planArtefact, kept);
    if (!plan.ok) return onlyProblems(plan.error);
    const {mtu, tests} = plan.value;
    return together([measureMtu(raw, mtu), ...tests.map(test => measurePlane(raw, test)), measurePlaces(raw, tests)]);
  },
};

/** Once for all tests from guest to guest. */
function measurePlaces(raw: Artefacts, tests: readonly PlaneTest[]): Measured {
  const first = tests.find(({path}) => path === guestsPath);
  if (first === undefined) return onlyProblems();
  const findings = crossedNoLink(raw, first.artefact);
  return findings.ok ? {samples: [], problems: [], findings: findings.value} : onlyProblems(findings.error);
}

/** Plane after plane; on each all at once. */
async function tryMtu(trial: Trial, plans: readonly MtuPlan[]): Promise<void> {
  for (const [path, those] of Map.groupBy(plans, plan => plan.path)) {
    trial.say(`which packets pass: ${path}`);
    await Promise.all(those.map(plan => runOn(trial, plan.from.name, plan.artefact, mtuCommandOf(plan), path)));
  }
}

async function runGroup(trial: Trial, {server, client, tests}: PlaneGroup): Promise<void> {
  const running = server && (await trial.cluster.transport.start(server.host, server.command));
  try {
    if (server !== undefined) await untilListening(trial, server.host);
    for (const {artefact, path, protocol, load, command} of tests) {
      trial.say(`iperf3 ${path}, ${protocol} ${load}`, client);
      await runOn(trial, client, artefact, command, path);
    }
  } finally {
    await running?.stop(1000);
  }
}

/** On a host, or in a guest by its agent. */
async function runOn(trial: Trial, name: string, artefact: string, command: Command, path: string): Promise<void> {
  const {nodes, client, guests} = trial.cluster;
  const guest = path === guestsPath ? guests.find(each => each.name === name) : undefined;
  if (guest !== undefined) {
    await keepOutcome(trial, artefact, await guestExec(trial.cluster, guest, command));
    return;
  }
  const host: Host | undefined = [...nodes, client].find(each => each.name === name);
  if (host !== undefined) await trial.record(artefact, host, command);
}
