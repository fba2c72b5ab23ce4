/**
 * The one driver of every resilience scenario: watch all guests, walk a timeline of faults, wait until the guests
 * have what was taken from them, collect what the platform says about it, heal. A scenario is the timeline.
 */
import {z} from 'zod';
import {clockOffsets} from '../../harness/cluster/clocks.ts';
import {ask, look} from '../../harness/cluster/commands.ts';
import {domains} from '../../harness/cluster/libvirt.ts';
import {crmMonCommand, onCluster, whereRuns} from '../../harness/cluster/pacemaker.ts';
import type {FaultKind} from '../../harness/faults/fault.ts';
import {faultNamed} from '../../harness/faults/index.ts';
import {startBeacon, verifyLedger} from '../../harness/probes/beacon/driver.ts';
import type {Cluster, Fault, Host, Injection, Parameters, Trial} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {parametersOf} from '../parameters.ts';
import type {ResilienceFacts} from './facts.ts';
import {incarnationsNow, untilMoved, untilStorageIsWhole} from './recovery.ts';
import {watchStorage} from './storage.ts';

/** Seconds of undisturbed watching before the fault: the beacon must have seen the guest alive. */
const baselineSeconds = 3;
/** Seconds watched on after the last guest writes again. */
const afterSeconds = 2;
const logPaths = [
  ['pacemaker', '/var/log/pacemaker/pacemaker.log'],
  ['corosync', '/var/log/corosync/corosync.log'],
] as const;
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
});
export type ResilienceOptions = z.infer<typeof optionsSchema>;

/**
 * One line of a timeline. A heal undoes the injection of the same fault; one that is not healed in the timeline is
 * healed when all is measured.
 */
export interface Step {
  /** Seconds after the first injection has ended. */
  at: number;
  action: 'inject' | 'heal';
  fault: FaultKind['name'];
  /** Known at run time only: the node that the first guest runs on. */
  target: 'node-of-first-guest';
  parameters: Parameters;
}

/** What is tried. */
export interface Drill {
  timeline: readonly Step[];
  /** What the first fault takes away, and what becomes of the guests by it: that is waited for. */
  first: Pick<FaultKind, 'strikes' | 'guests'>;
  /** The fault of a step on its node. */
  bind(cluster: Cluster, step: Step, node: Host): Fault;
}

/** From the registry of faults. */
export function bindStep(cluster: Cluster, {fault, parameters}: Step, node: Host): Fault {
  const bound = faultNamed(cluster, fault, [node.name], parameters);
  if (!bound.ok) throw new Error(bound.error);
  return bound.value;
}

/** A fault that is no one of the registry, on the node of the first guest: a control plants more than a fault. */
export function drillWith(faultOn: (node: Host) => Fault): Drill {
  const step: Step = {at: 0, action: 'inject', fault: 'planted', target: 'node-of-first-guest', parameters: {}};
  return {timeline: [step], first: {strikes: 'node', guests: 'moved'}, bind: (_cluster, _step, node) => faultOn(node)};
}

