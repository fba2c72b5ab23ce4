import type {z} from 'zod';
import {seeingGroups} from '../../harness/cluster/control-groups.ts';
import {qemuThreads} from '../../harness/cluster/qemu.ts';
import {type GuestWork, prepareGuest, type Work, workArgv} from '../../harness/probes/compute/driver.ts';
import type {Cluster, Guest, Host, Scenario, Trial} from '../../harness/types.ts';
import {expectsNothing} from '../expects.ts';
import {keepJson, keepOutcome} from '../steps/artefacts.ts';
import {beside} from '../steps/beside.ts';
import {onlyProblems} from '../steps/measured.ts';
import {parametersOf, readParameters} from '../steps/parameters.ts';
import {type Held, heldInGroups, heldTo, onlineProcessors} from './held.ts';
import {machineOfMost, type Placed} from './machines.ts';
import {
  type Look,
  measureNeighbour,
  type NeighbourRecord,
  neighbourSettings,
  type PhaseRecord,
  paceOf,
  phases,
  recordArtefact,
} from './neighbour-measure.ts';
import {keepPlace} from './place.ts';

type Settings = z.infer<typeof neighbourSettings>;
/** It burns for longer than is measured: before, and until it is asked for its end. */
const marginSeconds = 20;

const paceWork = ({seconds}: Settings): Work => ({words: ['pace', String(seconds)], seconds});
const burnWork = ({seconds, mebibytes}: Settings): Work => ({
  words: ['burn', String(seconds + marginSeconds), String(mebibytes)],
  seconds: seconds + marginSeconds,
});

/** One guest's own pace: alone, beside a guest that takes what it can get, and beside one that is held to its share. */
export const noisyNeighbours: readonly Scenario[] = [
  {
    ...neighbour(heldTo, ['vcpupin']),
    name: 'compute/noisy-neighbour',
    purpose: 'What a guest loses to another one on the same machine, with and without limits on that one.',
    needs: {guests: 2},
  },
  {
    ...neighbour(heldInGroups, ['vcpupin', 'memtune']),
    name: 'compute/noisy-neighbour-cgroup',
    purpose:
      'What a guest loses to another one on the same machine, with and without control groups that hold the processors and the memory of that one.',
    needs: {guests: 2, tools: ['control-groups']},
  },
];

type Hold = (trial: Trial, placed: Placed, processors: readonly number[]) => Promise<Held>;

function neighbour(hold: Hold, orders: readonly string[]): Omit<Scenario, 'name' | 'purpose' | 'needs'> {
  return {
    family: 'compute',
    // It changes where a test guest may run, and puts that back.
    impact: () => 'disruptive',
    claims: ['cpu.cgroup'],
    provides: [
      'compute.pace',
      'compute.lateness',
      'compute.burned',
      'compute.run-delay',
      'compute.outside',
      'compute.unlimited',
    ],
    expects: expectsNothing,
    parameters: {full: {seconds: 20, mebibytes: 64}, quick: {seconds: 4, mebibytes: 16}},
    estimateSeconds: parameters =>
      30 + phases.length * (parametersOf(neighbourSettings, parameters).seconds + marginSeconds + 5),
    preview({guests: [first, second]}, parameters) {
      const asked = parametersOf(neighbourSettings, parameters);
      const [quiet, loud] = [first?.name ?? 'a guest', second?.name ?? 'another one'];
      return phases.flatMap(phase => [
        ...(phase === 'limited'
          ? orders.map(order => ({host: `the node of ${loud}`, argv: ['virsh', order, loud, 'LIMIT', '--live']}))
          : []),
        ...(phase === 'alone' ? [] : [{host: loud, argv: workArgv(burnWork(asked))}]),
        {host: quiet, argv: workArgv(paceWork(asked))},
      ]);
    },
    run: trial => runNeighbour(trial, hold),
    measure(raw, planned) {
      const asked = readParameters(neighbourSettings, planned.parameters);
      return asked.ok ? measureNeighbour(raw, asked.value) : onlyProblems(asked.error);
    },
  };
}

interface Pair {
  quiet: Guest;
  loud: Guest;
  quietNode: Host;
  loudNode: Host;
}

