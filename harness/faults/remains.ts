/**
 * What a fault of ours may leave on a host: rules, queues, loops, hogs, a full disk, a stepped clock; and in the
 * cluster's configuration, of which every host holds a copy. All is called so that anybody knows whose it is.
 */
import {readOnly, stdoutOf} from '../cluster/commands.ts';
import type {Cluster, Host, Result} from '../types.ts';
import {clockFile} from './clock-step.ts';
import {fillFolder, fillName} from './disk-full.ts';
import {dutyFolder} from './duty-cycle.ts';
import {overlayPrefix, overlays} from './fence-overlay.ts';
import {hungFolder} from './guest-hung.ts';
import {hogFolder} from './hog.ts';
import {queueHandle} from './rate-limit.ts';

/** A line for each. What `provision` adds is called `seatrial` too: faults are in tables of longer names. */
export const remainsScript = [
  "nft list tables 2>/dev/null | grep 'seatrial-'",
  'for program in iptables ip6tables; do $program -w 5 -S 2>/dev/null | sed -n "s/^-N \\(seatrial-.*\\)/$program chain \\1/p"; done',
  `tc qdisc show 2>/dev/null | sed -n 's/^qdisc tbf ${queueHandle} dev \\([^ ]*\\) .*/a queue on \\1/p'`,
  `ls ${dutyFolder} 2>/dev/null | sed 's/^/a loop: /'`,
  `ls ${hungFolder} 2>/dev/null | sed 's/^/a guest that was stopped: /'`,
  `ls ${hogFolder} 2>/dev/null | sed -n 's/\\.pid$//p' | sed 's/^/a hog: /'`,
  `ls ${fillFolder}/${fillName}* 2>/dev/null | sed 's/^/a file that fills a disk: /'`,
  `ls ${clockFile} 2>/dev/null | sed 's/^/a clock that was stepped: /'`,
  // Its own copy: a host that is cut off must not wait for the others.
  `timeout 10 cibadmin --query --local --no-children --xpath "${overlays}" 2>/dev/null | sed -n 's/.*<instance_attributes .*id="\\(${overlayPrefix}[^"]*\\)".*/an overlay of a fence device: \\1/p'`,
].join('; ');

export async function remainsOn(
  {transport}: Pick<Cluster, 'transport'>,
  host: Host,
): Promise<Result<readonly string[], string>> {
  const said = await stdoutOf(transport, host, readOnly(['sh', '-c', `${remainsScript}; true`]));
  return said.ok ? {ok: true, value: said.value.split('\n').filter(line => line !== '')} : said;
}
