/** What a node's processors have done so far for a guest's packets, by /proc: it only looks. */
import type {Command} from '../types.ts';
import {readOnly} from './commands.ts';

/** `$1` is a guest, or empty. Read by harness/parse/path-cost.ts. */
const script = `of() {
  stat=$(cat "/proc/$2/stat" 2>/dev/null) || return
  set -- "$1" "$2" $(echo "\${stat##*) }")
  echo "$1 $2 $((\${14} + \${15}))"
}
echo "ticks $(getconf CLK_TCK)"
sed -n 's/^cpu  */node /p' /proc/stat
for pid in $([ -z "$1" ] || pgrep -f -- "-name guest=$1[, ]"); do
  case $(cat /proc/$pid/comm) in qemu*) ;; *) continue ;; esac
  of guest $pid
  # The kernel's half of a virtio card, which is a thread of the guest's own from Linux 6.4 on.
  for half in $(pgrep -x "vhost-$pid"); do of guest $half; done
done
for pid in $(pgrep '^ovs-vswitchd'); do of switch $pid; done
echo end`;

export function pathCost(guest = ''): Command {
  return readOnly(['sh', '-c', script, 'cost', guest], 15_000);
}
