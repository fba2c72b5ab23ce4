/**
 * What every failover scenario does: watch all guests, strike the node under the first one, wait until that guest serves and writes again
 * elsewhere, collect what the platform says about it, heal. The scenario adds the fault.
 */
import {z} from 'zod';
import {ask, look} from '../../harness/cluster/ask.ts';
import {clockOffsets} from '../../harness/cluster/clocks.ts';
import {domains} from '../../harness/cluster/libvirt.ts';
import {crmMonCommand, onCluster, whereRuns} from '../../harness/cluster/pacemaker.ts';
import {startBeacon, verifyLedger} from '../../harness/probes/beacon/driver.ts';
import type {Cluster, Fault, Guest, Host, Parameters, Trial} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {type BeaconLog, firstDurable, lifeSpans, parseBeacon} from '../../reports/parse/beacon.ts';
import {parametersOf} from '../parameters.ts';
import type {FailoverFacts} from './facts.ts';

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
  /** The fault is left in force at least this long. */
  holdSeconds: z.number().min(0).max(3600),
});
export type FailoverOptions = z.infer<typeof optionsSchema>;

export async function driveFailover(
  trial: Trial,
  faultOn: (node: Host) => Fault,
  options: FailoverOptions,
): Promise<void> {
  const {cluster} = trial;
  const placement = await placed(cluster);
  const [first] = cluster.guests;
  const struck = cluster.nodes.find(node => node.name === placement.get(first?.name ?? ''));
  if (!first || !struck) throw new Error('the first guest runs nowhere: there is nothing to fail over');
  const victims = cluster.guests.filter(guest => placement.get(guest.name) === struck.name);
  const survivors = cluster.nodes.filter(node => node !== struck);
  const fault = faultOn(struck);
  const {offsets} = await clockOffsets(cluster, [cluster.client, ...survivors]);
  const logs = await logsNow(cluster, survivors);

  const watched = await startBeacon(cluster, cluster.guests, {
    intervalMs: options.intervalMs,
    durationSeconds: baselineSeconds + options.recoverySeconds + options.holdSeconds + 60,
  });
  if (!watched.ok) throw new Error(watched.error);
  try {
    trial.say(`watching ${cluster.guests.map(guest => guest.name).join(', ')} before the fault`, cluster.client.name);
    const [known] = await Promise.all([livesNow(cluster, victims), pause(trial, baselineSeconds)]);
    const injection = await trial.inject(fault);
    const held = performance.now() + options.holdSeconds * 1000;

    trial.say(`waiting for ${victims.map(guest => guest.name).join(', ')} to serve elsewhere`);
    const recovered = await waitFor(
      `${victims.map(guest => guest.name).join(', ')} to write again on another node`,
      options.recoverySeconds * 1000,
      async () => ((await allWrite(cluster, victims, struck.name, known)) ? true : undefined),
      {intervalMs: 500, signal: trial.signal},
    );
    const waitedUntilWallMs = Date.now();
    await pause(trial, Math.max(afterSeconds, (held - performance.now()) / 1000));

    const facts: FailoverFacts = {
      fault: fault.kind,
      struck: struck.name,
      survivors: survivors.map(node => node.name),
      victims: victims.map(({name, resource}) => ({guest: name, resource})),
      bystanders: cluster.guests.filter(guest => !victims.includes(guest)).map(guest => guest.name),
      injection,
      client: cluster.client.name,
      clocks: offsets.map(({host, offsetMs, halfWidthMs, utcOffsetMinutes}) => ({
        host,
        offsetMs,
        halfWidthMs,
        utcOffsetMinutes,
      })),
      recovered: recovered.ok,
      waitedUntilWallMs,
    };
    await trial.keep('failover.json', `${JSON.stringify(facts, null, 1)}\n`);
    const state = await onCluster(cluster, crmMonCommand());
    await trial.keep('crm_mon.xml', state.ok ? state.value : '');
    // A switch sends to the life it has heard last, and an older one stays silent and unseen; its host knows of it.
    await trial.keep('domains.json', `${JSON.stringify(await domains(cluster), null, 1)}\n`);
  } finally {
    const log = await watched.value.stop();
    await trial.keep('beacon.log', log.ok ? log.value : '');
  }
  // Only now: what is acknowledged after a ledger was read could not be checked against it.
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
  await trial.heal(fault);
}

/** The commands of a failover trial in their order, for a plan that is only printed. */
export function previewFailover(
  cluster: Cluster,
  faultOn: (node: Host) => Fault,
): {host: string; argv: readonly string[]}[] {
  const [node] = cluster.nodes;
  if (!node) return [];
  const targets = cluster.guests.flatMap(guest => ['--target', `${guest.name}=${guest.address}:${guest.ports.beacon}`]);
  return [
    {host: cluster.client.name, argv: ['beacon', 'watch', ...targets]},
    {host: node.name, argv: [faultOn(node).describe]},
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

/** The survivors' logs as they are now: only what comes after belongs to the trial. A log that is not there yet has no bytes. */
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

/**
 * Whether each of these guests runs away from the struck node, in a life that is not `known`, and has a new write acknowledged as durable. A
 * glance, not a measurement.
 */
async function allWrite(
  cluster: Cluster,
  guests: readonly Guest[],
  struck: string,
  known: ReadonlySet<string>,
): Promise<boolean> {
  for (const guest of guests) {
    const nodes = await whereRuns(cluster, guest.resource);
    if (!nodes.ok || nodes.value.length !== 1 || nodes.value[0] === struck) return false;
  }
  const log = await glance(cluster, guests);
  return guests.every(({name}) =>
    (log && lifeSpans(log, name))?.some(({bootId}) => !known.has(bootId) && firstDurable(log, name, bootId)),
  );
}

/** Boot ids of all that answer for these guests: a life that goes on although its node is given up is no recovery. */
async function livesNow(cluster: Cluster, guests: readonly Guest[]): Promise<ReadonlySet<string>> {
  const log = await glance(cluster, guests);
  return new Set(guests.flatMap(({name}) => (log && lifeSpans(log, name)) ?? []).map(({bootId}) => bootId));
}

async function glance(cluster: Cluster, guests: readonly Guest[]): Promise<BeaconLog | undefined> {
  const looked = await startBeacon(cluster, guests, {intervalMs: 50, durationSeconds: 1});
  const log = looked.ok ? await looked.value.ended : looked;
  const parsed = log.ok ? parseBeacon(log.value, 'look') : undefined;
  return parsed?.ok === true ? parsed.value : undefined;
}

async function pause(trial: Trial, seconds: number): Promise<void> {
  await waitFor('time to pass', seconds * 1000, async () => undefined, {intervalMs: 200, signal: trial.signal});
  if (trial.signal.aborted) throw new Error('interrupted');
}

export function failoverOptions(parameters: Parameters): FailoverOptions {
  return parametersOf(optionsSchema, parameters);
}

/** A stock cluster takes half a minute to come back, and as long again to be whole. */
export function failoverSeconds(parameters: Parameters): number {
  return baselineSeconds + Math.max(35, failoverOptions(parameters).holdSeconds + 5) + 25;
}
