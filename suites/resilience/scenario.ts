/**
 * The one driver of every resilience scenario: watch all guests, walk a timeline of faults, wait until the guests
 * have what was taken from them, collect what the platform says about it, heal. A scenario is the timeline.
 */
import {z} from 'zod';
import {type ClockOffset, clockOffsets} from '../../harness/cluster/clocks.ts';
import {readOnly, stdoutOf} from '../../harness/cluster/commands.ts';
import {domains} from '../../harness/cluster/libvirt.ts';
import {logPlaces} from '../../harness/cluster/logs.ts';
import {crmMonCommand, onCluster} from '../../harness/cluster/pacemaker.ts';
import {scratchRefusals} from '../../harness/cluster/scratch.ts';
import {readBudget} from '../../harness/doctor/examine.ts';
import type {Cluster, Fault, Guest, Host, Parameters, Trial} from '../../harness/types.ts';
import {keepJson} from '../steps/artefacts.ts';
import {namesOf} from '../steps/guests.ts';
import {keepLedgers} from '../steps/ledger.ts';
import {parametersOf} from '../steps/parameters.ts';
import {pause} from '../steps/pause.ts';
import {beaconPreview, whileWatched} from '../steps/watch.ts';
import type {ResilienceFacts} from './facts.ts';
import {keepForetold} from './foretold.ts';
import {type KeptBudget, kept} from './kept-budget.ts';
import {keepMonitors} from './monitors.ts';
import {whileOthersAreLoaded} from './other-guests.ts';
import {incarnationsNow, untilHandedOver, untilOver, untilServedAnew, untilStorageIsWhole} from './recovery.ts';
import {watchStorage} from './storage.ts';
import {type Aim, aimAt, countOf} from './targets.ts';
import {type Drill, reachedBy, type Step, type Walked, walk} from './timeline.ts';
import {whileWitnessed} from './witness.ts';

/** Seconds of undisturbed watching before the fault: the beacon must have seen the guest alive. */
const baselineSeconds = 3;
/** Seconds watched on after the last guest writes again: it must be seen whether it writes as fast as before. */
const afterSeconds = 3;
/** Before and after, where latencies are measured beside. */
const loadedSeconds = 8;
const logNames = ['pacemaker', 'corosync'] as const;
/** What a log got since it had `$2` bytes, 4 MiB at most; all of it where it is shorter now, because it was rotated. */
const sinceScript =
  'now=$(wc -c <"$1"); [ "$now" -ge "$2" ] || set -- "$1" 0; tail -c +$(($2 + 1)) "$1" | head -c 4194304';

const optionsSchema = z.object({
  /** Of the beacon. */
  intervalMs: z.number().int().min(1).max(1000),
  /** How long a guest may take to come back before it counts as lost. */
  recoverySeconds: z.number().min(1).max(3600),
  /** The first fault is left in force at least this long. */
  holdSeconds: z.number().min(0).max(3600),
  /** Random writes a second of each guest that is not struck, on its scratch disk; 0: none. */
  loadPerSecond: z.number().int().min(0).max(10_000).default(0),
  /** Writes a second of each guest that is struck, on its scratch disk, which fio verifies afterwards; 0: none. */
  verifiedPerSecond: z.number().int().min(0).max(1000).default(0),
});
export type ResilienceOptions = z.infer<typeof optionsSchema>;

/** Whom the first fault is aimed at, and whom it leaves alone. */
interface Scene {
  nodes: Aim['nodes'];
  /** Those of every injection, the main one's first. */
  faulted: readonly [Host, ...Host[]];
  peers: readonly Host[];
  /** Those from whom the fault takes something. */
  affected: readonly Guest[];
  /** Those that run on a faulted node. */
  onIt: readonly Guest[];
  /** Where each guest ran before. */
  places: ReadonlyMap<Guest, readonly string[]>;
  fate: Drill['first']['guests'];
}

