/** C-24. */
import {answer, given, holds, unknown, violated} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const tcpRetries: Rule = {
  id: 'C-24',
  title: 'A connection to a peer that is gone ends within minutes: tcp_retries2 is 8 at most',
  claim: 'ha.switch',
  severity: 'minor',
  why: 'A client of an address that has moved otherwise hangs on its old connection for a quarter of an hour.',
  source: "Trento BB6874 (SLES 12 and 15, for databases that are failed over); Linux's default is 15, 13 to 30 minutes",
  where: 'host',
  needs: {},
  read: about => [host(about)],
  check: readings =>
    given(answer(readings, 'tcp'), ([text = '']) => {
      if (!/^\d+$/.test(text)) return unknown(`sysctl said ${text}`);
      return Number(text) <= 8 ? holds(`tcp_retries2 ${text}`) : violated(`tcp_retries2 ${text}`);
    }),
  mend: 'net.ipv4.tcp_retries2 = 8 in /etc/sysctl.d, on every host that is a client of what is failed over',
};
