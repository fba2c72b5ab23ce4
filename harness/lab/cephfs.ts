/**
 * The lab's CephFS: an active metadata server and one that stands by, on the first two nodes, over pools of the lab's
 * own Ceph.
 */
import {cephFsState} from '../cluster/cephfs.ts';
import {type CephTarget, cephCommands, sentenceOf} from '../cluster/storage.ts';
import type {Cluster, Host, Result} from '../types.ts';
import {waitFor} from '../wait.ts';

const disk = '/var/lib/seatrial/disk';
const data = `${disk}/ceph/mds`;
const hook = `${disk}/boot.d/21-mds`;
const placementGroups = 8;
const readyMs = 60_000;

/** Who mounts it: nothing but its files. */
export const cephFsUser = 'seatrial-files';

/** Runs at every power-on, after Ceph's own. It waits for no monitor: the daemon does. */
const mdsBootHook = (name: string): string => `#!/bin/sh
# CephFS: the metadata server of ${name}.
cd /
exec setsid ceph-mds -i ${name} --mds-data ${data} --mds-cache-memory-limit 67108864 --debug-mds 0/0 </dev/null >>/var/log/ceph/boot.log 2>&1
`;

/** The file system, and its servers on these nodes; ends when one is active and another stands by. */
export async function makeCephFs(
  {transport, nodes}: Pick<Cluster, 'transport' | 'nodes'>,
  say: (text: string, host?: string) => void,
  signal: AbortSignal,
): Promise<Result<void, string>> {
  const [first] = nodes;
  if (first === undefined) return {ok: false, error: 'CephFS needs a node, found none'};
  const target: CephTarget = {transport, host: first};
  say('CephFS: making pools and metadata servers');
  const pools = await cephCommands(
    target,
    [
      `osd pool create seatrial.meta ${placementGroups} ${placementGroups}`,
      `osd pool create seatrial.data ${placementGroups} ${placementGroups}`,
      'fs new seatrial seatrial.meta seatrial.data',
      `fs authorize seatrial client.${cephFsUser} / rw`,
    ],
    {timeoutMs: 60_000},
  );
  if (!pools.ok) return pools;
  for (const node of nodes.slice(0, 2)) {
    const started = await startMds(target, node);
    if (!started.ok) return started;
  }
  let last = '';
  const ready = await waitFor(
    'an active metadata server and one that stands by',
    readyMs,
    async () => {
      const state = await cephFsState(target);
      last = state.ok ? (state.value.gap ?? '') : state.error;
      return state.ok && state.value.gap === undefined ? true : undefined;
    },
    {signal},
  );
  return ready.ok ? {ok: true, value: undefined} : {ok: false, error: `${ready.error}; last: ${last}`};
}

async function startMds({transport}: CephTarget, node: Host): Promise<Result<void, string>> {
  const {name} = node;
  const script = `set -e
mkdir -p ${data} ${disk}/boot.d
ceph --connect-timeout=20 auth get-or-create mds.${name} mon 'allow profile mds' mgr 'allow profile mds' osd 'allow rwx' mds 'allow *' -o ${data}/keyring
chmod 600 ${data}/keyring
cat >${hook} <<'SEATRIAL_END'
${mdsBootHook(name)}SEATRIAL_END
sh ${hook}`;
  const outcome = await transport.exec(node, {
    argv: ['sh', '-s'],
    stdin: `${script}\n`,
    timeoutMs: 60_000,
    idempotent: false,
  });
  const sentence = sentenceOf(`starting the metadata server`, node, outcome);
  return sentence === undefined ? {ok: true, value: undefined} : {ok: false, error: sentence};
}

/**
 * Lays the key of the file system's user into a guest. It goes from the node's Ceph to the guest agent by libvirt's
 * shell: it is among no command's words, and never with the harness.
 */
export async function layCephFsKey(
  {transport}: Pick<Cluster, 'transport'>,
  node: Host,
  domain: string,
  keyFile: string,
): Promise<Result<void, string>> {
  const script = `key=$(ceph --connect-timeout=20 auth print-key client.${cephFsUser}) && [ -n "$key" ] || exit 1
agent() { printf '%s\\n' "qemu-agent-command --timeout 10 $domain '$1'" | virsh --connect qemu:///system --quiet; }
domain=${domain}
said=$(agent '{"execute":"guest-file-open","arguments":{"path":"${keyFile}","mode":"w"}}')
handle=$(printf %s "$said" | sed -n 's/.*"return":\\([0-9]*\\).*/\\1/p')
[ -n "$handle" ] || { echo "$said" >&2; exit 1; }
agent '{"execute":"guest-file-write","arguments":{"handle":'"$handle"',"buf-b64":"'"$(printf %s "$key" | base64 -w0)"'"}}' | grep -q count
written=$?
agent '{"execute":"guest-file-close","arguments":{"handle":'"$handle"'}}' >/dev/null
exit $written`;
  const outcome = await transport.exec(node, {
    argv: ['sh', '-s'],
    stdin: `${script}\n`,
    timeoutMs: 60_000,
    idempotent: true,
  });
  const sentence = sentenceOf(`laying the key of CephFS into ${domain}`, node, outcome);
  return sentence === undefined ? {ok: true, value: undefined} : {ok: false, error: sentence};
}
