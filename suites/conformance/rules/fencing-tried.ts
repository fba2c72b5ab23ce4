/**
 * C-01. Read from the CIB and from the fence history that `crm_mon` shows; a CIB and a `crm_mon` out of an archive
 * would do.
 */
import {readOnly} from '../../../harness/cluster/commands.ts';
import {crmMonCommand} from '../../../harness/cluster/pacemaker.ts';
import {parseCrmMon} from '../../../harness/parse/crm-mon.ts';
import {childrenNamed, descendants, type Element, parseXml} from '../../../harness/parse/xml.ts';
import type {Rule, RuleState} from '../rule.ts';

export const fencingTried: Rule = {
  id: 'C-01',
  title: 'Fencing is on, and every node has a device by which it was fenced once',
  severity: 'critical',
  source: 'Trento 205AF7 (SLES 12 SP4 and later); Pacemaker Explained 2.1 and 3.0, "Fencing"',
  where: 'cluster',
  needs: {nodes: 2},
  read: () => [
    {name: 'cib.xml', command: readOnly(['cibadmin', '--query'])},
    {name: 'crm_mon.xml', command: crmMonCommand()},
  ],
  check(readings) {
    const text = readings('cib.xml');
    if (!text.ok) return unknown(`the CIB cannot be read: ${text.error.found}`);
    const cib = parseXml(text.value.text, 'cib.xml');
    if (!cib.ok) return unknown(`the CIB cannot be read: expected ${cib.error.expected}, found ${cib.error.found}`);
    return stateOf(cib.value, () => {
      const status = readings('crm_mon.xml');
      return status.ok ? parseCrmMon(status.value.text, 'crm_mon.xml', {lenient: true}) : status;
    });
  },
  mend: 'set stonith-enabled=true, give every node a fencing device, and try it: stonith_admin --reboot NODE in a maintenance window',
};

function unknown(why: string): RuleState {
  return {state: 'not-known', why};
}

type Status = ReturnType<typeof parseCrmMon>;

function stateOf(cib: Element, status: () => Status): RuleState {
  const enabled = fencingEnabled(cib);
  if (!enabled) return {state: 'violated', found: 'fencing is switched off'};
  const nodes = descendants(cib, 'node').flatMap(({attributes}) => attributes.uname ?? []);
  if (nodes.length === 0) return unknown('the CIB names no node');
  const devices = fencingDevices(cib);
  if (devices.length === 0) return {state: 'violated', found: 'there is no fencing device'};
  const bare = nodes.filter(node => !devices.some(({targets}) => targets?.includes(node)));
  if (bare.length > 0) {
    const open = devices.filter(({targets}) => targets === undefined).map(({id}) => id);
    if (open.length === 0) return {state: 'violated', found: `no fencing device is for ${bare.join(', ')}`};
    return unknown(`${open.join(', ')} says itself which nodes it can fence: stonith_admin --list ${bare[0]}`);
  }
  return triedState(nodes, status());
}

/**
 * On unless it was switched off. `stonith-enabled`, and from Pacemaker 3.0.2 on `fencing-enabled`, which counts first.
 */
function fencingEnabled(cib: Element): boolean {
  const properties = childrenNamed(descendants(cib, 'crm_config')[0], 'cluster_property_set');
  const pairs = properties.flatMap(set => childrenNamed(set, 'nvpair')).map(({attributes}) => attributes);
  const property = (name: string) => pairs.find(pair => pair.name === name)?.value;
  const value = property('fencing-enabled') ?? property('stonith-enabled') ?? 'true';
  return !/^(?:false|off|no|n|0)$/i.test(value);
}

interface Device {
  id: string;
  /** The nodes it is for; absent where the device itself is asked. */
  targets?: readonly string[];
}

/** Fencing resources that are not ordered to stop. */
function fencingDevices(cib: Element): readonly Device[] {
  return descendants(cib, 'primitive').flatMap((primitive): Device[] => {
    const {id, class: kind} = primitive.attributes;
    if (id === undefined || kind !== 'stonith') return [];
    const attribute = (set: string, name: string) =>
      childrenNamed(primitive, set)
        .flatMap(each => childrenNamed(each, 'nvpair'))
        .find(({attributes}) => attributes.name === name)?.attributes.value;
    if (/^stopped$/i.test(attribute('meta_attributes', 'target-role') ?? '')) return [];
    const list = attribute('instance_attributes', 'pcmk_host_list');
    const map = attribute('instance_attributes', 'pcmk_host_map');
    if (list === undefined && map === undefined) return [{id}];
    const mapped = (map ?? '').split(/[;\s]+/).map(pair => pair.split(':')[0] ?? '');
    const listed = (list ?? '').split(/[,;\s]+/);
    return [{id, targets: [...mapped, ...listed].filter(name => name !== '')}];
  });
}

function triedState(nodes: readonly string[], status: Status): RuleState {
  if (!status.ok) {
    const {expected, found} = status.error;
    return unknown(`the fence history cannot be read: expected ${expected}, found ${found}`);
  }
  const last = nodes.map(node => {
    const good = status.value.fencing.filter(event => event.target === node && event.status === 'success');
    return {
      node,
      at: good
        .map(event => event.completed ?? '')
        .sort()
        .at(-1),
    };
  });
  const never = last.filter(({at}) => at === undefined).map(({node}) => node);
  if (never.length > 0) {
    return unknown(`no successful fencing of ${never.join(', ')} is remembered: it may never have been tried`);
  }
  return {state: 'holds', found: `last fenced: ${last.map(({node, at}) => `${node} ${at}`).join(', ')}`};
}
