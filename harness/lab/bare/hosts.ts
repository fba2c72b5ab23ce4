/** What an installer was told about one bare host: name, keys, the way to packages. Pure. */
import {createHash} from 'node:crypto';
import type {Host} from '../../types.ts';
import {adminAddress} from '../addresses.ts';
import {sudoUser} from './releases.ts';

export const aptProxyPort = 3142;

export interface HostFile {
  text: string;
  mode: number;
}

/** Keys as ssh-keygen makes them: of the host, and the public one of who administers it. */
export interface HostKeys {
  secret: string;
  open: string;
  admin: string;
}

/** Files laid over the root at the first boot: path → content. */
export function bareFiles(lab: string, host: Host, keys: HostKeys): Readonly<Record<string, HostFile>> {
  const open = (text: string): HostFile => ({text, mode: 0o644});
  const own = (text: string): HostFile => ({text, mode: 0o600});
  const machineId = createHash('sha256').update(`${lab}/${host.name}/${keys.open}`).digest('hex').slice(0, 32);
  return {
    '/etc/hostname': open(`${host.name}\n`),
    '/etc/hosts': open(`127.0.0.1 localhost\n${host.addresses.management} ${host.name}\n`),
    '/etc/machine-id': {text: `${machineId}\n`, mode: 0o444},
    '/etc/ssh/ssh_host_ed25519_key': own(keys.secret),
    '/etc/ssh/ssh_host_ed25519_key.pub': open(keys.open),
    '/root/.ssh/authorized_keys': own(keys.admin),
    [`/home/${sudoUser}/.ssh/authorized_keys`]: own(keys.admin),
    '/etc/apt/apt.conf.d/01proxy': open(`Acquire::http::Proxy "http://${adminAddress}:${aptProxyPort}";\n`),
  };
}

/** Line of known_hosts: address and key, without the comment. */
export const knownHostLine = (host: Host, openKey: string): string =>
  `${host.addresses.management} ${openKey.split(' ').slice(0, 2).join(' ')}\n`;
