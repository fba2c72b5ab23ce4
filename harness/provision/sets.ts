/** What can be provisioned, each with its playbooks: to add one, add its file and its line here. */
import type {Inventory} from '../config/inventory.ts';
import type {Cluster} from '../types.ts';
import {clusterSet} from './cluster.ts';
import {guestsSet} from './guests/set.ts';

export type Way = 'provision' | 'unprovision';

/** Where a set is carried out. */
export interface Ground {
  inventory: Inventory;
  cluster: Cluster;
  /** `2026-11-27`. */
  today: string;
  say: (text: string) => void;
  signal: AbortSignal;
}

/** What a look at the hosts came to. `lines`: what is to be done, for people. `vars`: go to the playbook. */
export type Prepared =
  | {kind: 'ready'; lines: readonly string[]; vars: Readonly<Record<string, unknown>>}
  | {kind: 'refused'; sentences: readonly string[]};

export interface PlaybookSet {
  /** Its flag on the command line, and its folder of records on the hosts. */
  name: string;
  /** What its flag does. */
  about: string;
  /** It works on a cluster that runs, and holds the lock on it meanwhile. */
  onCluster: boolean;
  /** Files in playbooks/, this way and back. */
  provision: string;
  unprovision: string;
  /** Variables of both; nothing secret. Those of the hosts are in Ansible's inventory. */
  vars(inventory: Inventory): Readonly<Record<string, unknown>>;
  /** Why it cannot be done with this inventory, and what to do. */
  refusal(inventory: Inventory): {sentence: string; todo: string} | undefined;
  /** Looks at the hosts before the playbook begins, and changes nothing. Absent where the inventory says all. */
  prepare?(way: Way, ground: Ground): Promise<Prepared>;
  /** After the playbook: what is not as it should be, in sentences. */
  conclude?(way: Way, ground: Ground): Promise<readonly string[]>;
}

/** In the order in which they are provisioned; taken back the other way round. */
export const playbookSets: readonly PlaybookSet[] = [clusterSet, guestsSet];
