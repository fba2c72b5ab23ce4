/**
 * A node that serves stores loses its power, while a guest elsewhere writes to each of them, every write durable before
 * the next: how long each stands still, and whether anything that was acknowledged is lost. A store that this node
 * serves alone stands still until the node is back: that is told, and is no pass.
 */
import {z} from 'zod';
import {impactOfFault} from '../../harness/faults/fault.ts';
import {expectsOfFaults, hostCrash} from '../../harness/faults/index.ts';
import {type StoreWriter, startStoreWriter, writerArgv} from '../../harness/probes/store/driver.ts';
import {storesBeside} from '../../harness/storage/stores/beside.ts';
import {storeBackends} from '../../harness/storage/stores/index.ts';
import type {Cluster, Fault, Guest, Host, Injection, Scenario, Store, Trial} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {nodeOf} from '../compute/place.ts';
import {reachedBy} from '../resilience/timeline.ts';
import {fencesSoFar, untilFenced, untilIdle} from '../services/fences.ts';
import {keepJson} from '../steps/artefacts.ts';
import {parametersOf} from '../steps/parameters.ts';
import {pause} from '../steps/pause.ts';
import {
  copiesOf,
  factsArtefact,
  measureStoreServer,
  type StoreServerFacts,
  type StruckStore,
  storeMetrics,
  writerArtefact,
} from './store-server-measure.ts';
import {storeRefusal} from './stores-ready.ts';

const settings = z.strictObject({
  intervalMs: z.int().min(1).max(1000).describe('between two writes to one store'),
  recoverySeconds: z
    .number()
    .min(1)
    .max(3600)
    .describe('how long a store with several servers may stand still before its node is powered on'),
  backSeconds: z.number().min(1).max(3600).describe('how long any store may stand still once its node is back'),
});
type Settings = z.infer<typeof settings>;

const parameters = {intervalMs: 10, recoverySeconds: 120, backSeconds: 120};
const baselineSeconds = 5;
const afterSeconds = 3;
const fenceSeconds = 60;
/** Until a node that was powered on is a member again. */
const bootSeconds = 180;

export const storeServerLost: Scenario = {
  name: 'failover/store-server-lost',
  family: 'failover',
  purpose:
    'A node that serves stores loses its power; a guest elsewhere writes to them durably all the while, and nothing that was acknowledged may be lost.',
  needs: {...hostCrash.needs, stores: true},
  impact: () => impactOfFault(hostCrash.effect({})),
  claims: ['sto.backend'],
  provides: storeMetrics,
  expects: expectsOfFaults,
  parameters: {full: parameters, quick: {...parameters, intervalMs: 20}},
  estimateSeconds: () => 120,
  preview(cluster, given) {
    const {intervalMs} = parametersOf(settings, given);
    const served = mostServed(cluster, cluster.nodes);
    if (served === undefined) return [];
    const {node, stores} = served;
    const paths = stores.map(({path}) => path);
    return [
      {host: stores[0]?.guest ?? '', argv: ['store', ...writerArgv(paths, intervalMs, 600)]},
      {host: node.name, argv: [hostCrash.at([node], {}).describe]},
    ];
  },
  run: runStoreServer,
  measure: measureStoreServer,
};

/** The node that serves most of the stores that are held against each other, and those. */
function mostServed(
  {stores = []}: Cluster,
  nodes: readonly Host[],
): {node: Host; stores: readonly Store[]} | undefined {
  const served = nodes.map(node => ({
    node,
    stores: storesBeside(stores).filter(({servers}) => servers.includes(node.name)),
  }));
  const [most] = served.toSorted((a, b) => b.stores.length - a.stores.length);
  return most === undefined || most.stores.length === 0 ? undefined : most;
}

async function runStoreServer(trial: Trial): Promise<void> {
  const {cluster} = trial;
  const asked = parametersOf(settings, trial.planned.parameters);
  const guest = cluster.guests.find(({name}) => name === storesBeside(cluster.stores ?? [])[0]?.guest);
  if (guest === undefined) throw new Error('no guest has a null disk and other stores beside it');
  const home = await nodeOf(cluster, guest);
  const served = mostServed(
    cluster,
    cluster.nodes.filter(({name}) => name !== home.name),
  );
  if (served === undefined) throw new Error(`no node but that of ${guest.name} serves a store: none can be lost alone`);
  const struck: StruckStore[] = [];
  for (const store of served.stores) {
    const refused = await storeRefusal(trial, guest, store);
    if (refused !== undefined) trial.say(`store ${store.name} is left out: ${refused}`);
    const {name, kind, servers} = store;
    struck.push({name, kind, servers, ...(refused === undefined ? {} : {refused})});
  }
  const written = served.stores.filter((_, index) => struck[index]?.refused === undefined);
  if (written.length === 0) throw new Error(struck.map(({refused}) => refused).join('; '));
  await whileWritten(trial, {guest, node: served.node, struck, written}, asked);
  await untilIdle(trial);
}

