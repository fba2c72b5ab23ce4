/** Asks every node whether its libvirt has a guest. */
import {domains} from '../../harness/cluster/libvirt.ts';
import type {Cluster, Guest} from '../../harness/types.ts';
import type {Whereabouts} from './whereabouts.ts';

export async function whereaboutsOf(cluster: Cluster, {name}: Guest): Promise<Whereabouts> {
  const {active, silent} = await domains(cluster);
  const places = active.flatMap(({domain, node, state}) => (domain === name ? [{node, state}] : []));
  const unasked = silent.map(({node, reason}) => `${node}: ${reason}`);
  return {places, ...(unasked.length === 0 ? {} : {unasked})};
}
