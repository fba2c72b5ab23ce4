/** Which plane may reach which: `isolation` of the inventory. A plane always reaches itself. */
import {z} from 'zod';
import {type Isolation, planes} from '../types.ts';

export const isolationSchema: z.ZodType<Isolation> = z.strictObject({
  allowed: z
    .array(
      z.strictObject({
        from: z.enum(planes).describe('plane that a packet is sent in'),
        to: z.enum(planes).describe('plane of the address that answers'),
      }),
    )
    .max(12)
    .default([])
    .describe('ways from plane to plane that may be there, such as a router; any other answer is a finding'),
});
