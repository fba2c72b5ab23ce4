/**
 * What is looked at just before a scenario and again when its trial is healed: what changed in between, the trial
 * has done.
 */
import {incarnationOf} from '../probes/beacon/driver.ts';
import type {Cluster} from '../types.ts';
import {type ClockReading, clockReadings} from './clocks.ts';
import {coreDumps} from './cores.ts';
import {notToldIn} from './fence-history.ts';
import {type Fencer, fencersOf} from './fencers.ts';
import {type View, views} from './pacemaker.ts';

export interface GuestAtWork {
  guest: string;
  node: string;
  /** Its beacon's boot id. */
  incarnation: string;
}

export interface Snapshot {
  /** `crm_mon`'s XML as the quorate partition has it, with the fence history that the node asked knows. */
  state: string;
  /** The XML of the nodes that know of fences which `state` does not tell. */
  others: readonly {node: string; state: string}[];
  fencers: readonly Fencer[];
  guests: readonly GuestAtWork[];
  clocks: readonly ClockReading[];
  /** Core dumps on the nodes. */
  cores: readonly string[];
}

/** The cluster must be whole. Throws with a sentence: a trial of which this is not known proves nothing. */
export async function takeSnapshot(cluster: Cluster): Promise<Snapshot> {
  const clocks = await clockReadings(cluster, [cluster.client, ...cluster.nodes]);
  if (!clocks.ok) throw new Error(clocks.error);
  const [cores, {spokesman, others, fencers}, incarnations] = await Promise.all([
    coreDumps(cluster),
    allViews(cluster),
    Promise.all(cluster.guests.map(async guest => ({guest, incarnation: await incarnationOf(cluster, guest)}))),
  ]);
  if (!cores.ok) throw new Error(cores.error);
  const guests = incarnations.map(({guest, incarnation}): GuestAtWork => {
    const [node, ...others] = spokesman.state.resources.find(({id}) => id === guest.resource)?.nodes ?? [];
    if (node === undefined || others.length > 0) throw new Error(`${guest.name} does not run on exactly one node`);
    if (!incarnation.ok) throw new Error(incarnation.error);
    return {guest: guest.name, node, incarnation: incarnation.value};
  });
  return {state: spokesman.raw, others, fencers, guests, clocks: clocks.value, cores: cores.value};
}

async function allViews(cluster: Cluster): Promise<{spokesman: View} & Pick<Snapshot, 'others' | 'fencers'>> {
  const told = (await views(cluster)).map(({view}) => {
    if (!view.ok) throw new Error(view.error);
    return view.value;
  });
  const spokesman = told.find(({state}) => state.quorate);
  if (spokesman === undefined) throw new Error('no node answers with quorum');
  const knowMore = told.filter(({state}) => notToldIn(spokesman.state.fencing, state.fencing).length > 0);
  const fencers = await fencersOf(cluster, told);
  return {spokesman, fencers, others: knowMore.map(({seenBy, raw}) => ({node: seenBy.name, state: raw}))};
}
