/**
 * The cluster a command works on: a local lab, or a real one from an inventory; and the journal of what is in force
 * on it.
 */
import {existsSync, rmSync} from 'node:fs';
import {createInterface} from 'node:readline/promises';
import {ansiblePath, readAnsible} from '../../../harness/config/ansible-inventory.ts';
import type {BasicLogin} from '../../../harness/config/basic-login.ts';
import {becomePassword} from '../../../harness/config/become.ts';
import type {HttpLogin} from '../../../harness/config/http-login.ts';
import {hostOf, type Inventory, readInventory} from '../../../harness/config/inventory.ts';
import type {Limits} from '../../../harness/config/limits.ts';
import {type PasswordSource, readPassword} from '../../../harness/config/secret.ts';
import {surroundings} from '../../../harness/config/surroundings.ts';
import {labServices} from '../../../harness/lab/addresses.ts';
import {planLab} from '../../../harness/lab/build.ts';
import {type LabOptions, openLab} from '../../../harness/lab/index.ts';
import {labMonitoring} from '../../../harness/lab/monitoring/index.ts';
import {deploysOf} from '../../../harness/provision/deploys.ts';
import {ownerFile} from '../../../harness/run/cluster-lock.ts';
import {type Journal, openJournal} from '../../../harness/run/journal.ts';
import {lifecycle, type WholeLifecycle} from '../../../harness/run/lifecycle.ts';
import {canonicalAddresses} from '../../../harness/transport/addresses.ts';
import {type SshTransport, sshTransport} from '../../../harness/transport/ssh.ts';
import type {SshOptions} from '../../../harness/transport/ssh-argv.ts';
import type {Cluster, Finding, Host, Machine, Transport} from '../../../harness/types.ts';
import {fromLab, labNamed} from './cluster-options.ts';
import {CommandError} from './command-error.ts';
import {holdCluster} from './hold-cluster.ts';
import {accepted, readText} from './package-files.ts';
import {type Connecting, refuseUnreached} from './reach.ts';

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
  const there = connects ? surroundings : undefined;
  const ansible = ansiblePath(file, () => readText(file));
  if (ansible === undefined) return accepted(readInventory(readText(file), file, there));
  const read = readAnsible(ansible, there);
  if (read.ok) return read.value;
  throw new CommandError(read.error.join('\n'), 'Mend that and run the same command again. Nothing has been started.');
}

/** What may happen while a cluster is opened. */
export interface Opening {
  say: (text: string, host?: string) => void;
  signal: AbortSignal;
  /** Healing is what is asked for: a host that is silent may be the one to heal. */
  heals: boolean;
}

/** The way to the inventory's machines, with nothing asked of them yet. */
interface Connection {
  cluster: Cluster;
  transport: SshTransport;
  ssh: SshOptions;
  /** Canonical, of the nodes and their BMCs. */
  machines: readonly string[];
}

/** Passwords are read, and typed where they must be. Connects to nobody; `transport.close` gives it up again. */
export async function connectionTo(inventory: Inventory): Promise<Connection> {
  const withPassword = (host: Inventory['client']): Host => hostOf(host, passwordOf(host));
  const nodes = inventory.nodes.map(withPassword);
  const client = withPassword(inventory.client);
  const ssh = await sshOf(inventory);
  const machines = await machinesOf(nodes, ssh.config);
  const transport = await sshTransport(ssh).catch((error: Error) => {
    throw new CommandError(
      `no folder for connections can be made: ${error.message}`,
      'Make room in the temporary folder.',
    );
  });
  const watched = watchedBy(inventory, passwordFrom);
  return {cluster: clusterOf(inventory, {nodes, client, transport, ssh, ...watched}), transport, ssh, machines};
}

/** A cluster that is only looked at: a lab, or else the inventory's. Nothing is locked. */
export async function lookAt<T>(
  {lab, inventory}: {lab: string | true | undefined; inventory: string | undefined},
  look: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const name = labNamed(lab);
  if (name !== undefined) return look(fromLab(await openLab(name)));
  const {cluster, transport} = await connectionTo(inventoryFrom(inventory ?? '', {connects: true}));
  try {
    return await look(cluster);
  } finally {
    await transport.close();
  }
}

/**
 * The inventory's cluster, locked for this process and on the cluster itself, with a connection to every host. Where a
 * host cannot be worked on, that is a refusal, and nothing was touched: no journal entry, no lock, no connection stays.
 */
export async function openInventory(inventory: Inventory, opening: Opening): Promise<OpenCluster> {
  const connected = await connectInventory(inventory);
  const {cluster, journal} = connected;
  try {
    await refuseUnreached(connected, opening);
    const giveFree = await holdCluster({...opening, cluster, journal, folder: journalFolder});
    const close = async () => {
      await giveFree();
      await connected.close();
    };
    return {cluster, limits: inventory.limits, journal, close};
  } catch (error) {
    await connected.close();
    throw error;
  }
}

