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
      const chains = inputChains(lines);
      const dropsFor = (families: readonly string[], rules: readonly string[]) =>
        chains.some(each => families.includes(each.family) && drops(each)) || dropsBy(rules);
      const six = lines.flatMap(line => (line.startsWith('6 ') ? [line.slice(2)] : []));
      if (!dropsFor(['ip', 'inet'], lines)) return violated('everything that comes in is accepted');
      if (six.includes('none')) return holds('the rest of what comes in is dropped; there is no IPv6');
      if (dropsFor(['ip6', 'inet'], six)) return holds('the rest of what comes in is dropped, by IPv4 and IPv6');
      const open = six.length > 0 || chains.some(({family}) => family === 'ip6');
      return open
        ? violated('everything that comes in by IPv6 is accepted')
        : unknown('what comes in by IPv4 is dropped, and of IPv6 nothing is told');
    }),
  mend: 'nft: a chain with hook input and policy drop, with what the cluster speaks let in before; or firewalld, ufw',
};

interface Chain {
  /** `ip`, `ip6`, `inet`; those of `bridge` and `netdev` hold nothing back from the host itself. */
  family: string;
  lines: readonly string[];
}

/** Those at the hook for what is meant for this host. */
function inputChains(lines: readonly string[]): readonly Chain[] {
  let family = '';
  return lines.flatMap((line, index) => {
    family = /^table (\w+) /.exec(line)?.[1] ?? family;
    if (!/\bhook input /.test(line)) return [];
    const end = lines.indexOf('}', index);
    return end < 0 ? [] : [{family, lines: lines.slice(index, end)}];
  });
}

const counted = '(?:counter (?:packets \\d+ bytes \\d+ )?)?';
const acceptsAll = new RegExp(`^${counted}accept$`);
const dropsAll = new RegExp(`^${counted}(?:drop|reject\\b.*)$`);

/** By its policy, or by a last rule for whatever comes to it; not where a rule before has let everything in. */
function drops({lines: [hook = '', ...rules]}: Chain): boolean {
  if (rules.some(rule => acceptsAll.test(rule))) return false;
  return /policy drop/.test(hook) || dropsAll.test(rules.at(-1) ?? '');
}

/** The same of `iptables -S`. */
function dropsBy(rules: readonly string[]): boolean {
  const first = rules.find(rule =>
    /^-A INPUT (?:-m comment --comment (?:"[^"]*"|\S+) )?-j (?:ACCEPT|DROP|REJECT)/.test(rule),
  );
  return first === undefined ? rules.includes('-P INPUT DROP') : !first.includes('-j ACCEPT');
}
