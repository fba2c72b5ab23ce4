import type {StoreKind} from '../../types.ts';
import {file} from './file.ts';
import {gluster} from './gluster.ts';
import {iscsi} from './iscsi.ts';
import {nbd} from './nbd.ts';
import {nullDisk} from './null.ts';
import {rbd} from './rbd.ts';
import type {StoreBackend} from './store.ts';
import {unbuilt} from './unbuilt.ts';

/** By kind. */
export const storeBackends: Readonly<Record<StoreKind, StoreBackend>> = {
  null: nullDisk,
  file,
  rbd,
  nbd,
  iscsi,
  gluster,
  nfs: unbuilt('NFSv4.1'),
  cephfs: unbuilt('CephFS'),
  'nvme-tcp': unbuilt('NVMe/TCP'),
  'md-raid10': unbuilt('RAID-10 (md)'),
};

/** Kinds that a lab can have. */
export const labStoreKinds: readonly StoreKind[] = (Object.keys(storeBackends) as StoreKind[]).filter(
  kind => storeBackends[kind].lab !== undefined,
);
