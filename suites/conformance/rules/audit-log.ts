/** C-39. */
import {answerOf, given, noneOf} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const auditLog: Rule = {
  id: 'C-39',
  title: 'An audit log is kept',
  claim: 'sec.isolation',
  severity: 'major',
  why: 'After an incident nobody can say who changed what.',
  source: 'the guide, section 6.2; auditd(8)',
  where: 'host',
  needs: {},
  read: about => [host(about)],
  check: readings =>
    given(answerOf(readings, 'audit'), lines => {
      const runs = lines.some(line => /^auditd (?:active|\d+)$/.test(line));
      const size = lines.flatMap(line => /^log \S+ (\d+)$/.exec(line)?.[1] ?? [])[0];
      return noneOf(
        [
          ...(runs ? [] : ['auditd does not run']),
          ...(size === undefined
            ? ['there is no /var/log/audit/audit.log']
            : Number(size) > 0
              ? []
              : ['the log is empty']),
        ],
        `auditd runs, its log has ${size} B`,
      );
    }),
  mend: 'apt-get install auditd (dnf install audit), systemctl enable --now auditd',
};
