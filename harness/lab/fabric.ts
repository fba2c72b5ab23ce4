/**
 * The fabric, in the rack's network namespace: one bridge of the kernel's a plane, or two switches by Open vSwitch in
 * user space, where each plane is a VLAN.
 */
import {type Plane, planes} from '../types.ts';
import {adminAddress, prefixLength, switchHardwareAddress} from './addresses.ts';

export const fabrics = ['bridge', 'ovs'] as const;
export type Fabric = (typeof fabrics)[number];

/** What Open vSwitch in user space needs on this machine. */
export const fabricPrograms = ['ovs-vsctl', 'ovsdb-tool', 'ovsdb-server', 'ovs-vswitchd', 'ethtool'] as const;

/**
 * Input of `ip -batch` that makes the bridges: STP is off, frames are switched from the first second, jumbo frames
 * pass. The rack's own address is that of the administrator's machine: commands with this network are started there.
 */
export function fabricText(fabric: Fabric): string {
  const made =
    fabric === 'bridge'
      ? planes.flatMap(plane => [
          `link add name ${plane} address ${switchHardwareAddress(plane)} mtu 9000 type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
          `link set ${plane} up`,
        ])
      : [`link set management address ${switchHardwareAddress('management')} up`];
  return made
    .concat(`addr add ${adminAddress}/${prefixLength} dev management`)
    .map(line => `${line}\n`)
    .join('');
}

/** VLAN of each plane, a line each; that of the management plane first, which fabric-ovs.sh counts on. */
export const vlansText = (): string => planes.map((plane: Plane, index) => `${plane} ${10 * (index + 1)}\n`).join('');

/** Hosts hang on the two switches by turns. */
export const switchOf = (index: number): string => `sw${(index % 2) + 1}`;
