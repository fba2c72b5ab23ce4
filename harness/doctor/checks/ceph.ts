import {BlockList, isIP} from 'node:net';
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
    return [...healthOf(status.value.status, healthReasons({checks})), roomOf(usedBytes, totalBytes)];
  },
};

const noCeph =
  'Give one node the program ceph (or cephadm) and an admin keyring: ceph orch host label add NODE _admin.';

function roomOf(usedBytes: number, totalBytes: number): Diagnosis {
  const used = usedBytes / totalBytes;
  const found = totalBytes > 0 ? `${(used * 100).toFixed(0)} % of the room is used` : 'there is no room at all';
  if (totalBytes > 0 && used < nearlyFull) return good('storage', found);
  return {
    level: 'danger',
    subject: 'storage',
    found,
    expected: `less than ${nearlyFull * 100} % of some room`,
    todo: 'Make room, or add OSDs: a lost node makes the others fuller.',
  };
}

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

/**
 * `10.0.0.1:0/3710147553 2026-11-27T11:00:00`, one a line. `:0/NUMBER` is one client, `:0/0` the whole host; of
 * `cidr:10.0.0.0:0/24`, which `ceph osd blocklist range add` leaves, the number is the length of the prefix.
 */
const entry = /^(cidr:)?\[?([0-9a-fA-F.:]+?)\]?:(\d+)\/(\d+) /;
const longestPrefix = {ipv4: 32, ipv6: 128} as const;

function nodesShutOut({cluster}: Seen, text: string): Diagnosis[] {
  const entries = text.split('\n').flatMap(line => {
    const [, range, address = '', port, number] = entry.exec(line) ?? [];
    return address === '' ? [] : [{range: range !== undefined, address, port: Number(port), number: Number(number)}];
  });
  const hosts = new BlockList();
  for (const {range, address, port, number} of entries) {
    const family = familyOf(address);
    if (family === undefined) continue;
    if (range) hosts.addSubnet(address, Math.min(number, longestPrefix[family]), family);
    else if (port === 0 && number === 0) hosts.addAddress(address, family);
  }
  const shutOut = (address: string) => {
    const family = familyOf(address);
    return family !== undefined && hosts.check(address, family);
  };
  const own = cluster.nodes.filter(({addresses}) => Object.values(addresses).some(shutOut));
  if (own.length > 0) {
    return own.map(({name}) => ({
      level: 'danger' as const,
      subject: name,
      found: 'Ceph has shut the whole host out',
      expected: 'no entry of its address, nor of a range that holds it',
      todo: 'When it is fenced and back: ceph osd blocklist rm ADDRESS:0/0, or ceph osd blocklist range rm ADDRESS/BITS.',
    }));
  }
  return [
    good('storage', entries.length === 0 ? 'the blocklist is empty' : `${entries.length} old clients are shut out`),
  ];
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const family = isIP(address);
  return family === 0 ? undefined : `ipv${family as 4 | 6}`;
}
