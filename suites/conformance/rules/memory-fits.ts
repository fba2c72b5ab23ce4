/** C-18. */
import {child} from '../../../harness/parse/xml.ts';
import {answer, domainsOf, given, holds, notApplicable, ofEach, unknown, violated} from '../read.ts';
import {domains, host} from '../readings.ts';
import type {Rule} from '../rule.ts';

/** For the host itself, QEMU beside its guests, and what Ceph's daemons take. */
const keptBytes = 4 * 2 ** 30;

export const memoryFits: Rule = {
  id: 'C-18',
  title: 'The memory of all virtual machines fits when the largest node is lost',
  claim: 'ha.recover',
  severity: 'major',
  why: 'The guests of the lost node would start, swap or be killed, and those that were well suffer with them.',
  source: 'VMware and Proxmox HA admission control; our reading keeps 4 GiB a node for the host',
  where: 'hosts',
  needs: {nodes: 2},
  read: about => [host(about), domains],
  check: (readings, hosts) =>
    given(
      ofEach(hosts, each => answer(readings, 'memory', each)),
      memory =>
        given(
          ofEach(hosts, each => domainsOf(readings, each)),
          found => {
            const room = memory.map(({value}) => Number(value[0]) * 1024 - keptBytes);
            // A guest may be defined on several nodes: it counts once, by the most.
            const named = Map.groupBy(
              found.flatMap(({value}) => value),
              each => child(each, 'name')?.text,
            );
            if (named.has(undefined)) return unknown('a domain has no name');
            const guests = new Map([...named].map(([name, some]) => [name, Math.max(...some.map(bytes))]));
            const wanted = [...guests.values()].reduce((sum, each) => sum + each, 0);
            if (guests.size === 0) return notApplicable('libvirt knows no domain');
            if (![...room, ...guests.values()].every(Number.isFinite))
              return unknown('the memory of a host or a guest is no number');
            const left = room.reduce((sum, each) => sum + Math.max(0, each), 0) - Math.max(0, ...room);
            const told = `${gib(wanted)} of ${guests.size} guests, ${gib(left)} left without the largest node`;
            return wanted <= left ? holds(told) : violated(told);
          },
        ),
    ),
  mend: 'add memory or a node, or take guests away',
};

const gib = (value: number) => `${(value / 2 ** 30).toFixed(1)} GiB`;

function bytes(domain: Parameters<typeof child>[0]): number {
  const memory = child(domain, 'memory');
  const factor = {KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, b: 1, bytes: 1}[memory?.attributes.unit ?? 'KiB'];
  return /^\d+$/.test(memory?.text ?? '') ? Number(memory?.text) * (factor ?? Number.NaN) : Number.NaN;
}
