/**
 * What the inventory says under `provision.guests`: how the guests of its `guests:` list are to be made on a cluster
 * that runs already, by whom, for how long, and how much of the cluster they may take.
 */
import {z} from 'zod';

/** Bytes, counts; what all guests together may take at most. */
export interface GuestsQuota {
  guests: number;
  memoryBytes: number;
  vcpus: number;
  diskBytes: number;
}

/** Where the guests' disks lie; every node must see them, or no guest could move. */
export type DiskStoreOrder =
  | {
      kind: 'rbd';
      pool: string;
      /** A pool that is not there is made, and taken away again with the guests. */
      makePool: boolean;
      /** A libvirt secret that holds the key of `user`, where the cluster asks for one. */
      auth?: {user: string; secret: string};
    }
  /** A folder that is the same on every node: NFS, CephFS, GFS2 and the like. */
  | {kind: 'folder'; path: string};

/** Bytes, counts. */
export interface TrialOrder {
  address: string;
  memoryBytes: number;
  vcpus: number;
  diskBytes: number;
}

export interface GuestsOrder {
  /** On every node, and the client: image and domain XML lie in a folder of the prefix in it. */
  folder: string;
  /** Every name that is made begins with it: domains, resources, disks. */
  prefix: string;
  /** Whom to ask about what is found later. */
  owner: string;
  /** The last day on which the guests may be there, `2027-01-31`. */
  expires: string;
  quota: GuestsQuota;
  disks: {ledgerBytes: number; scratchBytes: number};
  /** On every node, in the service plane: the guests are plugged in here. */
  bridge: string;
  /** Of the guests' addresses. */
  prefixLength: number;
  gateway?: string;
  /** Bytes. */
  mtu?: number;
  /** `qemu` is software emulation. */
  accelerator: 'kvm' | 'qemu';
  store: DiskStoreOrder;
  /** The guest that a trial orders beside those of the inventory, and takes back. */
  trial?: TrialOrder;
  /** How libvirt reaches its peer, and what is appended to the peer's name so that it does over a plane of its own. */
  migration: {transport: 'tcp' | 'tls' | 'ssh'; networkSuffix?: string};
}

const bytes = z
  .string()
  .regex(/^[1-9][0-9]{0,8} ?(MiB|GiB|TiB)$/, {error: 'a size such as "64 MiB" or "20 GiB"'})
  .transform(text => Number.parseInt(text, 10) * {M: 2 ** 20, G: 2 ** 30, T: 2 ** 40}[text.slice(-3, -2) as 'M']);
const count = z.int().min(1).max(100_000);
/** Goes into paths, names and command lines. */
const word = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, {error: 'letters, digits, dots and dashes, beginning with a letter or digit'});
const suffix = z.string().regex(/^[A-Za-z0-9.-]{1,63}$/, {error: 'what makes a name of the plane, such as "-cluster"'});
const folder = z.string().regex(/^(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*){2,}$/, {
  error: 'the absolute path of a folder of its own such as /srv/vms, letters, digits, dots and dashes',
});
const ipv4 = z.ipv4({error: 'an IPv4 address'}).meta({form: 'an IPv4 address'});

const store = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rbd').describe('images in a pool of Ceph'),
    pool: word.describe('that holds the images'),
    makePool: z.boolean().default(false).describe('a pool that is not there is made, and taken away with the guests'),
    auth: z
      .strictObject({
        user: word.describe('of Ceph'),
        secret: z
          .string()
          .regex(/^[0-9a-f-]{36}$/, {error: 'the UUID of a libvirt secret'})
          .describe("of libvirt, on every node; holds the user's key"),
      })
      .exactOptional()
      .describe("where QEMU cannot read Ceph's own keyring"),
  }),
  z.strictObject({
    kind: z.literal('folder').describe('files in a folder that every node shares'),
    path: folder.describe('NFS, CephFS and the like; the disks lie in a folder of the prefix in it'),
  }),
]);

/** `ledger` needs 16 MiB for five minutes of a beacon at 10 ms, and uses 64 MiB at most. */
export const guestsOrder: z.ZodType<GuestsOrder> = z
  .strictObject({
    folder: folder
      .default('/var/lib/seatrial/guests')
      .describe('on every node and the client; image and domain XML lie in a folder of the prefix in it'),
    prefix: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,14}-$/, {
        error: 'a few small letters and digits that end in a dash, such as "sea-"',
      })
      .describe('every name that is made begins with it: guests, resources, disks'),
    owner: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9@._+-]{0,63}$/, {error: 'a name or a mail address, without spaces'})
      .describe('whom to ask about what is found later'),
    expires: z.iso.date().describe('the last day on which the guests may be there'),
    quota: z
      .strictObject({
        guests: count.describe('how many'),
        memory: bytes.describe('of all together'),
        vcpus: count.describe('of all together'),
        disk: bytes.describe('of all disks, counted in full'),
      })
      .describe('what all guests together may take; more is refused'),
    disks: z
      .strictObject({
        ledger: bytes.prefault('64 MiB').describe('of each guest; 16 MiB hold five minutes of a beacon at 10 ms'),
        scratch: bytes.prefault('1 GiB').describe('of each guest; what fio may overwrite'),
      })
      .prefault({})
      .describe('sizes'),
    bridge: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/, {error: 'the name of a bridge on every node'})
      .describe("on every node: the guests' addresses are in its network"),
    prefixLength: z.int().min(1).max(32).default(24).describe("of the guests' addresses"),
    gateway: ipv4.exactOptional().describe("the way out of the guests' network"),
    mtu: z.int().min(1280).max(65_535).exactOptional().describe("of the guests' interfaces, in bytes"),
    accelerator: z.enum(['kvm', 'qemu']).default('kvm').describe('qemu: emulated, and every report says so'),
    store: store.describe('where the disks lie; every node must see them'),
    migration: z
      .strictObject({
        transport: z.enum(['tcp', 'tls', 'ssh']).default('tcp').describe('how libvirt reaches its peer'),
        networkSuffix: suffix.exactOptional().describe("appended to the peer's name, for a plane of its own"),
      })
      .prefault({})
      .describe('how guests move'),
    trial: z
      .strictObject({
        address: ipv4.describe('free, in the network of the bridge'),
        memory: bytes.prefault('8 GiB').describe('what it has'),
        vcpus: count.default(4).describe('virtual CPUs'),
        disk: bytes.prefault('20 GiB').describe('its scratch disk, which grows as it is written to'),
      })
      .transform(({memory, disk, ...rest}): TrialOrder => ({...rest, memoryBytes: memory, diskBytes: disk}))
      .exactOptional()
      .describe('the guest that deploy/guest orders beside those of the list, and takes back; beyond the quota'),
  })
  .transform(
    ({quota: {memory, disk, ...quota}, disks: {ledger, scratch}, ...rest}): GuestsOrder => ({
      ...rest,
      quota: {...quota, memoryBytes: memory, diskBytes: disk},
      disks: {ledgerBytes: ledger, scratchBytes: scratch},
    }),
  );
