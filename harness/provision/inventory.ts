/**
 * Our inventory → Ansible's: hosts in the groups `nodes` and `client`, reached as our own transport reaches them.
 * Pure. Nothing secret is in it: passwords go another way (secretsOf).
 */
import type {Inventory, InventoryHost} from '../config/inventory.ts';
import {sshOptions} from '../transport/ssh.ts';

/** The passwords of a playbook's run. They lie in files that only the user can read, as long as it runs. */
export interface Secrets {
  /** By node. */
  bmc: Readonly<Record<string, string>>;
  /** For sudo. */
  become?: string;
}

/** `folder`: where the connections keep their sockets. */
export function ansibleInventory(inventory: Inventory, folder: string): object {
  const {ssh, nodes, client, guests, cluster, storage} = inventory;
  const root = ssh.user === 'root';
  return {
    all: {
      vars: {
        ansible_connection: 'ssh',
        ansible_user: ssh.user,
        ansible_port: ssh.port,
        ...(ssh.key === undefined ? {} : {ansible_ssh_private_key_file: ssh.key}),
        ansible_ssh_common_args: sshOptions(ssh, folder).join(' '),
        ansible_python_interpreter: '/usr/bin/python3',
        ansible_become: !root,
        cluster_name: cluster,
        storage,
        guests: guests.map(({name, address, resource, memoryBytes, vcpus, scratchDevice}) => ({
          name,
          address,
          resource,
          memory_bytes: memoryBytes,
          vcpus,
          scratch_device: scratchDevice,
        })),
      },
      children: {
        nodes: {hosts: Object.fromEntries(nodes.map((node, index) => [node.name, hostVars(node, index + 1)]))},
        client: {hosts: {[client.name]: hostVars(client, 0)}},
      },
    },
  };
}

/** `node_id` counts from 1, as Corosync does. */
function hostVars({addresses, interfaces, bmc, scratch}: InventoryHost, id: number): object {
  return {
    ansible_host: addresses.management,
    node_id: id,
    addresses,
    interfaces,
    scratch,
    ...(bmc === undefined ? {} : {bmc: {address: bmc.address, port: bmc.port, username: bmc.username}}),
  };
}

/**
 * The file of variables that hold secrets, for `--extra-vars @FILE`. `!unsafe`: a password with braces in it is no
 * template.
 */
export function secretVars({bmc}: Secrets): string {
  const lines = Object.entries(bmc).map(
    ([node, password]) => `  ${JSON.stringify(node)}: !unsafe ${JSON.stringify(password)}`,
  );
  return lines.length === 0 ? 'bmc_passwords: {}\n' : `bmc_passwords:\n${lines.join('\n')}\n`;
}
