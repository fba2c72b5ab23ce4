import {type Check, type Diagnosis, good, hostSaid, unread} from '../check.ts';
import {hostsOf} from '../reading.ts';
import {host} from '../readings.ts';

/** A trial's logs and captures stay below this; in /tmp lie small files only. */
const wantedBytes = (path: string): number => (path === '/tmp' ? 32 : 256) * 2 ** 20;

export const room: Check = {
  id: 'room',
  title: 'there is room for logs on every host',
  why: 'A full disk ends Pacemaker’s and Corosync’s logs, and with them the phases of a failover; a full /var ends the CIB.',
  reads: [host],
  check: seen =>
    hostsOf(seen.cluster).flatMap((name): Diagnosis[] => {
      const said = hostSaid(seen, name, 'room');
      if (!said.ok) return [unread(name, 'the room on its disks', said.error)];
      const disks = said.value.map(line => {
        const [path = '', free = 'nothing'] = line.split(' ');
        return {path, free: Number(free)};
      });
      const odd = disks.find(({free}) => !(free >= 0));
      if (disks.length === 0 || odd !== undefined)
        return [unread(name, 'the room on its disks', `df says ${odd === undefined ? 'nothing' : odd.path}`)];
      const full = disks.filter(({path, free}) => free < wantedBytes(path));
      if (full.length === 0) return [good(name, 'room on /, /var and /tmp')];
      return full.map(({path, free}) => ({
        level: 'warning' as const,
        subject: name,
        found: `${(free / 2 ** 20).toFixed(0)} MiB free on ${path}`,
        expected: `${wantedBytes(path) / 2 ** 20} MiB`,
        todo: `Make room on ${path}.`,
      }));
    }),
};
