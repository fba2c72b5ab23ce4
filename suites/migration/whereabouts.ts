/** Where libvirt has a guest after a migration, on record: a node that did not say may have it too. Pure. */
import {z} from 'zod';
import type {Finding} from '../../harness/types.ts';

/** Of a record that is kept. */
export const whereaboutsShape = {
  places: z.array(z.object({node: z.string(), state: z.string()})),
  /** Nodes that did not say, with the reason. */
  unasked: z.array(z.string()).optional(),
};
export type Whereabouts = z.infer<z.ZodObject<typeof whereaboutsShape>>;

export function placesInWords({places}: Whereabouts): string {
  return places.map(({node, state}) => `${state} on ${node}`).join(' and ') || 'nowhere';
}

/** That it runs once is not known where a node did not say. */
export function unaskedFindings(
  {guest, unasked = []}: Whereabouts & {guest: string},
  artefact: string,
): readonly Finding[] {
  if (unasked.length === 0) return [];
  const detail = `it is not known whether ${guest} runs elsewhere too: ${unasked.join('; ')}`;
  return [{severity: 'critical', invariant: 'a migration leaves the guest whole', detail, artefact, unknown: true}];
}
