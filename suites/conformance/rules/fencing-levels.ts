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
      if (nodes.length === 0) return unknown(`no node of the CIB is fenced by ${byBmc.map(({id}) => id).join(', ')}`);
      const levels = nodes.map(node => ({node, own: levelsOf(read, node)}));
      const nodesWith = (which: (own: Levels) => boolean) =>
        levels.flatMap(({node, own}) => (own !== undefined && which(own) ? [node] : []));
      const single = nodesWith(own => own.length < 2);
      // A level counts where all its devices have answered: with a BMC in each, none does without its power.
      const others = new Set(devices.filter(each => !byBmc.includes(each) && !fencesNothing(each)).map(({id}) => id));
      const bmcOnly = nodesWith(
        own => own.length >= 2 && !own.some(level => level.every(device => others.has(device))),
      );
      const wrong = [
        ...(single.length === 0 ? [] : [`one level only, its own BMC: ${single.join(', ')}`]),
        ...(bmcOnly.length === 0 ? [] : [`no level without the BMC: ${bmcOnly.join(', ')}`]),
      ];
      const untold = levels.filter(({own}) => own === undefined).map(({node}) => node);
      if (wrong.length === 0 && untold.length > 0)
        return unknown(`which pattern or attribute gives ${untold.join(', ')} its levels is not told`);
      return forAll(noneOf(wrong, `two levels for ${nodes.join(', ')}`), hosts, known, 'the CIB');
    }),
  mend: 'add a switched power outlet or storage fencing as level 2: crm configure fencing_topology, pcs stonith level add 2 NODE DEVICE',
};

function agents(devices: readonly {agent: string}[]): string {
  return [...new Set(devices.map(({agent}) => agent))].join(', ');
}

/** The devices of each level. */
type Levels = readonly (readonly string[])[];

/**
 * Pacemaker takes those of the node's own name, and only where there are none those of one pattern or attribute that
 * fits; undefined where it is not told which.
 */
function levelsOf(read: Element, node: string): Levels | undefined {
  const all = descendants(read, 'fencing-level').filter(({attributes}) => attributes.index !== undefined);
  const own = all.filter(({attributes}) => attributes.target === node);
  if (own.length > 0) return devicesOf(own);
  const byPattern = Map.groupBy(
    all.filter(({attributes}) => attributes.target === undefined),
    ({attributes}) => attributes['target-pattern'],
  );
  const patterns = [...byPattern].map(([pattern, entries]) => ({entries, fits: fitsNode(pattern, node)}));
  const [fitting, ...more] = patterns.filter(({fits}) => fits);
  if (more.length > 0 || patterns.some(({fits}) => fits === undefined)) return undefined;
  return devicesOf(fitting?.entries ?? []);
}

/** Undefined of an attribute's entry, and of a pattern that POSIX reads otherwise than this language. */
function fitsNode(pattern: string | undefined, node: string): boolean | undefined {
  if (pattern === undefined || /\[[.:=]|\(\?|\\\w/.test(pattern)) return undefined;
  try {
    return new RegExp(pattern).test(node);
  } catch {
    return undefined;
  }
}

/** Entries of one index are one level. */
function devicesOf(entries: readonly Element[]): Levels {
  const byIndex = Map.groupBy(entries, ({attributes}) => attributes.index);
  return [...byIndex.values()].map(some =>
    some.flatMap(({attributes}) => (attributes.devices ?? '').split(',').map(device => device.trim())),
  );
}
