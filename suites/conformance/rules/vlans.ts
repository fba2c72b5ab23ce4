/** C-31. */
import {answerOf, given, holds, unknown, violated} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const vlans: Rule = {
  id: 'C-31',
  title: 'Planes that share a link are parted by VLANs, and none shares an interface with another',
  claim: 'net.l2',
  severity: 'major',
  why: 'A storm or an intruder on one plane otherwise reaches the others: heartbeat and storage fail with it.',
  source: 'the guide, abstract and section 2.2',
  where: 'host',
  needs: {},
  read: about => [host(about)],
  check: readings =>
    given(answerOf(readings, 'planes'), lines => {
      const planes = lines.map(line => line.split(' ')).map(([plane = '', device = '']) => ({plane, device}));
      const absent = planes.filter(({device}) => device === '-').map(({plane}) => plane);
      const there = planes.filter(({device}) => device !== '-');
      if (there.length < 2) return unknown('of the planes that the inventory names not even two have an address here');
      const shared = [...Map.groupBy(there, ({device}) => device)].filter(([, some]) => some.length > 1);
      const told = (some: typeof there) => some.map(({plane}) => plane).join(' and ');
      if (shared.length > 0) return violated(shared.map(([device, some]) => `${told(some)} on ${device}`).join('; '));
      return absent.length > 0
        ? unknown(`no address here of ${absent.join(', ')}, which the inventory names`)
        : holds(planes.map(({plane, device}) => `${plane} ${device}`).join(', '));
    }),
  mend: 'a VLAN, or an interface, of its own for each plane: ip link add link NIC name NIC.20 type vlan id 20; ovs-vsctl set port P tag=20',
};
