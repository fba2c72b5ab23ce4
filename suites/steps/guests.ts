/** The guests that take part in a load: chosen, kept by name and fio server, and read back. */
import {z} from 'zod';
import type {Artefacts, Cluster, Guest, ParseError, Result, Trial} from '../../harness/types.ts';
import {jsonArtefact, keepJson} from './artefacts.ts';

const artefact = 'guests.json';
const schema = z.array(z.object({name: z.string(), server: z.string()})).min(1);

/** The first `most`. */
export function chosenGuests(cluster: Cluster, most: number): readonly Guest[] {
  return cluster.guests.slice(0, most);
}

export function namesOf(guests: readonly Guest[]): string {
  return guests.map(guest => guest.name).join(', ');
}

export async function keepGuests(trial: Trial, guests: readonly Guest[]): Promise<void> {
  const kept = guests.map(guest => ({name: guest.name, server: `${guest.address}:${guest.ports.fio}`}));
  await keepJson(trial, artefact, kept);
}

export function guestsKept(raw: Artefacts): Result<z.infer<typeof schema>, ParseError> {
  return jsonArtefact(raw, artefact, schema);
}
