/** The words that start ssh for a host. What the options leave out is OpenSSH's own choice. */
import {join} from 'node:path';
import type {Login} from '../config/login.ts';
import type {Host} from '../types.ts';
import type {ProcessRequest} from './process.ts';
import {quoted} from './quote.ts';

export interface SshOptions extends Login {
  /** Known hosts; without it ssh's own. A host that is not in it is unreachable. */
  knownHosts?: string;
  /** In place of ~/.ssh/config. */
  config?: string;
  /** By name of the host: where it differs. */
  hosts?: ReadonlyMap<string, Login>;
  /** Commands run as root by sudo: with this password, or without any where sudo asks for none. */
  sudo?: {password: string | undefined};
}

/** Of a connection. */
export const connectSeconds = 10;
/** A connection that says nothing for 3 × 3 s is dead. */
const aliveSeconds = 3;

/** ssh with `rest` before, and the host after, all options. A host needs its management address. Pure. */
export function sshArgv(
  options: SshOptions,
  folder: string,
  host: Host,
  rest: readonly string[],
): ProcessRequest['argv'] {
  const login = loginOf(options, host.name);
  return [
    'ssh',
    ...(options.config === undefined ? [] : ['-F', options.config]),
    ...rest,
    ...pairs({
      ...common(options, login),
      ControlPath: join(folder, '%C'),
      LogLevel: 'ERROR',
      ...(login.port === undefined ? {} : {Port: String(login.port)}),
      ...(login.jump === undefined ? {} : {ProxyCommand: through(login.jump, options, login)}),
    }),
    '--',
    `${login.user === undefined ? '' : `${login.user}@`}${host.addresses.management}`,
  ];
}

/** How this host is logged in to. Pure. */
export function loginOf({hosts, user, port, key, jump}: SshOptions, name: string): Login {
  return {
    ...(user === undefined ? {} : {user}),
    ...(port === undefined ? {} : {port}),
    ...(key === undefined ? {} : {key}),
    ...(jump === undefined ? {} : {jump}),
    ...hosts?.get(name),
  };
}

/** No password, no question, no unknown host: what would ask a person fails. */
function common({knownHosts}: SshOptions, {key}: Login): Record<string, string> {
  return {
    BatchMode: 'yes',
    StrictHostKeyChecking: 'yes',
    ConnectTimeout: String(connectSeconds),
    ServerAliveInterval: String(aliveSeconds),
    ServerAliveCountMax: '3',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    ...(key === undefined ? {} : {IdentityFile: key, IdentitiesOnly: 'yes'}),
    ...(knownHosts === undefined ? {} : {UserKnownHostsFile: knownHosts}),
  };
}

/**
 * ssh's own ProxyJump would take none of these options along: neither the key nor the known hosts, and it would ask a
 * person.
 */
function through(jump: string, options: SshOptions, login: Login): string {
  const [, user, host = '', port] = /^(?:([^@]+)@)?(\[.+\]|[^:]+)(?::(\d+))?$/.exec(jump) ?? [];
  const words = quoted([
    'ssh',
    ...(options.config === undefined ? [] : ['-F', options.config]),
    ...pairs({...common(options, login), ControlPath: 'none', LogLevel: 'ERROR'}),
    ...(port === undefined ? [] : ['-p', port]),
  ]);
  const place = quoted([`${user === undefined ? '' : `${user}@`}${host.replace(/^\[(.*)\]$/, '$1')}`]);
  // A percent sign is ssh's own in a ProxyCommand.
  return `${words.replaceAll('%', '%%')} -W '[%h]:%p' -- ${place}`;
}

function pairs(set: Record<string, string>): string[] {
  return Object.entries(set).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}
