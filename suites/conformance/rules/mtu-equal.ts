/** C-34. */
import {answerOf, given, noneOf, ofEach, unknown} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const mtuEqual: Rule = {
  id: 'C-34',
  title: 'The MTU of a plane is the same on every node',
  claim: 'net.throughput',
  severity: 'critical',
  why: 'Pings get through and large packets vanish: storage stalls while everything looks connected.',
  source:
    'docs.ceph.com, "Network configuration reference"; corosync.conf(5), netmtu: larger packets vanish where one link is smaller',
  where: 'hosts',
  needs: {nodes: 2},
  read: about => [host(about)],
  check: (readings, hosts) =>
    given(
      ofEach(hosts, each => answerOf(readings, 'planes', each)),
      each => {
        const all = each.flatMap(({host, value}) =>
          value.map(line => line.split(' ')).map(([plane = '', , mtu = '']) => ({host, plane, mtu})),
        );
        if (all.length === 0) return unknown('no plane of the inventory has its address on a host');
        const silent = all.filter(({mtu}) => !/^\d+$/.test(mtu)).map(({host, plane}) => `${plane} on ${host}`);
        const planes = Map.groupBy(
          all.filter(({mtu}) => /^\d+$/.test(mtu)),
          ({plane}) => plane,
        );
        const wrong = [...planes].flatMap(([plane, some]) => {
          if (new Set(some.map(({mtu}) => mtu)).size < 2) return [];
          return [`${plane}: ${some.map(({host, mtu}) => `${mtu} on ${host}`).join(', ')}`];
        });
        const lacking = [...planes].flatMap(([plane, some]) => {
          const without = hosts.filter(name => !some.some(({host: has}) => has === name));
          return without.length === 0 ? [] : [`${plane} on ${without.join(', ')}`];
        });
        const untold = [...new Set([...silent, ...lacking])];
        if (wrong.length === 0 && untold.length > 0) return unknown(`no MTU is told of ${untold.join(', ')}`);
        return noneOf(wrong, [...planes].map(([plane, some]) => `${plane} ${some[0]?.mtu}`).join(', '));
      },
    ),
  mend: 'one MTU for every host and switch port of a plane: ip link set NIC mtu 9000; then ping -M do -s 8972 PEER',
};
