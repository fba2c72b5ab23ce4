/** C-02. A node's own BMC loses its power together with the node. */
import {fenceDevices, fencesNothing, nodesInCib} from '../../../harness/cluster/fencing.ts';
import {descendants, type Element} from '../../../harness/parse/xml.ts';
import {cibOf, forAll, given, noneOf, notApplicable, unknown} from '../read.ts';
import {cib} from '../readings.ts';
import type {Rule} from '../rule.ts';

const ownController = /ipmi|ilo|idrac|drac|imm|redfish|cimc|amt|rsa\b/;

export const fencingLevels: Rule = {
  id: 'C-02',
  title: "Where a node is fenced by its own BMC, a second level fences it when the BMC's power is gone too",
  claim: 'ha.recover',
  severity: 'major',
  why: 'A node that loses its power takes its BMC along: the fence is never acknowledged, and its guests stay down.',
  source: 'ClusterLabs wiki, "STONITH deathmatch and IPMI"; Pacemaker Explained 2.1 and 3.0, "Fencing topologies"',
  where: 'cluster',
  needs: {nodes: 2},
  read: () => [cib],
  check: (readings, hosts) =>
    given(cibOf(readings), read => {
      const devices = fenceDevices(read);
      const byBmc = devices.filter(({agent}) => ownController.test(agent));
      if (devices.length === 0) return unknown('there is no fencing device: see C-01');
      if (byBmc.length === 0) return notApplicable(`no node is fenced by its own BMC, but by ${agents(devices)}`);
      const known = nodesInCib(read);
      const nodes = known.filter(node => byBmc.some(({targets}) => targets?.includes(node) ?? true));
      const levels = nodes.map(node => ({node, own: levelsOf(read, node)}));
      const single = levels.filter(({own}) => own.size < 2).map(({node}) => node);
      // A level counts where all its devices have answered: with a BMC in each, none does without its power.
      const others = new Set(devices.filter(each => !byBmc.includes(each) && !fencesNothing(each)).map(({id}) => id));
      const isOther = (list: string) => list.split(',').every(device => others.has(device.trim()));
      const bmcOnly = levels.filter(({own}) => own.size >= 2 && ![...own.values()].some(isOther));
      const state = noneOf(
        [
          ...(single.length === 0 ? [] : [`one level only, its own BMC: ${single.join(', ')}`]),
          ...(bmcOnly.length === 0 ? [] : [`no level without the BMC: ${bmcOnly.map(({node}) => node).join(', ')}`]),
        ],
        `two levels for ${nodes.join(', ')}`,
      );
      return forAll(state, hosts, known, 'the CIB');
    }),
  mend: 'add a switched power outlet or storage fencing as level 2: crm configure fencing_topology, pcs stonith level add 2 NODE DEVICE',
};

function agents(devices: readonly {agent: string}[]): string {
  return [...new Set(devices.map(({agent}) => agent))].join(', ');
}

/** Index → its devices. A pattern or an attribute for a target may mean any node. */
function levelsOf(read: Element, node: string): ReadonlyMap<string, string> {
  const own = descendants(read, 'fencing-level').filter(({attributes}) => (attributes.target ?? node) === node);
  return new Map(
    own.flatMap(({attributes: {index, devices = ''}}) => (index === undefined ? [] : [[index, devices] as const])),
  );
}
