/** C-32. */
import {answerOf, given, noneOf, notApplicable} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const spanningTree: Rule = {
  id: 'C-32',
  title: "Spanning tree is off on the hosts' bridges",
  claim: 'net.l2',
  severity: 'minor',
  why: 'A port that comes up then says nothing for up to 30 s: a guest that has moved is not reachable for that long.',
  source: 'the guide, abstract',
  where: 'host',
  needs: {},
  read: about => [host(about)],
  check: readings =>
    given(answerOf(readings, 'bridges'), lines => {
      if (lines.length === 0) return notApplicable('there is no bridge');
      const on = lines.flatMap(line => {
        if (line.startsWith('ovs ')) return /,true\b/.test(line) ? [line.slice(4).split(',')[0] ?? line] : [];
        const [bridge = '', state] = line.split(' ');
        return state === '0' ? [] : [bridge];
      });
      return noneOf(on.length === 0 ? [] : [`on: ${on.join(', ')}`], `off on ${lines.length} bridges`);
    }),
  mend: 'ip link set BRIDGE type bridge stp_state 0; ovs-vsctl set bridge BRIDGE stp_enable=false rstp_enable=false',
};
