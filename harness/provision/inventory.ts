/**
 * Our inventory → Ansible's: hosts in the groups `nodes` and `client`, reached as our own transport reaches them.
 * Pure. Nothing secret is in it: passwords go another way (secretsOf).
 */
import {hostOf, type Inventory, type InventoryHost} from '../config/inventory.ts';
import {quoted} from '../transport/quote.ts';
import {loginOf, type SshOptions, sshArgv} from '../transport/ssh-argv.ts';

/** The passwords of a playbook's run. They lie in files that only the user can read, as long as it runs. */
export interface Secrets {
  /** Of its BMC, by node. */
  bmc: Readonly<Record<string, string>>;
}

/** `folder`: where the connections keep their sockets. */
export function ansibleInventory(inventory: Inventory, ssh: SshOptions, folder: string): object {
  const {nodes, client, guests, cluster, storage} = inventory;
  const hosts = (some: readonly InventoryHost[]) =>
    Object.fromEntries(some.map(host => [host.name, {...reached(host, ssh, folder), ...about(host)}]));
  return {
    all: {
      vars: {
        ansible_connection: 'ssh',
        ansible_python_interpreter: '/usr/bin/python3',
        ansible_become: ssh.sudo !== undefined,
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
        nodes: {
          hosts: hosts(nodes),
          // Counted from 1, as Corosync does.
          vars: {node_ids: Object.fromEntries(nodes.map(({name}, index) => [name, index + 1]))},
        },
        client: {hosts: hosts([client])},
      },
    },
  };
}

/** The options are the very ones of our own transport, written as for a shell: Ansible takes them apart again. */
function reached(host: InventoryHost, ssh: SshOptions, folder: string): object {
  const {user, port, key} = loginOf(ssh, host.name);
  const words = sshArgv(ssh, folder, hostOf(host, undefined), []);
  return {
    ansible_host: host.addresses.management,
    ...(user === undefined ? {} : {ansible_user: user}),
    ...(port === undefined ? {} : {ansible_port: port}),
    ...(key === undefined ? {} : {ansible_ssh_private_key_file: key}),
    ansible_ssh_common_args: quoted(words.slice(1, words.lastIndexOf('--'))),
  };
}

function about({addresses, interfaces, bmc, scratch}: InventoryHost): object {
  return {
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
