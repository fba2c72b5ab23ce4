import {type Check, type Diagnosis, good, hostSaid, type Level, unread} from '../check.ts';
import {hostsOf} from '../reading.ts';
import type {HostQuestion} from '../readings.ts';
import {host} from '../readings.ts';

const kinds: readonly (readonly [question: HostQuestion, what: string, level: Level, todo: string])[] = [
  ['rules', 'a fault of seatrial', 'danger', 'seatrial heal --inventory FILE takes it away.'],
  ['processes', 'a process of seatrial', 'warning', 'seatrial heal ends it, unless a run that goes on needs it.'],
  [
    'units',
    'a unit of seatrial',
    'warning',
    'A timer that would heal a fault: seatrial heal, then systemctl stop UNIT.',
  ],
  ['files', 'a file of seatrial', 'note', 'Left by a run that was killed: remove it.'],
];

export const leftovers: Check = {
  id: 'leftovers',
  title: 'nothing is left of earlier runs',
  why: 'A rule or a timer of a run that was killed is a fault that is still in force, or one that will be undone in the middle of yours.',
  reads: [host],
  check: seen =>
    hostsOf(seen.cluster).flatMap((name): Diagnosis[] => {
      const asked = kinds.map(kind => ({kind, said: hostSaid(seen, name, kind[0])}));
      const silent = asked.flatMap(({said}) => (said.ok ? [] : [said.error]))[0];
      if (silent !== undefined) return [unread(name, 'what earlier runs left', silent)];
      const found = asked.flatMap(({kind: [, what, level, todo], said}) =>
        said.ok && said.value.length > 0
          ? [{level, subject: name, found: `${what}: ${said.value.join(', ')}`, expected: 'none', todo}]
          : [],
      );
      return found.length > 0 ? found : [good(name, 'nothing of earlier runs')];
    }),
};
