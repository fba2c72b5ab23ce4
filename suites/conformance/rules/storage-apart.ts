/** C-69. */
import {answerOf, given, holds, unknown, violated} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const storageApart: Rule = {
  id: 'C-69',
  title: 'The storage plane has an interface, or a VLAN, of its own',
  claim: 'sto.fabric.nvme',
  severity: 'major',
  why: 'Whoever reaches the storage plane reads and writes every disk, and a storm elsewhere stalls all guests.',
  source: 'the guide, section 2.2',
  where: 'host',
  needs: {},
  read: about => [host(about)],
  check: readings =>
    given(answerOf(readings, 'planes'), lines => {
      const planes = lines.map(line => line.split(' '));
      const there = planes.filter(([, device = '-']) => device !== '-');
      const deviceOf = new Map(there.map(([plane = '', device = '']) => [plane, device]));
      const storage = deviceOf.get('storage');
      if (storage === undefined || deviceOf.size < 2)
        return unknown('the storage plane, or any other, has no address here');
      const beside = [...deviceOf].filter(([plane, device]) => plane !== 'storage' && device === storage);
      const named = beside.map(([plane]) => plane).join(', ');
      if (named !== '') return violated(`storage and ${named} on ${storage}`);
      const absent = planes.filter(([, device = '-']) => device === '-').map(([plane]) => plane);
      return absent.length > 0
        ? unknown(`no address here of ${absent.join(', ')}, which the inventory names`)
        : holds(`storage on ${storage}`);
    }),
  mend: 'a VLAN, or an interface, of its own for the storage plane: ip link add link NIC name NIC.30 type vlan id 30',
};