/** What was asked of the cluster before the fault. */
interface Asked {
  clocks: readonly ClockOffset[];
  /** Of faults that move guests. */
  budget: KeptBudget | undefined;
}

export async function driveResilience(trial: Trial, drill: Drill, options: ResilienceOptions): Promise<void> {
  const {cluster} = trial;
  trial.phase('setting up');
  const scene = await sceneOf(cluster, drill);
  await refuseScratch(trial, options);
  // Alone: what runs beside it lengthens the trips that say how well the clocks are known.
  const tellers = drill.struckTells ? [...scene.faulted, ...scene.peers] : scene.peers;
  const {offsets} = await clockOffsets(cluster, [cluster.client, ...tellers]);
  const [logs, budget] = await Promise.all([
    logsNow(trial, tellers),
    scene.fate === 'moved' ? readBudget(cluster, trial.signal).then(kept) : undefined,
    scene.fate === 'moved' ? keepForetold(trial, scene.faulted, scene.peers) : undefined,
  ]);
  const durationSeconds = baselineSeconds + 2 * loadedSeconds + options.recoverySeconds + options.holdSeconds + 60;
  const watch = {intervalMs: options.intervalMs, durationSeconds};
  const load = {perSecond: options.loadPerSecond, seconds: durationSeconds};
  const verified = {perSecond: options.verifiedPerSecond, seconds: durationSeconds};
  const others = cluster.guests.filter(guest => !scene.affected.includes(guest));
  const inForce = await whileWitnessed(trial, scene.affected, verified, note =>
    whileWatched(trial, cluster.guests, watch, () =>
      whileOthersAreLoaded(trial, others, load, () =>
        whileStorageIsWatched(trial, scene, () =>
          strike(trial, drill, scene, options, {clocks: offsets, budget, note}),
        ),
      ),
    ),
  );
  await collect(trial, logs);
  for (const fault of inForce) await trial.heal(fault);
}

/** What writes to scratch disks looks at them first. */
async function refuseScratch({cluster}: Trial, {loadPerSecond, verifiedPerSecond}: ResilienceOptions): Promise<void> {
  if (loadPerSecond === 0 && verifiedPerSecond === 0) return;
  const refused = await scratchRefusals(cluster);
  if (refused.length > 0) throw new Error(refused.join('; '));
}

/**
 * Strikes, waits until the guests have back what was taken from them, keeps what happened when; gives what is still
 * in force.
 */
async function strike(
  trial: Trial,
  drill: Drill,
  scene: Scene,
  options: ResilienceOptions,
  {note, ...asked}: Asked & {note: () => Promise<void>},
): Promise<readonly Fault[]> {
  const {cluster} = trial;
  const {affected} = scene;
  trial.say(`watching ${namesOf(cluster.guests)} before the fault`, cluster.client.name);
  trial.phase('baseline');
  const besides = options.loadPerSecond > 0 ? loadedSeconds : 0;
  const [known] = await Promise.all([incarnationsNow(cluster, affected), pause(trial, baselineSeconds + besides)]);
  await note();
  const walked = await walk(trial, drill, scene.nodes);
  trial.phase('fault');
  const deadlineMs = options.recoverySeconds * 1000;
  const recovered = await untilRecovered(trial, scene, known, deadlineMs);
  const waitedUntilWallMs = Date.now();
  trial.phase('waiting');
  const heldSeconds = (performance.now() - walked.first.monotonicAfterMs) / 1000;
  const atLeast = afterSeconds + besides;
  const taken = scene.fate === 'moved' && recovered ? scene.faulted : [];
  await untilOver(trial, taken, options.holdSeconds - heldSeconds - atLeast);
  await pause(trial, atLeast);
  trial.phase('collecting');
  await note();
  const bit = await Promise.all(walked.inForce.map(fault => reachedBy(cluster, fault)));
  const reached = [...walked.reached, ...bit];
  await keepState(trial, {...factsOf(cluster, scene, walked, asked), reached, recovered, waitedUntilWallMs});
  return walked.inForce;
}

