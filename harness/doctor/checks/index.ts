/** Every check of the doctor: a file with its cases, and a line here. The most telling come first. */
import type {Check} from '../check.ts';
import {bmc} from './bmc.ts';
import {blocklist, ceph} from './ceph.ts';
import {clocks} from './clocks.ts';
import {corosync} from './corosync.ts';
import {expired} from './expired.ts';
import {fencing} from './fencing.ts';
import {invariantChecks} from './invariants.ts';
import {leftovers} from './leftovers.ts';
import {guestLoad, iperf3} from './load.ts';
import {login} from './login.ts';
import {logs} from './logs.ts';
import {placement} from './placement.ts';
import {programs} from './programs.ts';
import {room} from './room.ts';
import {roundTrip} from './round-trip.ts';
import {scratch} from './scratch.ts';
import {timing} from './timing.ts';
import {unequal} from './unequal.ts';

export const checks: readonly Check[] = [
  login,
  ...invariantChecks,
  bmc,
  fencing,
  placement,
  corosync,
  ceph,
  blocklist,
  leftovers,
  expired,
  programs,
  guestLoad,
  scratch,
  clocks,
  roundTrip,
  logs,
  timing,
  unequal,
  iperf3,
  room,
];
