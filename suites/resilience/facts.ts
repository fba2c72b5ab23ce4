import {z} from 'zod';
import {budgetSchema} from './kept-budget.ts';

const number = z.number();
export const factsSchema = z.object({
  fault: z.string(),
  /** The node that was struck, and every node that was there to see it. */
  struck: z.string(),
  survivors: z.array(z.string()),
  /** What the first fault takes from the guests; older runs tell by who is listed where. */
  fate: z.enum(['moved', 'restarted', 'stalled', 'slowed', 'evacuated', 'stranded', 'unharmed']).optional(),
  /** Those of the struck node on every plane; older runs did not keep them. */
  struckAddresses: z.array(z.string()).optional(),
  /** Guests on the struck nodes, with their resources and nodes (older runs: on `struck`), and guests elsewhere. */
  victims: z.array(z.object({guest: z.string(), resource: z.string(), node: z.string().optional()})),
  bystanders: z.array(z.string()),
  /** Guests that the fault keeps from their disks for a while, and that stay where they are. */
  stalled: z.array(z.string()).default([]),
  /** Guests that are served all the while, slower. */
  slowed: z.array(z.string()).default([]),
  injection: z.object({
    fault: z.string(),
    host: z.string(),
    monotonicBeforeMs: number,
    monotonicAfterMs: number,
    wallBeforeMs: number,
  }),
  /** Whether each fault bit; older runs did not ask. */
  reached: z.array(z.object({fault: z.string(), bit: z.boolean(), evidence: z.string()})).default([]),
  /** When the timeline healed the fault, where it does. */
  healing: z.object({monotonicBeforeMs: number, monotonicAfterMs: number}).optional(),
  /** Where the beacon watched from. */
  client: z.string(),
  /**
   * Clock of each host minus the harness's, with its half width, and what its local time adds to UTC; hosts that
   * did not answer are missing.
   */
  clocks: z.array(
    z.object({host: z.string(), offsetMs: number, halfWidthMs: number.nonnegative(), utcOffsetMinutes: number}),
  ),
  /** What the configuration in force makes of the failover; older runs did not ask. */
  budget: budgetSchema.optional(),
  /** Whether all victims wrote again in time, and the harness's wall clock when that was known. */
  recovered: z.boolean(),
  waitedUntilWallMs: number,
});

/**
 * What a resilience trial was about, kept as `failover.json`: who ran where when the fault struck, and when that
 * was on whose clock.
 */
export type ResilienceFacts = z.infer<typeof factsSchema>;

/** The offset of a host's clock; a host that was not asked or did not answer has none. */
export function clockOf(facts: ResilienceFacts, host: string): ResilienceFacts['clocks'][number] | undefined {
  return facts.clocks.find(clock => clock.host === host);
}

/** `host-crash`, `nic-down`: the kind of fault, without the plane. */
export function kindOf(fault: string): string {
  return fault.split(':')[0] ?? fault;
}
