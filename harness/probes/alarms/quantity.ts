/**
 * What an alarm watches, looked at on the cluster itself while a cause is in force: what Prometheus says of it is what
 * is tried, and no witness.
 */
import type {Cluster, Command, Host, Running} from '../../types.ts';

/** What is looked at, and the numbers of a line. */
export type Quantity =
  /** Of an address: 1 where it answers a ping, 0 where it does not. */
  | 'answers'
  /** Of a folder: blocks of its file system that are free to anybody, and all. */
  | 'room'
  /** Of a folder: bytes that its files take. */
  | 'bytes'
  /** Of a folder: bytes that are in its files, as a queue on disk has them. */
  | 'spool'
  /** Of a folder: the load of the last minute, then as `room`. */
  | 'load'
  /** Of a guest: seconds of its QEMU's processor time, its virtual CPUs, then the host's own ticks as in /proc/stat. */
  | 'processors'
  /** Of a guest: libvirt's number of its state. */
  | 'state'
  /** Of a daemon: 1 where it runs, 0 where it does not. */
  | 'daemon'
  /** Of Ceph: 0 where it is well, 1 where it warns, 2 where it is in error. */
  | 'health';

/** A look that finds nothing out says nothing. */
const script = `what=$1 name=$2 every=$3 until=$(($(date +%s) + $4))
zeroOrOne() { case $1 in 0) echo 1 ;; 1) echo 0 ;; esac; }
look() {
  case $what in
  answers) ping -n -q -c 1 -W 1 "$name" >/dev/null 2>&1; zeroOrOne $? ;;
  daemon) pgrep -x -- "$name" >/dev/null; zeroOrOne $? ;;
  room) stat -f -c '%a %b' "$name" ;;
  spool) ls "$name" >/dev/null && find "$name" -type f -printf '%s\\n' | awk '{all += $1} END {printf "%.0f\\n", all}' ;;
  bytes) du -s -B1 "$name" | cut -f1 ;;
  load) echo "$(cut -d' ' -f1 /proc/loadavg) $(stat -f -c '%a %b' "$name")" ;;
  state) virsh -q -r -c qemu:///system domstats --state "$name" | sed -n 's/^ *state\\.state=//p' ;;
  health)
    case $(ceph --connect-timeout=5 health) in HEALTH_OK*) echo 0 ;; HEALTH_WARN*) echo 1 ;; HEALTH_ERR*) echo 2 ;; esac ;;
  processors)
    for pid in $(pgrep -f -- "-name guest=$name[, ]"); do
      case $(cat "/proc/$pid/comm") in qemu*) ;; *) continue ;; esac
      vcpus=$(cat "/proc/$pid/task/"*/comm | grep -c '^CPU ')
      used=$(sed 's/.*) //' "/proc/$pid/stat" | awk -v a="$(getconf CLK_TCK)" '{printf "%.2f", ($12 + $13) / a}')
      echo "$used $vcpus $(sed -n 's/^cpu  *//p' /proc/stat)"
    done ;;
  esac
}
while [ "$(date +%s)" -lt $until ]; do
  at=$(date +%s.%N)
  seen=$(look 2>/dev/null)
  [ -z "$seen" ] || echo "$at $seen"
  sleep "$every"
done`;

export interface QuantityWatch {
  quantity: Quantity;
  /** Whose: a folder, an address, a guest, a daemon. */
  name: string;
  everySeconds: number;
}

export function quantityCommand({quantity, name, everySeconds}: QuantityWatch, seconds: number): Command {
  return {
    argv: ['sh', '-c', script, 'quantity', quantity, name, String(everySeconds), String(seconds)],
    timeoutMs: seconds * 1000,
    idempotent: false,
  };
}

/** Looks until it is stopped, or `seconds` are over. */
export function watchQuantity(
  {transport}: Cluster,
  host: Host,
  watch: QuantityWatch,
  seconds: number,
): Promise<Running> {
  return transport.start(host, quantityCommand(watch, seconds));
}
