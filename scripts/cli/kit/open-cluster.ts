/**
 * The cluster a command works on: a local lab, or a real one from an inventory; and the journal of what is in force
 * on it.
 */
import {existsSync, readFileSync, rmSync} from 'node:fs';
import {createInterface} from 'node:readline/promises';
import {hostOf, type Inventory, readInventory} from '../../../harness/config/inventory.ts';
import type {Limits} from '../../../harness/config/limits.ts';
import {surroundings} from '../../../harness/config/surroundings.ts';
import {planLab} from '../../../harness/lab/build.ts';
import type {LabOptions} from '../../../harness/lab/index.ts';
import {type Journal, openJournal} from '../../../harness/run/journal.ts';
import {lifecycle, type WholeLifecycle} from '../../../harness/run/lifecycle.ts';
import {canonicalAddresses} from '../../../harness/transport/addresses.ts';
import {sshTransport} from '../../../harness/transport/ssh.ts';
import type {Cluster, Finding, Host, Machine, Transport} from '../../../harness/types.ts';
import {CommandError} from './command-error.ts';
import {accepted, readText} from './package-files.ts';
import {refuseUnreached} from './reach.ts';

/** Where journals live: known to every later process, whatever became of this one. */
export const journalFolder = '/var/lib/seatrial/journal';

/** What is done to a cluster outside of a run; that of a run is in its folder. */
export function auditFileOf(cluster: string): string {
  return `/var/lib/seatrial/audit/${cluster}.jsonl`;
}

export interface OpenCluster {
  cluster: Cluster;
  /** When a run stops by itself. */
  limits: Limits;
  /** Holds the cluster for this process until it is closed. */
  journal: Journal;
  close(): Promise<void>;
}

/** `connects`: what the inventory names on this machine must be there too. */
export function inventoryFrom(file: string, {connects}: {connects: boolean}): Inventory {
  return accepted(readInventory(readText(file), file, connects ? surroundings : undefined));
}

/** What may happen while a cluster is opened. */
export interface Opening {
  say: (text: string, host?: string) => void;
  signal: AbortSignal;
  /** Healing is what is asked for: a host that is silent may be the one to heal. */
  heals: boolean;
}

/**
 * The inventory's cluster, locked for this process, with a connection to every host. Where a host cannot be worked
 * on, that is a refusal, and nothing was touched: no journal entry, no lock, no connection stays.
 */
export async function openInventory(inventory: Inventory, opening: Opening): Promise<OpenCluster> {
  const withPassword = (host: Inventory['client']): Host => hostOf(host, passwordOf(host));
  const nodes = inventory.nodes.map(withPassword);
  const client = withPassword(inventory.client);
  const journal = await journalOf(inventory.cluster, await machinesOf(nodes));
  const transport = await sshTransport(inventory.ssh).catch(async (error: Error) => {
    await journal.release();
    throw new CommandError(
      `no folder for connections can be made: ${error.message}`,
      'Make room in the temporary folder.',
    );
  });
  const close = async () => {
    await transport.close();
    await journal.release();
  };
  const cluster = clusterOf(inventory, nodes, client, transport);
  try {
    await refuseUnreached({cluster, transport, ssh: inventory.ssh, journal}, opening);
  } catch (error) {
    await close();
    throw error;
  }
  return {cluster, limits: inventory.limits, journal, close};
}

/** The nodes by the canonical addresses of their management plane and their BMCs. */
export async function machinesIn(nodes: readonly Host[]): Promise<readonly Machine[]> {
  return Promise.all(
    nodes.map(async ({name, addresses: {management = ''}, bmc}) => ({
      name,
      addresses: [
        ...(await canonicalAddresses(management)),
        ...(bmc === undefined ? [] : await canonicalAddresses(bmc.address)).map(each => `BMC ${each}:${bmc?.port}`),
      ],
    })),
  );
}

/** All of these addresses. Two nodes with one address are one machine written twice. */
async function machinesOf(nodes: readonly Host[]): Promise<readonly string[]> {
  const owners = new Map<string, string>();
  for (const {name, addresses} of await machinesIn(nodes)) {
    for (const address of addresses) {
      const other = owners.get(address);
      if (other !== undefined) {
        throw new CommandError(
          `${other} and ${name} are the same machine: both have ${address}`,
          'Correct the addresses in the inventory. Nothing has been started.',
        );
      }
      owners.set(address, name);
    }
  }
  return [...owners.keys()];
}

