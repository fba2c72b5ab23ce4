/** The local reference cluster: up, found again, looked at, down. */

import {rm} from 'node:fs/promises';
import path from 'node:path';
import {withStoreClients} from '../guest/clients.ts';
import {buildGuestImage} from '../guest/image.ts';
import {waitForGuests} from '../probes/serving.ts';
import {storageOf} from '../storage/index.ts';
import {storeBackends} from '../storage/stores/index.ts';
import {labTransport, rackTransport} from '../transport/lab.ts';
import type {Cluster, Host, Result, Transport} from '../types.ts';
import {labServices} from './addresses.ts';
import {bondNote} from './bond.ts';
import {
  fabricNote,
  type LabOptions,
  type LabShape,
  monitoringNote,
  planLab,
  postNote,
  powerOn,
  randomSecret,
  shapeOf,
  vhostUserNote,
  writeState,
} from './build.ts';
import {cgroupPrefix} from './cgroups.ts';
import {adminEntrance, removeRack} from './enclosure.ts';
import {failure, type LabError, refusal} from './error.ts';
import {fabricPrograms} from './fabric.ts';
import {addGuests, domainOf, placeDomains, placeImage} from './guests.ts';
import {probeAcceleration} from './kvm-probe.ts';
import {bootstrapMonitoring, labMonitoring, monitoringPrograms} from './monitoring/index.ts';
import {groundOf, preflight} from './preflight.ts';
import {waitForQuorum} from './quorum.ts';
import {raise, type Say} from './raise.ts';
import {
  adminPath,
  type LabPlace,
  type LabRecord,
  labPlace,
  livingBuilder,
  livingRack,
  readRecord,
  writeRecord,
} from './state.ts';
import {bareStatusOf, type LabStatus, statusOf} from './status.ts';
import {attachStore, attachStores, needsClients, serveStores, storePrograms} from './stores.ts';
import {layCertificates} from './tls.ts';
import {vhostUserGuest, vhostUserPrograms} from './vhost-user.ts';

export {type BareLab, type BareOptions, bareUp, type Release, releases} from './bare/index.ts';
export {type BondMode, bondModes} from './bond.ts';
export {defaultPostSeconds, type LabOptions, type LabShape} from './build.ts';
export type {LabError} from './error.ts';
export {type Fabric, fabrics} from './fabric.ts';
export {scrapeIntervals} from './monitoring/index.ts';
export {labNames} from './state.ts';
export type {BareStatus, ClusterStatus, LabStatus} from './status.ts';

/**
 * Builds a lab and waits until it is quorate, its storage takes writes and every guest answers. `say` is told what is
 * being done. Whatever fails, or an abort of `signal`, ends with nothing left behind.
 */
export async function labUp(options: LabOptions, say: Say, signal: AbortSignal): Promise<Result<Cluster, LabError>> {
  const place = labPlace(options.name, options.stateRoot);
  if (!place.ok) return place;
  const programs = [
    ...storePrograms(options.stores ?? []),
    ...(options.monitoring === undefined ? [] : monitoringPrograms),
    ...(options.fabric === 'ovs' ? fabricPrograms : []),
    ...(options.vhostUser ? vhostUserPrograms : []),
  ];
  if (options.bond !== undefined && options.fabric !== 'ovs')
    return refusal('a bond needs switches that speak LACP, and the lab has bridges of the kernel', 'Add: --fabric ovs');
  if (options.vhostUser && options.bond !== undefined)
    return refusal(
      'the vhost-user port and the bond are each an Open vSwitch of a node, and one node runs one',
      'Take two labs: one with --bond, one with --vhost-user',
    );
  const fit = preflight(groundOf(place.value.root), options.storage, place.value.root, programs);
  if (!fit.ok) return fit;
  const ceph = options.stores?.find(kind => storeBackends[kind].lab?.needs === 'ceph');
  if (ceph !== undefined && options.storage !== 'ceph')
    return refusal(`a store ${ceph} lies on Ceph, and the lab has ${options.storage}`, 'Add: --storage ceph');
  const byGuest = options.stores?.find(kind => storeBackends[kind].lab?.servers === 'first-guest');
  if (byGuest !== undefined && options.guests < 2)
    return refusal(
      `a store ${byGuest} is served by a second guest, and the lab has ${options.guests}`,
      'Add: --guests 2',
    );
  if (options.vhostUser && options.guests < 2)
    return refusal(
      `a vhost-user port is held against a tap, and the lab has ${options.guests} guests`,
      'Add: --guests 2',
    );
  return raise(place.value, () => build(place.value, options, say, signal), say, signal);
}

