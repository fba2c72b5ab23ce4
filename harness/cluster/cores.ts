/** Core dumps on the nodes: a daemon that crashed and was started again in a blink leaves nothing else. */
import type {Cluster, Result} from '../types.ts';
import {readOnly, stdoutOf} from './commands.ts';

/**
 * Where dumps of the daemons under test come to lie: Pacemaker's and Corosync's own folders (their working
 * directories), where systemd-coredump and kdump or apport keep them, and Ceph's crash reports. A kernel whose
 * core_pattern names another folder is not seen.
 */
const folders = [
  '/var/lib/pacemaker/cores',
  '/var/lib/corosync',
  '/var/lib/systemd/coredump',
  '/var/crash',
  '/var/lib/ceph/crash',
] as const;

/** Path, size and time of change: a dump that was written over is another one. A folder that is not there has none. */
const listing =
  'for f; do [ -d "$f" ] || continue; find "$f" -xdev -type f \\( -name "core*" -o -name "*.crash" -o -name "_*" -o -name meta \\) -printf "%p %s %T@\\\\n"; done';

/** Every dump on every node, as `n1 /var/lib/pacemaker/cores/core.17 4096 1764265000.5`. */
export async function coreDumps(cluster: Cluster): Promise<Result<readonly string[], string>> {
  const lists = await Promise.all(
    cluster.nodes.map(async node => {
      const listed = await stdoutOf(cluster.transport, node, readOnly(['sh', '-c', listing, 'cores', ...folders]));
      return {node, listed};
    }),
  );
  const dumps: string[] = [];
  for (const {node, listed} of lists) {
    if (!listed.ok) return {ok: false, error: `core dumps cannot be looked for: ${listed.error}`};
    dumps.push(...listed.value.split('\n').flatMap(line => (line === '' ? [] : [`${node.name} ${line}`])));
  }
  return {ok: true, value: dumps};
}
