import {childrenNamed, descendants, parseXml} from '../../parse/xml.ts';
import type {Guest} from '../../types.ts';
import {type Check, type Diagnosis, good, type Seen, unread} from '../check.ts';
import {domain} from '../readings.ts';

/** The names by which seatrial's guest image knows its disks. */
const serials = {scratch: 'seatrial-scratch', ledger: 'seatrial-ledger'} as const;

const virtioById = '/dev/disk/by-id/virtio-';
/** So much of its serial a virtio disk tells its guest (VIRTIO 1.2, 5.2.6). */
const virtioSerialBytes = 20;

export const scratch: Check = {
  id: 'scratch-disk',
  title: 'the disk that fio overwrites is the one that was meant',
  why: 'A name like /dev/vdb is given in the order of discovery: beside a disk to boot from it is the ledger, whose loss looks like lost writes.',
  reads: [domain],
  check: seen => seen.cluster.guests.map(guest => ofGuest(seen, guest)),
};

interface Disk {
  /** `vdb`, as libvirt calls it. */
  target: string;
  serial: string;
}

function ofGuest({answers}: Seen, guest: Guest): Diagnosis {
  const {name, scratchDevice} = guest;
  const xml = answers(domain, name);
  if (!xml.ok) return unread(name, 'its disks', xml.error);
  const disks = disksOf(xml.value);
  if (disks === undefined) return unread(name, 'its disks', 'the domain XML cannot be read');
  const wanted = guest.scratchSerial ?? wantedSerial(scratchDevice);
  const short = scratchDevice.startsWith(virtioById) ? virtioSerialBytes : undefined;
  const bySerial = disks.filter(({serial}) => serial !== '' && serial.slice(0, short) === wanted?.slice(0, short));
  const [only] = bySerial;
  if (only !== undefined && bySerial.length === 1)
    return good(name, `${scratchDevice} is the disk with serial ${only.serial}`);
  const told = disks.map(({target, serial}) => `${target} (${serial || 'no serial'})`).join(', ') || 'none';
  const todo = `Give the disk the serial ${serials.scratch} (<serial> in its domain XML), and name /dev/scratch in the inventory.`;
  if (wanted !== undefined) {
    return {
      level: 'danger',
      subject: name,
      found: `${only === undefined ? 'no disk' : `${bySerial.length} disks`} of serial ${wanted}: ${told}`,
      expected: `the disk ${scratchDevice}`,
      todo,
    };
  }
  const nth = disks[Math.max(0, scratchDevice.charCodeAt('/dev/vd'.length) - 'a'.charCodeAt(0))];
  const isLedger = nth?.serial === serials.ledger;
  return {
    level: isLedger ? 'danger' : 'warning',
    subject: name,
    found: `${scratchDevice} is named by its place${isLedger ? ', and in that place is the ledger' : ''}: ${told}`,
    expected: 'a disk named by its serial',
    todo,
  };
}

/** The serial that a device's name stands for; undefined where it is named by its place. */
function wantedSerial(device: string): string | undefined {
  if (device === '/dev/scratch') return serials.scratch;
  return /^\/dev\/disk\/by-id\/(?:virtio-|scsi-\S*_|nvme-\S*_|ata-\S*_)(\S+)$/.exec(device)?.[1];
}

/** In the order of the domain. Undefined for text that is no domain. */
function disksOf(text: string): readonly Disk[] | undefined {
  const xml = parseXml(text, 'domain');
  if (!xml.ok) return undefined;
  return descendants(xml.value, 'disk')
    .filter(({attributes}) => attributes.device === undefined || attributes.device === 'disk')
    .map(disk => ({
      target: childrenNamed(disk, 'target')[0]?.attributes.dev ?? '',
      serial: childrenNamed(disk, 'serial')[0]?.text ?? '',
    }));
}
