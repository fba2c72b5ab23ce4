import {type Foretold, foretoldSchema} from '../../cluster/foretell.ts';
import {readJson} from '../../parse/json.ts';
import {type Check, clusterWide, type Diagnosis, good, unread} from '../check.ts';
import {wholeCluster} from '../reading.ts';
import {losses} from '../readings.ts';

const todo =
  'seatrial simulate --inventory FILE (or --lab NAME) prints every loss. Look at its constraints (crm_resource --constraints --resource GUEST), at remembered failures (crm_mon --failcounts), at the memory of the nodes that are left, and at nodes in standby.';

/** By the name of what was lost, for each guest that runs now. Pure. */
export function unplaced(all: readonly Foretold[]): ReadonlyMap<string, readonly string[]> {
  const now = all.find(({lost}) => lost.length === 0)?.guests ?? {};
  const running = Object.keys(now).filter(guest => (now[guest]?.length ?? 0) > 0);
  const nowhere = (guest: string) =>
    all
      .filter(({quorate, guests}) => quorate && (guests[guest]?.length ?? 0) === 0)
      .map(({lost}) => lost.join(' and '));
  return new Map(running.map(guest => [guest, nowhere(guest)] as const).filter(([, lost]) => lost.length > 0));
}

export const placement: Check = {
  id: 'placement',
  title: 'every guest has a place when a node is lost',
  why: 'Where Pacemaker itself says that a guest would run nowhere, no failover of it can be met: the cheapest of all trials, since nothing is lost for it.',
  reads: [losses],
  check({answers}) {
    const said = answers(losses, wholeCluster);
    if (!said.ok) return [unread(clusterWide, 'where guests go when a node is lost', said.error)];
    const read = readJson(said.value, 'crm_simulate', foretoldSchema);
    if (!read.ok) return [unread(clusterWide, 'where guests go when a node is lost', read.error.found)];
    const found = [...unplaced(read.value)].map(
      ([guest, lost]): Diagnosis => ({
        level: 'warning',
        subject: guest,
        found: `Pacemaker would run it nowhere with ${lost.join(', or ')} lost`,
        expected: 'a place after every loss that leaves the cluster its quorum',
        todo,
      }),
    );
    const pairs = read.value.some(({lost}) => lost.length === 2) ? ' or two' : '';
    return found.length > 0
      ? found
      : [good(clusterWide, `every guest has a place with any one${pairs} of the nodes lost`)];
  },
};
