/** C-43. */

import {osdDfForm, osdsWithoutRoom, osdTreeForm, roomOfHosts} from '../osd-room.ts';
import {cephJson, cephLines, given, holds, unknown, violated} from '../read.ts';
import {ceph} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const roomLeft: Rule = {
  id: 'C-43',
  title: 'When the largest storage node is lost, its data fits on the others before Ceph calls them nearly full',
  claim: 'ha.redundancy.one-node',
  severity: 'major',
  why: 'Ceph stops all writes when it is full: the loss of one node becomes the loss of all.',
  source: 'docs.ceph.com, "Storage capacity" (nearfull ratio 0.85)',
  where: 'cluster',
  needs: {storage: ['ceph']},
  read: () => [ceph],
  check: readings =>
    given(cephJson(readings, 'osds', osdTreeForm), tree =>
      given(cephJson(readings, 'df', osdDfForm), df =>
        given(cephLines(readings, 'nearfull'), ([text = '']) => {
          const hosts = roomOfHosts(tree, df);
          const nearfull = Number(text);
          const untold = osdsWithoutRoom(tree, df);
          if (untold.length > 0)
            return unknown(`Ceph does not say how full ${untold.join(', ')} is, and on which host`);
          if (hosts.length < 2) return unknown(`Ceph knows ${hosts.length} host with OSDs`);
          if (!(nearfull > 0 && nearfull < 1)) return unknown(`the nearfull ratio is "${text}"`);
          const total = hosts.reduce((sum, {totalBytes}) => sum + totalBytes, 0);
          const used = hosts.reduce((sum, {usedBytes}) => sum + usedBytes, 0);
          const left = total - Math.max(...hosts.map(({totalBytes}) => totalBytes));
          const found = `${((100 * used) / left).toFixed(0)} % of what is left would be used, ${(100 * nearfull).toFixed(0)} % is nearly full`;
          return used <= left * nearfull ? holds(found) : violated(found);
        }),
      ),
    ),
  mend: 'add OSDs or a node, or make room',
};