export async function driveResilience(trial: Trial, drill: Drill, options: ResilienceOptions): Promise<void> {
  const {cluster} = trial;
  const struck = await nodeOfFirstGuest(cluster);
  const survivors = cluster.nodes.filter(node => node !== struck.node);
  const {strikes, guests: fate} = drill.first;
  // Every guest has data on every OSD.
  const reached = strikes === 'osd' ? cluster.guests : struck.guests;
  const affected = fate === 'unharmed' ? [] : reached;
  const {offsets} = await clockOffsets(cluster, [cluster.client, ...survivors]);
  const logs = await logsNow(cluster, survivors);
  const watched = await startBeacon(cluster, cluster.guests, {
    intervalMs: options.intervalMs,
    durationSeconds: baselineSeconds + options.recoverySeconds + options.holdSeconds + 60,
    leave: trial.leave,
  });
  if (!watched.ok) throw new Error(watched.error);
  const storage = fate === 'stalled' ? watchStorage(cluster, survivors, trial.signal) : undefined;
  let walked: Walked | undefined;
  try {
    trial.say(`watching ${cluster.guests.map(guest => guest.name).join(', ')} before the fault`, cluster.client.name);
    const [known] = await Promise.all([incarnationsNow(cluster, affected), pause(trial, baselineSeconds)]);
    walked = await walk(trial, drill, struck.node);
    const deadlineMs = options.recoverySeconds * 1000;
    const recovered =
      fate === 'moved'
        ? await untilMoved(trial, affected, struck.node.name, known, deadlineMs)
        : await untilStorageIsWhole(trial, deadlineMs);
    const waitedUntilWallMs = Date.now();
    const heldSeconds = (performance.now() - walked.first.monotonicAfterMs) / 1000;
    await pause(trial, Math.max(afterSeconds, options.holdSeconds - heldSeconds));
    const facts: ResilienceFacts = {
      fault: walked.first.fault,
      struck: struck.node.name,
      survivors: survivors.map(node => node.name),
      victims: fate === 'moved' ? affected.map(({name, resource}) => ({guest: name, resource})) : [],
      stalled: fate === 'stalled' ? affected.map(guest => guest.name) : [],
      bystanders: cluster.guests.filter(guest => !affected.includes(guest)).map(guest => guest.name),
      injection: walked.first,
      ...(walked.healing === undefined ? {} : {healing: walked.healing}),
      client: cluster.client.name,
      clocks: offsets.map(({host, offsetMs, halfWidthMs, utcOffsetMinutes}) => ({
        host,
        offsetMs,
        halfWidthMs,
        utcOffsetMinutes,
      })),
      recovered,
      waitedUntilWallMs,
    };
    await keepState(trial, facts);
  } finally {
    if (storage !== undefined) await trial.keep('storage.json', `${JSON.stringify(await storage.stop(), null, 1)}\n`);
    const log = await watched.value.stop();
    await trial.keep('beacon.log', log.ok ? log.value : '');
  }
  await collect(trial, logs);
  for (const fault of walked.inForce) await trial.heal(fault);
}

/** What the platform says while the fault is in force, or just after. */
async function keepState({cluster, keep}: Trial, facts: ResilienceFacts): Promise<void> {
  await keep('failover.json', `${JSON.stringify(facts, null, 1)}\n`);
  const state = await onCluster(cluster, crmMonCommand());
  await keep('crm_mon.xml', state.ok ? state.value : '');
  // A switch sends to the incarnation it has heard last, and an older one stays silent and unseen; its host knows
  // of it.
  await keep('domains.json', `${JSON.stringify(await domains(cluster), null, 1)}\n`);
}

interface Walked {
  first: Injection;
  /** When the first fault was healed by the timeline. */
  healing?: {monotonicBeforeMs: number; monotonicAfterMs: number};
  inForce: readonly Fault[];
}

/** Every step at its time. A step is late by as long as the one before it takes: its own times are kept. */
async function walk(trial: Trial, {timeline, bind}: Drill, node: Host): Promise<Walked> {
  const inForce = new Map<string, Fault>();
  let first: Injection | undefined;
  let healing: Walked['healing'];
  for (const step of timeline) {
    if (first !== undefined) await pause(trial, step.at - (performance.now() - first.monotonicAfterMs) / 1000);
    const key = JSON.stringify([step.fault, step.target, step.parameters]);
    if (step.action === 'inject') {
      const fault = bind(trial.cluster, step, node);
      inForce.set(key, fault);
      const injection = await trial.inject(fault);
      first ??= injection;
      continue;
    }
    const fault = inForce.get(key);
    if (fault === undefined) throw new Error(`the timeline heals ${step.fault}, which is not in force`);
    const monotonicBeforeMs = performance.now();
    await trial.heal(fault);
    healing ??= {monotonicBeforeMs, monotonicAfterMs: performance.now()};
    inForce.delete(key);
  }
  if (first === undefined) throw new Error('the timeline injects nothing');
  return {first, inForce: [...inForce.values()], ...(healing === undefined ? {} : {healing})};
}

