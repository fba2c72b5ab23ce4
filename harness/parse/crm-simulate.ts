/** Where Pacemaker would have every resource: `crm_simulate --simulate --output-as=xml`. Pure. Seen with 2.1.5. */
import type {ParseError, Result} from '../types.ts';
import {child, childrenNamed, descendants, parseXml} from './xml.ts';

export interface Placed {
  id: string;
  /** `ocf:heartbeat:VirtualDomain`. */
  agent: string;
  /** Empty: it runs nowhere. */
  nodes: readonly string[];
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
  const placed = descendants(revised, 'resource').map(resource => ({
    id: resource.attributes.id ?? '',
    agent: resource.attributes.resource_agent ?? '',
    nodes: childrenNamed(resource, 'node').map(node => node.attributes.name ?? ''),
  }));
  return {ok: true, value: placed};
}
