import type {Cluster, StorageKind} from '../types.ts';
import {elsewhere, type StorageBackend} from './backend.ts';
import {ceph} from './ceph.ts';
import {nbd} from './nbd.ts';

const backends: Readonly<Record<StorageKind, StorageBackend>> = {ceph, nbd, none: elsewhere};

export function storageOf(cluster: Pick<Cluster, 'storage'>): StorageBackend {
  return backends[cluster.storage];
}
