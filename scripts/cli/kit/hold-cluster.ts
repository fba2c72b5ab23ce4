/** The lock on the cluster itself, on top of this machine's: two machines do not see each other's files. */
import {type Refused, takeClusterLock} from '../../../harness/run/cluster-lock.ts';
import type {Journal} from '../../../harness/run/journal.ts';
import type {Cluster, Result} from '../../../harness/types.ts';
import {CommandError} from './command-error.ts';

export interface Holding {
  cluster: Cluster;
  journal: Journal;
  /** Where journals live. */
  folder: string;
  say(text: string): void;
  /** Healing is what is asked for: a cluster that cannot be asked is then no reason to leave it as it is. */
  heals: boolean;
}

/**
 * Holds the cluster until what comes back is called; what then cannot be given free is said. Refuses where somebody
 * else has it.
 */
export async function holdCluster(holding: Holding): Promise<() => Promise<void>> {
  const {cluster, journal, heals, say} = holding;
  const taken = await takeClusterLock(cluster, holding);
  if (taken.ok) return async () => told(say, await taken.value.release(journal.inForce().length > 0));
  const {kind, sentence} = taken.error;
  if (kind === 'held')
    throw new CommandError(sentence, 'Two trials on one cluster would disturb each other. Nothing was touched.');
  const inForce = journal.inForce().some(entry => entry.kind === 'fault');
  if (!heals && !inForce) {
    throw new CommandError(
      `the lock on cluster ${cluster.name} itself cannot be taken: ${sentence}`,
      'Bring the cluster to where one node answers with quorum, and run the same command again. Nothing was touched.',
    );
  }
  say(`the lock on the cluster itself cannot be taken now (${sentence}); going on, since it is to be healed`);
  return () => clearOurs(holding);
}

/** By now the cluster may be whole: what an earlier process of this machine left on it goes. */
async function clearOurs({cluster, journal, folder, say}: Holding): Promise<void> {
  if (journal.inForce().length > 0) return;
  const taken = await takeClusterLock(cluster, {folder, say});
  told(say, taken.ok ? await taken.value.release(false) : taken);
}

function told(say: Holding['say'], released: Result<unknown, string | Refused>): void {
  if (released.ok) return;
  const why = typeof released.error === 'string' ? released.error : released.error.sentence;
  say(`the lock on the cluster itself is not taken away: ${why}; seatrial unlock does it later`);
}
