/**
 * A real cluster, described by its owner: YAML text → hosts and guests, or errors with line and column. Pure:
 * password files are named here and read elsewhere, so that nothing secret is in the text or in an error.
 */
import {z} from 'zod';
import type {Bmc, Cluster, ConfigError, Guest, Host, Isolation, Plane, Result, StorageKind, Store} from '../types.ts';
import {ofSoundValues} from './checked.ts';
import {absolutePath, address, canonicalAddress, name, port, variable} from './fields.ts';
import {isolationSchema} from './isolation.ts';
import {type Limits, limitsSchema} from './limits.ts';
import {type Login, loginSchema, type Ssh, sshSchema} from './login.ts';
import {type MaintenanceWindow, maintenanceSchema} from './maintenance.ts';
import {type InventoryMonitoring, monitoringSchema} from './monitoring.ts';
import {type Provision, provisionSchema} from './provision.ts';
import type {PasswordSource} from './secret.ts';
import {type InventoryServices, nodesOfServices, servicesSchema} from './services.ts';
import {refuseStores, storesSchema} from './stores.ts';
import {readYaml} from './yaml.ts';

export interface InventoryHost extends Omit<Host, 'bmc'> {
  bmc?: Omit<Bmc, 'password'> & {password: PasswordSource};
  /** Where it differs from the others. */
  ssh?: Login;
}

export interface Inventory {
  cluster: string;
  ssh: Ssh;
  storage: StorageKind;
  hardware: Cluster['hardware'];
  nodes: readonly InventoryHost[];
  client: InventoryHost;
  /** None where they are yet to be made. */
  guests: readonly Guest[];
  stores: readonly Store[];
  isolation: Isolation;
  services: InventoryServices;
  /** Without it no alarm is tried. */
  monitoring?: InventoryMonitoring;
  /** When disruptive and destructive work may be done; without it at any time. */
  maintenance?: readonly MaintenanceWindow[];
  limits: Limits;
  provision: Provision;
}

/**
 * What the inventory names outside of itself, as it is found on this machine; each a few words of what is wrong, or
 * nothing.
 */
export interface Surroundings {
  /** `ssh` uses it only when others cannot read it. */
  privateKey(path: string): string | undefined;
  /** A password in it must be for its owner only. */
  secretFile(path: string): string | undefined;
  file(path: string): string | undefined;
  variable(name: string): string | undefined;
}

/**
 * Text of an inventory file → the cluster it describes. Needs at least two nodes and a client.
 * With `surroundings` the files and variables that it names must be there too; a plan that connects to nothing does
 * without.
 */
export function readInventory(
  text: string,
  file: string,
  surroundings?: Surroundings,
): Result<Inventory, ConfigError[]> {
  return readYaml(inventoryFor(surroundings), text, file);
}

/** What an inventory must be, wherever it comes from. */
export function inventoryFor(surroundings: Surroundings | undefined): z.ZodType<Inventory> {
  if (surroundings === undefined) return inventorySchema;
  return inventorySchema.superRefine((read, context) => {
    for (const {path, trouble, expected} of missing(read, surroundings)) {
      context.addIssue({code: 'custom', path, params: {expected, hint: trouble}});
    }
  }, ofSoundValues);
}

interface Missing {
  path: (string | number)[];
  /** Whose it is. */
  expected: string;
  trouble: string;
}

