/** The fabric: one switch (bridge) a plane, in the rack's network namespace. */
import {planes} from '../types.ts';
import {adminAddress, prefixLength, switchHardwareAddress} from './addresses.ts';

/**
 * Input of `ip -batch` that makes the switches. STP is off, frames are switched from the first second, jumbo frames
 * pass. The rack's own address is that of the administrator's machine: commands with this network are started there.
 */
export function fabricText(): string {
  return planes
    .flatMap(plane => [
      `link add name ${plane} address ${switchHardwareAddress(plane)} mtu 9000 type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
      `link set ${plane} up`,
    ])
    .concat(`addr add ${adminAddress}/${prefixLength} dev management`)
    .map(line => `${line}\n`)
    .join('');
}
