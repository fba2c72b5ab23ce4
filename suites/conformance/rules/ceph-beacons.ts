/** C-60. */
import {unnoticed} from '../../../harness/cluster/cephfs.ts';
import {cephLines, given, noneOf, unknown} from '../read.ts';
import {ceph} from '../readings.ts';
import type {Rule} from '../rule.ts';

const options = [
  'mon_tick_interval',
  'mds_beacon_grace',
  'mds_beacon_interval',
  'mon_mgr_beacon_grace',
  'mgr_tick_period',
];

export const cephBeacons: Rule = {
  id: 'C-60',
  title: 'A metadata server or manager of Ceph that dies is noticed: beacon grace less interval is more than a tick',
  severity: 'major',
  why: 'A dead metadata server stays active for the monitors: clients hang, under HEALTH_OK, and no standby takes over.',
  source: 'MDSMonitor::tick and MgrMonitor::tick of Ceph 16.2; tried: a dead metadata server was active for 11 minutes',
  where: 'cluster',
  needs: {storage: ['ceph']},
  read: () => [ceph],
  check: readings =>
    given(cephLines(readings, 'beacons'), lines => {
      const said = new Map(lines.map(line => [line.split(' ', 1)[0], line.slice(line.indexOf(' ') + 1)]));
      const missing = options.filter(option => !/^\d+(?:\.\d+)?$/.test(said.get(option) ?? ''));
      const systems = said.get('filesystems');
      if (missing.length > 0) return unknown(`Ceph does not say its ${missing.join(', ')}`);
      if (!systems?.startsWith('[')) return unknown('Ceph does not say which file systems it has');
      const [tickSeconds = 0, grace = 0, interval = 0, managerGrace = 0, managerTick = 0] = options.map(option =>
        Number(said.get(option)),
      );
      const ofManager = {graceSeconds: managerGrace, intervalSeconds: managerTick, tickSeconds};
      const ofServers = {graceSeconds: grace, intervalSeconds: interval, tickSeconds};
      const none = systems === '[]';
      const wrong = [none ? undefined : unnoticed('metadata server', ofServers), unnoticed('manager', ofManager)];
      const servers = none ? 'no CephFS' : `metadata servers ${grace} - ${interval} s`;
      return noneOf(
        wrong.filter(each => each !== undefined),
        `${servers}, manager ${managerGrace} - ${managerTick} s, a tick is ${tickSeconds} s`,
      );
    }),
  mend: 'ceph config set mon mon_tick_interval 1; or a longer mds_beacon_grace in section global: monitors and servers both read it',
};
