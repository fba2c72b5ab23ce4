/** What a message makes happen, seen on the cluster itself: whoever did it, and whatever their log says. */
import {readOnly, stdoutOf} from '../../harness/cluster/commands.ts';
import {grownLog} from '../../harness/faults/space.ts';
import {incarnationOf} from '../../harness/probes/beacon/driver.ts';
import type {Cluster, Guest, Host} from '../../harness/types.ts';
import {runElsewhere} from '../steps/placement.ts';
import type {Alarm} from './alarms.ts';

/** One look: what was found once it is done, nothing before. */
export type Look = () => Promise<string | undefined>;

/** `$1` is the guest. The tightest quota of its QEMU in control groups, versions 1 and 2; nothing where it has none. */
const quota = `mounted() { awk -v type="$1" '$3 == type && ($3 == "cgroup2" || index("," $4 ",", ",cpu,")) {print $2; exit}' /proc/mounts; }
for pid in $(pgrep -f -- "-name guest=$1[, ]"); do
  case $(cat /proc/$pid/comm) in qemu*) ;; *) continue ;; esac
  while IFS=: read -r _ controllers path; do
    case ",$controllers," in
      ,,) mount=$(mounted cgroup2) file=cpu.max ;;
      *,cpu,*) mount=$(mounted cgroup) file=cpu.cfs_quota_us ;;
      *) continue ;;
    esac
    [ -n "$mount" ] || continue
    while :; do
      [ ! -r "$mount$path/$file" ] || head -n 1 "$mount$path/$file" | grep -v '^-1$' | grep -v '^max' || true
      case $path in / | '') break ;; esac
      path=\${path%/*}
    done
  done </proc/$pid/cgroup
done`;

/** A folder that is not there, or not as it was, has not been cleaned. */
const cleaned = `[ ! -d "\${1%/*}" ] || [ -e "$1" ] || echo gone`;

export interface ActionFacts {
  node: Host;
  /** That ran on the node. */
  guests: readonly Guest[];
  /** Whom the alarm is about. */
  guest: Guest | undefined;
}

type Action = NonNullable<Alarm['action']>;

const looks: Readonly<Record<Action, (cluster: Cluster, facts: ActionFacts) => Promise<string | undefined>>> = {
  async 'guests-served'(cluster, {node, guests}) {
    for (const guest of guests) {
      if (!(await runElsewhere(cluster, [guest], [node.name]))) return undefined;
      if (!(await incarnationOf(cluster, guest)).ok) return undefined;
    }
    return `${guests.map(({name}) => name).join(', ')} answer from elsewhere`;
  },
  async throttled({transport}, {node, guest}) {
    const said = await stdoutOf(transport, node, readOnly(['sh', '-c', quota, 'quota', guest?.name ?? '']));
    const [first = ''] = said.ok ? said.value.trim().split('\n') : [];
    return first === '' ? undefined : `QEMU of ${guest?.name} has a quota of ${first} µs a period`;
  },
  async 'logs-cleaned'({transport, monitoring}, {node}) {
    const file = `${monitoring?.folders.logs}/${grownLog}`;
    const said = await stdoutOf(transport, node, readOnly(['sh', '-c', cleaned, 'look', file]));
    return said.ok && said.value.trim() === 'gone' ? `${file} is gone` : undefined;
  },
  async 'guest-moved'(cluster, {node, guests}) {
    for (const guest of guests) {
      if (await runElsewhere(cluster, [guest], [node.name])) return `${guest.name} runs elsewhere`;
    }
    return undefined;
  },
};

export function lookFor(cluster: Cluster, action: Action, facts: ActionFacts): Look {
  return () => looks[action](cluster, facts);
}
