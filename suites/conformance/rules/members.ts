/** C-06. */
import {isIP} from 'node:net';
import {nodesInCib} from '../../../harness/cluster/fencing.ts';
import {type ConfSection, sectionsNamed} from '../../../harness/parse/corosync-conf.ts';
import {cibOf, configOf, configured, forAll, given, noneOf, unknown} from '../read.ts';
import {cib, config} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const members: Rule = {
  id: 'C-06',
  title: 'Corosync and Pacemaker have the same nodes, and two_node is on with two nodes only',
  claim: 'ha.switch',
  severity: 'critical',
  why: 'A node that one of them does not know is never fenced, or counts as a vote that nobody has.',
  source: 'Trento 6E9B82, C620DC (SLES 12 and 15); votequorum(5), two_node',
  where: 'cluster',
  needs: {},
  read: () => [config, cib],
  check: (readings, hosts) =>
    given(configOf(readings), file =>
      given(cibOf(readings), read => {
        const listed = nodesOf(file);
        const known = nodesInCib(read);
        if (known.length === 0) return unknown('the CIB names no node');
        if (listed.length === 0) return unknown('corosync.conf has no nodelist');
        if (listed.length === known.length && listed.includes(undefined) && strangers(listed, known).length === 0)
          return unknown('corosync.conf does not name all of its nodes');
        const twoNode = /^(?:1|yes|on)$/.test(configured(file, 'quorum', 'two_node') ?? '0');
        const state = noneOf(
          [
            ...(listed.length === known.length
              ? strangers(listed, known)
              : [`corosync.conf has ${listed.length} nodes, the CIB ${known.length}: ${known.join(', ')}`]),
            ...(twoNode && listed.length !== 2 ? [`two_node is on with ${listed.length} nodes`] : []),
          ],
          `${known.length} nodes in both, two_node ${twoNode ? 'on' : 'off'}`,
        );
        return forAll(state, hosts, known, 'the CIB');
      }),
    ),
  mend: 'mend the nodelist and two_node in corosync.conf on every node, then: corosync-cfgtool -R; crm_node --remove NODE for one that is gone',
};

/** Names; a node without one goes by the name that stands for its address, if it is no address. */
function nodesOf(file: ConfSection): readonly (string | undefined)[] {
  const lists = sectionsNamed(file, 'nodelist');
  return lists
    .flatMap(list => sectionsNamed(list, 'node'))
    .map(({values}) => values.get('name') ?? nameIn(values.get('ring0_addr')));
}

function nameIn(address = ''): string | undefined {
  return address === '' || isIP(address) !== 0 ? undefined : address;
}

function strangers(listed: readonly (string | undefined)[], known: readonly string[]): readonly string[] {
  const unknownThere = listed.filter(name => name !== undefined && !known.includes(name));
  const missing = listed.includes(undefined) ? [] : known.filter(name => !listed.includes(name));
  return [
    ...(unknownThere.length === 0 ? [] : [`not in the CIB: ${unknownThere.join(', ')}`]),
    ...(missing.length === 0 ? [] : [`not in corosync.conf: ${missing.join(', ')}`]),
  ];
}
