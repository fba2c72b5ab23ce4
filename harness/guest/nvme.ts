/** NVMe over TCP between guests: a target that keeps its disk in its own memory, and a host that logs in to it. */
import type {Cluster, Guest, Result} from '../types.ts';
import {inGuest} from './shell.ts';

const nvmePort = 4420;
const waitMs = 60_000;

export interface NvmeTarget {
  /** The subsystem's qualified name. */
  nqn: string;
  address: string;
}

/** `$1` the name, `$2` the address, `$3` MiB. Its contents end with the guest. */
const serve = `for m in nvmet nvmet-tcp; do modprobe -q $m || { echo "the guest's kernel has no module $m" >&2; exit 1; }; done
modprobe -q null_blk nr_devices=0 || { echo "the guest's kernel has no module null_blk" >&2; exit 1; }
c=/sys/kernel/config
grep -q " $c " /proc/mounts || mount -t configfs none $c || exit 1
if [ ! -d $c/nullb/seatrial-null ]; then
  mkdir $c/nullb/seatrial-null && cd $c/nullb/seatrial-null && echo "$3" >size && echo 1 >memory_backed && echo 4096 >blocksize && echo 1 >power || exit 1
fi
cd $c/nvmet || exit 1
if [ ! -d "subsystems/$1" ]; then
  mkdir "subsystems/$1" && echo 1 >"subsystems/$1/attr_allow_any_host" && mkdir "subsystems/$1/namespaces/1" || exit 1
fi
cd "subsystems/$1/namespaces/1" || exit 1
if [ "$(cat enable)" = 0 ]; then
  # Kernels before 6.1 do not call it by its folder.
  d=/dev/seatrial-null; [ -b $d ] || d=/dev/nullb$(cat $c/nullb/seatrial-null/index)
  printf %s $d >device_path && echo 1 >enable || exit 1
fi
cd $c/nvmet/ports || exit 1
if [ ! -d 1 ]; then
  mkdir 1 && echo ipv4 >1/addr_adrfam && echo tcp >1/addr_trtype && echo "$2" >1/addr_traddr && echo ${nvmePort} >1/addr_trsvcid || exit 1
fi
[ -e "1/subsystems/$1" ] || ln -s "$c/nvmet/subsystems/$1" "1/subsystems/$1"`;

export async function serveNvme(
  cluster: Cluster,
  guest: Guest,
  {nqn, address}: NvmeTarget,
  mebibytes: number,
): Promise<Result<void, string>> {
  const words = [nqn, address, String(mebibytes)];
  const served = await inGuest(cluster, guest, {what: `serve ${nqn}`, script: serve, words, timeoutMs: waitMs});
  return served.ok ? {ok: true, value: undefined} : served;
}

/** The device of a subsystem, as its head is called: with several paths it is the one above them. */
const device = `device() {
  for s in /sys/class/nvme-subsystem/*; do
    [ "$(cat "$s/subsysnqn" 2>/dev/null)" = "$1" ] || continue
    for n in "$s"/nvme*n[0-9]*; do n=\${n##*/}; case $n in *c*n*) ;; *) [ -b "/dev/$n" ] && echo "/dev/$n" && return; esac; done
  done
  return 1
}
modprobe -q nvme-tcp || { echo "the guest's kernel has no module nvme-tcp" >&2; exit 1; }`;

/**
 * `$1` the name, `$2` the address, `$3` what its device shall be called. The kernel keeps trying for ten minutes where
 * the target is silent; a login that has lost its target is given up first, since the one that came back is another.
 */
const connect = `${device}
for c in /sys/class/nvme/*; do
  [ "$(cat "$c/subsysnqn" 2>/dev/null)" = "$1" ] && [ "$(cat "$c/state")" != live ] && echo 1 >"$c/delete_controller"
done
named() { d=$(device "$1") && ln -sfn "$d" "$3"; }
named "$@" && exit
echo "transport=tcp,traddr=$2,trsvcid=${nvmePort},nqn=$1" >/dev/nvme-fabrics || exit 1
tries=0
until named "$@"; do
  tries=$((tries + 1)); [ $tries -lt 100 ] || { echo "$1 is connected and has no device" >&2; exit 1; }
  sleep 0.1
done`;

/** Logs in, and gives the device another name that is the store's own. */
export async function connectNvme(
  cluster: Cluster,
  guest: Guest,
  {nqn, address}: NvmeTarget,
  path: string,
): Promise<Result<void, string>> {
  const words = [nqn, address, path];
  const connected = await inGuest(cluster, guest, {what: `connect ${nqn}`, script: connect, words, timeoutMs: waitMs});
  return connected.ok ? {ok: true, value: undefined} : connected;
}

const readMs = 5_000;

/**
 * Why the device cannot be read from; undefined where it can. A target that is silent keeps its controller `live` until
 * the kernel's own patience ends: so a block is read, past every cache.
 */
export async function nvmeGap(
  cluster: Cluster,
  guest: Guest,
  {nqn, path}: {nqn: string; path: string},
): Promise<string | undefined> {
  const script = `found=
for c in /sys/class/nvme/*; do
  [ "$(cat "$c/subsysnqn" 2>/dev/null)" = "$1" ] && found="$found \${c##*/} is $(cat "$c/state")"
done
case $found in *' is live'*) ;; *) echo "\${found:-no controller}" >&2; exit 1 ;; esac
dd if="$2" of=/dev/null bs=4096 count=1 iflag=direct`;
  const what = `read from ${path} (${nqn}) within ${readMs / 1000} s`;
  const asked = await inGuest(cluster, guest, {what, script, words: [nqn, path], timeoutMs: readMs});
  return asked.ok ? undefined : asked.error;
}
