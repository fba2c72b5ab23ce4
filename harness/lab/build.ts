/** From a plan to hosts with power: the state folder, the rack, its hosts and their controllers. */
import {randomBytes} from 'node:crypto';
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {rackTransport} from '../transport/lab.ts';
import type {Host, Result, StoreKind} from '../types.ts';
import {
  bmcAddress,
  type Cable,
  guestOf,
  hostOf,
  hostsText,
  nodeCables,
  nodeName,
  otherCables,
  outletAddress,
  planesText,
  serviceBridge,
} from './addresses.ts';
import {type BmcPlan, bmcEmulatorText, bmcLanText, bmcName, bmcPort} from './bmc.ts';
import {type BondMode, bondHook, bondText} from './bond.ts';
import {startRack} from './enclosure.ts';
import {type Fabric, fabricText, switchOf, vlansText} from './fabric.ts';
import {copyMachine} from './machine.ts';
import type {ScrapeInterval} from './monitoring/intervals.ts';
import {cibFile, type NodePlan, nodeFiles, nodeHooks, plainFiles} from './stack.ts';
import type {LabPlace, LabRecord} from './state.ts';
import {planStores} from './stores.ts';
import {vhostUserGuest, vhostUserHook} from './vhost-user.ts';

export interface LabOptions {
  name: string;
  nodes: 3 | 4 | 5;
  storage: 'ceph' | 'nbd';
  guests: number;
  /** Beside the guests' own disks, in the last guest. */
  stores?: readonly StoreKind[];
  /** Where labs keep their state; a folder of this machine's own disk. */
  stateRoot?: string;
  /** From power to operating system when a controller or a reboot starts a node, in seconds, 0 to 600; default 10. */
  postSeconds?: number;
  /** With 2 every node has an outlet of its own, which fences it where its controller does not. */
  fenceLevels?: 1 | 2;
  /** What the planes are: bridges of the kernel's, or VLANs of Open vSwitch. */
  fabric?: Fabric;
  /** How each node bundles its two links of the service plane; with the fabric `ovs`. */
  bond?: BondMode;
  /** Of Corosync's: the cluster plane, and with 2 the storage plane beside it. */
  links?: 1 | 2;
  /** The last guest hangs on a vhost-user port of Open vSwitch with DPDK; it takes two guests. */
  vhostUser?: true;
  /** Prometheus, Alertmanager and exporters, which look so often. */
  monitoring?: ScrapeInterval;
}

/** What decides which trials a lab can have. */
export type LabShape = Pick<LabOptions, 'nodes' | 'storage' | 'guests' | 'stores' | 'monitoring' | 'links'>;

/**
 * A host is fenced some five seconds after it was lost, so that with this POST it is no member again before the 15 s
 * within which a failover is promised: an earlier return would shorten that, which no real server does. Below 5 s a
 * host is back before its peers have told it of its fence, and Pacemaker ends itself on it ("allegedly just fenced").
 */
export const defaultPostSeconds = 10;

/** For the face of reports: what no real server does as fast. */
export const fabricNote = (fabric: Fabric = 'bridge'): string =>
  fabric === 'ovs' ? '; planes are VLANs of two switches by Open vSwitch in user space, with a trunk of two links' : '';

export const postNote = (postSeconds: number = defaultPostSeconds): string =>
  `a host that was switched on or reset takes ${postSeconds} s to its operating system`;

/** It takes its share of the same processors: asked every second, exporters of three nodes fill two of them. */
export const monitoringNote = (every?: ScrapeInterval): string =>
  every === undefined ? '' : `; Prometheus on it asks every exporter each ${every}`;

export const vhostUserNote = (on?: true): string =>
  on ? '; the last guest hangs on a vhost-user port of Open vSwitch with DPDK, without huge pages' : '';

export interface LabPlan {
  hosts: readonly {host: Host; cables: readonly Cable[]}[];
  bmcs: readonly BmcPlan[];
  record: LabRecord;
  fabric: Fabric;
  bond?: BondMode;
  links?: 1 | 2;
  vhostUser?: true;
}

/**
 * Decides everything that can be decided beforehand. `secret` makes a controller's password: at most 16 letters and
 * digits.
 */
