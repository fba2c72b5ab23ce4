/** A lab of bare hosts, decided beforehand, and its folder. */
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import type {Host} from '../../types.ts';
import type {BmcPlan} from '../bmc.ts';
import {defaultPostSeconds, type LabPlan, nodeOf, otherHost, planBmcs, postNote, writeMachines} from '../build.ts';
import {cgroupPrefix} from '../cgroups.ts';
import {adminPath, type LabPlace} from '../state.ts';
import {bareFiles, type HostKeys, knownHostLine} from './hosts.ts';
import {type AdminFiles, inventoryText} from './inventory.ts';
import {type Release, sudoUser} from './releases.ts';

export interface BareOptions {
  name: string;
  release: Release;
  /** Nodes; the client comes on top. 2 to 9. */
  hosts: number;
  /** Where labs keep their state; a folder of this machine's own disk. */
  stateRoot?: string;
  /** From power to operating system when a controller or a reboot starts a host, in seconds, 0 to 600; default 10. */
  postSeconds?: number;
}

/** As the hosts see it: a folder that outlives the loss of power, of the machine's own disk. */
const scratchFolder = '/srv/scratch';

/** `secret` makes a controller's password: at most 16 letters and digits. */
export function planBare(options: BareOptions, secret: () => string): LabPlan {
  const bmcs: BmcPlan[] = planBmcs(options.hosts, secret);
  const nodes = bmcs.map(bmc => nodeOf(bmc, scratchFolder));
  const client = otherHost('client', scratchFolder);
  return {
    hosts: [...nodes, client],
    fabric: 'bridge',
    bmcs,
    record: {
      schema: 'seatrial-lab/1',
      name: options.name,
      phase: 'building',
      storage: 'none',
      postSeconds: options.postSeconds ?? defaultPostSeconds,
      nodes: nodes.map(({host}) => host),
      client: client.host,
      guests: [],
      stores: [],
      hardware: {
        emulated: true,
        shared: true,
        note: `local lab of bare ${options.release} hosts: all share one machine and its kernel, guests run under software emulation; ${postNote(options.postSeconds)}`,
      },
      bare: {release: options.release},
    },
  };
}

/** What only the administrator of the hosts has. */
export interface Secrets {
  keys(host: Host): HostKeys;
  password: string;
}

/** Writes what the rack's scripts read, and what the administrator needs. Nothing runs yet. */
export function writeBareState(place: LabPlace, plan: LabPlan, root: string, {keys, password}: Secrets): void {
  const put = writeMachines(place, plan);
  put('root', `${root}\n`);
  put('cgroup', `${cgroupPrefix(place)}\n`);
  mkdirSync(path.join(place.state, 'systems'));
  let known = '';
  for (const {host} of plan.hosts) {
    const own = keys(host);
    known += knownHostLine(host, own.open);
    for (const [file, {text, mode}] of Object.entries(bareFiles(place.name, host, own))) {
      put(`hosts/${host.name}/files${file}`, text, mode);
    }
    if (host.bmc !== undefined) put(`admin/bmc-${host.name}`, `${host.bmc.password}\n`);
  }
  put('admin/known_hosts', known);
  put('admin/sudo-password', `${password}\n`);
  put('admin/passwords', `${sudoUser}:${password}\n`);
  const files: AdminFiles = {
    key: adminPath(place, 'key'),
    knownHosts: adminPath(place, 'known_hosts'),
    sudoPassword: adminPath(place, 'sudo-password'),
    bmcPassword: host => adminPath(place, `bmc-${host}`),
  };
  put('admin/inventory.yaml', inventoryText(plan.record, files, 'root'));
  put('admin/inventory-sudo.yaml', inventoryText(plan.record, files, 'sudo'));
}