function missing(
  {ssh, nodes, client, monitoring, services}: Inventory,
  surroundings: Surroundings,
): readonly Missing[] {
  const found: Missing[] = [];
  const add = (path: Missing['path'], expected: string, trouble: string | undefined) => {
    if (trouble !== undefined) found.push({path, expected, trouble});
  };
  const {key, knownHosts, config, become} = ssh;
  if (key !== undefined) add(['ssh', 'key'], 'the private key to log in with', surroundings.privateKey(key));
  if (knownHosts !== undefined) {
    add(['ssh', 'knownHosts'], 'a file with the host keys', surroundings.file(knownHosts));
  }
  if (config !== undefined) add(['ssh', 'config'], 'a configuration of ssh', surroundings.file(config));
  const sudo = become?.password;
  if (sudo !== undefined && 'file' in sudo) {
    const at = ['ssh', 'become', 'passwordFile'];
    add(at, 'a file with the password for sudo', surroundings.secretFile(sudo.file));
  }
  if (sudo !== undefined && 'env' in sudo) {
    const at = ['ssh', 'become', 'passwordEnv'];
    add(at, 'a variable with the password for sudo', surroundings.variable(sudo.env));
  }
  const logins = [
    {at: ['monitoring', 'login'], whose: 'Prometheus and Alertmanager', login: monitoring?.login},
    {at: ['services', 'zabbix', 'existing', 'login'], whose: 'Zabbix', login: services.zabbix?.existing?.login},
  ];
  for (const {at, whose, login} of logins) {
    if (login === undefined) continue;
    const [what, source] =
      'token' in login ? (['token', login.token] as const) : (['password', login.password] as const);
    const words = `with the ${what} of ${whose}`;
    if ('file' in source) add([...at, `${what}File`], `a file ${words}`, surroundings.secretFile(source.file));
    else add([...at, `${what}Env`], `a variable ${words}`, surroundings.variable(source.env));
  }
  const hosts = [...nodes.map((host, index) => ({host, at: ['nodes', index]})), {host: client, at: ['client']}];
  for (const {host, at} of hosts) {
    const own = host.ssh?.key;
    if (own !== undefined) {
      add([...at, 'ssh', 'key'], `the private key to log in to ${host.name} with`, surroundings.privateKey(own));
    }
    const password = host.bmc?.password;
    if (password === undefined) continue;
    const whose = `the password of the BMC of ${host.name}`;
    if ('file' in password) {
      add([...at, 'bmc', 'passwordFile'], `a file with ${whose}`, surroundings.secretFile(password.file));
    } else {
      add([...at, 'bmc', 'passwordEnv'], `a variable with ${whose}`, surroundings.variable(password.env));
    }
  }
  return found;
}

/** The inventory's host with the password that was read for its BMC. */
export function hostOf(host: InventoryHost, password: string | undefined): Host {
  const {bmc, ssh: _, ...rest} = host;
  if (bmc === undefined || password === undefined) return rest;
  return {...rest, bmc: {...bmc, password}};
}

const networkInterface = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,14}$/, {
  error: 'the name of a network interface, at most 15 characters',
});
/** Destructive work goes here, so a slip of the pen must not reach a system's own folders or all devices at once. */
const scratch = absolutePath.refine(
  path =>
    /^\/[^/]+\/[^/]/.test(path) &&
    !/^\/(bin|boot|etc|lib\w*|proc|root|run|sbin|sys|usr)\//.test(path) &&
    !path.endsWith('/'),
  {error: 'a whole device such as /dev/sdx, or a directory of its own such as /srv/scratch'},
);

const perPlane = <T extends z.ZodType>(value: T, meanings: Readonly<Record<Plane, string>>) =>
  z.strictObject({
    management: value.exactOptional().describe(meanings.management),
    cluster: value.exactOptional().describe(meanings.cluster),
    storage: value.exactOptional().describe(meanings.storage),
    service: value.exactOptional().describe(meanings.service),
  });
const addresses = perPlane(address, {
  management: 'SSH reaches the host there; every host needs it',
  cluster: 'of Corosync and migrations',
  storage: 'of what goes between hosts and their storage',
  service: 'where clients reach the guests; the client needs it',
});
const interfaces = perPlane(networkInterface, {
  management: 'that carries the management address',
  cluster: 'that carries the cluster address; the drill takes it down',
  storage: 'that carries the storage address',
  service: 'that carries the service address',
});

