/** C-42. The guide's RAID-10, and what takes its place on a cluster of Ceph. */
import {answerOf, given, noneOf, unknown} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const raid: Rule = {
  id: 'C-42',
  title: 'Local arrays are RAID-10, and none is degraded',
  claim: 'sto.capacity',
  severity: 'major',
  why: "One more disk that fails takes the host's system or its store along.",
  source:
    'the guide, hardware table and abstract (RAID-10); md(4). With Ceph, its copies take the place of an array: C-19',
  where: 'host',
  needs: {},
  read: about => [host(about)],
  check: readings =>
    given(answerOf(readings, 'disks'), lines => {
      const arrays = lines.flatMap((line, index) => {
        const [, name, level = 'not active'] =
          /^mdstat (md\S*) : (?:active (?:\(\S+\) )?(\w+)|inactive)/.exec(line) ?? [];
        const next = lines[index + 1] ?? '';
        // What only holds the metadata of others, for a BIOS, is never active.
        return name === undefined || (level === 'not active' && /super external/.test(next))
          ? []
          : [{name, level, members: /\[([U_]+)\]/.exec(next)?.[1]}];
      });
      if (arrays.length === 0)
        return unknown('there is no array of md, and a controller of its own is not seen from here');
      const untold = arrays.find(({level, members}) => level === 'raid10' && members === undefined);
      if (untold !== undefined) return unknown(`mdstat does not say which members ${untold.name} has`);
      return noneOf(
        arrays.flatMap(({name, level, members}) => [
          ...(level === 'raid10' ? [] : [`${name} is ${level}`]),
          ...(members?.includes('_') ? [`${name} is degraded: [${members}]`] : []),
        ]),
        arrays.map(({name, level}) => `${name} ${level}`).join(', '),
      );
    }),
  mend: 'mdadm --create --level=10; mdadm --manage ARRAY --add DEVICE where one is missing',
};
