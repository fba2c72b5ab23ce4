/**
 * Stores beside each other: the same fio job in the same guest over each of them, in an order drawn from the seed, and
 * over a null disk just before each: what guest, bus and load generator can do at that minute. No store can be judged
 * above that.
 */
import {z} from 'zod';
import {dumpxml} from '../../harness/cluster/libvirt.ts';
import {mulberry32, shuffled} from '../../harness/random.ts';
import {controlOf, storesBeside} from '../../harness/storage/stores/beside.ts';
import type {Cluster, Command, Guest, Parameters, Scenario, Store, Trial} from '../../harness/types.ts';
import {deviceJob, fillJob} from '../../harness/workloads/fio.ts';
import {keepPlace, nodeOf} from '../compute/place.ts';
import {expectsNothing} from '../expects.ts';
import {keepJson} from '../steps/artefacts.ts';
import {bytesOf, fillEstimateSeconds, onGuests} from '../steps/fio-load.ts';
import {onlyProblems} from '../steps/measured.ts';
import {parametersOf, readParameters} from '../steps/parameters.ts';
import {
  artefactOf,
  type Direction,
  directions,
  fillArtefact,
  type Job,
  measureBackends,
  storesArtefact,
  type Visited,
} from './backends-measure.ts';
import {cacheRefusal, disksOf, storeRefusal} from './stores-ready.ts';

const settings = z.strictObject({
  seconds: z.int().min(1).max(3600).describe('of each job, after the ramp'),
  rampSeconds: z.int().min(0).max(600).describe('before each job is measured'),
  blockBytes: z
    .int()
    .min(512)
    .max(16 * 2 ** 20)
    .describe('of an access'),
  sizeMiB: z.int().min(1).describe('of each store; it is written once first'),
  depths: z
    .array(z.string().regex(/^[1-9]\d{0,3}$/, {error: 'a whole number from 1'}))
    .min(1)
    .describe('accesses under way at once'),
});
type Settings = z.infer<typeof settings>;

const full: Parameters = {seconds: 30, rampSeconds: 2, blockBytes: 4096, sizeMiB: 1024, depths: ['1', '16']};
const quick: Parameters = {seconds: 3, rampSeconds: 0, blockBytes: 4096, sizeMiB: 64, depths: ['1']};

export const backends: Scenario = {
  name: 'storage/backends',
  family: 'storage',
  purpose: 'The same job in the same guest over every store that is attached to it, each held against a null disk.',
  needs: {guests: 1, fio: true, stores: true},
  impact: () => 'load',
  claims: ['sto.backend', 'sto.fabric.nvme'],
  provides: ['storage.iops', 'storage.latency', 'storage.share'],
  expects: expectsNothing,
  parameters: {full, quick},
  estimateSeconds(parameters) {
    const {seconds, rampSeconds, depths, sizeMiB} = parametersOf(settings, parameters);
    const jobs = depths.length * directions.length * 2;
    return 10 + usualStores * (fillEstimateSeconds(sizeMiB) + jobs * (seconds + rampSeconds + 2));
  },
  preview(cluster, parameters) {
    const asked = parametersOf(settings, parameters);
    const scene = sceneOf(cluster);
    if (scene === undefined) return [];
    const jobs = jobsOf(asked);
    const commands = scene.stores.flatMap(store => [
      fill(scene.guest, store, asked),
      ...jobs.flatMap(job => [load(scene.guest, scene.control, asked, job), load(scene.guest, store, asked, job)]),
    ]);
    return commands.map(({argv}) => ({host: cluster.client.name, argv}));
  },
  run: runBackends,
  measure(raw, planned) {
    const asked = readParameters(settings, planned.parameters);
    return asked.ok ? measureBackends(raw, jobsOf(asked.value), asked.value.seconds) : onlyProblems(asked.error);
  },
};

/** For an estimate, which knows no cluster. */
const usualStores = 6;

interface Scene {
  guest: Guest;
  control: Store;
  stores: readonly Store[];
}

function sceneOf({stores = [], guests}: Cluster): Scene | undefined {
  const control = controlOf(stores);
  const guest = guests.find(({name}) => name === control?.guest);
  return control === undefined || guest === undefined ? undefined : {guest, control, stores: storesBeside(stores)};
}

