import {type Check, type Diagnosis, factsOf, good, hostSaid, type Seen, unread} from '../check.ts';
import {hostsOf} from '../reading.ts';
import {fingerprint, host, load} from '../readings.ts';

export const guestLoad: Check = {
  id: 'guest-load',
  title: "every guest takes load from the client's fio",
  why: "fio's client and server must speak one protocol number, which changes with its version: else every storage load and every migration under load fails.",
  reads: [load],
  check: ({cluster, answers}) =>
    cluster.guests.map(({name, address, ports}): Diagnosis => {
      const said = answers(load, name);
      if (!said.ok) return unread(name, 'whether it takes load', said.error);
      if (said.value === '') return good(name, `takes load at ${address}:${ports.fio}`);
      const mismatch = /version mismatch/.test(said.value);
      return {
        level: 'danger',
        subject: name,
        found: said.value,
        expected: `fio --server at ${address}:${ports.fio}, of the client's version`,
        todo: mismatch
          ? 'Bring fio on the client and in the guest image to one version.'
          : "Look whether it runs seatrial's guest image, and whether the client reaches its address.",
      };
    }),
};

/** iperf3 runs a stream a thread from 3.16 on; before, one core carries all streams. */
const threadedFrom = [3, 16] as const;
const fastMbits = 10_000;

export const iperf3: Check = {
  id: 'iperf3',
  title: 'iperf3 can fill the links, and is the same everywhere',
  why: 'Before 3.16 one core drives every stream, and stands for the link above some 10 Gbit/s. Mixed versions disagree about UDP sums.',
  reads: [fingerprint, host],
  check(seen) {
    const known = hostsOf(seen.cluster).flatMap(name => {
      const version = /^\d+\.\d+/.exec(factsOf(seen, name)?.iperf3 ?? '')?.[0];
      return version === undefined ? [] : [{name, version}];
    });
    if (known.length === 0) return [];
    const slow = known.filter(({name, version}) => isOld(version) && fastest(seen, name) > fastMbits);
    const found: Diagnosis[] = slow.map(({name, version}) => ({
      level: 'warning',
      subject: name,
      found: `iperf3 ${version} at a link of ${fastest(seen, name) / 1000} Gbit/s`,
      expected: `iperf3 ${threadedFrom.join('.')} or later`,
      todo: 'Install a later iperf3, or read its figures as those of one core.',
    }));
    const versions = Map.groupBy(known, ({version}) => version);
    if (versions.size > 1) {
      const told = [...versions].map(([version, some]) => `${version} on ${some.map(({name}) => name).join(', ')}`);
      found.push({
        level: 'note',
        subject: 'cluster',
        found: `iperf3 ${told.join('; ')}`,
        expected: 'one version',
        todo: 'Do not compare UDP figures across them.',
      });
    }
    return found.length > 0 ? found : [good('cluster', `iperf3 ${known[0]?.version} on every host that has it`)];
  },
};

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < threadedFrom[0] || (major === threadedFrom[0] && minor < threadedFrom[1]);
}

/** Of the interfaces that the inventory names, in Mbit/s; 0 where none says. */
function fastest(seen: Seen, name: string): number {
  const own = [...seen.cluster.nodes, seen.cluster.client].find(each => each.name === name);
  const speeds = hostSaid(seen, name, 'speeds');
  if (own === undefined || !speeds.ok) return 0;
  const named = Object.values(own.interfaces);
  return Math.max(
    0,
    ...speeds.value.flatMap(line => {
      const [device = '', speed = ''] = line.split(' ');
      return named.includes(device) && Number(speed) > 0 ? [Number(speed)] : [];
    }),
  );
}
