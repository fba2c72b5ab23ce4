/** C-47. */
import {z} from 'zod';
import {readJson} from '../../../harness/parse/json.ts';
import {cephLines, given, noneOf, notApplicable, unknown} from '../read.ts';
import {ceph} from '../readings.ts';
import type {Rule} from '../rule.ts';
import {unlisted} from '../unlisted.ts';

const form = z.array(z.object({name: z.string()}));

export const snapshots: Rule = {
  id: 'C-47',
  title: 'Every disk has a snapshot to go back to',
  claim: 'sto.capacity',
  severity: 'major',
  why: 'A deletion or an encryption by mistake is copied to every replica at once: redundancy is no way back.',
  source: 'the guide, hardware table and abstract (snapshots); docs.ceph.com, "Snapshots"',
  where: 'cluster',
  needs: {storage: ['ceph']},
  read: () => [ceph],
  check: readings =>
    given(cephLines(readings, 'images'), lines => {
      if (lines.at(-1) !== 'asked') return unknown('the list of images was cut off');
      const untold = unlisted(lines);
      if (untold !== undefined) return unknown(untold);
      const images = lines.flatMap(line => {
        const [, name = '', text] = /^snapshots (\S+) ?(.*)$/.exec(line) ?? [];
        return text === undefined ? [] : [{name, read: readJson(text, name, form)}];
      });
      if (images.length === 0) return notApplicable('no pool with the application rbd has an image');
      const silent = images.filter(({read}) => !read.ok).map(({name}) => name);
      if (silent.length > 0) return unknown(`rbd snap ls of ${silent.join(', ')} cannot be read`);
      const bare = images.filter(({read}) => read.ok && read.value.length === 0).map(({name}) => name);
      return noneOf(
        bare.length === 0
          ? []
          : [`none of ${bare.slice(0, 6).join(', ')}${bare.length > 6 ? ` and ${bare.length - 6} more` : ''}`],
        `${images.length} images`,
      );
    }),
  mend: 'rbd snap create POOL/IMAGE@NAME from a timer; a backup elsewhere is not seen from here',
};
