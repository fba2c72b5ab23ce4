/** What can be provisioned, each with its playbooks: to add one, add its file and its line here. */
import type {Inventory} from '../config/inventory.ts';
import {clusterSet} from './cluster.ts';

export interface PlaybookSet {
  /** Its flag on the command line, and its folder of records on the hosts. */
  name: string;
  /** What its flag does. */
  about: string;
  /** Files in playbooks/, this way and back. */
  provision: string;
  unprovision: string;
  /** Variables of both; nothing secret. Those of the hosts are in Ansible's inventory. */
  vars(inventory: Inventory): Readonly<Record<string, unknown>>;
  /** Why it cannot be done with this inventory, and what to do. */
  refusal(inventory: Inventory): {sentence: string; todo: string} | undefined;
}

/** In the order in which they are provisioned; taken back the other way round. */
export const playbookSets: readonly PlaybookSet[] = [clusterSet];
