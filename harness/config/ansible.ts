/**
 * An Ansible inventory, as `ansible-inventory --list` prints it → the data of an inventory of ours. Groups `nodes`
 * (or `cluster_nodes`) and `client`; Ansible's own variables say how hosts are reached, and `seatrial_KEY` is what
 * KEY is in an inventory of ours: addresses, interfaces, bmc and scratch of a host, everything else of the cluster.
 * Pure.
 */
import {homedir} from 'node:os';
import {z} from 'zod';
import type {Path} from './place.ts';

/** Data to be checked by the inventory's schema, and where each piece comes from. */
export interface Mapped {
  data: Record<string, unknown>;
  /** `host n2, variable seatrial_bmc` for a path of the data. */
  origin(path: Path): string;
  /** Sentences: what is there and cannot be taken. */
  troubles: readonly string[];
}

type Variables = Readonly<Record<string, unknown>>;
const group = z.object({hosts: z.array(z.string()).default([]), children: z.array(z.string()).default([])});
const listing = z
  .object({_meta: z.object({hostvars: z.record(z.string(), z.record(z.string(), z.unknown()))})})
  .catchall(group);
type Listing = z.infer<typeof listing>;

const nodeGroups = ['nodes', 'cluster_nodes'] as const;
const perHost = ['addresses', 'interfaces', 'bmc', 'scratch'] as const;
/** Key of ours → the variables that say it, in Ansible's own order. */
const loginVariables = {
  user: ['ansible_user', 'ansible_ssh_user'],
  port: ['ansible_port', 'ansible_ssh_port'],
  key: ['ansible_ssh_private_key_file', 'ansible_private_key_file'],
  jump: ['ansible_ssh_common_args'],
} as const;
const logsIn: readonly string[] = Object.values(loginVariables).flatMap(names => [...names]);
/** Of the whole cluster: key under `ssh` → variable. */
const sshVariables = {knownHosts: 'seatrial_known_hosts', config: 'seatrial_ssh_config'} as const;
const becomeVariables = {
  passwordFile: 'seatrial_become_password_file',
  passwordEnv: 'seatrial_become_password_env',
  ask: 'seatrial_become_ask',
} as const;
const reserved: readonly string[] = [...Object.values(sshVariables), ...Object.values(becomeVariables)];

/** Of the cluster: each must be the same wherever it is said. */
const saidOnce: readonly string[] = [...reserved, 'ansible_become_method', 'ansible_become_user'];
/** What Ansible says in a way of its own → where. */
const saidByAnsible = {
  seatrial_ssh:
    'ansible_user, ansible_port and ansible_ssh_private_key_file, seatrial_known_hosts and seatrial_ssh_config',
  seatrial_nodes: 'the group "nodes"',
  seatrial_client: 'the group "client"',
} as const;

export function mapAnsible(printed: unknown): Mapped {
  const read = listing.safeParse(printed);
  if (!read.success) return nothing('that is no listing of ansible-inventory: no hosts with their variables');
  const of = (name: string) => [...new Set(membersOf(read.data, name))];
  const nodes = nodeGroups.flatMap(of);
  const clients = of('client');
  const {hostvars} = read.data._meta;
  const variablesOf = (host: string): Variables => hostvars[host] ?? {};
  const hosts = [...nodes, ...clients];
  const shared = sharedBy(hosts, variablesOf);
  const logins = new Map(hosts.map(host => [host, loginOf(host, variablesOf(host))]));
  const described = (host: string) => ({...hostData(host, variablesOf(host)), ...withSsh(logins.get(host)?.login)});
  return {
    data: {
      ...shared.values,
      ssh: sshOf(hosts, variablesOf),
      nodes: nodes.map(described),
      ...(clients[0] === undefined ? {} : {client: described(clients[0])}),
    },
    origin: path => originOf(path, nodes, clients[0]),
    troubles: [
      ...(nodes.length === 0
        ? ['no host is in a group "nodes" (or "cluster_nodes"): put the cluster\'s members there']
        : []),
      ...(clients.length === 1 ? [] : [`${clients.length} hosts are in the group "client": it must be exactly one`]),
      ...shared.troubles,
      ...hosts.flatMap(host => [...(logins.get(host)?.troubles ?? []), ...troublesOf(host, variablesOf(host))]),
      ...becomeTroubles(hosts, variablesOf),
      ...differing(hosts, variablesOf),
      ...Object.entries(saidByAnsible).flatMap(([variable, instead]) => {
        const host = hosts.find(each => variablesOf(each)[variable] !== undefined);
        const trouble = `host ${host}, variable ${variable}: found a value, expected none; it would be lost: ${instead} says it`;
        return host === undefined ? [] : [trouble];
      }),
    ],
  };
}

