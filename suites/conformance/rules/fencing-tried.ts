/**
 * C-01. Read from the CIB and from the fence history that `crm_mon` shows; a CIB and a `crm_mon` out of an archive
 * would do.
 */
import {fenceDevices, fencesNothing, fencingEnabled, lastFenced, nodesInCib} from '../../../harness/cluster/fencing.ts';
import type {Element} from '../../../harness/parse/xml.ts';
import {cibOf, forAll, given, stateOf, unknown} from '../read.ts';
import {cib, state} from '../readings.ts';
import type {Rule, RuleState} from '../rule.ts';

export const fencingTried: Rule = {
  id: 'C-01',
  title: 'Fencing is on, and every node has a device by which it was fenced once',
  severity: 'critical',
  why: 'A node that nobody can fence may go on writing while its guests are started elsewhere: both lives spoil the disk.',
  source: 'Trento 205AF7 (SLES 12 SP4 and later); Pacemaker Explained 2.1 and 3.0, "Fencing"',
  where: 'cluster',
  needs: {nodes: 2},
  read: () => [cib, state],
  check: (readings, hosts) =>
    given(cibOf(readings), read =>
      forAll(
        stateNow(read, () => stateOf(readings)),
        hosts,
        nodesInCib(read),
        'the CIB',
      ),
    ),
  mend: 'set stonith-enabled=true, give every node a fencing device, and try it: stonith_admin --reboot NODE in a maintenance window',
};

type Status = ReturnType<typeof stateOf>;

function stateNow(cib: Element, status: () => Status): RuleState {
  const enabled = fencingEnabled(cib);
  if (!enabled) return {state: 'violated', found: 'fencing is switched off'};
  const nodes = nodesInCib(cib);
  if (nodes.length === 0) return unknown('the CIB names no node');
  const all = fenceDevices(cib);
  const devices = all.filter(device => !fencesNothing(device));
  if (devices.length === 0) {
    const found = all.length === 0 ? 'there is no fencing device' : `${all[0]?.agent} takes no node's power`;
    return {state: 'violated', found};
  }
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
    return unknown(`the fence history cannot be read: ${status.error}`);
  }
  const last = nodes.map(node => ({node, at: lastFenced(node, status.value.fencing)}));
  const never = last.filter(({at}) => at === undefined).map(({node}) => node);
  if (never.length > 0) {
    return unknown(`no successful fencing of ${never.join(', ')} is remembered: it may never have been tried`);
  }
  return {state: 'holds', found: `last fenced: ${last.map(({node, at}) => `${node} ${at}`).join(', ')}`};
}
