/** A virtual address as a resource of Pacemaker's, for the time of a trial. */
import {failureMessage, idempotent, readOnly, stdoutOf, succeeded} from '../cluster/commands.ts';
import {clusterView, onCluster, waitUntilRuns} from '../cluster/pacemaker.ts';
import {element, printXml} from '../parse/xml.ts';
import type {Cluster, Result, VirtualAddress} from '../types.ts';
import {waitFor} from '../wait.ts';

/** No resource of anybody else's is called so. */
const resource = 'seatrial-vip';
const startMs = 60_000;
const removeMs = 60_000;

/** As an administrator would write it: IPaddr2 finds the interface by the network, and is asked every 10 s. */
export function ipaddr2Xml({address, prefixLength}: Pick<VirtualAddress, 'address' | 'prefixLength'>): string {
  const pair = (set: string, name: string, value: string) =>
    element('nvpair', {id: `${resource}-${set}-${name}`, name, value});
  const operation = (name: string, seconds: number) =>
    element('op', {id: `${resource}-${name}-${seconds}s`, name, interval: `${seconds}s`, timeout: '20s'});
  return printXml(
    element('primitive', {id: resource, class: 'ocf', provider: 'heartbeat', type: 'IPaddr2'}, [
      element('instance_attributes', {id: `${resource}-parameters`}, [
        pair('parameters', 'ip', address),
        pair('parameters', 'cidr_netmask', String(prefixLength)),
      ]),
      // Without it the address would go home when its node returns, and be counted as a second switch.
      element('meta_attributes', {id: `${resource}-meta`}, [pair('meta', 'resource-stickiness', '100')]),
      element('operations', {}, [operation('start', 0), operation('stop', 0), operation('monitor', 10)]),
    ]),
  );
}

/** Ends when it is started on one node. */
export async function makeIpaddr2(cluster: Cluster, virtual: VirtualAddress): Promise<Result<void, string>> {
  const create = ['cibadmin', '--modify', '--allow-create', '--scope', 'resources', '--xml-pipe'] as const;
  const xml = `<resources>${ipaddr2Xml(virtual)}</resources>`;
  const made = await onCluster(cluster, idempotent(create, 20_000, xml));
  if (!made.ok) return made;
  const runs = await waitUntilRuns(cluster, resource, startMs);
  return runs.ok ? {ok: true, value: undefined} : runs;
}

/** Twice, or for nothing: ends when the cluster does not know the resource any more, and nothing of it runs. */
export async function removeIpaddr2(cluster: Cluster): Promise<Result<void, string>> {
  let last = '';
  const gone = await waitFor(
    `resource ${resource} to be gone`,
    removeMs,
    async () => {
      const removed = await removeOnce(cluster);
      if (!removed.ok) last = removed.error;
      return removed.ok && removed.value ? true : undefined;
    },
    {intervalMs: 500},
  );
  return gone.ok ? {ok: true, value: undefined} : {ok: false, error: `${gone.error}; last: ${last}`};
}

/** True when it is gone. What is taken out of the CIB while it runs is stopped as an orphan, and forgotten then. */
async function removeOnce(cluster: Cluster): Promise<Result<boolean, string>> {
  const view = await clusterView(cluster);
  if (!view.ok) return view;
  const {seenBy, state} = view.value;
  const known = state.resources.find(each => each.id === resource);
  const failed = state.failures.some(each => each.resource === resource);
  if (known !== undefined && !known.orphaned) {
    const remove = idempotent(['cibadmin', '--delete', '--xpath', `//primitive[@id='${resource}']`]);
    const outcome = await cluster.transport.exec(seenBy, remove);
    // 105: nothing matched.
    const none = outcome.exit.kind === 'exited' && outcome.exit.code === 105;
    return succeeded(outcome) || none
      ? {ok: true, value: false}
      : {ok: false, error: failureMessage(seenBy, remove, outcome)};
  }
  if (known?.active) return {ok: true, value: false};
  if (known !== undefined || failed) {
    const forgotten = await stdoutOf(
      cluster.transport,
      seenBy,
      idempotent(['crm_resource', '--cleanup', '--resource', resource], 30_000),
    );
    return forgotten.ok ? {ok: true, value: false} : forgotten;
  }
  const idle = await stdoutOf(cluster.transport, seenBy, readOnly(['crm_resource', '--wait', '--timeout=5s'], 8_000));
  return {ok: true, value: idle.ok};
}