async function build(
  place: LabPlace,
  options: LabOptions,
  say: Say,
  signal: AbortSignal,
): Promise<Result<Cluster, string>> {
  const plain = await buildGuestImage(say);
  if (!plain.ok) return plain;
  const image = needsClients(options.stores ?? []) ? await withStoreClients(plain.value, say) : plain;
  if (!image.ok) return image;
  const accelerator = (await probeAcceleration(image.value)) === 'kvm' ? 'kvm' : 'qemu';
  const plan = planLab(options, guestMemoryBytes, hardwareOf(accelerator, options), randomSecret);
  // Where KVM does not work its device is hidden from the nodes: libvirt's own probe would trip over it.
  writeState(place, plan, accelerator === 'kvm' ? ['kvm:10:232'] : []);
  const certified = await layCertificates(place, plan.record.nodes);
  if (!certified.ok) return certified;
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
  const storage = {cluster, storageHost: plan.record.storageHost, say, signal};
  const [quorum, disks] = await Promise.all([waitForQuorum(cluster, quorumDeadlineMs, say, signal), build(storage)]);
  if (!quorum.ok) return quorum;
  if (!disks.ok) return disks;
  const served = await serveStores(cluster.stores ?? [], storage);
  if (!served.ok) return served;
  const fast = options.vhostUser && vhostUserGuest(cluster.guests);
  const laid = await placeDomains(
    cluster,
    cluster.guests.map(guest => ({
      guest,
      xml: domainOf(guest, accelerator, disks.value, served.value, guest === fast),
    })),
  );
  if (!laid.ok) return laid;
  say(`starting ${cluster.guests.length} guests`);
  const added = await addGuests(cluster);
  if (!added.ok) return added;
  const answered = await waitForGuests(cluster, guestDeadlineMs, signal);
  if (!answered.ok) return answered;
  const attached = await attachStores(cluster);
  if (!attached.ok) return attached;
  const watched = await watch(place, cluster, options, say, signal);
  if (!watched.ok) return watched;
  writeRecord(place, {...plan.record, phase: 'up'});
  await rm(path.join(place.state, 'builder'), {force: true});
  say(`lab ${options.name} is up: ${cluster.nodes.length} nodes, ${cluster.guests.length} guests, ${options.storage}`);
  return {ok: true, value: cluster};
}

async function watch(
  place: LabPlace,
  cluster: Cluster,
  {monitoring}: LabOptions,
  say: Say,
  signal: AbortSignal,
): Promise<Result<void, string>> {
  if (monitoring === undefined) return {ok: true, value: undefined};
  say(`starting Prometheus, Alertmanager and exporters, every ${monitoring}`);
  return bootstrapMonitoring(cluster, monitoring, cgroupPrefix(place), signal);
}

/** What every report must say about the ground it stands on. */
function hardwareOf(
  accelerator: 'kvm' | 'qemu',
  {postSeconds, fabric, bond, vhostUser, monitoring}: LabOptions,
): Cluster['hardware'] {
  const how = accelerator === 'kvm' ? 'with hardware virtualization' : 'under software emulation';
  return {
    emulated: accelerator === 'qemu',
    shared: true,
    note: [
      `local lab: all hosts share one machine, guests run ${how}; ${postNote(postSeconds)}`,
      fabricNote(fabric),
      bondNote(bond),
      vhostUserNote(vhostUser),
      monitoringNote(monitoring),
    ].join(''),
  };
}

