/**
 * Stores beside each other in one guest. A cluster has one `StorageBackend` (../backend.ts), which holds the guests'
 * own disks; beside it its owner may attach further stores to one guest, of any kind (`Store` in types.ts, `stores:` of
 * the inventory), so that the same job in the same guest in the same minute tells them apart. One file a kind here; the
 * compiler asks for each of `StoreKind`.
 *
 * What a scenario does with them (suites/storage/backends.ts, suites/storage/store-server.ts):
 *   1. `readiness` of each: a sentence refuses it. It is the place of a kind's traps: what would flatter it
 *      (acknowledging from a cache), and what looks well and is not.
 *   2. The path in the guest is looked at (harness/cluster/scratch.ts), filled once, and loaded by fio. The null disk
 *      is loaded just before each store: the control, above which no store can be judged.
 *   3. A node of `servers` is crashed (fault host-crash) while a writer in the guest makes every write durable; then
 *      the fault is healed, `heal` brings the store's servers back and ends when the store is whole, and the writer
 *      reads again what was acknowledged.
 * Nothing of this knows a lab: on a real cluster the owner has built and attached the stores.
 *
 * In a lab, `seatrial lab up --stores KIND,…` does it by `lab`: `serve` in the nodes, before the guests are started;
 * what it gives become further virtio disks of the guest, with serials `store-KIND`, by which the guest image names
 * them (/dev/disk/by-id/virtio-SERIAL). A kind that the guest attaches by itself gives no disk (or the parts of an
 * array: `store-KIND-1`, `-2` …) and has `attach`, called when the guest answers. All stores of a lab go to its last
 * guest, which is kept off its last node; a kind with one server is served there. Servers start at boot, as units of
 * systemd would: a hook in /var/lib/seatrial/disk/boot.d of each node (`layHook`).
 */
import type {DiskSource} from '../../cluster/domain-xml.ts';
import type {Cluster, Result, Store} from '../../types.ts';
import type {LabStorage} from '../backend.ts';

export interface StoreBackend {
  /** As tables name it. */
  title: string;
  /** Why it must not be measured as it is; undefined where nothing speaks against it. Only looks, never waits. */
  readiness(cluster: Cluster, store: Store): Promise<string | undefined>;
  /** Of a store that its guest attaches by itself: why it is not there, or does not work there. Only looks. */
  gapInGuest?(cluster: Cluster, store: Store): Promise<string | undefined>;
  /**
   * After a server or its node was lost and is back: starts what does not start by itself, and ends when every copy is
   * as the others. Twice is once.
   */
  heal(cluster: Cluster, store: Store): Promise<Result<void, string>>;
  /** Absent where no lab has it. */
  lab?: StoreLab;
}

export interface StoreLab {
  /** Programs that the machine under the lab must have. */
  programs: readonly string[];
  /** Which nodes serve it: none, the last one, or all of them; or the lab's first guest. */
  servers: 'none' | 'last' | 'all' | 'first-guest';
  /** It takes modules and programs that only guests of such labs carry (harness/guest/clients.ts). */
  guestClients?: true;
  /** In the guest; without it the disk with the store's serial. */
  path?: string;
  source?: string;
  /** It lies on the lab's Ceph. */
  needs?: 'ceph';
  /** Builds servers and contents; ends when they serve. The disks that the guest's host attaches, in their order. */
  serve(lab: LabStorage, store: Store, bytes: number): Promise<Result<readonly DiskSource[], string>>;
  /** In the guest, once it answers. Twice is once. */
  attach?(cluster: Cluster, store: Store): Promise<Result<void, string>>;
}

export const ready = async (): Promise<undefined> => undefined;
export const nothingToHeal = async (): Promise<Result<void, string>> => ({ok: true, value: undefined});
