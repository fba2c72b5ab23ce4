/**
 * C-01. Read from the CIB and from the fence history that `crm_mon` shows; a CIB and a `crm_mon` out of an archive
 * would do.
 */
import {readOnly} from '../../../harness/cluster/commands.ts';
import {fenceDevices, fencingEnabled, lastFenced, nodesInCib} from '../../../harness/cluster/fencing.ts';
import {crmMonCommand} from '../../../harness/cluster/pacemaker.ts';
import {parseCrmMon} from '../../../harness/parse/crm-mon.ts';
import {type Element, parseXml} from '../../../harness/parse/xml.ts';
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
  const nodes = nodesInCib(cib);
  if (nodes.length === 0) return unknown('the CIB names no node');
  const devices = fenceDevices(cib);
  if (devices.length === 0) return {state: 'violated', found: 'there is no fencing device'};
  const bare = nodes.filter(node => !devices.some(({targets}) => targets?.includes(node)));
  if (bare.length > 0) {
    const open = devices.filter(({targets}) => targets === undefined).map(({id}) => id);
    if (open.length === 0) return {state: 'violated', found: `no fencing device is for ${bare.join(', ')}`};
    return unknown(`${open.join(', ')} says itself which nodes it can fence: stonith_admin --list ${bare[0]}`);
  }
  return triedState(nodes, status());
}

function triedState(nodes: readonly string[], status: Status): RuleState {
  if (!status.ok) {
    const {expected, found} = status.error;
    return unknown(`the fence history cannot be read: expected ${expected}, found ${found}`);
  }
  const last = nodes.map(node => ({node, at: lastFenced(node, status.value.fencing)}));
  const never = last.filter(({at}) => at === undefined).map(({node}) => node);
  if (never.length > 0) {
    return unknown(`no successful fencing of ${never.join(', ')} is remembered: it may never have been tried`);
  }
  return {state: 'holds', found: `last fenced: ${last.map(({node, at}) => `${node} ${at}`).join(', ')}`};
}