/** Whether the guests had back in time what was taken from them. Nothing was, where they are to be left unharmed. */
async function untilRecovered(
  trial: Trial,
  {fate, affected, onIt, faulted}: Scene,
  known: ReadonlySet<string>,
  deadlineMs: number,
): Promise<boolean> {
  if (fate === 'stalled') return untilStorageIsWhole(trial, deadlineMs);
  if (fate === 'unharmed' || fate === 'slowed') return true;
  // Nobody brings them back: that is what is looked at, for as long as the fault is held.
  if (fate === 'stranded') return false;
  const away = faulted.map(({name}) => name);
  if (fate === 'evacuated') return untilHandedOver(trial, onIt, away, deadlineMs);
  return untilServedAnew(trial, affected, fate === 'moved' ? {notOn: away} : {}, known, deadlineMs);
}

const startedAnew: readonly Scene['fate'][] = ['moved', 'restarted', 'stranded'];

function factsOf(
  cluster: Cluster,
  {faulted, peers, affected, places, fate}: Scene,
  {first, healing}: Walked,
  {clocks, budget}: Asked,
): Omit<ResilienceFacts, 'reached' | 'recovered' | 'waitedUntilWallMs'> {
  return {
    fault: first.fault,
    fate,
    struck: faulted[0].name,
    struckAddresses: Object.values(faulted[0].addresses),
    survivors: peers.map(node => node.name),
    victims: startedAnew.includes(fate)
      ? affected.map(guest => ({guest: guest.name, resource: guest.resource, node: places.get(guest)?.join()}))
      : [],
    stalled: fate === 'stalled' ? affected.map(guest => guest.name) : [],
    slowed: fate === 'slowed' ? affected.map(guest => guest.name) : [],
    bystanders: cluster.guests.filter(guest => !affected.includes(guest)).map(guest => guest.name),
    injection: first,
    ...(healing === undefined ? {} : {healing}),
    ...(budget === undefined ? {} : {budget}),
    client: cluster.client.name,
    clocks: clocks.map(({host, offsetMs, halfWidthMs, utcOffsetMinutes}) => ({
      host,
      offsetMs,
      halfWidthMs,
      utcOffsetMinutes,
    })),
  };
}

/** Where guests wait for their disks, the storage is asked all the while. */
async function whileStorageIsWatched<T>(trial: Trial, {fate, peers}: Scene, body: () => Promise<T>): Promise<T> {
  if (fate !== 'stalled') return body();
  const storage = watchStorage(trial.cluster, peers, trial.signal);
  try {
    return await body();
  } finally {
    await keepJson(trial, 'storage.json', await storage.stop());
  }
}

/** What the platform says while the fault is in force, or just after. */
async function keepState(trial: Trial, facts: ResilienceFacts): Promise<void> {
  const {cluster, keep} = trial;
  await keepJson(trial, 'failover.json', facts);
  const [state, active] = await Promise.all([
    onCluster(cluster, crmMonCommand()),
    domains(cluster),
    facts.fate === 'moved' ? keepMonitors(trial) : undefined,
  ]);
  await keep('crm_mon.xml', state.ok ? state.value : '');
  // A switch sends to the incarnation it has heard last, and an older one stays silent and unseen; its host knows
  // of it.
  await keepJson(trial, 'domains.json', active);
}

async function collect(trial: Trial, logs: readonly LogPlace[]): Promise<void> {
  await Promise.all([keepLedgers(trial, trial.cluster.guests), ...logs.map(log => keepLog(trial, log))]);
}

async function keepLog(trial: Trial, {node, name, path, bytes}: LogPlace): Promise<void> {
  await trial.record(`${name}-${node.name}.log`, node, {
    argv: ['sh', '-c', sinceScript, 'since', path, String(bytes)],
    timeoutMs: 30_000,
    idempotent: true,
    readOnly: true,
  });
}

