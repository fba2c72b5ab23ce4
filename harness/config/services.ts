/** What runs beside the guests: `services` of the inventory. Scenarios of what is left out are not applicable. */
import {z} from 'zod';
import type {Etcd, Services, VirtualAddress} from '../types.ts';
import {absolutePath, name} from './fields.ts';

const virtualAddress: z.ZodType<VirtualAddress> = z.strictObject({
  address: z.ipv4({error: 'an IPv4 address'}).describe('on the service plane; free where it does not exist yet'),
  prefixLength: z.int().min(8).max(32).describe('of the network of the service plane'),
  existing: z
    .boolean()
    .default(false)
    .describe('it is there already, and is used as it is; else each trial makes it and takes it away again'),
});

const url = z.string().regex(/^https?:\/\/[A-Za-z0-9][A-Za-z0-9.-]*:[0-9]{1,5}$/, {
  error: 'http:// or https://, an address and a port, such as http://10.0.0.1:2379',
});

const etcd: z.ZodType<Etcd> = z
  .strictObject({
    members: z
      .array(
        z.strictObject({
          node: name.describe('that it dies with'),
          url: url.describe('where clients ask it; its peers ask it at the next port where the trial starts it'),
        }),
      )
      .min(3)
      .max(9)
      .describe('of the etcd cluster, all of them'),
    existing: z
      .boolean()
      .default(false)
      .describe('it runs already, and is used as it is; else each trial starts the members and ends them again'),
    tls: z
      .strictObject({
        ca: absolutePath.describe('certificate of the authority'),
        certificate: absolutePath.describe('of a client'),
        key: absolutePath.describe('of that certificate'),
      })
      .exactOptional()
      .describe('files on the client and on every member; for existing members that want them'),
  })
  .superRefine(({existing, tls, members}, context) => {
    if (existing) return;
    const secured = members.findIndex(member => member.url.startsWith('https:'));
    if (tls === undefined && secured < 0) return;
    context.addIssue({
      code: 'custom',
      path: tls === undefined ? ['members', secured, 'url'] : ['tls'],
      params: {expected: 'plain http for members that a trial starts', hint: 'leave tls out, or say existing: true'},
    });
  });

export const servicesSchema: z.ZodType<Services> = z.strictObject({
  ipaddr2: virtualAddress.exactOptional().describe("kept by Pacemaker's ocf:heartbeat:IPaddr2"),
  keepalived: virtualAddress.exactOptional().describe('kept by Keepalived on the nodes, over VRRP'),
  etcd: etcd.exactOptional().describe('the key-value store with the state of the nodes'),
});
