/**
 * Who remembers fences. A node keeps its fence history in the memory of Pacemaker's fencer, and asks its peers when it
 * joins: a history is lost when every node that knew it has started anew.
 */
import type {FenceEvent} from '../parse/crm-mon.ts';
import type {Cluster, Host} from '../types.ts';
import {readOnly, stdoutOf} from './commands.ts';
import type {View} from './pacemaker.ts';

export interface Fencer {
  node: string;
  /** Another one after each start of the fencer; empty where it could not be seen. */
  life: string;
  /** What this node tells of fences. */
  told: readonly FenceEvent[];
}

/** The kernel's life, and the process's start in ticks of it. The process's name is cut to 15 characters. */
const lifeScript =
  'p=$(pgrep -o -x pacemaker-fence) && cat /proc/sys/kernel/random/boot_id && sed "s/.*) //" "/proc/$p/stat" | cut -d" " -f20';

export async function fencersOf(cluster: Cluster, told: readonly View[]): Promise<readonly Fencer[]> {
  return Promise.all(
    told.map(async ({seenBy, state}) => ({
      node: seenBy.name,
      life: await lifeOn(cluster, seenBy),
      told: state.fencing,
    })),
  );
}

async function lifeOn({transport}: Cluster, host: Host): Promise<string> {
  const said = await stdoutOf(transport, host, readOnly(['sh', '-c', lifeScript]));
  return said.ok ? said.value.trim().replace('\n', ' ') : '';
}
