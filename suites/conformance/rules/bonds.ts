/** C-33. */
import {answerOf, given, noneOf, unknown, violated} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const bonds: Rule = {
  id: 'C-33',
  title: 'Links are aggregated by LACP, with two members or more that are up',
  claim: 'net.l2',
  severity: 'major',
  why: 'Without it the loss of one link, or a link that is up and carries nothing, cuts the node off.',
  source: 'the guide, abstract and section 2.2 (two links); Linux bonding.txt, 802.3ad',
  where: 'host',
  needs: {},
  read: about => [host(about)],
  check: readings =>
    given(answerOf(readings, 'bonds'), lines => {
      const kernel = bondsIn(lines, /^bond (\S+)/);
      const ovs = bondsIn(
        lines.flatMap(line => (line.startsWith('ovs ') ? [line.slice(4)] : [])),
        /^---- (\S+) ----/,
      );
      if (kernel.length + ovs.length === 0) return violated('there is no bond');
      const wrong = [...kernel.flatMap(kernelWrong), ...ovs.flatMap(ovsWrong)];
      const untold = kernel.filter(isUntold).map(({name}) => name);
      if (wrong.length === 0 && untold.length > 0)
        return unknown(`the kernel does not say what the switch answers on ${untold.join(', ')}`);
      return noneOf(wrong, [...kernel, ...ovs].map(({name}) => name).join(', '));
    }),
  mend: 'mode=802.3ad lacp_rate=fast over two NICs, on the host and on the switch; ovs-vsctl add-bond … lacp=active',
};

interface Bond {
  name: string;
  lines: readonly string[];
}

function bondsIn(lines: readonly string[], begins: RegExp): readonly Bond[] {
  const found: {name: string; lines: string[]}[] = [];
  for (const line of lines) {
    const name = begins.exec(line)?.[1];
    if (name !== undefined) found.push({name, lines: []});
    else if (!line.startsWith('ovs ')) found.at(-1)?.lines.push(line);
  }
  return found;
}

/** The first state is the bond's own; those after are its members'. */
function kernelWrong({name, lines}: Bond): readonly string[] {
  const [own, ...members] = lines.flatMap(line => /^MII Status: (\w+)/.exec(line)?.[1] ?? []);
  const up = members.filter(state => state === 'up').length;
  const isLacp = lines.some(line => /Bonding Mode:.*802\.3ad/.test(line));
  return [
    ...(isLacp ? [] : [`${name} is no LACP bond`]),
    ...(own === 'up' ? [] : [`${name} is ${own ?? 'in no state'}`]),
    ...(up >= 2 ? [] : [`${name} has ${up} members that are up`]),
    ...(isLacp ? notAgreed(name, lines) : []),
  ];
}

/** A switch that speaks no LACP leaves every member alone: all are up, and one carries everything. */
function notAgreed(name: string, lines: readonly string[]): readonly string[] {
  const partners = lines.flatMap(line => /^Partner Mac Address: (\S+)/.exec(line)?.[1] ?? []);
  const ports = Number(lines.flatMap(line => /^Number of ports: (\d+)/.exec(line)?.[1] ?? [])[0]);
  return [
    ...(partners.some(mac => /^(?:00:)+00$/.test(mac)) ? [`${name}: no switch answers by LACP`] : []),
    ...(ports < 2 ? [`${name}: ${ports} member carries`] : []),
  ];
}

/** Only root is told. */
function isUntold({lines}: Bond): boolean {
  return !['Partner Mac Address:', 'Number of ports:'].every(begin => lines.some(line => line.startsWith(begin)));
}

function ovsWrong({name, lines}: Bond): readonly string[] {
  const up = lines.filter(line => /^(?:member|slave) .*: enabled/.test(line)).length;
  return [
    ...(lines.some(line => /lacp_status: negotiated/.test(line)) ? [] : [`${name}: LACP is not negotiated`]),
    ...(up >= 2 ? [] : [`${name} has ${up} members that are enabled`]),
  ];
}
