/** Every conformance rule there is: a file in rules/ with its cases, and a line here, by their ids. */
import type {Rule} from './rule.ts';
import {alertRules} from './rules/alert-rules.ts';
import {allManaged} from './rules/all-managed.ts';
import {auditLog} from './rules/audit-log.ts';
import {bonds} from './rules/bonds.ts';
import {cacheMode} from './rules/cache-mode.ts';
import {capacity} from './rules/capacity.ts';
import {cephBeacons} from './rules/ceph-beacons.ts';
import {cephReplicas} from './rules/ceph-replicas.ts';
import {clockKept} from './rules/clock-kept.ts';
import {configurationSound} from './rules/configuration-sound.ts';
import {confinement} from './rules/confinement.ts';
import {consensus} from './rules/consensus.ts';
import {cpuLatency} from './rules/cpu-latency.ts';
import {defaultPassword} from './rules/default-password.ts';
import {diskLocks} from './rules/disk-locks.ts';
import {faultTools} from './rules/fault-tools.ts';
import {fenceRaces} from './rules/fence-races.ts';
import {fencingLevels} from './rules/fencing-levels.ts';
import {fencingNames} from './rules/fencing-names.ts';
import {fencingTimeout} from './rules/fencing-timeout.ts';
import {fencingTried} from './rules/fencing-tried.ts';
import {firewall} from './rules/firewall.ts';
import {guestIsolation} from './rules/guest-isolation.ts';
import {ksmOff} from './rules/ksm-off.ts';
import {ksmOn} from './rules/ksm-on.ts';
import {libvirtTransport} from './rules/libvirt-transport.ts';
import {links} from './rules/links.ts';
import {losses} from './rules/losses.ts';
import {members} from './rules/members.ts';
import {memoryFits} from './rules/memory-fits.ts';
import {monitorsApart} from './rules/monitors-apart.ts';
import {movesLeft} from './rules/moves-left.ts';
import {mtuEqual} from './rules/mtu-equal.ts';
import {noSecrets} from './rules/no-secrets.ts';
import {numa} from './rules/numa.ts';
import {powerButton} from './rules/power-button.ts';
import {raid} from './rules/raid.ts';
import {rocksdb} from './rules/rocksdb.ts';
import {roomLeft} from './rules/room-left.ts';
import {sameEverywhere} from './rules/same-everywhere.ts';
import {sbd} from './rules/sbd.ts';
import {sliceLimits} from './rules/slice-limits.ts';
import {snapshots} from './rules/snapshots.ts';
import {spanningTree} from './rules/spanning-tree.ts';
import {storageApart} from './rules/storage-apart.ts';
import {tcpRetries} from './rules/tcp-retries.ts';
import {tokenInForce} from './rules/token-in-force.ts';
import {transport} from './rules/transport.ts';
import {vlans} from './rules/vlans.ts';

const all: Rule[] = [
  fencingTried,
  fencingLevels,
  fencingNames,
  tokenInForce,
  consensus,
  members,
  fencingTimeout,
  links,
  transport,
  sameEverywhere,
  movesLeft,
  fenceRaces,
  sbd,
  allManaged,
  defaultPassword,
  configurationSound,
  losses,
  memoryFits,
  cephReplicas,
  cephBeacons,
  diskLocks,
  cacheMode,
  cpuLatency,
  rocksdb,
  tcpRetries,
  ksmOff,
  guestIsolation,
  clockKept,
  faultTools,
  vlans,
  storageApart,
  spanningTree,
  bonds,
  mtuEqual,
  libvirtTransport,
  confinement,
  firewall,
  noSecrets,
  auditLog,
  monitorsApart,
  capacity,
  raid,
  roomLeft,
  sliceLimits,
  numa,
  alertRules,
  snapshots,
  ksmOn,
  powerButton,
];
export const rules: readonly Rule[] = all;

/** Those of a plug-in join them, before a command begins. */
export function addRules(more: readonly Rule[]): void {
  all.push(...more);
}
