/** C-08. */
import {sectionsNamed} from '../../../harness/parse/corosync-conf.ts';
import {configOf, forAll, given, noneOf, unknown} from '../read.ts';
import {config} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const links: Rule = {
  id: 'C-08',
  title: 'Corosync has two links or more on every node, on different networks',
  claim: 'net.planes',
  severity: 'major',
  why: 'One cable, port or switch that fails then costs a node, and all that runs on it.',
  source: 'Trento DA114A (SLES 12 and 15); corosync.conf(5), nodelist',
  where: 'cluster',
  needs: {nodes: 2},
  read: () => [config],
  check: (readings, hosts) =>
    given(configOf(readings), file => {
      const nodes = sectionsNamed(file, 'nodelist').flatMap(list => sectionsNamed(list, 'node'));
      if (nodes.length === 0) return unknown('corosync.conf has no nodelist');
      const wrong = nodes.flatMap(({values}) => {
        const own = [...values].filter(([key]) => /^ring\d+_addr$/.test(key)).map(([, address]) => address);
        const name = values.get('name') ?? values.get('ring0_addr') ?? 'a node';
        if (own.length < 2) return [`${name} has ${own.length} link: ${own.join(', ')}`];
        const nets = new Set(own.map(networkOf));
        return nets.size < own.length ? [`${name} has links in one network: ${own.join(', ')}`] : [];
      });
      const listed = nodes.map(({values}) => values.get('name'));
      const state = noneOf(wrong, `each of ${nodes.length} nodes has links in different networks`);
      return forAll(state, hosts, listed, 'corosync.conf');
    }),
  mend: 'give every node a ring1_addr on an interface of its own, in corosync.conf of all nodes',
};

/** As a /24, which is how clusters are numbered; a name stands for itself. */
function networkOf(address: string): string {
  return /^\d+\.\d+\.\d+\.\d+$/.test(address) ? address.replace(/\.\d+$/, '') : address;
}