function jobsOf({depths}: Settings): readonly Job[] {
  return depths.flatMap(depth => directions.map(direction => ({depth: Number(depth), direction})));
}

const patterns: Readonly<Record<Direction, 'randread' | 'randwrite'>> = {read: 'randread', write: 'randwrite'};
const engine = 'libaio';

function load(guest: Guest, {path}: Store, asked: Settings, {depth, direction}: Job): Command {
  const {seconds, rampSeconds, blockBytes, sizeMiB} = asked;
  const job = deviceJob({
    pattern: patterns[direction],
    device: path,
    blockBytes,
    sizeBytes: bytesOf(sizeMiB),
    engine,
    depth,
    jobs: 1,
    seconds,
    rampSeconds,
    ...(direction === 'write' ? {durable: true} : {}),
  });
  return onGuests([guest], () => job, rampSeconds + seconds);
}

/** Slower than any store that is worth a test. */
const slowestBytesPerSecond = 2e6;

function fill(guest: Guest, {path}: Store, {sizeMiB}: Settings): Command {
  const bytes = bytesOf(sizeMiB);
  return onGuests([guest], () => fillJob(path, bytes, engine), bytes / slowestBytesPerSecond);
}

async function runBackends(trial: Trial): Promise<void> {
  const {cluster, planned} = trial;
  const asked = parametersOf(settings, planned.parameters);
  const scene = sceneOf(cluster);
  if (scene === undefined) throw new Error('no guest has a null disk and other stores beside it');
  const {guest, control, stores} = scene;
  const node = await nodeOf(cluster, guest);
  await keepPlace(trial, guest, node);
  // Each repetition in another order, and the same one for every profile.
  const order = shuffled(stores, mulberry32(planned.repetition));
  const visited = await visitedOf(trial, scene, order);
  await keepJson(trial, storesArtefact, {
    server: `${guest.address}:${guest.ports.fio}`,
    control: control.name,
    stores: visited,
  });
  for (const store of order) {
    if (visited.some(({name, refused}) => name === store.name && refused !== undefined)) continue;
    await visit(trial, scene, store, asked);
  }
}

/** Every store, and why it must not be measured. A null disk that may not be is the end of it all. */
async function visitedOf(trial: Trial, {guest, control}: Scene, order: readonly Store[]): Promise<readonly Visited[]> {
  const {cluster} = trial;
  const unfit = await storeRefusal(trial, guest, control);
  if (unfit !== undefined) throw new Error(unfit);
  const xml = await dumpxml(cluster, await nodeOf(cluster, guest), guest.name);
  const visited: Visited[] = [];
  for (const store of order) {
    const refused = xml.ok
      ? ((await storeRefusal(trial, guest, store)) ?? (await cacheOf(cluster, guest, store, xml.value)))
      : `how it is attached is not known: ${xml.error}`;
    if (refused !== undefined) trial.say(`store ${store.name} is left out: ${refused}`);
    const {name, kind, servers} = store;
    visited.push({name, kind, servers, ...(refused === undefined ? {} : {refused})});
  }
  return visited;
}

async function cacheOf(cluster: Cluster, guest: Guest, store: Store, xml: string): Promise<string | undefined> {
  const serials = await disksOf(cluster, guest, store);
  return serials.ok ? cacheRefusal(xml, store, serials.value) : serials.error;
}

async function visit(trial: Trial, {guest, control}: Scene, store: Store, asked: Settings): Promise<void> {
  const {client} = trial.cluster;
  trial.say(`store ${store.name}: writing ${asked.sizeMiB} MiB once, so that reads find data`, client.name);
  await trial.record(fillArtefact(store.name), client, fill(guest, store, asked));
  for (const job of jobsOf(asked)) {
    trial.say(`null disk, then ${store.name}: ${job.direction} at depth ${job.depth}, ${asked.seconds} s each`);
    await trial.record(artefactOf(store.name, job, 'control'), client, load(guest, control, asked, job));
    await trial.record(artefactOf(store.name, job), client, load(guest, store, asked, job));
  }
}
