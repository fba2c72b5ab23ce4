/** C-33. */
import {answerOf, given, noneOf, violated} from '../read.ts';
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
      return noneOf(
        [...kernel.flatMap(kernelWrong), ...ovs.flatMap(ovsWrong)],
        [...kernel, ...ovs].map(({name}) => name).join(', '),
      );
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

/** Members that are up and of one aggregator; one that the switch did not take in is alone in its own. */
function kernelWrong({name, lines}: Bond): readonly string[] {
  const [own = '', ...members] = lines.join('\n').split(/^(?=Slave Interface: )/m);
  const up = members.filter(each => /^MII Status: up$/m.test(each));
  if (!/Bonding Mode:.*802\.3ad/.test(own)) return [`${name} is no LACP bond`, ...tooFew(name, up.length, 'up')];
  const aggregators = up.flatMap(each => /^Aggregator ID: (\d+)$/m.exec(each)?.[1] ?? []);
  const most = Math.max(0, ...[...Map.groupBy(aggregators, id => id).values()].map(some => some.length));
  return [
    ...(/^\s*Partner Mac Address: 00:00:00:00:00:00$/m.test(own) ? [`${name}: nobody answers its LACP`] : []),
    ...tooFew(name, most, 'up in one aggregator'),
  ];
}

function tooFew(name: string, members: number, words: string): readonly string[] {
  return members >= 2 ? [] : [`${name} has ${members} members that are ${words}`];
}

function ovsWrong({name, lines}: Bond): readonly string[] {
  const up = lines.filter(line => /^(?:member|slave) .*: enabled/.test(line)).length;
  return [
    ...(lines.some(line => /lacp_status: negotiated/.test(line)) ? [] : [`${name}: LACP is not negotiated`]),
    ...tooFew(name, up, 'enabled'),
  ];
}
