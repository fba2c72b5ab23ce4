/**
 * What is kept on disk of a lab: one folder, made before anything starts and removed when nothing runs any more. Any
 * later process finds the lab again by its name alone.
 */
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import {writeWholeSync} from '../files.ts';
import {readJson} from '../parse/json.ts';
import {type Result, storeKinds} from '../types.ts';
import {releases} from './bare/releases.ts';
import type {LabError} from './error.ts';
import {refusal} from './error.ts';
import {scrapeIntervals} from './monitoring/intervals.ts';
import {type ProcessIdentity, readLiving} from './proc.ts';

const defaultStateRoot = '/var/lib/seatrial/labs';

const addresses = z.partialRecord(z.enum(['management', 'cluster', 'storage', 'service']), z.string());

const host = z.strictObject({
  name: z.string(),
  role: z.enum(['node', 'client', 'storage']),
  addresses,
  interfaces: addresses,
  bmc: z.strictObject({address: z.string(), port: z.int(), username: z.string(), password: z.string()}).exactOptional(),
  scratch: z.array(z.string()),
});

const guest = z.strictObject({
  name: z.string(),
  address: z.string(),
  resource: z.string(),
  memoryBytes: z.int(),
  vcpus: z.int(),
  ports: z.strictObject({fio: z.int(), iperf3: z.int(), beacon: z.int()}),
  scratchDevice: z.string(),
  scratchSerial: z.string().exactOptional(),
});

const store = z.strictObject({
  name: z.string(),
  kind: z.enum(storeKinds),
  guest: z.string(),
  path: z.string(),
  serial: z.string().exactOptional(),
  servers: z.array(z.string()).readonly(),
  source: z.string().exactOptional(),
});

/** `building` until the cluster is quorate and every guest answers. A lab that stays `building` was left behind. */
const labRecord = z.strictObject({
  schema: z.literal('seatrial-lab/1'),
  name: z.string(),
  phase: z.enum(['building', 'up']),
  storage: z.enum(['ceph', 'nbd', 'none']),
  /** From power to operating system, when a controller or a reboot starts a host. */
  postSeconds: z.number(),
  nodes: z.array(host),
  client: host,
  storageHost: host.exactOptional(),
  guests: z.array(guest),
  stores: z.array(store).readonly().default([]),
  /** How often its Prometheus looks; absent where it has none. */
  monitoring: z.enum(scrapeIntervals).exactOptional(),
  /** Of Corosync's; one where nothing is said. */
  links: z.literal([1, 2]).exactOptional(),
  hardware: z.strictObject({emulated: z.boolean(), shared: z.boolean(), note: z.string()}),
  /** Hosts without a cluster. */
  bare: z.strictObject({release: z.enum(releases)}).exactOptional(),
});

export type LabRecord = z.infer<typeof labRecord>;

/** Paths of one lab. */
export interface LabPlace {
  name: string;
  root: string;
  state: string;
}

/** A file of who administers a lab of bare hosts: keys, passwords, inventories. */
export const adminPath = (place: LabPlace, file: string): string => path.join(place.state, 'admin', file);

/** A name is short and plain: it becomes a folder's name and part of sentences. */
export function labPlace(name: string, root: string = defaultStateRoot): Result<LabPlace, LabError> {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
    return refusal(
      `"${name}" is no name for a lab: expected a lower-case letter, then at most 31 lower-case letters, digits or hyphens`,
      'Give another name.',
    );
  }
  return {ok: true, value: {name, root, state: path.join(root, name)}};
}

/** Names of the labs that have a folder, whatever their condition. */
export function labNames(root: string = defaultStateRoot): string[] {
  try {
    return readdirSync(root, {withFileTypes: true})
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name)
      .sort();
  } catch {
    return [];
  }
}

/**
 * In one step: a reader sees the old record or the new one. Readable for root only, since it holds the controllers'
 * passwords.
 */
export function writeRecord(place: LabPlace, record: LabRecord): void {
  writeWholeSync(path.join(place.state, 'lab.json'), `${JSON.stringify(record, undefined, 2)}\n`, 0o600);
}

/** Nothing where there is no record, or none that this version understands. */
export function readRecord(place: LabPlace): LabRecord | undefined {
  try {
    const read = readJson(readFileSync(path.join(place.state, 'lab.json'), 'utf8'), 'lab.json', labRecord);
    return read.ok ? read.value : undefined;
  } catch {
    return undefined;
  }
}

/** The rack's PID 1, as this machine sees it, if it lives. */
export const livingRack = (place: LabPlace): ProcessIdentity | undefined => readLiving(path.join(place.state, 'rack'));

/** The process that is building the lab at this moment. */
export const livingBuilder = (place: LabPlace): ProcessIdentity | undefined =>
  readLiving(path.join(place.state, 'builder'));
