/** C-38. Names of files, lines and settings only: no secret is read by this machine, printed or kept. */

import {descendants, type Element} from '../../../harness/parse/xml.ts';
import {answerOf, cibOf, given, holds, violated} from '../read.ts';
import {cib, host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const noSecrets: Rule = {
  id: 'C-38',
  title: 'No secret stands in plain in configuration files, process lists, unit files or the CIB',
  claim: 'sec.isolation',
  severity: 'major',
  why: 'Whoever reads a backup, a ticket or `ps` can fence nodes or join the cluster.',
  source:
    'the guide, section 6.1 (and against its own section 3.3, which prints one in corosync.conf); Pacemaker Administration, cibsecret',
  where: 'host',
  needs: {},
  read: about => [host(about), cib],
  check(readings) {
    const found = answerOf(readings, 'secrets');
    const read = cibOf(readings);
    const all = [...(found.ok ? found.value : []), ...(read.ok ? inCib(read.value) : [])];
    const told = all.length > 6 ? [...all.slice(0, 6), `${all.length - 6} more`] : all;
    if (told.length > 0) return violated(told.join('; '));
    // None in what was read says nothing of the rest.
    return given(found, () => given(read, () => holds('none found')));
  },
  mend: 'a key file that root alone reads, or a vault; of a fence device: cibsecret set DEVICE password …, which keeps it out of the CIB',
};

const secretName = /passwd|password|passphrase|secret|api[_-]?key|private[_-]?key|auth[_-]?token|^pass$/i;
/** What names the place of a secret is none itself. */
const placeName = /(?:script|file|path)$/i;

/** Of resources, and of the templates that they are made from. */
function inCib(read: Element): readonly string[] {
  const resources = ['primitive', 'template'].flatMap(kind => descendants(read, kind));
  return resources.flatMap(resource =>
    descendants(resource, 'nvpair')
      .filter(isPlain)
      .map(({attributes}) => `CIB, ${resource.attributes.id}: ${attributes.name}`),
  );
}

function isPlain({attributes: {name = '', value = ''}}: Element): boolean {
  return secretName.test(name) && !placeName.test(name) && value !== 'lrm://';
}
