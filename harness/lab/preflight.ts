/** What must be true of this machine before a lab is begun. */
import {existsSync, statfsSync} from 'node:fs';
import path from 'node:path';
import type {Result} from '../types.ts';
import {type LabError, refusal} from './error.ts';

/** A lab on that storage, or one of bare hosts. */
type LabKind = 'ceph' | 'nbd' | 'bare';

const always = ['unshare', 'nsenter', 'setsid', 'flock', 'ip', 'tini', 'ipmi_sim', 'ipmitool'];
const ofCluster = [
  ...['corosync', 'pacemakerd', 'crm_mon', 'cibadmin', 'crm_resource', 'fence_ipmilan'],
  ...['libvirtd', 'virsh', 'qemu-system-x86_64', 'openssl'],
];
const ofKind: Record<LabKind, readonly string[]> = {
  ceph: [...ofCluster, 'ceph-mon', 'ceph-mgr', 'ceph-osd', 'ceph', 'rbd'],
  nbd: [...ofCluster, 'nbdkit'],
  bare: ['mmdebstrap', 'ssh', 'ssh-keygen'],
};
const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** Disks of the guests and of the store, three times over with Ceph, and logs; of bare hosts all that is installed. */
const wantedDiskBytes: Record<LabKind, number> = {ceph: 3 * 1024 ** 3, nbd: 1024 ** 3, bare: 4 * 1024 ** 3};

/** Facts of the machine, so that the judgement can be tested. */
export interface Ground {
  userId: number | undefined;
  hasProgram(name: string): boolean;
  /** Undefined where it cannot be told. */
  freeDiskBytes: number | undefined;
}

export function groundOf(stateRoot: string): Ground {
  return {
    userId: process.geteuid?.(),
    hasProgram: name => folders.some(folder => existsSync(path.resolve(folder, name))),
    freeDiskBytes: freeBytes(stateRoot),
  };
}

/** Pure. Says all that is missing at once. `further`: programs that are wanted beside. */
export function preflight(
  ground: Ground,
  kind: LabKind,
  stateRoot: string,
  further: readonly string[] = [],
): Result<void, LabError> {
  if (ground.userId !== 0) {
    return refusal('a lab makes namespaces, mounts and interfaces, which only root may', 'Run the command as root.');
  }
  const missing = [...always, ...ofKind[kind], ...further].filter(name => !ground.hasProgram(name));
  if (missing.length > 0) {
    return refusal(
      `programs of the lab are missing on this machine: ${missing.join(', ')}`,
      'Run: seatrial doctor, which names the packages and the command that installs them.',
    );
  }
  const wanted = wantedDiskBytes[kind];
  if (ground.freeDiskBytes !== undefined && ground.freeDiskBytes < wanted) {
    const mebibytes = (bytes: number) => `${Math.floor(bytes / 1024 ** 2)} MiB`;
    return refusal(
      `there are ${mebibytes(ground.freeDiskBytes)} free under ${stateRoot}, expected at least ${mebibytes(wanted)} for a lab ${kind === 'bare' ? 'of bare hosts' : `on ${kind}`}`,
      'Make room on that disk.',
    );
  }
  return {ok: true, value: undefined};
}

function freeBytes(folder: string): number | undefined {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    try {
      const {bavail, bsize} = statfsSync(at);
      return bavail * bsize;
    } catch {
      // Not made yet: its parent is on the same disk.
      if (at === path.dirname(at)) return undefined;
    }
  }
}
