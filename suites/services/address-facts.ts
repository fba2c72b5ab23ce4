import {z} from 'zod';

const number = z.number();
export const addressArtefact = 'address.json';

export const addressFacts = z.object({
  by: z.enum(['ipaddr2', 'keepalived']),
  address: z.string(),
  fault: z.string(),
  /** The node that held the address, and was struck. */
  struck: z.string(),
  /** Its interface cannot be reached by clients any more: that it still has the address harms nobody. */
  cutOff: z.boolean(),
  /** Nodes that held the address while the fault was in force and all had settled, and those that did not say. */
  holders: z.array(z.string()),
  silent: z.array(z.string()),
  injection: z.object({wallBeforeMs: number, monotonicBeforeMs: number, monotonicAfterMs: number}),
  reached: z.object({fault: z.string(), bit: z.boolean(), evidence: z.string()}),
  /** The client's clock less the harness's, ± the half width. */
  clock: z.object({offsetMs: number, halfWidthMs: number}),
  intervalMs: number,
});

/** What a trial of a virtual address was about: who held it when, and when that was on whose clock. */
export type AddressFacts = z.infer<typeof addressFacts>;
