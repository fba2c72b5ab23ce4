/** Where Pacemaker would have every resource: `crm_simulate --simulate --output-as=xml`. Pure. Seen with 2.1.5. */
import type {ParseError, Result} from '../types.ts';
import {child, childrenNamed, descendants, parseXml} from './xml.ts';

export interface Placed {
  id: string;
  /** `ocf:heartbeat:VirtualDomain`. */
  agent: string;
  /** Empty: it runs nowhere. */
  nodes: readonly string[];
  /** It is ordered to be stopped (target-role): nowhere is where it belongs. */
  stopped: boolean;
}

/** Every resource at the end of the simulated transition. */
export function parseSimulated(text: string, artefact: string): Result<readonly Placed[], ParseError> {
  const parsed = parseXml(text, artefact);
  if (!parsed.ok) return parsed;
  const revised = child(parsed.value, 'revised_cluster_status');
  const code = child(parsed.value, 'status')?.attributes.code;
  if (revised === undefined || code !== '0') {
    const found = code === undefined || code === '0' ? 'none' : `status ${code}`;
    return {
      ok: false,
      error: {
        artefact,
        path: '/pacemaker-result/revised_cluster_status',
        expected: 'the status after the transition',
        found,
      },
    };
  }
  const placed: Placed[] = [];
  for (const resource of descendants(revised, 'resource')) {
    const {id, resource_agent: agent, target_role: role = ''} = resource.attributes;
    const nodes = childrenNamed(resource, 'node').map(node => node.attributes.name);
    if (!id || !agent || !nodes.every(isNamed)) {
      const found = [
        id || 'no id',
        agent || 'no resource_agent',
        ...nodes.map(node => node || 'a node without a name'),
      ];
      const path = '/pacemaker-result/revised_cluster_status//resource';
      return {ok: false, error: {artefact, path, expected: 'a resource, its agent and nodes', found: found.join(', ')}};
    }
    placed.push({id, agent, nodes, stopped: /^stopped$/i.test(role)});
  }
  return {ok: true, value: placed};
}

/** A node that has no name would be a place where the resource runs. */
function isNamed(name: string | undefined): name is string {
  return name !== undefined && name !== '';
}
