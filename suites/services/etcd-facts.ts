import {z} from 'zod';

const number = z.number();
const text = z.string();
export const etcdArtefact = 'etcd.json';
export const etcdLogArtefact = 'etcd.log';
export const etcdValuesArtefact = 'etcd-values.txt';

export const etcdFacts = z.object({
  fault: text,
  /** Members by their nodes, in the order of the log. */
  members: z.array(text),
  /** Who led, and the term, before the fault. */
  leader: text,
  term: number,
  struck: z.array(text),
  /** All keys of the trial begin so. */
  prefix: text,
  /** The key of the struck node was kept by a lease of so long; absent where no node was lost. */
  ttlSeconds: number.optional(),
  /** The first is what times count from; the last is when everything was in force. */
  injections: z.array(z.object({wallBeforeMs: number, monotonicBeforeMs: number, monotonicAfterMs: number})).min(1),
  reached: z.array(z.object({fault: text, bit: z.boolean(), evidence: text})),
  /** The harness's wall clock just before anything was healed. */
  heldUntilWallMs: number,
  /** The client's clock less the harness's, ± the half width. */
  clock: z.object({offsetMs: number, halfWidthMs: number}),
});

/** What a trial of etcd was about: who led, who was struck, and when that was on whose clock. */
export type EtcdFacts = z.infer<typeof etcdFacts>;