export function planLab(
  options: LabOptions,
  guestMemoryBytes: number,
  hardware: LabRecord['hardware'],
  secret: () => string,
): LabPlan {
  const bmcs = planBmcs(options.nodes, secret);
  const nodes = bmcs.map(bmc => nodeOf(bmc, scratchFolder));
  const client = otherHost('client', scratchFolder);
  const guests = Array.from({length: options.guests}, (_, index) => guestOf(index + 1, guestMemoryBytes));
  const storage = options.storage === 'nbd' ? otherHost('storage', scratchFolder) : undefined;
  return {
    hosts: [...nodes, client, ...(storage === undefined ? [] : [storage])],
    fabric: options.fabric ?? 'bridge',
    links: options.links ?? 1,
    ...(options.bond === undefined ? {} : {bond: options.bond}),
    ...(options.vhostUser && {vhostUser: true}),
    bmcs: options.fenceLevels === 2 ? [...bmcs, ...planOutlets(options.nodes, secret)] : bmcs,
    record: {
      schema: 'seatrial-lab/1',
      name: options.name,
      phase: 'building',
      storage: options.storage,
      postSeconds: options.postSeconds ?? defaultPostSeconds,
      nodes: nodes.map(({host}) => host),
      client: client.host,
      ...(storage === undefined ? {} : {storageHost: storage.host}),
      guests,
      stores: planStores(
        options.stores ?? [],
        nodes.map(({host}) => host),
        guests,
      ),
      ...(options.monitoring === undefined ? {} : {monitoring: options.monitoring}),
      ...(options.links && {links: options.links}),
      hardware,
    },
  };
}

/** Of bare hosts there is none. Pure. */
export function shapeOf({
  nodes: {length: nodes},
  storage,
  guests,
  stores,
  monitoring,
  links = 1,
}: LabRecord): LabShape | undefined {
  if (storage === 'none' || (nodes !== 3 && nodes !== 4 && nodes !== 5)) return undefined;
  const further = {...(stores.length > 0 && {stores: stores.map(({kind}) => kind)}), ...(monitoring && {monitoring})};
  return {nodes, storage, guests: guests.length, links, ...further};
}

export const planBmcs = (nodes: number, secret: () => string): BmcPlan[] =>
  Array.from({length: nodes}, (_, before) => ({
    host: nodeName(before + 1),
    address: bmcAddress(before + 1),
    username: 'admin',
    password: secret(),
    index: before + 1,
  }));

const planOutlets = (nodes: number, secret: () => string): BmcPlan[] =>
  planBmcs(nodes, secret).map(bmc => ({
    ...bmc,
    outlet: true,
    address: outletAddress(bmc.index),
    index: bmc.index + nodes,
  }));

/** A node with its controller and cables; `scratch` is the folder it may overwrite. */
export function nodeOf({host: name, index, address, username, password}: BmcPlan, scratch: string) {
  const cables = nodeCables(index);
  const bmc = {address, port: bmcPort, username, password};
  return {host: {...hostOf(name, 'node', cables), bmc, scratch: [scratch]}, cables};
}

export function otherHost(role: 'client' | 'storage', scratch: string) {
  const cables = otherCables(role);
  return {host: {...hostOf(role, role, cables), scratch: [scratch]}, cables};
}

/** On the host's own persistent folder. */
const scratchFolder = '/var/lib/seatrial/disk/scratch';

/** 16 characters: what IPMI 1.5 allows. */
export const randomSecret = (): string => randomBytes(8).toString('hex');

