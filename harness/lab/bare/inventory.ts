/** The bare hosts as their owner would describe them to seatrial: the file that `--inventory` takes. Pure. */
import {stringify} from 'yaml';
import type {Host} from '../../types.ts';
import type {LabRecord} from '../state.ts';
import {sudoUser} from './releases.ts';

/** Where an administrator keeps what opens the hosts; all files are for root only. */
export interface AdminFiles {
  key: string;
  knownHosts: string;
  sudoPassword: string;
  bmcPassword(host: string): string;
}

/** `login`: as root by key, or as a user whose sudo asks for a password. Guests are made later. */
export function inventoryText(record: LabRecord, files: AdminFiles, login: 'root' | 'sudo'): string {
  const become = {become: {method: 'sudo', passwordFile: files.sudoPassword}};
  const inventory = {
    cluster: record.name,
    ssh: {
      user: login === 'root' ? 'root' : sudoUser,
      key: files.key,
      knownHosts: files.knownHosts,
      ...(login === 'root' ? {} : become),
    },
    storage: 'ceph',
    hardware: record.hardware,
    nodes: record.nodes.map(node => hostEntry(node, files)),
    client: hostEntry(record.client, files),
    guests: [],
  };
  return stringify(inventory, {lineWidth: 0});
}

function hostEntry({name, addresses, interfaces, bmc, scratch}: Host, files: AdminFiles): object {
  return {
    name,
    addresses,
    interfaces,
    ...(bmc === undefined
      ? {}
      : {
          bmc: {
            address: bmc.address,
            port: bmc.port,
            username: bmc.username,
            passwordFile: files.bmcPassword(name),
          },
        }),
    scratch,
  };
}
