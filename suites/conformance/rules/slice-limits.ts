/** C-44. By files of cgroups, of either version, or by what systemd says of the slice. */
import {processorList} from '../../../harness/parse/qemu-threads.ts';
import {answerOf, given, noneOf, unknown} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

const mostBytes = 32 * 2 ** 30;
const mostProcessors = 28;

export const sliceLimits: Rule = {
  id: 'C-44',
  title: "The virtual machines' slice is held to 32 GiB of memory and 28 processors",
  claim: 'cpu.cgroup',
  severity: 'minor',
  why: 'Guests may otherwise starve the storage and cluster daemons of their own host, which then is fenced.',
  source: 'the guide, section 5.1 (memory.max 32 G, cpuset 0-27); systemd.resource-control(5)',
  where: 'host',
  needs: {},
  read: about => [host(about)],
  check: readings =>
    given(answerOf(readings, 'limits'), lines => {
      const values = (kind: RegExp) => lines.flatMap(line => kind.exec(line)?.[1] ?? []);
      const bytes = values(/(?:memory\.max |memory\.limit_in_bytes |^MemoryMax=)(\d+)$/).map(Number);
      const sets = values(/(?:cpuset\.cpus |^AllowedCPUs=)([\d,\- ]+)$/).map(countOf);
      if (sets.includes(undefined)) return unknown('a list of processors cannot be read');
      const [memory, processors] = [Math.min(...bytes), Math.min(...sets.flatMap(each => each ?? []))];
      return noneOf(
        [
          ...(memory <= mostBytes ? [] : [`memory: ${Number.isFinite(memory) ? `${memory} B` : 'no limit'}`]),
          ...(processors <= mostProcessors ? [] : [`processors: ${Number.isFinite(processors) ? processors : 'any'}`]),
        ],
        `${memory} B, ${processors} processors`,
      );
    }),
  mend: 'systemctl set-property machine.slice MemoryMax=32G AllowedCPUs=0-27',
};

/** Of `0-27,30`; systemd parts them by blanks. Undefined where it is no list. */
function countOf(list: string): number | undefined {
  return processorList(list.trim().replaceAll(/[, ]+/g, ','))?.length;
}