/** fio does not fit into much less. */
const guestMemoryBytes = 512 * 1024 ** 2;
const quorumDeadlineMs = 60_000;
const guestDeadlineMs = 120_000;

function clusterOf(place: LabPlace, record: LabRecord): Cluster {
  const {name, nodes, client, guests, storage, stores, hardware} = record;
  const services = labServices(nodes);
  const watched = record.monitoring && {monitoring: labMonitoring(client, storage === 'ceph')};
  const beside = {stores, attachStore, services, ...watched};
  return {name, nodes, client, guests, storage, ...beside, transport: labTransport(place), hardware};
}

/** A lab that lives, of either kind, whole or still being built. */
function livingLab(
  name: string,
  stateRoot: string | undefined,
): Result<{place: LabPlace; record: LabRecord}, LabError> {
  const place = labPlace(name, stateRoot);
  if (!place.ok) return place;
  const record = readRecord(place.value);
  return record === undefined || livingRack(place.value) === undefined
    ? refusal(`lab ${name} is not up`, `Run: seatrial lab up ${name}`)
    : {ok: true, value: {place: place.value, record}};
}

/** Attaches to a lab that is up. */
export async function openLab(name: string, stateRoot?: string): Promise<Result<Cluster, LabError>> {
  const living = livingLab(name, stateRoot);
  if (!living.ok) return living;
  const {place, record} = living.value;
  if (record.bare !== undefined) {
    return refusal(
      `lab ${name} is of bare hosts, reached by SSH as a stranger's are, and is no cluster by itself`,
      `From its administrator's machine, seatrial lab exec --lab ${name} admin -- …, use --inventory ${adminPath(place, 'inventory.yaml')}`,
    );
  }
  if (record.phase !== 'up') {
    return refusal(
      `lab ${name} is not up: it is being built, or was left half-built`,
      `Wait, or run: seatrial lab down ${name}`,
    );
  }
  return {ok: true, value: clusterOf(place, record)};
}

/** As a lab was built that is up, by its own record; nothing where no cluster of that name is. */
export function labShape(name: string, stateRoot?: string): LabShape | undefined {
  const place = labPlace(name, stateRoot);
  const record = place.ok && livingRack(place.value) !== undefined ? readRecord(place.value) : undefined;
  return record?.phase === 'up' ? shapeOf(record) : undefined;
}

/** What the lab is doing right now. Answers within some seconds, whatever is down. */
export async function labStatus(name: string, stateRoot?: string): Promise<Result<LabStatus, LabError>> {
  const living = livingLab(name, stateRoot);
  if (!living.ok) return living;
  const {place, record} = living.value;
  const cluster = clusterOf(place, record);
  return {
    ok: true,
    value:
      record.bare === undefined
        ? await statusOf(place, record, cluster)
        : await bareStatusOf(place, record, record.bare.release, cluster.transport),
  };
}

/** Who commands can be run on, with power or without. */
export interface LabConsole {
  hosts: readonly Host[];
  transport: Transport;
  /** Words in front of a command of this machine that is to have the network of the administrator's. */
  admin: readonly [string, ...string[]];
}

/** The consoles of a lab of either kind. */
export async function labConsole(name: string, stateRoot?: string): Promise<Result<LabConsole, LabError>> {
  const place = labPlace(name, stateRoot);
  if (!place.ok) return place;
  const record = readRecord(place.value);
  const admin = adminEntrance(place.value);
  if (record === undefined || admin === undefined)
    return refusal(`lab ${name} is not up`, `Run: seatrial lab up ${name}`);
  const hosts = [...record.nodes, record.client];
  return {ok: true, value: {hosts, transport: labTransport(place.value), admin}};
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
