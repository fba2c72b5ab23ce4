/** C-19. */
import {z} from 'zod';
import {cephJson, cephLines, given, noneOf, notApplicable, unknown} from '../read.ts';
import {ceph} from '../readings.ts';
import type {Rule} from '../rule.ts';

const form = z.array(z.object({pool_name: z.string(), type: z.number(), size: z.number(), min_size: z.number()}));

export const cephReplicas: Rule = {
  id: 'C-19',
  title: 'Every pool keeps three copies and writes with two at least; two hosts must miss an OSD',
  claim: 'ha.redundancy.one-node',
  severity: 'critical',
  why: 'With fewer copies one disk lost during a repair loses data; with min_size 1 a write may live on one disk alone; one host alone may report others down.',
  source: 'docs.ceph.com, "Pools" (size 3, min_size 2) and "Monitor/OSD interaction", Pacific to Squid',
  where: 'cluster',
  needs: {storage: ['ceph']},
  read: () => [ceph],
  check: readings =>
    given(cephJson(readings, 'pools', form), pools =>
      given(cephLines(readings, 'reporters'), ([reporters = '']) => {
        // 3 is erasure-coded: its k and m are another matter.
        const copied = pools.filter(({type}) => type === 1);
        if (copied.length === 0) return notApplicable('there is no replicated pool');
        const wrong = copied.flatMap(({pool_name: name, size, min_size: least}) => [
          ...(size < 3 ? [`${name}: size ${size}`] : []),
          ...(least < 2 ? [`${name}: min_size ${least}`] : []),
        ]);
        const coded = pools.filter(({type}) => type !== 1).map(({pool_name: name}) => name);
        if (wrong.length === 0 && coded.length > 0)
          return unknown(`${coded.join(', ')} is erasure-coded: how many pieces it can miss is not told here`);
        return noneOf(
          [...wrong, ...(Number(reporters) >= 2 ? [] : [`mon_osd_min_down_reporters ${reporters}`])],
          copied.map(({pool_name: name, size, min_size: least}) => `${name} ${size}/${least}`).join(', '),
        );
      }),
    ),
  mend: 'ceph osd pool set POOL size 3; ceph osd pool set POOL min_size 2; ceph config set mon mon_osd_min_down_reporters 2',
};
