import {parseLogPlaces} from '../../cluster/logs.ts';
import {type Check, type Diagnosis, good, hostSaid, unread} from '../check.ts';
import {nodesOf} from '../reading.ts';
import {host} from '../readings.ts';

export const logs: Check = {
  id: 'logs',
  title: 'Pacemaker and Corosync write logs to files',
  why: "The phases of a failover (lost, fenced, started) are read from Pacemaker's log: without it those promises stay undecided.",
  reads: [host],
  check: seen =>
    nodesOf(seen.cluster).flatMap((name): Diagnosis[] => {
      const said = hostSaid(seen, name, 'logs');
      if (!said.ok) return [unread(name, 'where its logs are', said.error)];
      const {pacemaker, corosync} = parseLogPlaces(said.value);
      const found: Diagnosis[] = [];
      if (pacemaker === undefined) {
        found.push({
          level: 'warning',
          subject: name,
          found: 'no log file of Pacemaker (PCMK_logfile, /var/log/pacemaker/pacemaker.log)',
          expected: 'a file: the journal alone is not read',
          todo: 'PCMK_logfile=/var/log/pacemaker/pacemaker.log in /etc/default/pacemaker or /etc/sysconfig/pacemaker.',
        });
      }
      if (corosync === undefined) {
        found.push({
          level: 'note',
          subject: name,
          found: 'no log file of Corosync',
          expected: 'logging { to_logfile: yes, logfile: … } in corosync.conf',
          todo: 'Nothing is measured by it; it is kept for people.',
        });
      }
      return found.length > 0 ? found : [good(name, `${pacemaker}, ${corosync}`)];
    }),
};
