import {type Check, type Diagnosis, good, hostSaid, unread} from '../check.ts';
import {hostsOf} from '../reading.ts';
import {host} from '../readings.ts';

export const login: Check = {
  id: 'login',
  title: 'every host lets seatrial in, as root',
  why: 'Pacemaker, libvirt, Corosync, network links and firewall rules are root’s; a right that is missing fails in the middle of a trial.',
  reads: [host],
  check: seen =>
    hostsOf(seen.cluster).map((name): Diagnosis => {
      const uid = hostSaid(seen, name, 'uid');
      if (!uid.ok) return {...unread(name, 'what the login may do', uid.error), level: 'danger'};
      const user = hostSaid(seen, name, 'user');
      if (uid.value[0] === '0') return good(name, 'commands run as root');
      return {
        level: 'danger',
        subject: name,
        found: `commands run as ${(user.ok && user.value[0]) || 'somebody'} (uid ${uid.value[0] ?? 'unknown'})`,
        expected: 'root',
        todo: 'Log in as root, or as a user with sudo and become in the inventory.',
      };
    }),
};
