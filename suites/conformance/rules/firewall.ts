/** C-37. */
import {answerOf, given, holds, unknown, violated} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const firewall: Rule = {
  id: 'C-37',
  title: 'A firewall drops what nobody has let in',
  claim: 'sec.isolation',
  severity: 'major',
  why: 'A daemon that somebody starts tomorrow is reachable from everywhere.',
  source: 'the guide, abstract and section 6',
  where: 'host',
  needs: {},
  read: about => [host(about)],
  check: readings =>
    given(answerOf(readings, 'firewall'), lines => {
      if (lines.length === 0) return unknown('neither nft nor iptables gave its rules');
      const text = lines.join('\n');
      const drops =
        /hook input [^\n]*policy drop/.test(text) ||
        /^-P INPUT DROP/m.test(text) ||
        /^-A INPUT (?:-j|-m comment --comment "?[^"]*"? -j) (?:DROP|REJECT)/m.test(text) ||
        inputEndsInDrop(lines);
      return drops ? holds('the rest of what comes in is dropped') : violated('everything that comes in is accepted');
    }),
  mend: 'nft: a chain with hook input and policy drop, with what the cluster speaks let in before; or firewalld, ufw',
};

/** The last rule of a chain at the hook drops or rejects whatever comes to it. */
function inputEndsInDrop(lines: readonly string[]): boolean {
  const start = lines.findIndex(line => /hook input /.test(line));
  if (start < 0) return false;
  const chain = lines.slice(start + 1);
  const end = chain.indexOf('}');
  return /^(?:counter (?:packets \d+ bytes \d+ )?)?(?:drop|reject\b.*)$/.test(chain[end - 1] ?? '');
}
