/** Which faults a harness that was killed is tried to leave behind, and why the others need no such trial. */
import type {Parameters} from '../../harness/types.ts';

/** What the host shows of it; a stopped daemon shows in the store alone. */
export const leftBehind: readonly (readonly [fault: string, parameters: Parameters, shown?: RegExp])[] = [
  ['packet-loss', {plane: 'storage', percent: 5}, /seatrial-loss/],
  [
    'packet-delay',
    {plane: 'storage', delayMs: 20, jitterMs: 5, reorderPercent: 5},
    /a slow cable: \/run\/seatrial-delay|a queue on stor0/,
  ],
  ['packet-duplicates', {plane: 'storage', percent: 5}, /seatrial-duplicates/],
  ['rate-limit', {plane: 'storage', megabits: 5}, /a queue on stor0/],
  ['link-flapping', {plane: 'service', downMs: 500, upMs: 500, times: 1000}, /a loop: link-flapping-service.pid/],
  ['nic-down', {plane: 'service'}, /a link that was taken down: \/run\/seatrial-link-/],
  ['partition', {plane: 'service', shape: 'apart'}, /seatrial-partition/],
  ['migration-path-cut', {}, /seatrial-migration/],
  ['corosync-link-cut', {link: 0}, /seatrial-link/],
  ['fence-slow', {seconds: 15}, /an overlay of a fence device/],
  ['cpu-hog', {seconds: 300}, /a hog: cpu-hog/],
  ['memory-hog', {seconds: 300}, /a hog: memory-hog/],
  ['disk-slow', {nth: 0, stoppedMs: 400, goingMs: 600, times: 1000}, /a loop: disk-slow.pid/],
  ['osd-hung', {nth: 0}],
  ['monitor-hung', {}],
];

const withItsPower = 'what it leaves is a node without power or without its memory; killed-harness.long.ts has one';
const asMonitorHung = 'a daemon that does not work, named by the journal, as monitor-hung';
const ofTheGuest = 'it is done with the guest on its node, wherever that is then; the cluster starts it anew';
const notInThisLab = 'the lab of this test has no such service';

export const notLeftBehind: Readonly<Record<string, string>> = {
  'host-crash': withItsPower,
  'node-hung': withItsPower,
  'node-lost': withItsPower,
  'node-shutdown': withItsPower,
  'node-reboot': withItsPower,
  'power-and-bmc-lost': withItsPower,
  'corosync-killed': withItsPower,
  'corosync-hung': withItsPower,
  'load-hog': 'a hog as cpu-hog, by the same commands',
  'disk-full': 'its file is found by its name in remains.test.ts, and a whole disk is filled in failover/disk-full',
  'space-taken': 'it is in a folder of the inventory, which this lab has not',
  'logs-grown': 'it is in a folder of the inventory, which this lab has not',
  'clock-step': 'nodes of a lab have no clock of their own; its file is found in remains.test.ts',
  'bond-member-cut': 'nodes of this lab have no bonds',
  'fence-path-cut': 'rules as of partition, by the same commands',
  'fence-confirmed': 'it is one order, which leaves nothing',
  'fence-refusing': 'an overlay as of fence-slow',
  'fence-lying': 'an overlay as of fence-slow',
  'pacemakerd-killed': asMonitorHung,
  'libvirtd-killed': asMonitorHung,
  'libvirtd-hung': asMonitorHung,
  'virtqemud-killed': asMonitorHung,
  'monitor-killed': asMonitorHung,
  'manager-killed': asMonitorHung,
  'osd-killed': 'an OSD that does not work, named by the journal, as osd-hung',
  'metadata-server-killed': notInThisLab,
  'nfs-server-killed': notInThisLab,
  'iscsi-server-killed': notInThisLab,
  'nbd-server-killed': notInThisLab,
  'brick-killed': notInThisLab,
  'keepalived-killed': notInThisLab,
  'etcd-killed': notInThisLab,
  'zabbix-killed': notInThisLab,
  'rsyslogd-killed': notInThisLab,
  'address-removed': notInThisLab,
  'disk-errors': 'it is an option of OSDs that go on, which the heal asks of them as that of osd-hung their processes',
  'guest-killed': ofTheGuest,
  'guest-panic': ofTheGuest,
  'guest-hung': 'its file is found in remains.test.ts; the guest is wherever the cluster has put it',
  'guest-busy': 'it ends by itself, in the guest, when its time is over',
  'guest-flapping': 'a loop as of link-flapping; the guest is wherever the cluster has put it',
  'member-pulled': 'guests of this lab have no array of disks',
  'migration-killed': 'killed-in-migration.long.ts has it',
};
