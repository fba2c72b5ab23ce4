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

/** As it is written; undefined where it is not set. Since 3.0.2 under two names, of which the older one is to go. */
export function fencingTimeoutOf(cib: Element): string | undefined {
  return propertyOf(cib, 'fencing-timeout') ?? propertyOf(cib, 'stonith-timeout');
}

/** What each node is called at the device, by `pcmk_host_map`: `n1:1;n2=2`. */
export function plugsOf({pcmk_host_map: map = ''}: FenceDevice['parameters']): ReadonlyMap<string, string> {
  const pairs = map.split(/[;\s]+/).map(pair => /^([^:=]+)[:=](.+)$/.exec(pair));
  return new Map(pairs.flatMap(found => (found?.[1] && found[2] ? [[found[1], found[2]] as const] : [])));
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
    const listed = (list ?? '').split(/[,;\s]+/).filter(name => name !== '');
    return [{id, agent, parameters, targets: [...plugsOf(parameters).keys(), ...listed]}];
  });
}

function isStopped(resource: Element): boolean {
  return /^stopped$/i.test(definitionOf(resource).meta['target-role'] ?? '');
}

/** Says that it fenced, and takes no node's power: made for tests, or it waits for a person or for a crash dump. */
export function fencesNothing({agent}: FenceDevice): boolean {
  return /^(?:fence_(?:dummy|kdump)|(?:external\/)?(?:null|ssh)|meatware|suicide)$/.test(agent);
}

/** Names of the cluster's nodes. A remote node is no member: it has no vote, and runs no Corosync. */
export function nodesInCib(cib: Element): readonly string[] {
  return membersIn(cib).flatMap(({attributes}) => attributes.uname ?? []);
}

/** `crm_attribute` makes an entry among the nodes for a remote one too. */
export function membersIn(cib: Element): readonly Element[] {
  return descendants(cib, 'node').filter(({attributes}) => attributes.type !== 'remote');
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
