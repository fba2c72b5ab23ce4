/**
 * A host that can type `ceph`: it needs the program and an admin keyring, and with cephadm only the hosts of the label
 * `_admin` have one; the program may then be inside cephadm's container alone.
 */
import {clusterView} from '../cluster/pacemaker.ts';
import type {CephTarget} from '../cluster/storage.ts';
import type {Cluster, Host, Result} from '../types.ts';

/** What says that `ceph` cannot be typed there at all, whatever the state of the store. */
const cannot =
  /exited with 127|not found|No such file|ObjectNotFound|unable to find a keyring|error connecting to the cluster|failed to (?:execute|run)|handle_auth_bad_method|[Pp]ermission denied/;

/**
 * Acts on the first host that can; nodes with quorum come first. A host that can and fails ends the search: its error
 * is the store's. Where no host can, the error says so of each.
 */
export async function onCephHost<T>(
  cluster: Cluster,
  act: (target: CephTarget) => Promise<Result<T, string>>,
): Promise<Result<T, string>> {
  const view = await clusterView(cluster);
  const first = view.ok ? view.value.seenBy : undefined;
  const hosts = [...(first === undefined ? [] : [first]), ...cluster.nodes.filter(node => node !== first)];
  const reasons: string[] = [];
  for (const host of hosts) {
    const done = await onThisHost(cluster, host, act);
    if (done.ok || !cannot.test(done.error)) return done;
    reasons.push(done.error);
  }
  return {ok: false, error: `no node can run ceph: ${reasons.join('; ')}`};
}

/** On this host, by its own `ceph` or by the one in cephadm's container. */
export async function onThisHost<T>(
  {transport}: Pick<Cluster, 'transport'>,
  host: Host,
  act: (target: CephTarget) => Promise<Result<T, string>>,
): Promise<Result<T, string>> {
  const own = await act({transport, host});
  if (own.ok || !cannot.test(own.error)) return own;
  const contained = await act({transport, host, contained: true});
  return contained.ok || !cannot.test(contained.error) ? contained : own;
}