interface Scene {
  guest: Guest;
  node: Host;
  /** Those that the node serves, and of them those that are written to. */
  struck: StruckStore[];
  written: readonly Store[];
}

async function whileWritten(trial: Trial, scene: Scene, asked: Settings): Promise<void> {
  const {guest, written} = scene;
  const seconds = baselineSeconds + asked.recoverySeconds + fenceSeconds + bootSeconds + 2 * asked.backSeconds + 60;
  trial.say(`writing to ${written.map(({name}) => name).join(', ')} in ${guest.name}`);
  const paths = written.map(({path}) => path);
  const writer = await startStoreWriter(trial.cluster, guest, paths, {intervalMs: asked.intervalMs, seconds});
  try {
    await strike(trial, scene, writer, asked);
  } finally {
    const {stdout, ...rest} = await writer.stop();
    await trial.keep(writerArtefact, stdout);
    await keepJson(trial, `${writerArtefact}.meta.json`, {host: guest.name, argv: ['store', 'write'], ...rest});
  }
}

async function strike(trial: Trial, scene: Scene, writer: StoreWriter, asked: Settings): Promise<void> {
  const {cluster} = trial;
  const {node, written} = scene;
  await pause(trial, baselineSeconds);
  const fences = await fencesSoFar(cluster);
  const beforeMs = performance.now();
  const look = await writer.look();
  if (!look.ok) throw new Error(look.error);
  const clock = {guestNs: look.value.guestNs, beforeMs, afterMs: performance.now()};
  const fault = hostCrash.at([node], {});
  const injection = await trial.inject(fault);
  const several = written.flatMap((store, index) => (copiesOf(store) === 'several' ? [index] : []));
  trial.say('waiting until stores with several servers are written to again', node.name);
  await untilWritten(trial, writer, several, asked.recoverySeconds);
  const reached = await reachedBy(cluster, fault);
  await untilFenced(trial, node.name, fences, fenceSeconds * 1000);
  await mend(trial, scene, fault);
  trial.say('waiting until every store is written to again', node.name);
  await untilWritten(trial, writer, [...written.keys()], asked.backSeconds);
  await keepJson(trial, factsArtefact, factsOf(scene, {clock, injection, reached}));
}

function factsOf(
  {node, guest, struck}: Scene,
  {clock, injection, reached}: Pick<StoreServerFacts, 'clock' | 'reached'> & {injection: Injection},
): StoreServerFacts {
  return {node: node.name, guest: guest.name, stores: struck, reached, clock, injectedMs: injection.monotonicBeforeMs};
}

/** The node first, then what each of its stores needs to be whole. */
async function mend(trial: Trial, {struck, written}: Scene, fault: Fault): Promise<void> {
  await trial.heal(fault);
  for (const store of written) {
    trial.say(`store ${store.name}: until it is whole again`);
    const healed = await storeBackends[store.kind].heal(trial.cluster, store);
    const own = struck.find(({name}) => name === store.name);
    if (!healed.ok && own !== undefined) own.unhealed = healed.error;
  }
}

/** Since a look of its own each of them took writes for a while; that one never does is what the writer then tells. */
async function untilWritten(
  trial: Trial,
  writer: StoreWriter,
  which: readonly number[],
  deadlineSeconds: number,
): Promise<void> {
  if (which.length > 0) {
    const first = new Map<number, number>();
    await waitFor(
      'stores to take writes',
      deadlineSeconds * 1000,
      async () => {
        const look = await writer.look();
        if (!look.ok) return undefined;
        const {guestNs, stores} = look.value;
        return which.every(index => {
          const {acknowledged = 0, lastNs = 0} = stores[index] ?? {};
          if (!first.has(index)) first.set(index, acknowledged);
          return acknowledged > (first.get(index) ?? 0) + someWrites && guestNs - lastNs < recentNs;
        })
          ? true
          : undefined;
      },
      {intervalMs: 1000, signal: trial.signal},
    );
  }
  await pause(trial, afterSeconds);
}

const someWrites = 10;
const recentNs = 1e9;
