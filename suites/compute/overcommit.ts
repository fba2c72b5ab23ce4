import type {z} from 'zod';
import {qemuThreads} from '../../harness/cluster/qemu.ts';
import {type GuestWork, prepareGuest, workArgv} from '../../harness/probes/compute/driver.ts';
import type {Scenario, Trial} from '../../harness/types.ts';
import {expectsNothing} from '../expects.ts';
import {keepJson, keepOutcome} from '../steps/artefacts.ts';
import {onlyProblems} from '../steps/measured.ts';
import {parametersOf, readParameters} from '../steps/parameters.ts';
import {pause} from '../steps/pause.ts';
import {heldTo, onlineProcessors} from './held.ts';
import {machineOfMost, type Placed} from './machines.ts';
import {
  burnOf,
  burnWork,
  measureOvercommit,
  type OvercommitRecord,
  overcommitSettings,
  recordArtefact,
  type Step,
} from './overcommit-measure.ts';
import {keepPlace} from './place.ts';

type Settings = z.infer<typeof overcommitSettings>;

/** One busy guest after the other on the same few processors: what each of them still gets, and how long it waits. */
export const overcommit: Scenario = {
  name: 'compute/overcommit',
  family: 'compute',
  purpose: 'How many virtual CPUs that want to work a processor carries, and what they wait for each other.',
  needs: {guests: 2},
  // It changes where test guests may run, and puts that back.
  impact: () => 'disruptive',
  claims: ['cpu.use'],
  provides: [
    'compute.overcommit-rate',
    'compute.overcommit-kept',
    'compute.fair-share',
    'compute.processor-use',
    'compute.overcommit-delay',
    'compute.overcommit',
  ],
  expects: expectsNothing,
  parameters: {full: {seconds: 20, guests: 16}, quick: {seconds: 6, guests: 16}},
  estimateSeconds: parameters => {
    const asked = parametersOf(overcommitSettings, parameters);
    return 30 + 4 * (burnWork(asked).seconds + 5);
  },
  preview({guests}, parameters) {
    const asked = parametersOf(overcommitSettings, parameters);
    const some = guests.slice(0, asked.guests);
    const hold = some.map(({name}) => ({
      host: `the node of ${name}`,
      argv: ['virsh', 'vcpupin', name, '0', 'LAST', '--live'],
    }));
    const steps = some.flatMap((_, index) =>
      some.slice(0, index + 1).map(({name}) => ({host: name, argv: workArgv(burnWork(asked))})),
    );
    return [...hold, ...steps];
  },
  run: runOvercommit,
  measure(raw, planned) {
    const asked = readParameters(overcommitSettings, planned.parameters);
    return asked.ok ? measureOvercommit(raw, asked.value) : onlyProblems(asked.error);
  },
};

async function runOvercommit(trial: Trial): Promise<void> {
  const {cluster} = trial;
  const asked = parametersOf(overcommitSettings, trial.planned.parameters);
  const guests = (await machineOfMost(cluster)).guests.slice(0, asked.guests);
  const [first] = guests;
  if (first === undefined) throw new Error('no guest to keep busy');
  await keepPlace(trial, first.guest, first.node);
  // So many that the first guest alone is 1: all that come after it are too many.
  const processors = (await onlineProcessors(cluster, first.node)).slice(-first.guest.vcpus);
  trial.say(`bringing the work into ${guests.map(({guest}) => guest.name).join(', ')}`);
  const workers = await Promise.all(guests.map(({guest}) => prepareGuest(cluster, guest)));
  const held: {lift(): Promise<void>}[] = [];
  const steps: Step[] = [];
  try {
    for (const each of guests) held.push(await heldTo(trial, each, processors));
    for (let busy = 1; busy <= guests.length; busy += 1) {
      trial.say(`${busy} busy on processors ${processors.join(', ')}`, first.node.name);
      steps.push(await runStep(trial, guests.slice(0, busy), workers, asked));
    }
  } finally {
    for (const each of held) await each.lift();
  }
  await keepJson(trial, recordArtefact, {
    processors: [...processors],
    shared: cluster.hardware.shared,
    steps,
  } satisfies OvercommitRecord);
}

const now = () => performance.now() / 1000;

async function runStep(
  trial: Trial,
  busy: readonly Placed[],
  workers: readonly GuestWork[],
  asked: Settings,
): Promise<Step> {
  const work = burnWork(asked);
  const own = workers.slice(0, busy.length);
  const begun = own.map(async (worker, index) => {
    const askedAtSeconds = now();
    await worker.begin(work);
    return {guest: busy[index]?.guest.name ?? '', askedAtSeconds, begunBySeconds: now()};
  });
  const guests = await Promise.all(begun);
  const looks = [await lookAt(trial, busy)];
  await pause(trial, asked.seconds);
  looks.push(await lookAt(trial, busy));
  const outcomes = await Promise.all(own.map(worker => worker.collect(work)));
  for (const [index, outcome] of outcomes.entries())
    await keepOutcome(trial, burnOf(busy.length, guests[index]?.guest ?? ''), outcome);
  return {guests, looks};
}

async function lookAt({cluster: {transport}}: Trial, busy: readonly Placed[]): Promise<Step['looks'][number]> {
  const fromSeconds = now();
  const threads = await Promise.all(
    busy.map(async ({guest, node}) => (await transport.exec(node, qemuThreads(guest.name))).stdout),
  );
  return {fromSeconds, untilSeconds: now(), threads};
}
