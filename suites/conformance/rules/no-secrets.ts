/** C-38. Names of files, lines and settings only: no secret is read by this machine, printed or kept. */

import {descendants} from '../../../harness/parse/xml.ts';
import {answerOf, cibOf, given, noneOf} from '../read.ts';
import {cib, host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const noSecrets: Rule = {
  id: 'C-38',
  title: 'No secret stands in plain in configuration files, process lists, unit files or the CIB',
  claim: 'sec.isolation',
  severity: 'critical',
  source:
    'the guide, section 6.1 (and against its own section 3.3, which prints one in corosync.conf); Pacemaker Administration, cibsecret',
  where: 'host',
  needs: {},
  read: about => [host(about), cib],
  check: readings =>
    given(answerOf(readings, 'secrets'), found =>
      given(cibOf(readings), read => {
        const inCib = descendants(read, 'primitive').flatMap(primitive =>
          descendants(primitive, 'nvpair')
            .filter(
              ({attributes: {name = '', value = ''}}) =>
                /^(?:passwd|password|pass|secret)$/i.test(name) && value !== 'lrm://',
            )
            .map(({attributes}) => `CIB, ${primitive.attributes.id}: ${attributes.name}`),
        );
        const all = [...found, ...inCib];
        const told = all.length > 6 ? [...all.slice(0, 6), `${all.length - 6} more`] : all;
        return noneOf(told, 'none found');
      }),
    ),
  mend: 'a key file that root alone reads, or a vault; of a fence device: cibsecret set DEVICE password …, which keeps it out of the CIB',
};