/** Only now: what is acknowledged after a ledger was read could not be checked against it. */
async function collect(trial: Trial, logs: readonly LogPlace[]): Promise<void> {
  const {cluster} = trial;
  for (const guest of cluster.guests) {
    const ledger = await verifyLedger(cluster, guest);
    await trial.keep(`ledger-${guest.name}.txt`, ledger.ok ? ledger.value : '');
  }
  for (const {node, name, path, bytes} of logs) {
    await trial.record(`${name}-${node.name}.log`, node, {
      argv: ['sh', '-c', sinceScript, 'since', path, String(bytes)],
      timeoutMs: 30_000,
      idempotent: true,
    });
  }
}

/** The commands of a trial in their order, for a plan that is only printed. */
export function previewResilience(
  cluster: Cluster,
  {timeline, bind}: Drill,
): {host: string; argv: readonly string[]}[] {
  const [node] = cluster.nodes;
  if (!node) return [];
  const targets = cluster.guests.flatMap(guest => ['--target', `${guest.name}=${guest.address}:${guest.ports.beacon}`]);
  const injections = timeline.filter(({action}) => action === 'inject');
  return [
    {host: cluster.client.name, argv: ['beacon', 'watch', ...targets]},
    ...injections.map(step => ({host: node.name, argv: [bind(cluster, step, node).describe]})),
    {host: node.name, argv: crmMonCommand().argv},
    {host: cluster.client.name, argv: ['beacon', 'verify', ...targets]},
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
 * The survivors' logs as they are now: only what comes after belongs to the trial. A log that is not there yet has
 * no bytes.
 */
async function logsNow(cluster: Cluster, survivors: readonly Host[]): Promise<readonly LogPlace[]> {
  return Promise.all(
    survivors.flatMap(node =>
      logPaths.map(async ([name, path]) => {
        const size = await ask(cluster.transport, node, look(['stat', '-c', '%s', path]));
        return {node, name, path, bytes: size.ok && /^\d+\n?$/.test(size.value) ? Number(size.value) : 0};
      }),
    ),
  );
}

async function nodeOfFirstGuest(cluster: Cluster): Promise<{node: Host; guests: Cluster['guests']}> {
  const placement = await placed(cluster);
  const [first] = cluster.guests;
  const node = cluster.nodes.find(({name}) => name === placement.get(first?.name ?? ''));
  if (!node) throw new Error('the first guest runs nowhere: there is nothing to fail over');
  return {node, guests: cluster.guests.filter(guest => placement.get(guest.name) === node.name)};
}

/** Guest → node, for guests that run on exactly one. */
async function placed(cluster: Cluster): Promise<Map<string, string>> {
  const placement = new Map<string, string>();
  for (const guest of cluster.guests) {
    const nodes = await whereRuns(cluster, guest.resource);
    if (!nodes.ok) throw new Error(nodes.error);
    const [node] = nodes.value;
    if (node !== undefined && nodes.value.length === 1) placement.set(guest.name, node);
  }
  return placement;
}

async function pause(trial: Trial, seconds: number): Promise<void> {
  await waitFor('time to pass', seconds * 1000, async () => undefined, {intervalMs: 200, signal: trial.signal});
  if (trial.signal.aborted) throw new Error('interrupted');
}

export function resilienceOptions(parameters: Parameters): ResilienceOptions {
  return parametersOf(optionsSchema, parameters);
}

/** A stock cluster takes half a minute to come back, and as long again to be whole. */
export function resilienceSeconds(parameters: Parameters): number {
  return baselineSeconds + Math.max(35, resilienceOptions(parameters).holdSeconds + 5) + 25;
}