/** The inventory's cluster, locked on this machine only. Nobody has been asked yet whether they can be reached. */
export async function connectInventory(inventory: Inventory): Promise<OpenCluster & Connecting> {
  const {cluster, transport, ssh, machines} = await connectionTo(inventory);
  const journal = await journalOf(inventory.cluster, machines).catch(async (error: unknown) => {
    await transport.close();
    throw error;
  });
  const close = async () => {
    await transport.close();
    await journal.release();
  };
  return {cluster, limits: inventory.limits, transport, ssh, journal, close};
}

/** How the inventory's hosts are reached, with the password for sudo that was read or typed. */
async function sshOf(inventory: Inventory): Promise<SshOptions> {
  const {become, ...login} = inventory.ssh;
  const password = await becomePassword(inventory);
  if (!password.ok)
    throw new CommandError(password.error, 'Give it, and run the same command again. Nothing was touched.');
  const hosts = [...inventory.nodes, inventory.client];
  return {
    ...login,
    hosts: new Map(hosts.flatMap(({name, ssh}) => (ssh === undefined ? [] : [[name, ssh]]))),
    ...(become === undefined ? {} : {sudo: {password: password.value}}),
  };
}

/** The nodes by the canonical addresses of their management plane and their BMCs; `config`: for ssh. */
export async function machinesIn(nodes: readonly Host[], config?: string): Promise<readonly Machine[]> {
  return Promise.all(
    nodes.map(async ({name, addresses: {management = ''}, bmc}) => ({
      name,
      addresses: [
        ...(await canonicalAddresses(management, config)),
        ...(bmc === undefined ? [] : await canonicalAddresses(bmc.address)).map(each => `BMC ${each}:${bmc?.port}`),
      ],
    })),
  );
}

/** All of these addresses. Two nodes with one address are one machine written twice. */
async function machinesOf(nodes: readonly Host[], config: string | undefined): Promise<readonly string[]> {
  const owners = new Map<string, string>();
  for (const {name, addresses} of await machinesIn(nodes, config)) {
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
  return clusterOf(inventory, {
    nodes: inventory.nodes.map(without),
    client: without(inventory.client),
    transport: untouched,
    ssh: {hosts: new Map()},
    ...watchedBy(inventory, () => ''),
  });
}

/** A lab as it would be built, for a plan that starts nothing. */
export function describedLab(lab: LabOptions): Cluster {
  const hardware = {emulated: true, shared: true, note: 'a local lab that is not up'};
  const {name, storage, stores, nodes, client, guests, monitoring} = planLab(
    lab,
    512 * 2 ** 20,
    hardware,
    () => '',
  ).record;
  const watched = monitoring && {monitoring: labMonitoring(client, storage === 'ceph')};
  const services = labServices(nodes);
  return {name, storage, stores, nodes, client, guests, services, ...watched, hardware, transport: untouched};
}

interface Ways extends Pick<Cluster, 'nodes' | 'client' | 'transport' | 'services' | 'monitoring'> {
  ssh: SshOptions;
}

function clusterOf(inventory: Inventory, {ssh, ...ways}: Ways): Cluster {
  const {cluster: name, guests, storage, stores, isolation, hardware} = inventory;
  const cluster: Cluster = {name, guests, storage, stores, isolation, hardware, ...ways};
  const deploys = deploysOf(inventory, cluster, ssh);
  return deploys === undefined ? cluster : {...cluster, deploys};
}

/** What runs beside the guests, and what watches them, with the passwords that `read` finds. */
function watchedBy(
  {services, monitoring}: Inventory,
  read: (source: PasswordSource, lacking: Lacking) => string,
): Pick<Cluster, 'services' | 'monitoring'> {
  const withPassword = ({username, password}: BasicLogin, whose: string) => ({
    login: {username, password: read(password, why => `${whose} has no password: ${why}`)},
  });
  const withSecret = (login: HttpLogin, whose: string) =>
    'token' in login
      ? {login: {token: read(login.token, why => `${whose} has no token: ${why}`)}}
      : withPassword(login, whose);
  const {zabbix, ...others} = services;
  const {existing, ...pair} = zabbix ?? {servers: []};
  const there = existing && {existing: {...existing, ...withPassword(existing.login, 'Zabbix')}};
  const served = {services: {...others, ...(zabbix && {zabbix: {...pair, ...there}})}};
  if (monitoring === undefined) return served;
  const {login, ...prometheus} = monitoring;
  return {...served, monitoring: {...prometheus, ...(login && withSecret(login, 'Prometheus'))}};
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
  return source && passwordFrom(source, why => `the BMC of ${host.name} has no password: ${why}`);
}

/** The sentence for a password that is not there, given why. */
type Lacking = (why: string) => string;

function passwordFrom(source: PasswordSource, lacking: Lacking): string {
  const read = readPassword(source);
  if (read.ok) return read.value;
  throw new CommandError(lacking(read.error), 'Put it there.');
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
  rmSync(ownerFile(journalFolder, name), {force: true});
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
