/**
 * A part of one store fails while its node lives: the daemon that serves it, one of its disks, or the guest that is its
 * target. A guest writes to the store all the while, every write durable before the next, and works with its metadata
 * where the store has any: how long each stands still, and whether anything that was acknowledged is lost.
 */
import {z} from 'zod';
import {activeMdsHost} from '../../harness/cluster/cephfs.ts';
import {impactOfFault} from '../../harness/faults/fault.ts';
import {expectsOfFaults, faultNamed, faults} from '../../harness/faults/index.ts';
import {memberSerials} from '../../harness/guest/raid.ts';
import {startStoreWriter, writerArgv} from '../../harness/probes/store/driver.ts';
import {startMetadataRounds, stopMetadataRounds} from '../../harness/probes/store/metadata.ts';
import {onCephHost} from '../../harness/storage/ceph-host.ts';
import {storesBeside} from '../../harness/storage/stores/beside.ts';
import {storeBackends} from '../../harness/storage/stores/index.ts';
import {folderOf, guestOf} from '../../harness/storage/stores/mounted.ts';
import type {Cluster, Fault, Parameters, Result, Scenario, Store, StoreKind, Trial} from '../../harness/types.ts';
import {nodeOf} from '../compute/place.ts';
import {reachedBy} from '../resilience/timeline.ts';
import {keepJson} from '../steps/artefacts.ts';
import {parametersOf} from '../steps/parameters.ts';
import {pause} from '../steps/pause.ts';
import {measureStorePart, metadataArtefact} from './store-part-measure.ts';
import {
  factsArtefact,
  type StoreServerFacts,
  type StruckStore,
  storeMetrics,
  writerArtefact,
} from './store-server-measure.ts';
import {storeRefusal} from './stores-ready.ts';

interface Part {
  name: string;
  purpose: string;
  kind: StoreKind;
  fault: string;
  /** How long it is left in force, unless a suite says otherwise. */
  holdSeconds: number;
  /** Files can be made on it. */
  metadata: boolean;
  /** Whom it strikes now, and with what parameters. Throws with a sentence. */
  aim(cluster: Cluster, store: Store): Promise<{nodes: readonly string[]; parameters: Parameters}>;
}

const parts: readonly Part[] = [
  {
    name: 'failover/nfs-server-killed',
    purpose: 'The NFS server of a store is killed and started again at once; its clients wait, and lose nothing.',
    kind: 'nfs',
    fault: 'nfs-server-killed',
    holdSeconds: 0.5,
    metadata: true,
    aim: oneServer,
  },
  {
    name: 'failover/metadata-server-killed',
    purpose:
      'The active metadata server of a CephFS is killed; the one that stands by takes over, and nothing is lost.',
    kind: 'cephfs',
    fault: 'metadata-server-killed',
    holdSeconds: 40,
    metadata: true,
    async aim(cluster) {
      return {nodes: [orThrow(await onCephHost(cluster, activeMdsHost))], parameters: {}};
    },
  },
  {
    name: 'failover/iscsi-server-killed',
    purpose: 'The iSCSI target of a store is killed and started again at once, with the targets of its files.',
    kind: 'iscsi',
    fault: 'iscsi-server-killed',
    holdSeconds: 0.5,
    metadata: false,
    aim: oneServer,
  },
  {
    name: 'failover/nbd-server-killed',
    purpose: 'The NBD server of a store is killed and started again at once; its client connects again.',
    kind: 'nbd',
    fault: 'nbd-server-killed',
    holdSeconds: 0.5,
    metadata: false,
    aim: oneServer,
  },
  {
    name: 'failover/brick-killed',
    purpose: 'A brick of a Gluster volume is killed; the others go on, and it is made whole when it is back.',
    kind: 'gluster',
    fault: 'brick-killed',
    holdSeconds: 10,
    metadata: false,
    aim: oneServer,
  },
  {
    name: 'failover/nvme-target-hung',
    purpose: 'The guest that is the target of an NVMe/TCP store stands still for a while, and goes on.',
    kind: 'nvme-tcp',
    fault: 'guest-hung',
    holdSeconds: 8,
    metadata: false,
    async aim(cluster, {name, servers}) {
      const target = cluster.guests.find(each => servers.includes(each.name));
      if (target === undefined) throw new Error(`store ${name} is served by no guest of the cluster`);
      const node = await nodeOf(cluster, target);
      return {nodes: [node.name], parameters: {guest: target.name, stops: 'processors'}};
    },
  },
  {
    name: 'failover/array-member-pulled',
    purpose: 'A disk of an array is pulled out of the running guest and comes back; the array is whole again.',
    kind: 'md-raid10',
    fault: 'member-pulled',
    holdSeconds: 10,
    metadata: false,
    async aim(cluster, store) {
      const guest = guestOf(cluster, store);
      const node = await nodeOf(cluster, guest);
      return {nodes: [node.name], parameters: {guest: guest.name, serial: await secondMember(cluster, store)}};
    },
  },
];

/** The last of its nodes. */
async function oneServer({nodes}: Cluster, {name, servers}: Store): ReturnType<Part['aim']> {
  const node = nodes.findLast(each => servers.includes(each.name));
  if (node === undefined) throw new Error(`store ${name} is served by no node of the cluster`);
  return {nodes: [node.name], parameters: {}};
}

