/** The least that each class of scenarios needs; what a milder class needs comes on top. */
import type {Impact} from '../../../harness/types.ts';

export const privileges: Readonly<Record<Impact, readonly string[]>> = {
  'read-only': [
    'nodes: log in; group haclient (crm_mon, cibadmin --query), group libvirt (virsh list, dumpxml), root for corosync-cmapctl',
    "Ceph: a key with mon 'allow r', mgr 'allow r', osd 'allow r'",
    'BMCs: an account of the privilege USER (chassis power status)',
  ],
  load: ['client: log in, and run fio, iperf3, ping; /var/tmp for the beacon. Nothing more on the nodes'],
  disruptive: [
    'nodes: root (sudo with become): crm_resource, crm_attribute, cibadmin --replace, ip link, nft, systemctl, corosync.conf, domain XML',
    "Ceph: a key with mon 'allow *', osd 'allow *' (ceph config set, ceph osd out)",
  ],
  destructive: ['BMCs: an account of the privilege OPERATOR (chassis power on, off)'],
};
