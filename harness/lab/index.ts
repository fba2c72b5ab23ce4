/** The local reference cluster: up, found again, looked at, down. */
import {mkdirSync, writeFileSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import path from 'node:path';
import {buildGuestImage} from '../guest/image.ts';
import {waitForGuests} from '../probes/serving.ts';
import {storageOf} from '../storage/index.ts';
import {labTransport, rackTransport} from '../transport/lab.ts';
import type {Cluster, Result} from '../types.ts';
import {defaultPostSeconds, type LabOptions, planLab, powerOn, randomSecret, writeState} from './build.ts';
import {removeRack} from './enclosure.ts';
import {failure, type LabError, refusal} from './error.ts';
import {addGuests, domainOf, placeDomains, placeImage} from './guests.ts';
import {probeAcceleration} from './kvm-probe.ts';
import {groundOf, preflight} from './preflight.ts';
import {identify} from './proc.ts';
import {waitForQuorum} from './quorum.ts';
import {type LabPlace, type LabRecord, labPlace, livingBuilder, livingRack, readRecord, writeRecord} from './state.ts';
import {type LabStatus, statusOf} from './status.ts';

export type {LabOptions} from './build.ts';
export type {LabError} from './error.ts';
export {labNames} from './state.ts';
export type {LabStatus} from './status.ts';

type Say = (text: string, host?: string) => void;

/**
 * Builds a lab and waits until it is quorate, its storage takes writes and every guest answers. `say` is told what is
 * being done. Whatever fails, or an abort of `signal`, ends with nothing left behind.
 */
export async function labUp(options: LabOptions, say: Say, signal: AbortSignal): Promise<Result<Cluster, LabError>> {
  const place = labPlace(options.name, options.stateRoot);
  if (!place.ok) return place;
  const fit = preflight(groundOf(place.value.root), options.storage, place.value.root);
  if (!fit.ok) return fit;
  const claimed = await claim(place.value);
  if (!claimed.ok) return claimed;
  const built = await build(place.value, options, say, signal).catch(
    (reason: unknown): Result<Cluster, string> => ({ok: false, error: String(reason)}),
  );
  if (built.ok) return built;
  say('clearing away what was built');
  const removed = await removeRack(place.value);
  const sentence = signal.aborted ? `lab ${options.name} was interrupted while it was being built` : built.error;
  return removed.ok
    ? failure(sentence, 'Nothing of the lab is left. Mend the cause and run the same command again.')
    : failure(`${sentence}; and ${removed.error}`, `Run: seatrial lab down ${options.name}`);
}

async function build(
  place: LabPlace,
  options: LabOptions,
  say: Say,
  signal: AbortSignal,
): Promise<Result<Cluster, string>> {
  const image = await buildGuestImage(say);
  if (!image.ok) return image;
  const accelerator = (await probeAcceleration(image.value)) === 'kvm' ? 'kvm' : 'qemu';
  const plan = planLab(options, guestMemoryBytes, hardwareOf(accelerator), randomSecret);
  // Where KVM does not work its device is hidden from the nodes: libvirt's own probe would trip over it.
  writeState(place, plan, accelerator === 'kvm' ? ['kvm:10:232'] : [], options.postSeconds ?? defaultPostSeconds);
  placeImage(
    place,
    plan.record.nodes.map(node => node.name),
    image.value,
  );
  writeRecord(place, plan.record);
  if (signal.aborted) return {ok: false, error: 'interrupted'};
  say(`powering on ${plan.hosts.length} hosts`);
  const powered = await powerOn(place, plan, signal);
  if (!powered.ok) return powered;

  const cluster = clusterOf(place, plan.record);
  const build = storageOf(cluster).lab;
  if (build === undefined) return {ok: false, error: `no lab has ${cluster.storage} for its storage`};
  const [quorum, disks] = await Promise.all([
    waitForQuorum(cluster, quorumDeadlineMs, say, signal),
    build({cluster, storageHost: plan.record.storageHost, say, signal}),
  ]);
  if (!quorum.ok) return quorum;
  if (!disks.ok) return disks;
  const laid = await placeDomains(
    cluster,
    cluster.guests.map(guest => ({guest, xml: domainOf(guest, accelerator, disks.value)})),
  );
  if (!laid.ok) return laid;
  say(`starting ${cluster.guests.length} guests`);
  const added = await addGuests(cluster);
  if (!added.ok) return added;
  const answered = await waitForGuests(cluster, guestDeadlineMs, signal);
  if (!answered.ok) return answered;
  writeRecord(place, {...plan.record, phase: 'up'});
  await rm(path.join(place.state, 'builder'), {force: true});
  say(`lab ${options.name} is up: ${cluster.nodes.length} nodes, ${cluster.guests.length} guests, ${options.storage}`);
  return {ok: true, value: cluster};
}

/** What every report must say about the ground it stands on. */
function hardwareOf(accelerator: 'kvm' | 'qemu'): Cluster['hardware'] {
  const how = accelerator === 'kvm' ? 'with hardware virtualization' : 'under software emulation';
  return {
    emulated: accelerator === 'qemu',
    shared: true,
    note: `local lab: all hosts share one machine, guests run ${how}`,
  };
}

/** fio does not fit into much less. */
const guestMemoryBytes = 512 * 1024 ** 2;
const quorumDeadlineMs = 60_000;
const guestDeadlineMs = 120_000;

/** The folder is the lock: whoever makes it builds the lab. */
async function claim(place: LabPlace): Promise<Result<void, LabError>> {
  try {
    mkdirSync(place.root, {recursive: true, mode: 0o700});
    mkdirSync(place.state, {mode: 0o700});
  } catch (reason) {
    if (!(reason instanceof Error && 'code' in reason && reason.code === 'EEXIST')) {
      return refusal(
        `the lab's folder ${place.state} could not be made: ${String(reason)}`,
        'Run as root, with room on that disk.',
      );
    }
    const builder = livingBuilder(place);
    if (builder !== undefined) {
      return refusal(
        `lab ${place.name} is being built by process ${builder.pid}`,
        'Wait for it, or give another name.',
      );
    }
    const up = livingRack(place) !== undefined && readRecord(place)?.phase === 'up';
    return refusal(
      up ? `lab ${place.name} is up already` : `lab ${place.name} was left half-built`,
      `${up ? 'Use it, or take it down' : 'Clear it away'}: seatrial lab down ${place.name}`,
    );
  }
  const self = identify(process.pid);
  if (self === undefined) return refusal('/proc is not readable', 'Mount /proc.');
  writeFileSync(path.join(place.state, 'builder'), `${self.pid} ${self.startTicks}\n`);
  return {ok: true, value: undefined};
}

function clusterOf(place: LabPlace, record: LabRecord): Cluster {
  const {name, nodes, client, guests, storage, hardware} = record;
  return {name, nodes, client, guests, storage, transport: labTransport(place), hardware};
}

/** Attaches to a lab that is up. */
export async function openLab(name: string, stateRoot?: string): Promise<Result<Cluster, LabError>> {
  const place = labPlace(name, stateRoot);
  if (!place.ok) return place;
  const record = readRecord(place.value);
  if (record === undefined || livingRack(place.value) === undefined) {
    return refusal(`lab ${name} is not up`, `Run: seatrial lab up ${name}`);
  }
  if (record.phase !== 'up') {
    return refusal(
      `lab ${name} is not up: it is being built, or was left half-built`,
      `Wait, or run: seatrial lab down ${name}`,
    );
  }
  return {ok: true, value: clusterOf(place.value, record)};
}

/** What the lab is doing right now. Answers within some seconds, whatever is down. */
export async function labStatus(name: string, stateRoot?: string): Promise<Result<LabStatus, LabError>> {
  const place = labPlace(name, stateRoot);
  if (!place.ok) return place;
  const record = readRecord(place.value);
  if (record === undefined || livingRack(place.value) === undefined) {
    return refusal(`lab ${name} is not up`, `Run: seatrial lab up ${name}`);
  }
  return {ok: true, value: await statusOf(place.value, record, clusterOf(place.value, record))};
}

/**
 * Gives a node's controller its standby power or takes it away: a controller that dies with its host is a fault of its
 * own.
 */
export async function bmcPower(
  name: string,
  node: string,
  power: 'on' | 'off',
  stateRoot?: string,
): Promise<Result<void, LabError>> {
  const place = labPlace(name, stateRoot);
  if (!place.ok) return place;
  const known = readRecord(place.value)?.nodes.some(each => each.name === node);
  if (known !== true) return refusal(`lab ${name} has no node ${node}`, `Look at: seatrial lab status ${name}`);
  const {state} = place.value;
  const outcome = await rackTransport(place.value)({
    argv: ['sh', `${state}/machine/bmc.sh`, state, node, power],
    timeoutMs: 20_000,
    idempotent: true,
  });
  if (outcome.exit.kind === 'exited' && outcome.exit.code === 0) return {ok: true, value: undefined};
  return failure(
    `the controller of ${node} could not be powered ${power}: ${outcome.stderr.trim() || JSON.stringify(outcome.exit)}`,
    `Look at: seatrial lab status ${name}`,
  );
}

/** Ends everything of the lab and removes its folder; a lab that is not there is down already. */
export async function labDown(name: string, stateRoot?: string): Promise<Result<void, LabError>> {
  const place = labPlace(name, stateRoot);
  if (!place.ok) return place;
  const builder = livingBuilder(place.value);
  if (builder !== undefined && builder.pid !== process.pid && readRecord(place.value)?.phase !== 'up') {
    return refusal(`lab ${name} is being built by process ${builder.pid}`, `Stop that first: kill -INT ${builder.pid}`);
  }
  const removed = await removeRack(place.value);
  return removed.ok ? removed : failure(removed.error, 'Look at the processes it names, then run the command again.');
}