const bmc = z
  .strictObject({
    address: address.describe('of the BMC itself; no two hosts share one'),
    port: port.default(623).describe('of IPMI over LAN, UDP'),
    username: z.string().min(1).max(64).describe('who may switch the power'),
    passwordFile: absolutePath
      .optional()
      .describe(
        'on the machine that seatrial runs on, which its owner alone can read; exactly one of this and passwordEnv',
      ),
    passwordEnv: variable.optional().describe('holds the password, in place of a file'),
  })
  .transform(({passwordFile, passwordEnv, ...rest}, context) => {
    if (passwordFile !== undefined && passwordEnv === undefined) return {...rest, password: {file: passwordFile}};
    if (passwordEnv !== undefined && passwordFile === undefined) return {...rest, password: {env: passwordEnv}};
    context.issues.push({
      code: 'custom',
      input: rest,
      params: {
        expected: 'exactly one of passwordFile and passwordEnv',
        hint: 'put the password in a file that only root can read and name it here',
      },
    });
    return z.NEVER;
  });

const host = (role: Host['role']) =>
  z
    .strictObject({
      name: name.describe('as the cluster calls it; no two hosts or guests share one'),
      addresses: addresses.describe('by plane; one address may serve several planes of one host'),
      interfaces: interfaces
        .default({})
        .describe('by plane, for what takes an interface down or changes its frame size'),
      bmc: bmc.exactOptional().describe('the way to its power; scenarios that crash a node need one on every node'),
      ssh: loginSchema.exactOptional().describe('where its login differs from the others'),
      scratch: z
        .array(scratch)
        .max(64)
        .default([])
        .describe('whole devices and directories that may be overwritten; nothing else ever is'),
    })
    .superRefine((read, context) => {
      const missing =
        read.addresses.management === undefined
          ? 'management'
          : role === 'client' && read.addresses.service === undefined
            ? 'service'
            : undefined;
      if (missing === undefined) return;
      context.addIssue({
        code: 'custom',
        path: ['addresses', missing],
        params: {
          expected: `the ${missing} address of a ${role}`,
          hint: missing === 'management' ? 'add it: ssh connects to it' : 'add it: probes start from it',
        },
      });
    })
    .transform((read): InventoryHost => ({...read, role}));

const guest = z
  .strictObject({
    name: name.describe('of its libvirt domain'),
    address: address.describe('on the service plane'),
    resource: name.optional().describe('its Pacemaker resource; the same as name without it'),
    memory: z
      .string()
      .describe('what it has')
      .regex(/^[1-9][0-9]* ?(MiB|GiB)$/, {error: 'memory such as "512 MiB" or "4 GiB"'}),
    vcpus: z.int().min(1).max(1024).describe('virtual CPUs'),
    ports: z
      .strictObject({
        fio: port.default(8765).describe('of fio --server in the guest'),
        iperf3: port.default(5201).describe('of iperf3 --server in the guest'),
        beacon: port.default(7007).describe('of the beacon, which answers every probe with what it wrote last'),
      })
      .prefault({})
      .describe('where the guest image listens'),
    scratchSerial: z
      .string()
      .max(64)
      .regex(/^[A-Za-z0-9_-]+$/, {error: 'the serial of a disk: letters, digits, dashes and underlines'})
      .exactOptional()
      .describe('what the disk must say that it is, before it is written to'),
    // seatrial's guest image gives this name to the disk with serial seatrial-scratch.
    scratchDevice: absolutePath
      .regex(/^\/dev\/./, {error: 'a device in the guest such as /dev/scratch or /dev/disk/by-id/virtio-SERIAL'})
      .default('/dev/scratch')
      .describe('a disk in the guest that fio may overwrite'),
  })
  .transform(
    ({memory, resource, ...rest}): Guest => ({
      ...rest,
      resource: resource ?? rest.name,
      memoryBytes: Number.parseInt(memory, 10) * (memory.endsWith('GiB') ? 2 ** 30 : 2 ** 20),
    }),
  );

