import type {StoreKind} from '../../types.ts';
import {cephfs} from './cephfs.ts';
import {file} from './file.ts';
import {gluster} from './gluster.ts';
import {iscsi} from './iscsi.ts';
import {mdRaid10} from './md-raid10.ts';
import {nbd} from './nbd.ts';
import {nfs} from './nfs.ts';
import {nullDisk} from './null.ts';
import {nvmeTcp} from './nvme-tcp.ts';
import {rbd} from './rbd.ts';
import type {StoreBackend} from './store.ts';

/** By kind. */
export const storeBackends: Readonly<Record<StoreKind, StoreBackend>> = {
  null: nullDisk,
  file,
  rbd,
  nbd,
  iscsi,
  gluster,
  nfs,
  cephfs,
  'nvme-tcp': nvmeTcp,
  'md-raid10': mdRaid10,
};

/** Kinds that a lab can have. */
export const labStoreKinds: readonly StoreKind[] = (Object.keys(storeBackends) as StoreKind[]).filter(
  kind => storeBackends[kind].lab !== undefined,
);
