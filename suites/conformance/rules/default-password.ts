/** C-15. */
import {answer, given, holds, unknown, violated} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const defaultPassword: Rule = {
  id: 'C-15',
  title: "hacluster's password is no default one",
  claim: 'sec.isolation',
  severity: 'major',
  why: "Whoever can reach pcsd or the cluster's tools with it owns every guest.",
  source: 'Trento 790926 (SLES 12 and 15: "linux")',
  where: 'host',
  needs: {},
  read: about => [host(about)],
  check: readings =>
    given(answer(readings, 'hacluster'), ([word]) => {
      if (word === 'locked') return holds('no password can be given for hacluster');
      if (word === 'absent') return holds('there is no user hacluster');
      if (word === 'empty') return violated('hacluster needs no password: its field in /etc/shadow is empty');
      if (word === 'elsewhere') return unknown('hacluster has its password elsewhere than in /etc/shadow');
      if (word === 'other') return holds('it is none of the five usual ones');
      return word === 'default'
        ? violated('it is one of the five usual ones')
        : unknown('/etc/shadow was not understood');
    }),
  mend: 'passwd hacluster on every node',
};
