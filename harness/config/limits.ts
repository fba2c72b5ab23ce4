/** When a run stops by itself: `limits` of the inventory. Each has a default, so that no cluster is without. */
import {z} from 'zod';

export interface Limits {
  /** How long a guest or resource that is none of ours may be out of service, whoever is to blame. */
  foreignAwaySeconds: number;
  /** How long the storage may be worse than at the start of the run, beyond what the trial's own fault explains. */
  storageWorseSeconds: number;
  /** Nodes that may still be lost before quorum is; a node that the trial's own fault struck counts as there. */
  quorumMargin: number;
  /** How long there may be fewer, or no node that answers with quorum. */
  quorumGoneSeconds: number;
}

export const defaultLimits: Limits = {
  foreignAwaySeconds: 120,
  storageWorseSeconds: 120,
  quorumMargin: 1,
  quorumGoneSeconds: 30,
};

const seconds = z.int().min(5).max(86_400);

export const limitsSchema: z.ZodType<Limits> = z
  .strictObject({
    foreignAwaySeconds: seconds
      .default(defaultLimits.foreignAwaySeconds)
      .describe("how long a guest or resource that is none of the inventory's may be out of service; s"),
    storageWorseSeconds: seconds
      .default(defaultLimits.storageWorseSeconds)
      .describe('how long the storage may be worse than at the start of the run; s'),
    quorumMargin: z
      .int()
      .min(0)
      .max(31)
      .default(defaultLimits.quorumMargin)
      .describe('nodes that may still be lost before quorum is'),
    quorumGoneSeconds: seconds
      .default(defaultLimits.quorumGoneSeconds)
      .describe('how long there may be fewer, or no node that answers with quorum; s'),
  })
  .prefault({});
