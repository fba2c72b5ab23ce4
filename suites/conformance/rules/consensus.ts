/** C-05. */
import {given, holds, mapOf, unknown, violated} from '../read.ts';
import {map} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const consensus: Rule = {
  id: 'C-05',
  title: 'The consensus timeout is at least 1.2 times the token timeout',
  claim: 'ha.detect',
  severity: 'major',
  why: 'With less, Corosync forms a new membership before all nodes have answered, and drops one that is well.',
  source: 'Trento A1244C (SLES 12 and 15); corosync.conf(5), consensus',
  where: 'host',
  needs: {nodes: 2},
  read: () => [map],
  check: readings =>
    given(mapOf(readings), read => {
      const token = Number(read.get('runtime.config.totem.token'));
      const agreed = Number(read.get('runtime.config.totem.consensus'));
      if (!(token > 0) || !(agreed > 0)) return unknown('corosync-cmapctl names no token or no consensus');
      const found = `consensus ${agreed} ms, token ${token} ms`;
      return agreed >= Math.floor(token * 1.2) ? holds(found) : violated(found);
    }),
  mend: 'take consensus out of corosync.conf, or set it to 1.2 times the token timeout in force or more; corosync-cfgtool -R',
};
