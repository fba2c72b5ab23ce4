/** C-40. */
import {z} from 'zod';
import {cephJson, given, noneOf, unknown} from '../read.ts';
import {ceph} from '../readings.ts';
import type {Rule} from '../rule.ts';

const form = z.object({mons: z.array(z.object({name: z.string()})), quorum: z.array(z.number())});
const places = z.array(z.object({name: z.string(), hostname: z.string().optional()}));

export const monitorsApart: Rule = {
  id: 'C-40',
  title: 'Ceph has three monitors or five, on hosts of their own, all in quorum',
  claim: 'ha.redundancy.one-node',
  severity: 'major',
  why: 'Two monitors that share a host are lost together, and with them the majority that storage needs to serve.',
  source: 'the guide, section 4.1 (three monitors); docs.ceph.com, "Monitor config reference"',
  where: 'cluster',
  needs: {storage: ['ceph']},
  read: () => [ceph],
  check: readings =>
    given(cephJson(readings, 'monitors', form), ({mons, quorum}) =>
      given(cephJson(readings, 'monhosts', places), metadata => {
        const hosts = metadata.flatMap(({hostname}) => hostname ?? []);
        if (hosts.length < mons.length)
          return unknown(`${mons.length - hosts.length} monitor does not say where it runs`);
        const twice = hosts.filter((name, index) => hosts.indexOf(name) < index);
        return noneOf(
          [
            ...(mons.length >= 3 && mons.length % 2 === 1 ? [] : [`${mons.length} monitors`]),
            ...(twice.length === 0 ? [] : [`more than one on ${twice.join(', ')}`]),
            ...(quorum.length === mons.length ? [] : [`${quorum.length} of ${mons.length} in quorum`]),
          ],
          `${mons.length} monitors on ${hosts.join(', ')}`,
        );
      }),
    ),
  mend: 'ceph orch apply mon --placement="A B C"',
};
