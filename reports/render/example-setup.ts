/** What the example was run on: two profiles and the machines' fingerprints. */
import type {Profile} from '../../harness/types.ts';

export const profiles: readonly Profile[] = [
  {
    name: 'stock',
    title: 'As the packages come',
    settings: [
      {
        id: 'disk-cache',
        driver: 'domain',
        key: 'disk.cache',
        value: 'writeback',
        why: 'what virt-install chooses for network disks',
      },
      {id: 'token', driver: 'corosync', key: 'token', value: '3000', why: 'Corosync 3 default'},
      {id: 'osd-grace', driver: 'ceph', key: 'osd_heartbeat_grace', value: '20', why: 'Ceph default', needs: 'ceph'},
      {
        id: 'migration-parallel',
        driver: 'resource',
        key: 'migrate.parallel',
        value: 'off',
        why: 'libvirt default: one stream',
      },
    ],
  },
  {
    name: 'tuned',
    title: 'Tuned as the guide says',
    settings: [
      {
        id: 'disk-cache',
        driver: 'domain',
        key: 'disk.cache',
        value: 'none',
        why: 'a cached write is no durable write: writes go to the store before they are acknowledged',
      },
      {
        id: 'token',
        driver: 'corosync',
        key: 'token',
        value: '1000',
        why: 'a dead node is noticed a second sooner for each second of token; below this, loaded nodes flap',
      },
      {
        id: 'osd-grace',
        driver: 'ceph',
        key: 'osd_heartbeat_grace',
        value: '5',
        why: 'I/O to a vanished host stands still for this long, and with it the first durable write of the new life',
        needs: 'ceph',
      },
      {
        id: 'migration-parallel',
        driver: 'resource',
        key: 'migrate.parallel',
        value: '2',
        why: 'two streams fill a link that one cannot',
      },
      {
        id: 'storage-mtu',
        driver: 'link',
        key: 'storage.mtu',
        value: '9000',
        why: 'fewer packets for the same bytes on the storage plane',
      },
    ],
  },
];

export const fingerprints = ['n1', 'n2', 'n3', 'client'].map(host => ({
  host,
  facts: {
    kernel: '6.1.0-56-cloud-amd64',
    cpu: 'AMD EPYC 7B13, 2 cores',
    qemu: '7.2.22',
    ...(host === 'client' ? {} : {libvirt: '9.0.0', corosync: '3.1.7', pacemaker: '2.1.5', ceph: '16.2.15'}),
    fio: '3.33',
    iperf3: '3.12',
  },
}));