async function secondMember(cluster: Cluster, store: Store): Promise<string> {
  const serials = orThrow(await memberSerials(cluster, guestOf(cluster, store), store.path));
  const [, second] = serials.toSorted();
  if (second === undefined) throw new Error(`${store.path} has ${serials.length} members with a serial, expected two`);
  return second;
}

function orThrow<T>(result: Result<T, string>): T {
  if (result.ok) return result.value;
  throw new Error(result.error);
}

const settings = z.strictObject({
  intervalMs: z.int().min(1).max(1000).describe('between two writes to the store'),
  holdSeconds: z.number().min(0).max(600).describe('how long the fault is left in force'),
  baselineSeconds: z.number().min(1).max(600).describe('of undisturbed writing before it'),
  afterSeconds: z.number().min(1).max(600).describe('of writing after the store is whole again'),
});
type Settings = z.infer<typeof settings>;

/** Beside what is asked for: for healing, and for waiting until the store is whole. */
const healingSeconds = 400;

export const storeParts: readonly Scenario[] = parts.map(part => {
  const kind = faults.find(({name}) => name === part.fault);
  if (kind === undefined) throw new Error(`no fault is named ${part.fault}`);
  const parameters = {intervalMs: 10, holdSeconds: part.holdSeconds, baselineSeconds: 5, afterSeconds: 5};
  return {
    name: part.name,
    family: 'failover',
    purpose: part.purpose,
    needs: {...kind.needs, stores: [part.kind]},
    impact: () => impactOfFault(kind.effect({})),
    claims: ['sto.backend'],
    provides: [...storeMetrics, ...(part.metadata ? ['failover.metadata-stall'] : [])],
    expects: expectsOfFaults,
    parameters: {full: parameters, quick: parameters},
    estimateSeconds(given) {
      const {holdSeconds, baselineSeconds, afterSeconds} = parametersOf(settings, given);
      return 40 + holdSeconds + baselineSeconds + afterSeconds;
    },
    preview(cluster, given) {
      const store = ofKind(cluster, part.kind);
      const {intervalMs} = parametersOf(settings, given);
      return store === undefined
        ? []
        : [{host: store.guest, argv: ['store', ...writerArgv([store.path], intervalMs, healingSeconds)]}];
    },
    run: trial => runPart(trial, part, parametersOf(settings, trial.planned.parameters)),
    measure: raw => measureStorePart(raw, part.metadata),
  };
});

const ofKind = ({stores = []}: Cluster, kind: StoreKind): Store | undefined =>
  storesBeside(stores).find(each => each.kind === kind);

async function runPart(trial: Trial, part: Part, asked: Settings): Promise<void> {
  const {cluster} = trial;
  const store = ofKind(cluster, part.kind);
  if (store === undefined) throw new Error(`no store ${part.kind} is held against a null disk`);
  const guest = guestOf(cluster, store);
  const refused = await storeRefusal(trial, guest, store);
  if (refused !== undefined) throw new Error(`store ${store.name}: ${refused}`);
  const aimed = await part.aim(cluster, store);
  const fault = orThrow(faultNamed(cluster, part.fault, aimed.nodes, aimed.parameters));
  const seconds = asked.baselineSeconds + asked.holdSeconds + asked.afterSeconds + healingSeconds;
  trial.say(`writing to ${store.name}`, guest.name);
  const writer = await startStoreWriter(cluster, guest, [store.path], {intervalMs: asked.intervalMs, seconds});
  try {
    if (part.metadata) orThrow(await startMetadataRounds(cluster, guest, folderOf(store)));
    await pause(trial, asked.baselineSeconds);
    const beforeMs = performance.now();
    const {guestNs} = orThrow(await writer.look());
    const clock = {guestNs, beforeMs, afterMs: performance.now()};
    await keepJson(trial, factsArtefact, {
      clock,
      ...(await strike(trial, store, fault, asked)),
    } satisfies StoreServerFacts);
  } finally {
    if (part.metadata) await keepOutput(trial, metadataArtefact, await stopMetadataRounds(cluster, guest), guest.name);
    await keepOutput(trial, writerArtefact, await writer.stop(), guest.name);
  }
}

/** Ends when the store is whole again and has been written to for a while. */
async function strike(
  trial: Trial,
  store: Store,
  fault: Fault,
  {holdSeconds, afterSeconds}: Settings,
): Promise<Omit<StoreServerFacts, 'clock'>> {
  const {cluster} = trial;
  const injection = await trial.inject(fault);
  await pause(trial, holdSeconds);
  const reached = await reachedBy(cluster, fault);
  await trial.heal(fault);
  trial.say(`store ${store.name}: until it is whole again`);
  const healed = await storeBackends[store.kind].heal(cluster, store);
  await pause(trial, afterSeconds);
  const {name, kind, servers} = store;
  const struck: StruckStore = {name, kind, servers: [...servers], ...(healed.ok ? {} : {unhealed: healed.error})};
  return {
    node: fault.nodes[0] ?? '',
    guest: store.guest,
    stores: [struck],
    reached,
    injectedMs: injection.monotonicBeforeMs,
  };
}

async function keepOutput(
  trial: Trial,
  name: string,
  {stdout, ...rest}: Awaited<ReturnType<typeof stopMetadataRounds>>,
  host: string,
): Promise<void> {
  await trial.keep(name, stdout);
  await keepJson(trial, `${name}.meta.json`, {host, argv: ['sh'], ...rest});
}
