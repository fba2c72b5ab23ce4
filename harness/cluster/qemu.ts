/** A guest's QEMU on its node, by /proc and the control groups above it (versions 1 and 2): it only looks. */
import type {Command} from '../types.ts';
import {readOnly} from './commands.ts';

/** `$1` is the guest. Read by harness/parse/qemu-threads.ts. */
const threadsScript = `mounted() {
  awk -v type="$1" -v has="$2" '$3 == type && (has == "" || index("," $4 ",", "," has ",")) {print $2; exit}' /proc/mounts
}
echo "uptime $(cut -d' ' -f1 /proc/uptime)"
echo "online $(cat /sys/devices/system/cpu/online)"
for pid in $(pgrep -f -- "-name guest=$1[, ]"); do
  case $(cat /proc/$pid/comm) in qemu*) ;; *) continue ;; esac
  for task in /proc/$pid/task/*; do
    stat=$(cat $task/stat 2>/dev/null) || continue
    set -- $(echo "\${stat##*) }")
    allowed=$(awk '/^Cpus_allowed_list:/ {print $2}' $task/status)
    echo "thread \${37} $allowed $(cut -d' ' -f1,2 $task/schedstat) $(cat $task/comm)"
  done
  while IFS=: read -r _ controllers path; do
    case ",$controllers," in
      ,,) mount=$(mounted cgroup2 '') file=memory.max ;;
      *,memory,*) mount=$(mounted cgroup memory) file=memory.limit_in_bytes ;;
      *) continue ;;
    esac
    [ -n "$mount" ] || continue
    while :; do
      [ ! -r "$mount$path/$file" ] || echo "memory $(cat "$mount$path/$file")"
      case $path in / | '') break ;; esac
      path=\${path%/*}
    done
  done </proc/$pid/cgroup
done
echo end`;

export function qemuThreads(guest: string): Command {
  return readOnly(['sh', '-c', threadsScript, 'threads', guest], 15_000);
}

/**
 * `$1` is the guest. The node's NUMA nodes with their processors, where each virtual CPU ran last, and the guest's
 * memory by NUMA node: read by harness/parse/numa.ts.
 */
const numaScript = `for node in /sys/devices/system/node/node[0-9]*; do
  echo "node \${node##*/node} $(cat $node/cpulist)"
done
for pid in $(pgrep -f -- "-name guest=$1[, ]"); do
  case $(cat /proc/$pid/comm) in qemu*) ;; *) continue ;; esac
  for task in /proc/$pid/task/*; do
    case $(cat $task/comm 2>/dev/null) in "CPU "*) ;; *) continue ;; esac
    stat=$(cat $task/stat) || continue
    set -- $(echo "\${stat##*) }")
    echo "cpu \${37}"
  done
  awk '{size = 4; for (i = 3; i <= NF; i++) if ($i ~ /^kernelpagesize_kB=/) size = substr($i, 19);
    for (i = 3; i <= NF; i++) if ($i ~ /^N[0-9]+=/) {split(substr($i, 2), part, "="); sum[part[1]] += part[2] * size}}
    END {for (node in sum) print "memory", node, sum[node]}' /proc/$pid/numa_maps
done
echo end`;

export function numaOfGuest(guest: string): Command {
  return readOnly(['sh', '-c', numaScript, 'numa', guest], 15_000);
}
