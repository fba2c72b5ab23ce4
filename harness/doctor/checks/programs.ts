import type {Level} from '../check.ts';
import {type Check, type Diagnosis, good, hostSaid, unread} from '../check.ts';
import {hostsOf, nodesOf} from '../reading.ts';
import {host} from '../readings.ts';

interface Wanted {
  /** One of these is enough. */
  anyOf: readonly [string, ...string[]];
  on: 'hosts' | 'nodes' | 'client';
  level: Level;
  what: string;
  package: string;
}

const wanted: readonly Wanted[] = [
  {
    anyOf: ['timeout'],
    on: 'hosts',
    level: 'danger',
    what: 'every command has a deadline on its host',
    package: 'coreutils',
  },
  {
    anyOf: ['crm_mon'],
    on: 'nodes',
    level: 'danger',
    what: 'the cluster is asked by it',
    package: 'pacemaker-cli-utils',
  },
  {
    anyOf: ['crm_resource'],
    on: 'nodes',
    level: 'danger',
    what: 'guests are moved by it',
    package: 'pacemaker-cli-utils',
  },
  {
    anyOf: ['cibadmin'],
    on: 'nodes',
    level: 'danger',
    what: 'the configuration is read by it',
    package: 'pacemaker-cli-utils',
  },
  {anyOf: ['virsh'], on: 'nodes', level: 'danger', what: 'guests are asked by it', package: 'libvirt-clients'},
  {
    anyOf: ['corosync-cmapctl'],
    on: 'nodes',
    level: 'danger',
    what: "Corosync's timings are read by it",
    package: 'corosync',
  },
  {anyOf: ['ip'], on: 'nodes', level: 'danger', what: 'links are taken down and up by it', package: 'iproute2'},
  {anyOf: ['nft', 'iptables'], on: 'nodes', level: 'warning', what: 'partitions are made by it', package: 'nftables'},
  {
    anyOf: ['systemd-run'],
    on: 'nodes',
    level: 'warning',
    what: 'it heals a fault where the harness is gone',
    package: 'systemd',
  },
  {anyOf: ['ipmitool'], on: 'client', level: 'danger', what: 'power is asked and cut by it', package: 'ipmitool'},
  {anyOf: ['fio'], on: 'client', level: 'danger', what: 'it loads the guests', package: 'fio'},
  {anyOf: ['iperf3'], on: 'client', level: 'danger', what: 'it loads the network', package: 'iperf3'},
  {anyOf: ['bash'], on: 'client', level: 'danger', what: "guests' ports are tried by it", package: 'bash'},
];

export const programs: Check = {
  id: 'programs',
  title: 'every program is there',
  why: 'A program that is missing is otherwise found out in the middle of a trial.',
  reads: [host],
  check: seen => {
    const bmcs = seen.cluster.nodes.some(({bmc}) => bmc !== undefined);
    return hostsOf(seen.cluster).flatMap((name): Diagnosis[] => {
      const there = hostSaid(seen, name, 'programs');
      if (!there.ok) return [unread(name, 'the list of programs', there.error)];
      const isNode = nodesOf(seen.cluster).includes(name);
      const own = wanted
        .filter(({on}) => on === 'hosts' || (on === 'nodes') === isNode)
        .filter(({anyOf}) => bmcs || anyOf[0] !== 'ipmitool');
      const missing = own.filter(({anyOf}) => !anyOf.some(each => there.value.includes(each)));
      if (missing.length === 0) return [good(name, `all ${own.length} programs`)];
      return missing.map(({anyOf, level, what, package: debian}) => ({
        level,
        subject: name,
        found: `no ${anyOf.join(' or ')}`,
        expected: `${anyOf.join(' or ')}: ${what}`,
        todo: `apt-get install ${debian}, or the package of that distribution.`,
      }));
    });
  },
};
