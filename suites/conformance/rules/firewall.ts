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
        chains.some(each => families.includes(each.family) && each.drops) || dropsBy(rules);
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

type End = 'accept' | 'drop' | 'return';
/** What a rule without a condition does with every packet that comes to it. */
type Step = {ends: End} | {to: string; comesBack: boolean};
/** Chains of one table by their names. */
type Steps = ReadonlyMap<string, readonly Step[]>;
/** Undefined where the chain lets go of the packet. */
type Fate = 'accept' | 'drop' | undefined;

/** What becomes of a packet of which no rule says more. `known` also keeps chains from leading round in a circle. */
function fateIn(name: string, steps: Steps, known: Map<string, Fate>): Fate {
  if (!known.has(name)) {
    known.set(name, undefined);
    known.set(name, fateOf(steps.get(name) ?? [], steps, known));
  }
  return known.get(name);
}

function fateOf(own: readonly Step[], steps: Steps, known: Map<string, Fate>): Fate {
  for (const step of own) {
    if ('ends' in step) return step.ends === 'return' ? undefined : step.ends;
    const fate = fateIn(step.to, steps, known);
    if (fate !== undefined || !step.comesBack) return fate;
  }
  return undefined;
}

/** What is refused with an answer has not come in either. */
function endOf(word: string): End {
  const said = word.toLowerCase();
  return said === 'accept' || said === 'return' ? said : 'drop';
}

interface Chain {
  family: string;
  table: string;
  name: string;
  lines: readonly string[];
}

/** Of `nft list ruleset`. One that was cut off is none. */
function chainsIn(lines: readonly string[]): readonly Chain[] {
  let family = '';
  let table = '';
  return lines.flatMap((line, index) => {
    const [, kind = family, title = table] = /^table (\w+) (\S+) /.exec(line) ?? [];
    family = kind;
    table = title;
    const [, name] = /^chain (\S+) \{/.exec(line) ?? [];
    const end = name === undefined ? -1 : lines.indexOf('}', index);
    return name === undefined || end < 0 ? [] : [{family, table, name, lines: lines.slice(index + 1, end)}];
  });
}

interface InputChain {
  /** `ip`, `ip6`, `inet`; those of `bridge` and `netdev` hold nothing back from the host itself. */
  family: string;
  /** What no rule has let in: by a rule, here or in a chain that it leads to, or else by its policy. */
  drops: boolean;
}

/** Those at the hook for what is meant for this host. */
function inputChains(lines: readonly string[]): readonly InputChain[] {
  const all = chainsIn(lines);
  return all.flatMap(({family, table, name, lines: own}) => {
    const hook = own.find(line => /^type \w+ hook input /.test(line));
    if (hook === undefined) return [];
    const beside = all.filter(each => each.family === family && each.table === table);
    const steps = new Map(beside.map(each => [each.name, each.lines.flatMap(line => nftStep(line))] as const));
    const fate = fateIn(name, steps, new Map());
    return [{family, drops: fate === undefined ? /policy drop/.test(hook) : fate === 'drop'}];
  });
}

/** What may stand before and after the end of a rule and is no condition. */
const aside =
  '(?:(?:counter(?: name \\S+)?(?: packets \\d+ bytes \\d+)?|log(?: prefix "[^"]*"| level \\w+| group \\d+)*|xt match "comment"|/\\*.*?\\*/) )*';
const after = '(?: comment ".*")?(?: # handle \\d+)?';
const nftShape = new RegExp(`^${aside}(?:(accept|drop|reject|return)(?: with .*)?|(jump|goto) (\\S+))${after}$`);

function nftStep(line: string): readonly Step[] {
  const [, end, way, to] = nftShape.exec(line) ?? [];
  if (end !== undefined) return [{ends: endOf(end)}];
  return to === undefined ? [] : [{to, comesBack: way === 'jump'}];
}

/** The same of `iptables -S`. */
function dropsBy(rules: readonly string[]): boolean {
  const steps = Map.groupBy(
    rules.flatMap(rule => iptablesStep(rule)),
    ({chain}) => chain,
  );
  const fate = fateIn('INPUT', steps, new Map());
  return fate === undefined ? rules.includes('-P INPUT DROP') : fate === 'drop';
}

/** A comment is no condition. */
const iptablesShape = /^-A (\S+) (?:-m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+) )*-(j|g) (\S+)/;

function iptablesStep(rule: string): readonly (Step & {chain: string})[] {
  const [, chain, way, target] = iptablesShape.exec(rule) ?? [];
  if (chain === undefined || target === undefined) return [];
  if (/^(?:ACCEPT|DROP|REJECT|RETURN)$/.test(target)) return [{chain, ends: endOf(target)}];
  return [{chain, to: target, comesBack: way === 'j'}];
}
