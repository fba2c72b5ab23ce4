/** Where the work of a trial is done: a guest, the node that it runs on, and what must be known of both. */
import {z} from 'zod';
import type {Artefacts, Cluster, Finding, Guest, Host, ParseError, Result, Trial} from '../../harness/types.ts';
import {jsonArtefact, keepJson} from '../steps/artefacts.ts';
import {nodesOfGuests} from '../steps/placement.ts';

/** In this order a drift of the machine falls on both alike. */
export const turns = ['host', 'guest', 'guest', 'host'] as const;
export type Turn = (typeof turns)[number];

const artefact = 'place.json';
const schema = z.object({guest: z.string(), node: z.string(), emulated: z.boolean()});
export type Place = z.infer<typeof schema>;

/** The guest and its node. Throws with a sentence where it runs on none, or on two. */
export async function nodeOf(cluster: Cluster, guest: Guest): Promise<Host> {
  const names = (await nodesOfGuests(cluster, [guest])).get(guest) ?? [];
  const node = cluster.nodes.find(({name}) => name === names[0]);
  if (node !== undefined && names.length === 1) return node;
  throw new Error(`${guest.name} runs on ${names.join(' and ') || 'no node'}: there is nothing to measure`);
}

/** The first guest, or that one; needs at least as many guests. Throws with a sentence. */
export function guestAt({guests}: Cluster, index = 0): Guest {
  const guest = guests[index];
  if (guest === undefined) throw new Error(`the cluster has ${guests.length} guests, this takes ${index + 1}`);
  return guest;
}

export async function keepPlace(trial: Trial, guest: Guest, node: Host): Promise<void> {
  const {emulated} = trial.cluster.hardware;
  await keepJson(trial, artefact, {guest: guest.name, node: node.name, emulated} satisfies Place);
}

export function placeKept(raw: Artefacts): Result<Place, ParseError> {
  return jsonArtefact(raw, artefact, schema);
}

/** Figures of a guest without hardware virtualization say what the emulator can do. */
export function emulatedFindings({guest, emulated}: Place): readonly Finding[] {
  if (!emulated) return [];
  const detail = `${guest} is emulated: the figure is the emulator's, and speaks for no hardware`;
  return [{severity: 'warning', invariant: 'guests run with hardware virtualization', detail, artefact}];
}