export const inventorySchema: z.ZodType<Inventory> = z
  .strictObject({
    cluster: name.describe('typed before anything disruptive is done, and on the face of every report'),
    ssh: sshSchema.prefault({}).describe('how every host is reached'),
    storage: z.enum(['ceph', 'nbd', 'none']).describe('decides which settings and scenarios apply'),
    hardware: z
      .strictObject({
        emulated: z.boolean().describe('guests run without KVM'),
        shared: z.boolean().describe('hosts are themselves virtual machines of one box'),
        note: z.string().trim().min(1).max(500).describe('what it is, in your words'),
      })
      .describe('on the face of every report'),
    nodes: z.array(host('node')).min(2).max(256).describe('members of the cluster'),
    client: host('client').describe('a machine outside the cluster; probes and load start there'),
    guests: z.array(guest).max(1000).default([]).describe("virtual machines that run seatrial's guest image"),
    stores: storesSchema.default([]).describe("beside the guests' own disks, to be held against each other"),
    services: servicesSchema.prefault({}).describe('beside the guests: virtual addresses, etcd'),
    isolation: isolationSchema.prefault({}).describe('which plane may reach which; none another without it'),
    monitoring: monitoringSchema.exactOptional().describe('Prometheus and Alertmanager, for fire drills'),
    maintenance: maintenanceSchema.exactOptional().describe('when disruptive work may be done; at any time without it'),
    limits: limitsSchema.describe('when a run stops by itself'),
    provision: provisionSchema.prefault({}).describe('what seatrial provision is told beyond all this'),
  })
  .superRefine((read, context) => {
    const prefix = read.provision.guests?.prefix ?? '';
    for (const [index, one] of read.guests.entries()) {
      for (const key of ['name', 'resource'] as const) {
        if (one[key].startsWith(prefix)) continue;
        // A resource that is not named has the guest's name.
        const path = ['guests', index, one.resource === one.name ? 'name' : key];
        const hint = 'every guest of the list is made by seatrial provision --guests: rename it, or change the prefix';
        context.addIssue({code: 'custom', path, params: {expected: `a name that begins with ${prefix}`, hint}});
        if (one.resource === one.name) break;
      }
    }
    refuseStores(read, context);
    for (const {path, node} of nodesOfServices(read.services)) {
      if (read.nodes.some(each => each.name === node)) continue;
      context.addIssue({code: 'custom', path, params: {expected: 'the name of a node', hint: 'it is one of nodes'}});
    }
    const seen = new Map<string, string>();
    const once = (what: string, value: string, owner: string, path: (string | number)[]) => {
      const key = `${what} ${what === 'address' ? canonicalAddress(value) : value}`;
      const other = seen.get(key);
      seen.set(key, other ?? owner);
      if (other === undefined) return;
      context.addIssue({
        code: 'custom',
        path,
        params: {expected: `a ${what} that is not ${other}'s already`, hint: 'change one of the two'},
      });
    };
    const hosts = [
      ...read.nodes.map((one, index) => ({one, at: ['nodes', index]})),
      {one: read.client, at: ['client'] as (string | number)[]},
    ];
    for (const {one, at} of hosts) {
      // Host names have no upper and lower case: n1 and N1 would be one machine that is two nodes.
      once('name', one.name.toLowerCase(), one.name, [...at, 'name']);
      // One address may serve several planes of one host, but never two hosts.
      const planes = Object.entries(one.addresses);
      for (const [index, [plane, value]] of planes.entries()) {
        const same = ([, other]: [string, string]) => canonicalAddress(other) === canonicalAddress(value);
        if (planes.findIndex(same) < index) continue;
        once('address', value, one.name, [...at, 'addresses', plane]);
      }
      if (one.bmc)
        once('BMC', `${canonicalAddress(one.bmc.address)}:${one.bmc.port}`, one.name, [...at, 'bmc', 'address']);
    }
    for (const [index, one] of read.guests.entries()) {
      once('name', one.name, one.name, ['guests', index, 'name']);
      once('address', one.address, one.name, ['guests', index, 'address']);
      once('resource', one.resource, one.name, ['guests', index, 'resource']);
    }
    const ordered = read.provision.guests?.trial;
    if (ordered !== undefined)
      once('address', ordered.address, 'provision.guests.trial', ['provision', 'guests', 'trial', 'address']);
    for (const key of ['ipaddr2', 'keepalived'] as const) {
      const virtual = read.services[key];
      if (virtual !== undefined) once('address', virtual.address, `services.${key}`, ['services', key, 'address']);
    }
  }, ofSoundValues);
