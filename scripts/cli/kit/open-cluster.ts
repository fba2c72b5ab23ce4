/** The cluster a command works on: a local lab, or a real one from an inventory; and the journal of what is in force on it. */
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline/promises';
import {hostOf, type Inventory, readInventory} from '../../../harness/config/inventory.ts';
import {planLab} from '../../../harness/lab/build.ts';
import type {LabOptions} from '../../../harness/lab/index.ts';
import {type Journal, openJournal} from '../../../harness/run/journal.ts';
import {care} from '../../../harness/run/lifecycle.ts';
import {sshTransport} from '../../../harness/transport/ssh.ts';
import type {Cluster, Finding, Host, Transport} from '../../../harness/types.ts';
import {Refusal} from './command-error.ts';
import {accepted, readText} from './package-files.ts';

/** Where journals live: known to every later process, whatever became of this one. */
export const journalFolder = '/var/lib/seatrial/journal';

export interface OpenCluster {
  cluster: Cluster;
  close(): Promise<void>;
}

export function inventoryFrom(file: string): Inventory {
  return accepted(readInventory(readText(file), file));
}

/** The inventory's cluster, with nothing connected yet. Passwords come from their files or the environment. */
export async function openInventory(inventory: Inventory): Promise<OpenCluster> {
  const {user, port, key, knownHosts} = inventory.ssh;
  const withPassword = (host: Inventory['client']): Host => hostOf(host, passwordOf(host));
  const nodes = inventory.nodes.map(withPassword);
  const client = withPassword(inventory.client);
  const transport = await sshTransport({
    user,
    port,
    ...(key === undefined ? {} : {key}),
    ...(knownHosts === undefined ? {} : {knownHosts}),
  });
  return {cluster: clusterOf(inventory, nodes, client, transport), close: () => transport.close()};
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
  const password = 'file' in source ? readText(source.file).replace(/\r?\n$/, '') : process.env[source.env];
  if (password !== undefined && password !== '') return password;
  const place = 'file' in source ? `the file ${source.file}` : `the environment variable ${source.env}`;
  throw new Refusal(`the BMC of ${host.name} has no password: ${place} is empty or missing`, 'Put it there.');
}

/** A real cluster is only touched by someone who says its name. */
export async function sureAbout(name: string, said: string | undefined): Promise<void> {
  let answer = said;
  if (answer === undefined) {
    if (!process.stdin.isTTY) {
      throw new Refusal(
        `nodes of ${name} will be crashed and cut off, and nobody is here to confirm it`,
        `Say so with: --yes-i-mean ${name}`,
      );
    }
    const terminal = createInterface({input: process.stdin, output: process.stderr});
    answer = await terminal.question(
      `Nodes of ${name} will be crashed and cut off, and its settings changed. Type the cluster's name to go on: `,
    );
    terminal.close();
  }
  if (answer.trim() !== name) {
    throw new Refusal(
      `the name given is not that of the cluster, ${name}: nothing was started`,
      'Look at the inventory.',
    );
  }
}

/** Takes the cluster for this process. */
export async function journalOf(name: string, folder: string = journalFolder): Promise<Journal> {
  const opened = await openJournal(folder, name).catch((error: Error) => {
    throw new Refusal(
      `the journal in ${folder} cannot be written: ${error.message}`,
      'Run as root, with room on that disk.',
    );
  });
  if (opened.ok) return opened.value;
  throw new Refusal(opened.error, 'Two trials on one cluster would disturb each other.');
}

/** Of a lab that is gone nothing is in force any more. A journal that another process holds is left to it. */
export async function forgetLab(name: string, folder: string = journalFolder): Promise<void> {
  if (!existsSync(join(folder, `${name}.jsonl`)) && !existsSync(join(folder, `${name}.lock`))) return;
  const opened = await openJournal(folder, name);
  if (!opened.ok) return;
  for (const entry of opened.value.inForce()) await opened.value.done(entry);
  await opened.value.release();
}

/** Heals, then puts back the settings that were in force before the first profile. What is still wrong comes back; never throws. */
export async function giveBack(
  cluster: Cluster,
  journal: Journal,
  say: (text: string, host?: string) => void,
): Promise<readonly Finding[]> {
  try {
    const left = await care.heal(cluster, journal, say);
    return left.length > 0 ? left : await care.revert(cluster, journal, say);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [{severity: 'critical', invariant: 'the cluster is healed', detail}];
  }
}
