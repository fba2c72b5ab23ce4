/** Stores beside the guests' own disks: `stores` of the inventory. Their owner has attached each to one guest. */
import {z} from 'zod';
import {type Store, storeKinds} from '../types.ts';
import {absolutePath, name} from './fields.ts';

const store = z.strictObject({
  name: name.describe('in reports; no two stores share one'),
  kind: z.enum(storeKinds).describe('how the guest reaches it; null is a disk that does nothing: the control'),
  guest: name.describe('that it is attached to; all stores that are held against each other are in one guest'),
  path: absolutePath.describe(
    'in that guest: a whole disk, or a file of its own on what is mounted from the store; it is overwritten',
  ),
  serial: z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9_-]+$/, {error: 'the serial of a disk: letters, digits, dashes and underlines'})
    .exactOptional()
    .describe('what the disk must say that it is, before it is written to'),
  servers: z
    .array(name)
    .max(256)
    .default([])
    .describe('nodes or guests that serve it, all of them; [] where only the host of the guest does'),
  source: z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/, {error: 'a name as the servers have it'})
    .exactOptional()
    .describe('as its servers call it; of gluster, the volume'),
  attach: z
    .tuple([z.string().min(1)], z.string())
    .exactOptional()
    .describe(
      'words of a command that attaches it in its guest, where that was started anew and has lost it; it must do no harm a second time',
    ),
});

/** What the guest's own kernel attaches; the others are disks that its host gives it. */
const attachedByGuest: readonly Store['kind'][] = ['nfs', 'cephfs', 'nvme-tcp', 'md-raid10'];

export const storesSchema: z.ZodType<readonly Store[]> = z.array(store).max(32);

interface Read {
  nodes: readonly {name: string}[];
  guests: readonly {name: string}[];
  stores: readonly Store[];
}

/** What one entry alone does not show. */
export function refuseStores({nodes, guests, stores}: Read, context: z.core.$RefinementCtx): void {
  const refuse = (path: (string | number)[], expected: string, hint: string) =>
    context.issues.push({code: 'custom', input: stores, path: ['stores', ...path], params: {expected, hint}});
  for (const [index, one] of stores.entries()) {
    if (!guests.some(guest => guest.name === one.guest))
      refuse([index, 'guest'], 'the name of a guest', 'it is one of guests');
    const serves = [...nodes, ...guests].map(each => each.name);
    for (const [at, server] of one.servers.entries()) {
      if (!serves.includes(server) || server === one.guest)
        refuse([index, 'servers', at], 'a node, or another guest', 'name who serves it, not who uses it');
    }
    const before = stores.slice(0, index);
    if (before.some(({name}) => name === one.name))
      refuse([index, 'name'], 'a name of its own', 'change one of the two');
    if (before.some(({guest, path}) => guest === one.guest && path === one.path))
      refuse([index, 'path'], 'a path that no other store has', 'change one of the two');
    if (one.attach !== undefined && !attachedByGuest.includes(one.kind))
      refuse([index, 'attach'], `no command: the host of a guest attaches ${one.kind}`, 'leave it out');
    if (one.kind === 'gluster' && one.source === undefined)
      refuse([index], 'source: the Gluster volume', 'add it: the volume must be asked whether it writes through');
  }
}
