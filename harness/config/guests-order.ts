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
const ipv4 = z.string().regex(/^(?:\d{1,3}\.){3}\d{1,3}$/, {error: 'an IPv4 address'});

const store = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rbd'),
    pool: word,
    makePool: z.boolean().default(false),
    auth: z
      .strictObject({user: word, secret: z.string().regex(/^[0-9a-f-]{36}$/, {error: 'the UUID of a libvirt secret'})})
      .exactOptional(),
  }),
  z.strictObject({kind: z.literal('folder'), path: folder}),
]);

/** `ledger` needs 16 MiB for five minutes of a beacon at 10 ms, and uses 64 MiB at most. */
export const guestsOrder: z.ZodType<GuestsOrder> = z
  .strictObject({
    folder: folder.default('/var/lib/seatrial/guests'),
    prefix: z.string().regex(/^[a-z][a-z0-9-]{0,14}-$/, {
      error: 'a few small letters and digits that end in a dash, such as "sea-"',
    }),
    owner: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9@._+-]{0,63}$/, {error: 'a name or a mail address, without spaces'}),
    expires: z.iso.date(),
    quota: z.strictObject({guests: count, memory: bytes, vcpus: count, disk: bytes}),
    disks: z.strictObject({ledger: bytes.prefault('64 MiB'), scratch: bytes.prefault('1 GiB')}).prefault({}),
    bridge: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/, {error: 'the name of a bridge on every node'}),
    prefixLength: z.int().min(1).max(32).default(24),
    gateway: ipv4.exactOptional(),
    mtu: z.int().min(1280).max(65_535).exactOptional(),
    accelerator: z.enum(['kvm', 'qemu']).default('kvm'),
    store,
    migration: z
      .strictObject({transport: z.enum(['tcp', 'tls', 'ssh']).default('tcp'), networkSuffix: suffix.exactOptional()})
      .prefault({}),
  })
  .transform(
    ({quota: {memory, disk, ...quota}, disks: {ledger, scratch}, ...rest}): GuestsOrder => ({
      ...rest,
      quota: {...quota, memoryBytes: memory, diskBytes: disk},
      disks: {ledgerBytes: ledger, scratchBytes: scratch},
    }),
  );
