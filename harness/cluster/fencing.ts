/** Fencing as the CIB configures it. Pure. */
import type {FenceEvent} from '../parse/crm-mon.ts';
import {childrenNamed, descendants, type Element} from '../parse/xml.ts';
import {definitionOf} from './pacemaker.ts';

export interface FenceDevice {
  id: string;
  /** `fence_ipmilan`. */
  agent: string;
  /** The nodes it is for; absent where the device itself is asked. */
  targets?: readonly string[];
  parameters: Readonly<Record<string, string>>;
}

/** A cluster property; undefined where it is not set and Pacemaker's default rules. */
export function propertyOf(cib: Element, name: string): string | undefined {
  const sets = childrenNamed(descendants(cib, 'crm_config')[0], 'cluster_property_set');
  const pairs = sets.flatMap(set => childrenNamed(set, 'nvpair'));
  return pairs.find(({attributes}) => attributes.name === name)?.attributes.value;
}

/**
 * On unless it was switched off. `stonith-enabled`, and from Pacemaker 3.0.2 on `fencing-enabled`, which counts first.
 */
export function fencingEnabled(cib: Element): boolean {
  const value = propertyOf(cib, 'fencing-enabled') ?? propertyOf(cib, 'stonith-enabled') ?? 'true';
  return !/^(?:false|off|no|n|0)$/i.test(value);
}

/** Fencing resources that are not ordered to stop. */
export function fenceDevices(cib: Element): readonly FenceDevice[] {
  const around = ['group', 'clone', 'master'].flatMap(kind => descendants(cib, kind));
  const stopped = new Set(around.filter(isStopped).flatMap(each => descendants(each, 'primitive')));
  return descendants(cib, 'primitive').flatMap((primitive): FenceDevice[] => {
    const {id, class: kind, type: agent = ''} = primitive.attributes;
    if (id === undefined || kind !== 'stonith' || isStopped(primitive) || stopped.has(primitive)) return [];
    const {parameters} = definitionOf(primitive);
    const {pcmk_host_list: list, pcmk_host_map: map} = parameters;
    if (list === undefined && map === undefined) return [{id, agent, parameters}];
    const mapped = (map ?? '').split(/[;\s]+/).map(pair => pair.split(':')[0] ?? '');
    const listed = (list ?? '').split(/[,;\s]+/);
    return [{id, agent, parameters, targets: [...mapped, ...listed].filter(name => name !== '')}];
  });
}

function isStopped(resource: Element): boolean {
  return /^stopped$/i.test(definitionOf(resource).meta['target-role'] ?? '');
}

/** Says that it fenced, and takes no node's power: made for tests, or it waits for a person or for a crash dump. */
export function fencesNothing({agent}: FenceDevice): boolean {
  return /^(?:fence_(?:dummy|kdump)|(?:external\/)?(?:null|ssh)|meatware|suicide)$/.test(agent);
}

/** Names of the cluster's nodes. */
export function nodesInCib(cib: Element): readonly string[] {
  return descendants(cib, 'node').flatMap(({attributes}) => attributes.uname ?? []);
}

/**
 * When a node was last fenced with success by a device, as printed; undefined where nobody remembers. Not where a
 * person only said so (`stonith_admin --confirm`), nor where it was let in again (`on`).
 */
export function lastFenced(node: string, events: readonly FenceEvent[]): string | undefined {
  return events
    .filter(({target, status, action, delegate}) => {
      return target === node && status === 'success' && action !== 'on' && delegate !== 'a human';
    })
    .map(({completed}) => completed ?? '')
    .sort()
    .at(-1);
}
