/** The address plan of a lab. Labs live in network namespaces of their own, so all of them use the same one. */
import {type Guest, type Host, type Plane, planes, type Services} from '../types.ts';

export type LabHostRole = Host['role'];

const network: Record<Plane, string> = {
  management: '10.77.0',
  cluster: '10.77.1',
  storage: '10.77.2',
  service: '10.77.3',
};

/** Interface of a host in each plane. */
const planeDevice: Record<Plane, string> = {
  management: 'mgmt0',
  cluster: 'clus0',
  storage: 'stor0',
  service: 'serv0',
};

/** Bridge of a node in the service plane; guests are plugged in here. */
export const serviceBridge = 'br-service';
export const prefixLength = 24;

/** `index` counts nodes, and guests, from 1. */
const nodeAddress = (plane: Plane, index: number): string => `${network[plane]}.${10 + index}`;
export const bmcAddress = (index: number): string => `${network.management}.${100 + index}`;
export const outletAddress = (index: number): string => `${network.management}.${150 + index}`;
export const guestAddress = (index: number): string => `${network.service}.${100 + index}`;
export const nodeName = (index: number): string => `n${index}`;
const guestName = (index: number): string => `vm${index}`;

/** One cable of a host: which plane, its interface, its address, the bridge it sits in if any. */
export interface Cable {
  plane: Plane;
  device: string;
  address: string;
  bridge?: string;
}

const fixed: Record<Exclude<LabHostRole, 'node'>, {last: number; planes: readonly Plane[]}> = {
  // The client reaches BMCs, as an administrator's machine does.
  client: {last: 250, planes: ['management', 'service']},
  storage: {last: 240, planes: ['management', 'storage']},
};

export function nodeCables(index: number): Cable[] {
  return planes.map(plane => ({
    plane,
    device: planeDevice[plane],
    address: nodeAddress(plane, index),
    ...(plane === 'service' ? {bridge: serviceBridge} : {}),
  }));
}

export function otherCables(role: Exclude<LabHostRole, 'node'>): Cable[] {
  const {last, planes: reached} = fixed[role];
  return reached.map(plane => ({plane, device: planeDevice[plane], address: `${network[plane]}.${last}`}));
}

/** Where the administrator's machine is in the management plane. */
export const adminAddress = `${network.management}.1`;

/**
 * The address in hardware that goes with an address of the plan, so that it is the same at every power-on: a peer that
 * remembers another one does not reach the host for half a minute.
 */
function hardwareAddress(address: string): string {
  const [, , plane, last] = address.split('.').map(Number);
  const hex = (value = 0) => value.toString(16).padStart(2, '0');
  return `02:77:00:00:${hex(plane)}:${hex(last)}`;
}

/** That of a plane's switch: controllers, and the administrator, speak from the switch of the management plane. */
export const switchHardwareAddress = (plane: Plane): string => hardwareAddress(`${network[plane]}.1`);

/** The far end of a cable, in the rack. Interface names have at most 15 characters. */
export const cableEnd = (host: string, cable: Cable): string => `${host}-${cable.device.replace(/\d+$/, '')}`;

/**
 * Lines of a host's `planes` file, which boot-common.sh and power.sh read: plane, device, address, bridge or -, far
 * end, address in hardware.
 */
export function planesText(host: string, cables: readonly Cable[]): string {
  return cables
    .map(cable =>
      [
        cable.plane,
        cable.device,
        `${cable.address}/${prefixLength}`,
        cable.bridge ?? '-',
        cableEnd(host, cable),
        hardwareAddress(cable.address),
      ].join(' '),
    )
    .map(line => `${line}\n`)
    .join('');
}

/** /etc/hosts of every host. The bare name is the cluster plane's: Corosync and live migration go there. */
export function hostsText(hosts: readonly Pick<Host, 'name' | 'addresses'>[]): string {
  const lines = ['127.0.0.1 localhost'];
  for (const {name, addresses} of hosts) {
    const home = addresses.cluster ?? addresses.service ?? addresses.management;
    for (const plane of planes) {
      const address = addresses[plane];
      if (address !== undefined) lines.push(`${address} ${address === home ? `${name} ` : ''}${name}-${plane}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** A host as its cables make it. */
export function hostOf(
  name: string,
  role: LabHostRole,
  cables: readonly Cable[],
): Pick<Host, 'name' | 'role' | 'addresses' | 'interfaces'> {
  return {
    name,
    role,
    addresses: Object.fromEntries(cables.map(({plane, address}) => [plane, address])),
    interfaces: Object.fromEntries(cables.map(({plane, device}) => [plane, device])),
  };
}

/** Guests of a lab; memory in bytes. */
export function guestOf(index: number, memoryBytes: number): Guest {
  return {
    name: guestName(index),
    address: guestAddress(index),
    resource: guestName(index),
    memoryBytes,
    vcpus: 1,
    ports: {fio: 8765, iperf3: 5201, beacon: 7007},
    scratchDevice: '/dev/scratch',
    scratchSerial: 'seatrial-scratch',
  };
}

/** Addresses that nobody has, and three nodes with room for a member: nothing of it runs until a trial starts it. */
export function labServices(nodes: readonly Pick<Host, 'name' | 'addresses'>[]): Services {
  const virtual = (last: number) => ({address: `${network.service}.${last}`, prefixLength, existing: false});
  const members = nodes.slice(0, 3).map(({name, addresses}) => ({
    node: name,
    url: `http://${addresses.management ?? ''}:2379`,
  }));
  const servers = nodes.slice(0, 2).map(({name, addresses}) => ({
    node: name,
    address: `${addresses.management ?? ''}:10051`,
  }));
  const collector = nodes.at(-1)?.name ?? '';
  return {
    ipaddr2: virtual(200),
    keepalived: virtual(201),
    etcd: {members, existing: false},
    zabbix: {servers},
    logs: {collector},
  };
}