async function neighbours(cluster: Cluster): Promise<Pair> {
  const [quiet, loud] = (await machineOfMost(cluster)).guests;
  if (quiet === undefined || loud === undefined) throw new Error('two guests are needed');
  return {quiet: quiet.guest, quietNode: quiet.node, loud: loud.guest, loudNode: loud.node};
}

async function runNeighbour(trial: Trial, hold: Hold): Promise<void> {
  const {cluster} = trial;
  const asked = parametersOf(neighbourSettings, trial.planned.parameters);
  const pair = await neighbours(cluster);
  const {quiet, loud, quietNode, loudNode} = pair;
  await keepPlace(trial, quiet, quietNode);
  trial.say(`bringing the work into ${quiet.name} and ${loud.name}`);
  const workers = {quiet: await prepareGuest(cluster, quiet), loud: await prepareGuest(cluster, loud)};
  const record: NeighbourRecord = {quiet: quiet.name, loud: loud.name, limitedTo: '', phases: []};
  for (const phase of phases) {
    const limit = phase === 'limited' ? await limited(trial, pair, hold) : undefined;
    try {
      record.limitedTo = limit?.processors ?? record.limitedTo;
      if (limit?.held.memoryBytes !== undefined) record.memoryBytes = limit.held.memoryBytes;
      trial.say(`${quiet.name} at its own pace: ${phase}`, loudNode.name);
      record.phases.push(await runPhase(trial, phase, {...pair, ...limit?.held}, workers, asked));
    } finally {
      await limit?.held.lift();
    }
  }
  await keepJson(trial, recordArtefact, record);
}

/** Holds the loud guest to the upper half of its node's processors. */
async function limited(trial: Trial, {loud, loudNode}: Pair, hold: Hold) {
  const online = await onlineProcessors(trial.cluster, loudNode);
  const processors = online.slice(Math.ceil(online.length / 2));
  if (processors.length === 0) throw new Error(`${loudNode.name} has one processor: nothing can be kept for others`);
  const held = await hold(trial, {guest: loud, node: loudNode}, processors);
  return {held, processors: processors.join(',')};
}

async function runPhase(
  trial: Trial,
  phase: PhaseRecord['phase'],
  pair: Pair & Partial<Held>,
  workers: {quiet: GuestWork; loud: GuestWork},
  asked: Settings,
): Promise<PhaseRecord> {
  const now = () => performance.now() / 1000;
  const burn = burnWork(asked);
  const burning = phase === 'alone' ? undefined : {fromSeconds: 0, untilSeconds: now() + burn.seconds};
  if (burning !== undefined) {
    await workers.loud.begin(burn);
    burning.fromSeconds = now();
  }
  const looks: Look[] = [];
  const look = async () => void looks.push(await lookAt(trial, pair));
  await look();
  const watching = beside('the looks at the threads', look, {intervalMs: 1000, longestMs: (asked.seconds + 60) * 1000});
  const askedAtSeconds = now();
  let begunBySeconds: number;
  try {
    await workers.quiet.begin(paceWork(asked));
    begunBySeconds = now();
    await keepOutcome(trial, paceOf(phase), await workers.quiet.collect(paceWork(asked)));
  } finally {
    await watching.stop();
  }
  if (burning !== undefined) await keepOutcome(trial, `burn-${phase}.txt`, await workers.loud.collect(burn));
  return {phase, askedAtSeconds, begunBySeconds, looks, ...(burning === undefined ? {} : {burning})};
}

async function lookAt(
  {cluster: {transport}}: Trial,
  {quiet, loud, quietNode, loudNode, inOwnGroups}: Pair & Partial<Held>,
): Promise<Look> {
  const ofLoudGuest = qemuThreads(loud.name);
  const [ofQuiet, ofLoud] = await Promise.all([
    transport.exec(quietNode, qemuThreads(quiet.name)),
    transport.exec(loudNode, inOwnGroups ? seeingGroups(ofLoudGuest) : ofLoudGuest),
  ]);
  return {quiet: ofQuiet.stdout, loud: ofLoud.stdout};
}
