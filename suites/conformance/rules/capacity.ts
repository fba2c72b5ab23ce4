/** C-41. */

import {osdDfForm, osdsWithoutRoom, osdTreeForm, roomOfHosts} from '../osd-room.ts';
import {cephJson, given, noneOf, unknown} from '../read.ts';
import {ceph} from '../readings.ts';
import type {Rule} from '../rule.ts';

const promisedBytes = 12e12;

export const capacity: Rule = {
  id: 'C-41',
  title: 'Every storage node has 12 TB or more',
  claim: 'sto.capacity',
  severity: 'minor',
  why: 'The capacity that was promised is not there.',
  source: 'the guide, hardware table',
  where: 'cluster',
  needs: {storage: ['ceph']},
  read: () => [ceph],
  check: readings =>
    given(cephJson(readings, 'osds', osdTreeForm), tree =>
      given(cephJson(readings, 'df', osdDfForm), df => {
        const hosts = roomOfHosts(tree, df);
        const untold = osdsWithoutRoom(tree, df);
        if (untold.length > 0) return unknown(`Ceph does not say how much room ${untold.join(', ')} has`);
        if (hosts.length === 0) return unknown('Ceph knows no host with OSDs');
        const told = ({name, totalBytes}: (typeof hosts)[number]) => `${name} ${(totalBytes / 1e12).toFixed(2)} TB`;
        const small = hosts.filter(({totalBytes}) => totalBytes < promisedBytes);
        return noneOf(small.length === 0 ? [] : [small.map(told).join(', ')], hosts.map(told).join(', '));
      }),
    ),
  mend: 'more or larger disks: ceph orch daemon add osd HOST:DEVICE',
};
