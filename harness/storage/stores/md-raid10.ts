/**
 * RAID-10 by md in a guest, out of four disks that its host attaches: what one host gives by itself, with a member to
 * spare and the whole of it lost with the host.
 */
import {makeRaid10, memberGap, raidDevice, takeBackMembers, unlikeSectors} from '../../guest/raid.ts';
import type {Cluster, Store} from '../../types.ts';
import {guestOf, untilNothingMissing} from './mounted.ts';
import {everyServer} from './servers.ts';
import type {StoreBackend} from './store.ts';

const disks = 4;
/** md's own data at the head of each. */
const headBytes = 8 * 1024 ** 2;

export const mdRaid10: StoreBackend = {
  title: 'RAID-10 (md, no bitmap)',
  readiness: gapOf,
  gapInGuest: gapOf,

  async heal(cluster, store) {
    const guest = guestOf(cluster, store);
    const whole = await untilNothingMissing(store, async () => {
      const gap = await memberGap(cluster, guest, store.path);
      const taken = gap === undefined ? undefined : await takeBackMembers(cluster, guest, store.path);
      return taken?.ok === false ? taken.error : gap;
    });
    if (!whole.ok) return whole;
    const unlike = await unlikeSectors(cluster, guest, store.path);
    if (!unlike.ok) return unlike;
    return unlike.value === 0
      ? {ok: true, value: undefined}
      : {ok: false, error: `${store.path} in ${guest.name}: ${unlike.value} sectors differ between the copies`};
  },

  lab: {
    programs: [],
    guestClients: true,
    servers: 'none',
    path: raidDevice,
    // Each node has its own, so that the guest can be started anywhere: with another content.
    async serve({cluster}, _store, bytes) {
      const files = Array.from({length: disks}, (_, index) => `/var/lib/seatrial/disk/store-md-${index + 1}`);
      const size = bytes / 2 + headBytes;
      const made = await everyServer(
        cluster,
        cluster.nodes,
        files.map(file => `truncate -s ${size} ${file}`).join('\n'),
      );
      return made.ok ? {ok: true, value: files.map(path => ({protocol: 'file', path}))} : made;
    },
    async attach(cluster, store) {
      const guest = guestOf(cluster, store);
      const members = Array.from(
        {length: disks},
        (_, index) => `/dev/disk/by-id/virtio-store-${store.kind}-${index + 1}`,
      );
      const made = await makeRaid10(cluster, guest, members);
      // One that its guest left in the middle of a write is copied first.
      return made.ok ? untilNothingMissing(store, () => memberGap(cluster, guest, store.path)) : made;
    },
  },
};

function gapOf(cluster: Cluster, store: Store): Promise<string | undefined> {
  return memberGap(cluster, guestOf(cluster, store), store.path);
}