/** What the inventory says, for a plan that starts nothing. */
export function describedCluster(inventory: Inventory): Cluster {
  const without = (host: Inventory['client']): Host => hostOf(host, host.bmc === undefined ? undefined : '');
  return clusterOf(inventory, inventory.nodes.map(without), without(inventory.client), untouched);
}

/** A lab as it would be built, for a plan that starts nothing. */
export function describedLab(lab: LabOptions): Cluster {
  const hardware = {emulated: true, shared: true, note: 'a local lab that is not up'};
  const {name, storage, nodes, client, guests} = planLab(lab, 512 * 2 ** 20, hardware, () => '').record;
  return {name, storage, nodes, client, guests, hardware, transport: untouched};
}

function clusterOf(inventory: Inventory, nodes: readonly Host[], client: Host, transport: Transport): Cluster {
  const {cluster: name, guests, storage, hardware} = inventory;
  return {name, nodes, client, guests, storage, hardware, transport};
}

/** The door of a dry run: shut. */
const untouched: Transport = {
  exec: async () => shut,
  start: async () => ({outcome: Promise.resolve(shut), stop: async () => shut}),
  upload: async () => shut,
  download: async () => shut,
};
const shut = {
  stdout: '',
  stderr: '',
  durationMs: 0,
  exit: {kind: 'unreachable' as const, reason: 'nothing is started in a dry run'},
};

function passwordOf(host: Inventory['client']): string | undefined {
  const source = host.bmc?.password;
  if (source === undefined) return undefined;
  const password = 'file' in source ? readPassword(source.file) : process.env[source.env];
  if (password !== undefined && password !== '') return password;
  const place = 'file' in source ? `the file ${source.file}` : `the environment variable ${source.env}`;
  throw new CommandError(`the BMC of ${host.name} has no password: ${place} is empty or missing`, 'Put it there.');
}

/** Nothing where the file went away since the inventory was read. */
function readPassword(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}

/** A real cluster is only disturbed by someone who says its name, and hears what will be disturbed. */
export async function confirmCluster(name: string, said: string | undefined, what: string): Promise<void> {
  let answer = said;
  if (answer === undefined) {
    if (!process.stdin.isTTY) {
      throw new CommandError(
        `${what} of ${name} will be disturbed, and nobody is here to confirm it`,
        `Say so with: --yes-i-mean ${name}`,
      );
    }
    const terminal = createInterface({input: process.stdin, output: process.stderr});
    answer = await terminal.question(`${what} of ${name} will be disturbed. Type the cluster's name to go on: `);
    terminal.close();
  }
  if (answer.trim() !== name) {
    throw new CommandError(
      `the name given is not that of the cluster, ${name}: nothing was started`,
      'Look at the inventory.',
    );
  }
}

/** Takes the cluster for this process: its name, and the machines with these addresses. */
export async function journalOf(name: string, addresses: readonly string[] = []): Promise<Journal> {
  const opened = await openJournal(journalFolder, name, addresses).catch((error: Error) => {
    throw new CommandError(
      `the journal in ${journalFolder} cannot be written: ${error.message}`,
      'Run as root, with room on that disk.',
    );
  });
  if (opened.ok) return opened.value;
  throw new CommandError(opened.error, 'Two trials on one cluster would disturb each other.');
}

/**
 * Of a lab that is gone nothing is in force any more, and nobody asks what was done to it. A journal that another
 * process holds is left to it.
 */
export async function forgetLab(name: string): Promise<void> {
  rmSync(auditFileOf(name), {force: true});
  if (!existsSync(journalFolder)) return;
  const opened = await openJournal(journalFolder, name);
  if (!opened.ok) return;
  for (const entry of opened.value.inForce()) await opened.value.done(entry);
  await opened.value.release();
}

/**
 * Heals, then puts back the settings that were in force before the first profile. An aborted signal ends the waiting,
 * and nothing else. What is still wrong comes back; never throws.
 */
export async function restoreCluster(
  cluster: Cluster,
  journal: Journal,
  say: (text: string, host?: string) => void,
  signal: AbortSignal,
  {heal, revert}: Pick<WholeLifecycle, 'heal' | 'revert'> = lifecycle,
): Promise<readonly Finding[]> {
  try {
    const left = await heal(cluster, journal, say, signal);
    return left.length > 0 ? left : await revert(cluster, journal, say);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [{severity: 'critical', invariant: 'the cluster is healed', detail}];
  }
}
