/** C-08. */
import {isIPv4, isIPv6} from 'node:net';
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
      const named: string[] = [];
      const wrong = nodes.flatMap(({values}) => {
        const own = [...values].filter(([key]) => /^ring\d+_addr$/.test(key)).map(([, address]) => address);
        const name = values.get('name') ?? values.get('ring0_addr') ?? 'a node';
        if (own.length < 2) return [`${name} has ${own.length} link: ${own.join(', ')}`];
        const nets = own.map(networkOf);
        const told = nets.filter(net => net !== undefined);
        const isShared = new Set(own).size < own.length || new Set(told).size < told.length;
        if (told.length < own.length) named.push(name);
        return isShared ? [`${name} has links in one network: ${own.join(', ')}`] : [];
      });
      if (wrong.length === 0 && named.length > 0)
        return unknown(`corosync.conf has names for addresses of ${named.join(', ')}: their networks are not told`);
      const state = noneOf(wrong, `each of ${nodes.length} nodes has links in different networks`);
      const listed = nodes.map(({values}) => values.get('name'));
      return forAll(state, hosts, listed, 'corosync.conf');
    }),
  mend: 'give every node a ring1_addr on an interface of its own, in corosync.conf of all nodes',
};

/** As a /24, which is how clusters are numbered, or a /64; undefined of a name. */
function networkOf(address: string): string | undefined {
  if (isIPv4(address)) return address.replace(/\.\d+$/, '');
  return isIPv6(address) ? blocksOf(address).slice(0, 4).join(':') : undefined;
}

/** All eight, `::` filled up. */
function blocksOf(address: string): readonly string[] {
  const [before = [], after] = address.split('::').map(part => part.split(':').filter(block => block !== ''));
  const rest = after === undefined ? [] : [...Array(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after];
  return [...before, ...rest].map(block => Number.parseInt(block, 16).toString(16));
}