/** Writes what the rack's scripts read of any lab. The state folder itself is there, and nothing runs yet. */
export function writeMachines(place: LabPlace, plan: LabPlan): PutFile {
  const put: PutFile = (file, text, mode = 0o600) => {
    const target = path.join(place.state, file);
    mkdirSync(path.dirname(target), {recursive: true});
    writeFileSync(target, text, {mode});
  };
  copyMachine(place.state);
  for (const folder of ['run', 'log', 'disks', 'hosts', 'bmcs']) mkdirSync(path.join(place.state, folder));
  put('fabric', fabricText(plan.fabric));
  if (plan.fabric === 'ovs') put('vlans', vlansText());
  put('post', `${plan.record.postSeconds}\n`);
  for (const bmc of plan.bmcs) {
    const chassis = `sh ${place.state}/machine/chassis.sh ${place.state} ${bmc.host}`;
    put(`bmcs/${bmcName(bmc)}/address`, `${bmc.address}\n`);
    put(`bmcs/${bmcName(bmc)}/lan.conf`, bmcLanText(bmc, chassis));
    put(`bmcs/${bmcName(bmc)}/chassis.emu`, bmcEmulatorText);
  }
  for (const [index, {host, cables}] of plan.hosts.entries()) {
    put(`hosts/${host.name}/planes`, planesText(host.name, cables));
    if (plan.fabric === 'ovs') put(`hosts/${host.name}/switch`, `${switchOf(index)}\n`);
    mkdirSync(path.join(place.state, 'disks', host.name, 'scratch'), {recursive: true});
  }
  return put;
}

/** Writes a file of the lab's folder, and the folders above it. */
type PutFile = (file: string, text: string, mode?: number) => void;

/** Writes everything the scripts read of a lab that is a cluster. */
export function writeState(place: LabPlace, plan: LabPlan, devices: readonly string[]): void {
  const put = writeMachines(place, plan);
  put('devices', devices.map(device => `${device}\n`).join(''));
  const nodes: NodePlan[] = plan.record.nodes.map(({name, addresses: {cluster, storage}}, index) => {
    const planned = [cluster, storage].slice(0, plan.links ?? 1);
    return {name, id: index + 1, links: planned.filter(address => address !== undefined)};
  });
  const hosts = hostsText(plan.hosts.map(({host}) => host));
  const fast = plan.vhostUser && vhostUserGuest(plan.record.guests);
  for (const {host} of plan.hosts) {
    const node = nodes.find(each => each.name === host.name);
    const files = node === undefined ? plainFiles(host, hosts) : nodeFiles(place.name, node, nodes, plan.bmcs, hosts);
    for (const [file, text] of Object.entries(files))
      put(`hosts/${host.name}/files${file}`, text, file === cibFile ? 0o600 : 0o644);
    mkdirSync(path.join(place.state, 'disks', host.name, 'boot.d'));
    const bond = node === undefined ? undefined : plan.bond;
    if (bond !== undefined) put(`hosts/${host.name}/bond`, bondText(bond));
    const hooks = {...(bond && bondHook(bond, serviceBridge)), ...nodeHooks, ...(fast && vhostUserHook(fast))};
    for (const [name, text] of Object.entries(node === undefined ? {} : hooks)) {
      put(`disks/${host.name}/boot.d/${name}`, text);
    }
  }
}

/** Starts the rack, the controllers and every host; hosts boot side by side. Ends when all can be reached. */
export async function powerOn(place: LabPlace, plan: LabPlan, signal: AbortSignal): Promise<Result<void, string>> {
  const rack = await startRack(place, signal);
  if (!rack.ok) return rack;
  const run = rackTransport(place);
  // The first start is not part of anything that is measured.
  const press = (script: string, host: string) => `sh ${place.state}/machine/${script} ${place.state} ${host} on 0`;
  const all = [
    ...plan.bmcs.map(bmc => press('bmc.sh', bmcName(bmc))),
    ...plan.hosts.map(({host}) => press('power.sh', host.name)),
  ];
  // One shell for all: entering the rack once is quicker than a dozen times.
  const script = `failed=0; ${all.map((line, index) => `${line} & p${index}=$!`).join('; ')}; ${all
    .map((_, index) => `wait $p${index} || failed=1`)
    .join('; ')}; exit $failed`;
  const outcome = await run({argv: ['sh', '-c', script], timeoutMs: 30_000, idempotent: true});
  if (outcome.exit.kind === 'exited' && outcome.exit.code === 0) return {ok: true, value: undefined};
  const said = outcome.stderr.trim().split('\n').slice(-3).join(' / ') || JSON.stringify(outcome.exit);
  return {ok: false, error: `the hosts of lab ${place.name} could not be powered on: ${said}`};
}
