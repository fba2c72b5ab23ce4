/** What scenarios have put on hosts, and how each kind is taken away: without memory, twice, or for nothing. */
import {idempotent, stdoutOf} from '../cluster/commands.ts';
import {freeGuest} from '../cluster/control-groups.ts';
import {giveGuestBack} from '../cluster/held.ts';
import {setStandby} from '../cluster/pacemaker.ts';
import {setMerging} from '../cluster/page-merging.ts';
import {unpinGuest} from '../cluster/pins.ts';
import {imageGone, snapshotRemove} from '../cluster/snapshots.ts';
import {quietGuest} from '../guest/quiet.ts';
import {removeEtcd} from '../services/etcd.ts';
import {removeIpaddr2} from '../services/ipaddr2.ts';
import {removeKeepalived} from '../services/keepalived.ts';
import {removeLogs} from '../services/logs.ts';
import {removeZabbix} from '../services/zabbix.ts';
import {onCephHost} from '../storage/ceph-host.ts';
import type {Cluster, Leftover, Result} from '../types.ts';

const takeBackMs = 600_000;

const ways: {
  [What in Leftover['what']]: (cluster: Cluster, leftover: Leftover & {what: What}) => Promise<Result<void, string>>;
} = {
  async file(cluster, {host: name, path}) {
    const host = [cluster.client, ...cluster.nodes].find(each => each.name === name);
    if (host === undefined) return {ok: false, error: `the inventory has no host ${name}`};
    // A journal that somebody has edited must not become a way to delete anything else.
    const own = ['/var/tmp', ...host.scratch].some(folder => path.startsWith(`${folder}/seatrial-`));
    if (!own || !/^[\w./-]+\/seatrial-[\w.-]+$/.test(path)) return {ok: false, error: `${path} is no file of seatrial`};
    const removed = await stdoutOf(cluster.transport, host, idempotent(['rm', '-f', path]));
    return removed.ok ? {ok: true, value: undefined} : removed;
  },
  async 'moved-guest'(cluster, {guest}) {
    const known = cluster.guests.find(({name}) => name === guest);
    if (known === undefined) return {ok: false, error: `the inventory has no guest ${guest}`};
    const given = await giveGuestBack(cluster, known);
    return given.ok ? quietGuest(cluster, known) : given;
  },
  standby: (cluster, {host}) => setStandby(cluster, host, false),
  async 'ordered-guest'({deploys}, {guest}) {
    if (deploys !== undefined) return deploys.takeBack(AbortSignal.timeout(takeBackMs));
    return {ok: false, error: `the inventory no longer says how ${guest} was ordered (provision.guests.trial)`};
  },
  'pinned-guest': (cluster, {guest, was}) => unpinGuest(cluster, guest, was),
  'held-guest': (cluster, {host, guest, was}) => freeGuest(cluster, host, guest, was),
  async 'page-merging'(cluster, {host: name, was}) {
    const host = cluster.nodes.find(each => each.name === name);
    return host === undefined
      ? {ok: false, error: `the inventory has no node ${name}`}
      : setMerging(cluster, host, was);
  },
  snapshot: (cluster, {pool, image, snapshot}) =>
    // Nothing but what carries our name is taken away, whatever somebody has written into the journal.
    snapshot.startsWith('seatrial-')
      ? onCephHost(cluster, target => snapshotRemove(target, {pool, image, snapshot}))
      : Promise.resolve({ok: false, error: `${snapshot} of ${pool}/${image} is no snapshot of seatrial`}),
  image: (cluster, {pool, image}) =>
    image.startsWith('seatrial-')
      ? onCephHost(cluster, target => imageGone(target, pool, image))
      : Promise.resolve({ok: false, error: `${pool}/${image} is no image of seatrial`}),
  'virtual-address': (cluster, {by, address, prefixLength}) =>
    by === 'ipaddr2' ? removeIpaddr2(cluster) : removeKeepalived(cluster, {address, prefixLength}),
  etcd: removeEtcd,
  zabbix: removeZabbix,
  logs: removeLogs,
};

export function clearLeftover(cluster: Cluster, leftover: Leftover): Promise<Result<void, string>> {
  // The compiler does not see that the way is the one of this very kind.
  const way = ways[leftover.what] as (cluster: Cluster, leftover: Leftover) => Promise<Result<void, string>>;
  return way(cluster, leftover);
}

/** In words, for people. */
export function describeLeftover(leftover: Leftover): string {
  switch (leftover.what) {
    case 'file':
      return `file ${leftover.path} on ${leftover.host}`;
    case 'virtual-address':
      return `virtual address ${leftover.address} by ${leftover.by}`;
    case 'etcd':
      return 'etcd of a trial';
    case 'zabbix':
      return 'Zabbix of a trial';
    case 'logs':
      return 'way of log lines of a trial';
    case 'moved-guest':
      return `${leftover.guest} on ${leftover.host}: left alone by the cluster, slowed down or written to`;
    case 'standby':
      return `standby of ${leftover.host}`;
    case 'ordered-guest':
      return `${leftover.guest}, ordered by a trial`;
    case 'pinned-guest':
      return `${leftover.guest}, held to fewer processors`;
    case 'held-guest':
      return `${leftover.guest} on ${leftover.host}, limited by control groups`;
    case 'page-merging':
      return `merging of equal pages (KSM) on ${leftover.host}`;
    case 'snapshot':
      return `snapshot ${leftover.snapshot} of ${leftover.pool}/${leftover.image}`;
    case 'image':
      return `image ${leftover.pool}/${leftover.image}`;
  }
}
