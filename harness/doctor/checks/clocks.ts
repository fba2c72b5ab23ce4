import {type Check, type Diagnosis, good, hostSaid, type Seen, unread} from '../check.ts';
import {hostsOf} from '../reading.ts';
import {clock, host} from '../readings.ts';

/** Corosync and Ceph bear little more: monitors warn from 50 ms on (mon_clock_drift_allowed). */
const tolerableMs = 50;
const harmfulMs = 2_000;

export const clocks: Check = {
  id: 'clocks',
  title: 'the clocks agree, and something keeps them so',
  why: "Phases of a failover are told by the nodes' logs: their error is that of the clocks. Ceph's monitors refuse to work together when clocks drift.",
  reads: [clock, host],
  check: seen => hostsOf(seen.cluster).flatMap(name => [...offsets(seen, name), ...synced(seen, name)]),
};

function offsets({answers}: Seen, name: string): Diagnosis[] {
  const said = answers(clock, name);
  if (!said.ok) return [unread(name, 'the clock', said.error)];
  const [offsetMs = Number.NaN, halfWidthMs = Number.NaN] = said.value.split(' ').map(Number);
  // What the round trip alone may have made is no offset.
  const surelyMs = Math.max(0, Math.abs(offsetMs) - halfWidthMs);
  const told = `${offsetMs.toFixed(0)} ± ${halfWidthMs.toFixed(0)} ms from the clock of this machine`;
  if (surelyMs <= tolerableMs) return [good(name, told)];
  return [
    {
      level: surelyMs > harmfulMs ? 'danger' : 'warning',
      subject: name,
      found: told,
      expected: `at most ${tolerableMs} ms`,
      todo: 'Let chrony or systemd-timesyncd keep the clocks of all hosts and of this machine.',
    },
  ];
}

function synced(seen: Seen, name: string): Diagnosis[] {
  const said = hostSaid(seen, name, 'synced');
  if (!said.ok) return [];
  const [word] = said.value;
  if (word === 'yes' || word === 'Normal') return [good(name, 'the clock is kept by a time server')];
  return [
    {
      level: 'note',
      subject: name,
      found: word === undefined ? 'nothing says whether a time server keeps the clock' : `time server: ${word}`,
      expected: 'a synchronised clock',
      todo: 'apt-get install chrony, and name the time servers of the site.',
    },
  ];
}
