/**
 * What we may leave on a host: rules, queues, loops, hogs, links that were taken down, a full disk, a stepped clock of
 * faults; what they laid into the cluster's configuration, of which every host holds a copy; and programs that were
 * started there, which carry a mark in their environment. All is called so that anybody knows whose it is.
 */
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import type {Cluster, Host, Result} from '../types.ts';
import {clockFile} from './clock-step.ts';
import {fillFolder, fillName} from './disk-full.ts';
import {dutyFolder} from './duty-cycle.ts';
import {overlayPrefix, overlays} from './fence-overlay.ts';
import {hungFolder} from './guest-hung.ts';
import {hogFolder} from './hog.ts';
import {keptLinks} from './link-kept.ts';
import {delayFolder} from './packet-delay.ts';
import {queueHandle} from './rate-limit.ts';

/** A line for each. What `provision` adds is called `seatrial` too: faults are in tables of longer names. */
export const faultsScript = [
  "nft list tables 2>/dev/null | grep 'seatrial-'",
  'for program in iptables ip6tables; do $program -w 5 -S 2>/dev/null | sed -n "s/^-N \\(seatrial-.*\\)/$program chain \\1/p"; done',
  `tc qdisc show 2>/dev/null | sed -n 's/^qdisc [a-z]* ${queueHandle} dev \\([^ ]*\\) .*/a queue on \\1/p'`,
  `ls -d ${delayFolder} 2>/dev/null | sed 's/^/a slow cable: /'`,
  `ls ${dutyFolder} 2>/dev/null | sed 's/^/a loop: /'`,
  `ls ${hungFolder} 2>/dev/null | sed 's/^/a guest that was stopped: /'`,
  `ls ${hogFolder} 2>/dev/null | sed -n 's/\\.pid$//p' | sed 's/^/a hog: /'`,
  `ls ${fillFolder}/${fillName}* 2>/dev/null | sed 's/^/a file that fills a disk: /'`,
  `ls ${keptLinks}* 2>/dev/null | sed 's/^/a link that was taken down: /'`,
  `ls ${clockFile} 2>/dev/null | sed 's/^/a clock that was stepped: /'`,
  // Its own copy: a host that is cut off must not wait for the others.
  `timeout 10 cibadmin --query --local --no-children --xpath "${overlays}" 2>/dev/null | sed -n 's/.*<instance_attributes .*id="\\(${overlayPrefix}[^"]*\\)".*/an overlay of a fence device: \\1/p'`,
].join('; ');

/** Younger ones may be about to end. */
const leftAfterSeconds = 10;
/** Of loads and probes: a daemon that a heal has started is marked too, and is to stay. */
const ofOurs = 'fio\\ *|iperf3\\ *|ping\\ *|tcpdump\\ *|seatrial-*|python3\\ *\\ -u\\ -\\ *';

/** Calls `each PID WORDS` for every program of ours that has been running for long. */
const eachProcess = `now=$(cut -d. -f1 /proc/uptime) ticks=$(getconf CLK_TCK || echo 100)
for file in $(grep -lsz '^SEATRIAL_COMMAND=' /proc/[0-9]*/environ 2>/dev/null); do
  pid=\${file#/proc/} pid=\${pid%/environ}
  words=$(cat "/proc/$pid/comm" 2>/dev/null; tr '\\000' ' ' <"/proc/$pid/cmdline" 2>/dev/null)
  words=$(echo $words)
  case $words in ${ofOurs}) ;; *) continue ;; esac
  set -- $(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null)
  [ $# -ge 20 ] && [ $((now - \${20} / ticks)) -ge ${leftAfterSeconds} ] && each "$pid" "$words"
done 2>/dev/null`;

const processMark = 'a process: ';
export const processesScript = `each() { echo "${processMark}$1 $2" | cut -c1-100; }; ${eachProcess}`;

/** Of a line that was found on a host. */
export function isProcess(line: string): boolean {
  return line.startsWith(processMark);
}

export async function remainsOn(
  {transport}: Pick<Cluster, 'transport'>,
  host: Host,
): Promise<Result<readonly string[], string>> {
  const script = `${faultsScript}; ${processesScript}; true`;
  const said = await stdoutOf(transport, host, readOnly(['sh', '-c', script]));
  return said.ok ? {ok: true, value: said.value.split('\n').filter(line => line !== '')} : said;
}

/** Ends every program of ours that has been running for long. */
export async function endProcesses({transport}: Pick<Cluster, 'transport'>, host: Host): Promise<Result<void, string>> {
  const script = `each() { kill -9 "$1"; }; ${eachProcess}; true`;
  const ended = await stdoutOf(transport, host, idempotent(['sh', '-c', script]));
  return ended.ok ? {ok: true, value: undefined} : ended;
}
