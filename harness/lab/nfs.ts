/**
 * The lab's NFSv4.1 server: nfs-ganesha on one node, which exports a folder of that node's own disk. One server without
 * a second: what happens to its clients when it dies is what is measured. No rpcbind and no D-Bus are needed, and what
 * it says of their absence is no fault.
 */
import {sentenceOf} from '../cluster/storage.ts';
import type {Host, Result, Transport} from '../types.ts';

const disk = '/var/lib/seatrial/disk';
const folder = `${disk}/nfs`;
const hook = `${disk}/boot.d/30-nfs`;
const log = '/var/log/ganesha/ganesha.log';

/** As clients ask for it. */
export const nfsShare = '/store';

/** Short times, or every restart keeps its clients waiting for a minute and a half. */
const nfsConf = `NFS_CORE_PARAM { Protocols = 4; NFS_Port = 2049; Enable_NLM = false; Enable_RQUOTA = false; mount_path_pseudo = true; }
NFSV4 { Minor_Versions = 1, 2; Grace_Period = 5; Lease_Lifetime = 5; RecoveryBackend = fs; Delegations = false; Only_Numeric_Owners = true; }
EXPORT_DEFAULTS { Squash = no_root_squash; SecType = sys; Access_Type = RW; Protocols = 4; Transports = TCP; }
EXPORT { Export_Id = 1; Path = ${folder}; Pseudo = ${nfsShare}; FSAL { Name = VFS; } }
`;

/** Runs at every power-on: a node that was fenced serves again when it is back. */
const nfsBootHook = `#!/bin/sh
# NFSv4.1 by nfs-ganesha.
mkdir -p /var/run/ganesha /run/dbus /var/lib/nfs/ganesha /var/log/ganesha
cd /
exec ganesha.nfsd -f ${disk}/ganesha.conf -L ${log} -p /run/ganesha.pid </dev/null
`;

/** Ends when the server listens; where it does already, nothing happens. */
export async function startNfs(transport: Transport, host: Host): Promise<Result<void, string>> {
  const script = `set -e
mkdir -p ${folder} ${disk}/boot.d
cat >${disk}/ganesha.conf <<'SEATRIAL_END'
${nfsConf}SEATRIAL_END
cat >${hook} <<'SEATRIAL_END'
${nfsBootHook}SEATRIAL_END
listens() { ss -Hltn 'sport = :2049' | grep -q .; }
listens && exit 0
sh ${hook}
tries=0
until listens; do
  tries=$((tries + 1))
  [ $tries -lt 200 ] || { tail -n 5 ${log} >&2; exit 1; }
  sleep 0.1
done`;
  const outcome = await transport.exec(host, {
    argv: ['sh', '-s'],
    stdin: `${script}\n`,
    timeoutMs: 40_000,
    idempotent: false,
  });
  const sentence = sentenceOf('starting nfs-ganesha', host, outcome);
  return sentence === undefined ? {ok: true, value: undefined} : {ok: false, error: sentence};
}
