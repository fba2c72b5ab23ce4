/** The inventory's block `provision`: what `seatrial provision` is told beyond what the cluster itself says. */
import {z} from 'zod';
import {type GuestsOrder, guestsOrder} from './guests-order.ts';

export interface Provision {
  cluster: ClusterProvision;
  /** For --guests; without it, none are made. */
  guests?: GuestsOrder;
}

/** For --cluster. */
export interface ClusterProvision {
  /** Bridge of the service plane that guests attach to; made where interfaces.service is none yet. */
  bridge: string;
  /** Keeps everybody but the cluster's own hosts from the ports of its services. */
  firewall: boolean;
  /** Size of the file that an OSD gets in a scratch directory; a scratch device is taken whole. */
  osdFileBytes: number;
  /** What an OSD aims to use of memory. */
  osdMemoryBytes: number;
}

const gibibytes = z
  .string()
  .regex(/^[1-9][0-9]{0,5} ?GiB$/, {error: 'a size such as "10 GiB"'})
  .transform(text => Number.parseInt(text, 10) * 2 ** 30);

const clusterSchema = z
  .strictObject({
    bridge: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,14}$/, {error: 'the name of a bridge, at most 15 small letters, digits and dashes'})
      .default('br-service')
      .describe('bridge of the service plane for guests; made where interfaces.service is in none yet'),
    firewall: z
      .boolean()
      .default(true)
      .describe("keep everybody but the cluster's own hosts from the ports of its services"),
    osdFile: gibibytes.prefault('10 GiB').describe('size of the file that an OSD gets in a scratch directory'),
    osdMemory: gibibytes.prefault('4 GiB').describe('what an OSD aims to use of memory'),
  })
  .transform(
    ({osdFile, osdMemory, ...rest}): ClusterProvision => ({
      ...rest,
      osdFileBytes: osdFile,
      osdMemoryBytes: osdMemory,
    }),
  );

export const provisionSchema: z.ZodType<Provision> = z.strictObject({
  cluster: clusterSchema.prefault({}).describe('for --cluster'),
  guests: guestsOrder.exactOptional().describe('for --guests; without it, none are made'),
});
