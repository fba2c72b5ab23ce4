/** C-44. By files of cgroups, of either version, or by what systemd says of the slice. */
import {processorList} from '../../../harness/parse/qemu-threads.ts';
import {answerOf, given, holds, unknown, violated} from '../read.ts';
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
      const slices = slicesOf(lines);
      if (slices.some(({processors}) => processors === undefined))
        return unknown('a list of processors cannot be read');
      const wrong = slices.filter(each => wrongIn(each).length > 0);
      const held = slices.filter(each => !wrong.includes(each));
      if (held.length === 0) return violated(wrongIn(slices[0] ?? unlimited).join('; '));
      if (wrong.length > 0) {
        const loose = wrong.map(each => `${each.name} ${wrongIn(each).join(', ')}`).join('; ');
        return unknown(`${held.map(({name}) => name).join(', ')} is held, and ${loose}: guests may run in either`);
      }
      return holds(held.map(({bytes, processors}) => `${bytes} B, ${processors} processors`).join('; '));
    }),
  mend: 'systemctl set-property machine.slice MemoryMax=32G AllowedCPUs=0-27',
};

interface Slice {
  name: string;
  /** Infinite where there is no limit. */
  bytes: number;
  /** Undefined where its list is none. */
  processors: number | undefined;
}

const unlimited: Slice = {name: '', bytes: Number.POSITIVE_INFINITY, processors: Number.POSITIVE_INFINITY};

function wrongIn({bytes, processors = Number.NaN}: Slice): readonly string[] {
  return [
    ...(bytes <= mostBytes ? [] : [`memory: ${Number.isFinite(bytes) ? `${bytes} B` : 'no limit'}`]),
    ...(processors <= mostProcessors ? [] : [`processors: ${Number.isFinite(processors) ? processors : 'any'}`]),
  ];
}

/** Those that the kernel has; where it has none, those that systemd would make. A limit of one holds for no other. */
function slicesOf(lines: readonly string[]): readonly Slice[] {
  const kernel = lines.flatMap(line => /^(\S+) (?:memory\.max|cpuset\.cpus|memory\/)/.exec(line)?.[1] ?? []);
  const systemd = unitsOf(lines);
  const names = new Set(kernel.length > 0 ? kernel : systemd.keys());
  return [...names].map(name => {
    const own = [
      ...lines.flatMap(line => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : [])),
      ...(systemd.get(name) ?? []),
    ];
    const values = (kind: RegExp) => own.flatMap(line => kind.exec(line)?.[1] ?? []);
    const bytes = values(/(?:memory\.max |memory\.limit_in_bytes |^MemoryMax=)(\d+)$/).map(Number);
    const sets = values(/(?:cpuset\.cpus |^AllowedCPUs=)([\d,\- ]+)$/).map(countOf);
    return {
      name,
      bytes: Math.min(...bytes),
      processors: sets.includes(undefined) ? undefined : Math.min(...sets.flatMap(each => each ?? [])),
    };
  });
}

/** What systemd says of each unit; its name stands first or last of three lines, by its version. */
function unitsOf(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const said = lines.filter(line => /^(?:Id|MemoryMax|AllowedCPUs)=/.test(line));
  const units = new Map<string, readonly string[]>();
  for (let at = 0; at < said.length; at += 3) {
    const unit = said.slice(at, at + 3);
    const name = unit.find(line => line.startsWith('Id='))?.slice(3);
    if (name !== undefined) units.set(name, unit);
  }
  return units;
}

/** Of `0-27,30`; systemd parts them by blanks. Undefined where it is no list. */
function countOf(list: string): number | undefined {
  return processorList(list.trim().replaceAll(/[, ]+/g, ','))?.length;
}
