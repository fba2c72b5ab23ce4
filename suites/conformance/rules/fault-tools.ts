/** C-28. */
import {answer, answerOf, given, noneOf} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const faultTools: Rule = {
  id: 'C-28',
  title: 'A host has what faults need: nft or iptables, timeout, systemd-run',
  severity: 'minor',
  why: 'A fault that cannot be injected, or not be taken back by itself, is not tried: its promises stay undecided.',
  source: 'seatrial itself, docs/fault.md',
  where: 'host',
  needs: {},
  read: about => [host(about)],
  check: readings =>
    given(answerOf(readings, 'tools'), found =>
      given(answer(readings, 'init'), ([init]) =>
        noneOf(
          [
            ...(found.some(each => each === 'nft' || each === 'iptables') ? [] : ['neither nft nor iptables']),
            ...(found.includes('timeout') ? [] : ['no timeout']),
            ...(init !== 'systemd' || found.includes('systemd-run') ? [] : ['no systemd-run']),
          ],
          `${found.join(', ')}; first process ${init}`,
        ),
      ),
    ),
  mend: 'apt-get install nftables coreutils systemd',
};