function nothing(trouble: string): Mapped {
  return {data: {}, origin: () => '', troubles: [trouble]};
}

function membersOf(all: Listing, name: string, above: readonly string[] = []): readonly string[] {
  const read = group.safeParse(all[name]);
  if (!read.success || above.includes(name)) return [];
  return [...read.data.hosts, ...read.data.children.flatMap(child => membersOf(all, child, [...above, name]))];
}

/** `seatrial_known_hosts` is no key of its own, and what is a host's belongs to the host. */
function keyOf(variable: string): string | undefined {
  if (!variable.startsWith('seatrial_') || reserved.includes(variable)) return undefined;
  return variable.slice('seatrial_'.length).replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** What is said of the cluster must be the same wherever it is said. */
function sharedBy(hosts: readonly string[], variablesOf: (host: string) => Variables) {
  const values: Record<string, unknown> = {};
  const saidBy = new Map<string, string>();
  const troubles: string[] = [];
  for (const host of hosts) {
    for (const [variable, value] of Object.entries(variablesOf(host))) {
      const key = keyOf(variable);
      if (key === undefined || perHost.some(own => own === key)) continue;
      const other = saidBy.get(key);
      if (other === undefined) {
        saidBy.set(key, host);
        values[key] = value;
      } else if (JSON.stringify(values[key]) !== JSON.stringify(value)) {
        troubles.push(differs(other, host, variable));
      }
    }
  }
  return {values, troubles};
}

function hostData(host: string, variables: Variables): Record<string, unknown> {
  const own = Object.fromEntries(
    perHost.flatMap(key => {
      const value = variables[`seatrial_${key}`];
      return value === undefined ? [] : [[key, value]];
    }),
  );
  const management = variables.ansible_host ?? host;
  const {addresses} = own;
  const planes = typeof addresses === 'object' && addresses !== null ? addresses : {};
  return {
    name: host,
    ...own,
    addresses: addresses === undefined || planes === addresses ? {management, ...planes} : addresses,
  };
}

function loginOf(host: string, variables: Variables): {login: Record<string, unknown>; troubles: readonly string[]} {
  const login: Record<string, unknown> = {};
  const troubles: string[] = [];
  for (const [key, names] of Object.entries(loginVariables)) {
    const variable = names.find(name => variables[name] !== undefined && variables[name] !== '');
    if (variable === undefined) continue;
    const value = variables[variable];
    if (key === 'port') login.port = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    else if (key === 'key') login.key = typeof value === 'string' ? value.replace(/^~(?=\/)/, homedir()) : value;
    else if (key === 'user') login.user = value;
    else {
      const jump = /^\s*(?:-J\s*|-o\s*["']?ProxyJump[= ])([^\s"',]+)["']?\s*$/.exec(String(value))?.[1];
      if (jump !== undefined) login.jump = jump;
      else {
        troubles.push(
          `host ${host}, variable ${variable}: found ${JSON.stringify(value)}, expected only a jump host such as ` +
            '"-J user@gate"; write other options to a file for ssh, and name it in seatrial_ssh_config',
        );
      }
    }
  }
  return {login, troubles};
}

function withSsh(login: Record<string, unknown> | undefined): {ssh?: Record<string, unknown>} {
  return login === undefined || Object.keys(login).length === 0 ? {} : {ssh: login};
}

function sshOf(hosts: readonly string[], variablesOf: (host: string) => Variables): Record<string, unknown> {
  const first = (variable: string) => hosts.map(host => variablesOf(host)[variable]).find(value => value !== undefined);
  const from = (names: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(names).flatMap(([key, variable]) => {
        const value = first(variable);
        return value === undefined ? [] : [[key, key === 'ask' ? isYes(value) : value]];
      }),
    );
  if (!hosts.some(host => isYes(variablesOf(host).ansible_become))) return from(sshVariables);
  const method = first('ansible_become_method') ?? 'sudo';
  const user = first('ansible_become_user');
  return {...from(sshVariables), become: {method, ...(user === undefined ? {} : {user}), ...from(becomeVariables)}};
}

function becomeTroubles(hosts: readonly string[], variablesOf: (host: string) => Variables): readonly string[] {
  const [first = '', ...others] = hosts;
  const becomes = (host: string) => isYes(variablesOf(host).ansible_become);
  const other = others.find(host => becomes(host) !== becomes(first));
  return other === undefined ? [] : [differs(first, other, 'ansible_become')];
}

/** What would be lost of the one host where another one says something else. */
function differing(hosts: readonly string[], variablesOf: (host: string) => Variables): readonly string[] {
  return saidOnce.flatMap(variable => {
    const [first, ...others] = hosts.filter(host => variablesOf(host)[variable] !== undefined);
    if (first === undefined) return [];
    const value = JSON.stringify(variablesOf(first)[variable]);
    const other = others.find(host => JSON.stringify(variablesOf(host)[variable]) !== value);
    return other === undefined ? [] : [differs(first, other, variable)];
  });
}

function differs(one: string, other: string, variable: string): string {
  return `hosts ${one} and ${other}, variable ${variable}: it differs; say it once, for the group "all"`;
}

const passwords = /^ansible_(?:become_pass(?:word)?|sudo_pass(?:word)?|password|ssh_pass(?:word)?)$/;
const connections: readonly unknown[] = ['ssh', 'smart', 'openssh', 'ansible.builtin.ssh'];

/** What would be a secret in the wrong place, or be lost in silence. */
function troublesOf(host: string, variables: Variables): readonly string[] {
  return Object.entries(variables).flatMap(([variable, value]) => {
    const at = `host ${host}, variable ${variable}`;
    if (passwords.test(variable)) {
      return [
        `${at}: found a password, expected none in an inventory; put that for sudo in a file that only you can read, ` +
          'and name it in seatrial_become_password_file; log in with a key',
      ];
    }
    if (variable === 'ansible_connection' && !connections.includes(value)) {
      return [`${at}: found ${JSON.stringify(value)}, expected ssh; every host is reached over SSH, the client too`];
    }
    if (variable === 'ansible_ssh_extra_args' && value !== '') {
      return [`${at}: it is not passed on; write it to a file for ssh, and name that in seatrial_ssh_config`];
    }
    const isUsed = variable.startsWith('seatrial_') || logsIn.includes(variable);
    return (isUsed || variable === 'ansible_host') && JSON.stringify(value).includes('{{')
      ? [`${at}: found a template, which ansible-inventory leaves as it is; write the value out`]
      : [];
  });
}

function isYes(value: unknown): boolean {
  return value === true || (typeof value === 'string' && /^(?:true|yes|y|on|1)$/i.test(value)) || value === 1;
}

function originOf(path: Path, nodes: readonly string[], client: string | undefined): string {
  const [top, ...rest] = path.map(String);
  if (top === undefined) return 'all hosts together';
  if (top === 'nodes' && rest.length > 0) return hostOrigin(nodes[Number(rest[0])] ?? '', rest.slice(1));
  if (top === 'client' && client !== undefined) return hostOrigin(client, rest);
  if (top === 'nodes' || top === 'client') return `group ${top}`;
  if (top !== 'ssh') return `variable seatrial_${snake(top)}${rest.map(step).join('')}`;
  const [key = '', sub = ''] = rest;
  const named: Readonly<Record<string, string>> = {...sshVariables, ...becomeVariables};
  return `variable ${named[sub] ?? named[key] ?? `ansible_${[key, sub].filter(part => part !== '').join('_')}`}`;
}

function hostOrigin(host: string, [key = 'name', ...rest]: string[]): string {
  if (key === 'name') return `host ${host}, its name`;
  if (key === 'addresses' && rest[0] === 'management') return `host ${host}, variable ansible_host`;
  if (key === 'ssh') {
    const [name = ''] = Object.entries(loginVariables).find(([login]) => login === rest[0])?.[1] ?? [];
    return `host ${host}, variable ${name}`;
  }
  return `host ${host}, variable seatrial_${snake(key)}${rest.map(step).join('')}`;
}

function step(part: string): string {
  return /^\d+$/.test(part) ? `[${Number(part) + 1}]` : `.${part}`;
}

function snake(key: string): string {
  return key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}
