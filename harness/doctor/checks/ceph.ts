import {healthReasons, parseCephStatus} from '../../cluster/storage.ts';
import {type Check, type Diagnosis, good, type Seen, unread} from '../check.ts';
import {wholeCluster} from '../reading.ts';
import {cephBlocklist, cephStatus} from '../readings.ts';

/** From here on Ceph itself warns (mon_osd_nearfull_ratio). */
const nearlyFull = 0.85;

export const ceph: Check = {
  id: 'ceph',
  title: 'Ceph is healthy and has room',
  why: 'An OSD that is full stops every write, and an error of Ceph now is an error in every figure.',
  reads: [cephStatus],
  check(seen) {
    if (seen.cluster.storage !== 'ceph') return [];
    const said = seen.answers(cephStatus, wholeCluster);
    const status = said.ok ? parseCephStatus(said.value) : said;
    if (!status.ok) return [{...unread('storage', 'the state of Ceph', status.error), level: 'danger', todo: noCeph}];
    const {usedBytes, totalBytes, checks} = status.value;
    const used = totalBytes > 0 ? usedBytes / totalBytes : 0;
    return [
      ...healthOf(status.value.status, healthReasons({checks})),
      used < nearlyFull
        ? good('storage', `${(used * 100).toFixed(0)} % of the room is used`)
        : {
            level: 'danger',
            subject: 'storage',
            found: `${(used * 100).toFixed(0)} % of the room is used`,
            expected: `less than ${nearlyFull * 100} %`,
            todo: 'Make room, or add OSDs: a lost node makes the others fuller.',
          },
    ];
  },
};

const noCeph =
  'Give one node the program ceph (or cephadm) and an admin keyring: ceph orch host label add NODE _admin.';

function healthOf(status: string, reasons: string): Diagnosis[] {
  if (status === 'HEALTH_OK') return [good('storage', 'Ceph says HEALTH_OK')];
  return [
    {
      level: status === 'HEALTH_WARN' ? 'warning' : 'danger',
      subject: 'storage',
      found: `Ceph says ${status}: ${reasons || 'no reason'}`,
      expected: 'HEALTH_OK',
      todo: 'ceph health detail; mend it, or mute what is meant to be: ceph health mute CODE.',
    },
  ];
}

export const blocklist: Check = {
  id: 'blocklist',
  title: 'no client is on the blocklist of Ceph',
  why: 'A node that Ceph has shut out cannot open a disk: a guest fails to start there. An entry ends by itself after an hour.',
  reads: [cephBlocklist],
  check(seen) {
    if (seen.cluster.storage !== 'ceph') return [];
    const said = seen.answers(cephBlocklist, wholeCluster);
    if (!said.ok) return [unread('storage', 'the blocklist', said.error)];
    return nodesShutOut(seen, said.value);
  },
};

/** `10.0.0.1:0/3710147553 2026-11-27T11:00:00`, one a line. `:0/NUMBER` is one client, `:0/0` the whole host. */
function nodesShutOut({cluster}: Seen, text: string): Diagnosis[] {
  const entries = text.split('\n').filter(line => /^\S+:\d+\/\d+ /.test(line));
  const own = cluster.nodes.flatMap(({name, addresses}) => {
    const whole = entries.filter(entry => Object.values(addresses).some(each => entry.startsWith(`${each}:0/0 `)));
    return whole.length > 0 ? [name] : [];
  });
  if (own.length > 0) {
    return own.map(name => ({
      level: 'danger' as const,
      subject: name,
      found: 'Ceph has shut the whole host out',
      expected: 'no entry of its address',
      todo: 'When it is fenced and back: ceph osd blocklist rm ADDRESS:0/0.',
    }));
  }
  return [
    good('storage', entries.length === 0 ? 'the blocklist is empty' : `${entries.length} old clients are shut out`),
  ];
}
