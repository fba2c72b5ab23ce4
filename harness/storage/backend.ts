/**
 * What the harness asks of a store that holds the guests' disks. One file a kind; the compiler asks for each of
 * `StorageKind`.
 */
import type {DiskSource} from '../cluster/domain-xml.ts';
import type {Cluster, Command, Guest, Host, Result} from '../types.ts';

/** Where a guest's disk is found; nowhere for a guest that was not planned. */
export type DiskPlaces = (guest: Guest, disk: 'ledger' | 'scratch') => DiskSource | undefined;

export interface LabStorage {
  cluster: Cluster;
  /** The lab's host for a store outside the cluster, where it has one. */
  storageHost: Host | undefined;
  say: (text: string, host?: string) => void;
  signal: AbortSignal;
}

/** As the store says it of itself: 0 well, 1 a warning, 2 an error. */
export interface StorageHealth {
  rank: 0 | 1 | 2;
  words: string;
}

export interface StorageBackend {
  /** How the store says it is, at the price of one question. */
  health(cluster: Cluster): Promise<Result<StorageHealth, string>>;
  /** What is missing for the store to be whole, in words; undefined when nothing is. Never waits. */
  readiness(cluster: Cluster): Promise<string | undefined>;
  /** Tells the store that a node's disks will not come back, so that it makes new copies elsewhere. Twice is once. */
  giveUp(cluster: Cluster, node: Host): Promise<Result<void, string>>;
  /** Takes a node's disks in again. Twice is once. */
  takeBack(cluster: Cluster, node: Host): Promise<Result<void, string>>;
  /** What takes them in again, as a peer of the node may type it; nothing where there is nothing to type. */
  takeBackCommand(cluster: Cluster, node: Host): Promise<Result<Command['argv'] | undefined, string>>;
  /**
   * Builds the store and every guest's disks in a lab; ends when they can be written to. Absent where no lab has
   * it.
   */
  lab?(lab: LabStorage): Promise<Result<DiskPlaces, string>>;
}

const done: Result<void, string> = {ok: true, value: undefined};

/** A store that is no part of the cluster: nothing of it can be seen or told through the nodes. */
export const elsewhere: StorageBackend = {
  health: async () => ({ok: true, value: {rank: 0, words: 'nothing is seen of it'}}),
  readiness: async () => undefined,
  giveUp: async () => done,
  takeBack: async () => done,
  takeBackCommand: async () => ({ok: true, value: undefined}),
};