/** The commands of a trial in their order, for a plan that is only printed. */
export function previewResilience(
  cluster: Cluster,
  {timeline, bind}: Drill,
): {host: string; argv: readonly string[]}[] {
  const [node] = cluster.nodes;
  if (!node) return [];
  const struck = (step: Step) => cluster.nodes.slice(0, countOf(step.target, cluster.nodes.length));
  const injections = timeline.filter(({action}) => action === 'inject');
  return [
    beaconPreview(cluster, 'watch', cluster.guests),
    ...injections.map(step => ({host: node.name, argv: [bind(cluster, step, struck(step)).describe]})),
    {host: node.name, argv: crmMonCommand().argv},
    beaconPreview(cluster, 'verify', cluster.guests),
  ];
}

interface LogPlace {
  node: Host;
  name: string;
  path: string;
  /** Its length before the fault. */
  bytes: number;
}

/**
 * Logs of these nodes as they are now: only what comes after belongs to the trial. A log that has no file, or cannot be
 * read, is told and leaves no artefact: what it would have shown is then a problem, and never an empty log.
 */
async function logsNow(trial: Trial, nodes: readonly Host[]): Promise<readonly LogPlace[]> {
  const {cluster} = trial;
  const found = await Promise.all(
    nodes.map(async node => {
      const places = await logPlaces(cluster, node);
      if (!places.ok) trial.say(`its logs are not known: ${places.error}`, node.name);
      return Promise.all(
        logNames.map(async (name): Promise<readonly LogPlace[]> => {
          const path = places.ok ? places.value[name] : undefined;
          if (path === undefined) {
            trial.say(`no log file of ${name}: what it would show is missing`, node.name);
            return [];
          }
          const size = await stdoutOf(cluster.transport, node, readOnly(['stat', '-L', '-c', '%s', path]));
          if (size.ok && /^\d+\n?$/.test(size.value)) return [{node, name, path, bytes: Number(size.value)}];
          trial.say(size.ok ? `${path} has no size` : size.error, node.name);
          return [];
        }),
      );
    }),
  );
  return found.flat(2);
}

async function sceneOf(cluster: Cluster, {timeline, main, first}: Drill): Promise<Scene> {
  const {nodes, placement} = await aimAt(
    cluster,
    timeline.map(({target}) => target),
  );
  const injections = [timeline[main], ...timeline.filter(({action}) => action === 'inject')];
  const struck = injections.flatMap(step => (step && nodes.get(step.target)) ?? []);
  const [primary, ...more] = [...new Set(struck)];
  if (primary === undefined) throw new Error('the timeline strikes no node');
  const faulted = [primary, ...more] as const;
  const onIt = cluster.guests.filter(guest => faulted.some(({name}) => placement.get(guest)?.join() === name));
  const reached = first.everywhere
    ? cluster.guests
    : first.strikes === 'guest'
      ? onIt.filter(guest => guest === cluster.guests[0])
      : onIt;
  const peers = cluster.nodes.filter(node => !faulted.includes(node));
  const stays = first.guests === 'unharmed' || first.guests === 'evacuated';
  return {nodes, faulted, peers, affected: stays ? [] : reached, onIt, places: placement, fate: first.guests};
}

export function resilienceOptions(parameters: Parameters): ResilienceOptions {
  return parametersOf(optionsSchema, parameters);
}

/** A stock cluster takes half a minute to come back, and as long again to be whole. */
export function resilienceSeconds(parameters: Parameters): number {
  const {holdSeconds, loadPerSecond} = resilienceOptions(parameters);
  return baselineSeconds + Math.max(35, holdSeconds + 5) + 25 + (loadPerSecond > 0 ? 2 * loadedSeconds : 0);
}

/** For each scenario's own parameters: nothing besides, unless a suite asks for it. */
export const nothingBesides: Parameters = {loadPerSecond: 0, verifiedPerSecond: 0};
