/** What tcpdump saw of ARP (`tcpdump -e -n -tt -l arp`), 4.0 to 4.99. Pure. */
import type {ParseError, Result} from '../types.ts';

export interface ArpMessage {
  /** Wall clock of the host that listened. */
  atSeconds: number;
  /** Hardware address that the sender says it has. */
  mac: string;
  /** Nobody had asked: a request for the sender's own address, or an answer to everybody. */
  gratuitous: boolean;
}

const line =
  /^(\d{1,12}\.\d{6}) ([0-9a-f:]{17}) > ([0-9a-f:]{17}|Broadcast),(?: ethertype)? ARP(?: \(0x0806\))?, length \d+: (?:Ethernet \(len 6\), IPv4 \(len 4\), )?(.+)$/;
const request = /^Request who-has (\S+)(?: \(\S+\))? tell (\S+), length \d+$/;
const reply = /^Reply (\S+) is-at ([0-9a-f:]{17})(?: \(oui [^)]*\))?, length \d+$/;
const everybody = new Set(['ff:ff:ff:ff:ff:ff', 'Broadcast']);

/**
 * What was said by who claims to have the address, in its order. An error: a line that is none of tcpdump's. A last
 * line that was cut off is left out: a listener is ended in the middle.
 */
export function parseArp(text: string, artefact: string, address: string): Result<readonly ArpMessage[], ParseError> {
  const messages: ArpMessage[] = [];
  const lines = text.split('\n');
  for (const [index, one] of lines.entries()) {
    // tcpdump ends its last line anew when it is interrupted.
    if (index === lines.length - 1 || one === '') continue;
    const [, at = '', from = '', to = '', said = ''] = line.exec(one) ?? [];
    const [, asked, asker] = request.exec(said) ?? [];
    const [, answered, mac] = reply.exec(said) ?? [];
    if (asked === undefined && answered === undefined) {
      const path = `line ${index + 1}`;
      return {
        ok: false,
        error: {artefact, path, expected: 'an ARP message as tcpdump prints it', found: one.slice(0, 120)},
      };
    }
    if ((asker ?? answered) !== address) continue;
    const gratuitous = asked === undefined ? everybody.has(to) : asked === address;
    messages.push({atSeconds: Number(at), mac: mac ?? from, gratuitous});
  }
  return {ok: true, value: messages};
}
