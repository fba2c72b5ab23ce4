import {z} from 'zod';
import {cuts} from '../../harness/faults/bond-member-cut.ts';
import {planes} from '../../harness/types.ts';

export const bondArtefact = 'bond.json';

export const loads = ['all links', 'one link', 'all links again'] as const;

export const bondFacts = z.object({
  cut: z.enum(cuts),
  plane: z.enum(planes),
  /** Whose bond it was, and who sent the echoes. */
  node: z.string(),
  watcher: z.string(),
  address: z.string(),
  bond: z.string(),
  /** As it was found. */
  mode: z.string(),
  /** The link that was cut, since the echoes went by it. */
  member: z.string(),
  intervalMs: z.number(),
  injection: z.object({wallBeforeMs: z.number(), monotonicBeforeMs: z.number(), monotonicAfterMs: z.number()}),
  reached: z.object({fault: z.string(), bit: z.boolean(), evidence: z.string()}),
  clock: z.object({offsetMs: z.number(), halfWidthMs: z.number()}),
  /** By the harness's clock: until when the cut was watched before anything else was sent, and when it was healed. */
  lookedUntilMs: z.number(),
  healedFromMs: z.number(),
  /** Tests of throughput that were made; the second is left out where nothing answered. */
  throughput: z.array(z.object({artefact: z.string(), load: z.enum(loads)})),
});

/** What a trial of a bond was about. */
export type BondFacts = z.infer<typeof bondFacts>;
