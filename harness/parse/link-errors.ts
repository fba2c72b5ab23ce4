/**
 * What network interfaces count as damaged on the wire, and what that says of a bit. Pure.
 */
import type {ParseError, Result} from '../types.ts';

/** Counters since the interface came up. */
export interface LinkErrors {
  interface: string;
  /** The network card below it; none where no wire is: such an interface never counts a checksum that does not fit. */
  card?: string;
  receivedBytes: number;
  crcErrors: number;
}

/**
 * Prints a line for each interface that is named: NAME CARD BYTES CRC-ERRORS. The card is looked for below bridges,
 * bonds and VLANs; `-` where there is none. Of a bond the counters are those of the whole.
 */
export const linkErrorsScript = `below() { [ -e "/sys/class/net/$1/device" ] && { echo "$1"; return; }
for l in /sys/class/net/$1/lower_* /sys/class/net/$1/brif/*; do [ -e "$l" ] && below "$(basename "$l" | sed 's/^lower_//')"; done; }
for i in "$@"; do s=/sys/class/net/$i/statistics; c=$(below "$i" | head -n 1)
[ -z "$c" ] && { echo "$i - $(cat $s/rx_bytes) 0"; continue; }
e=0; for k in $(below "$i"); do e=$((e + $(cat /sys/class/net/$k/statistics/rx_crc_errors))); done
echo "$i $c $(cat $s/rx_bytes) $e"; done
echo end`;

export function parseLinkErrors(text: string, artefact: string): Result<readonly LinkErrors[], ParseError> {
  const lines = text.trim().split('\n');
  if (lines.pop() !== 'end') {
    return {ok: false, error: {artefact, path: 'end', expected: 'a text that is whole', found: text.slice(-60)}};
  }
  const all: LinkErrors[] = [];
  for (const [index, line] of lines.entries()) {
    const [, name, card, bytes, errors] = /^(\S+) (\S+) (\d+) (\d+)$/.exec(line) ?? [];
    if (name === undefined) {
      const expected = 'an interface, its card, bytes and errors';
      return {ok: false, error: {artefact, path: `line ${index + 1}`, expected, found: line.slice(0, 80)}};
    }
    const link = {interface: name, receivedBytes: Number(bytes), crcErrors: Number(errors)};
    all.push(card === undefined || card === '-' ? link : {...link, card});
  }
  return {ok: true, value: all};
}

/**
 * 95 % two-sided bounds on errors per bit, one-sided where there was none: the exact Poisson interval (Garwood 1936).
 * Without an error it ends at 3.00 ÷ bits, the rule of three.
 */
export function errorsPerBit(errors: number, bits: number): {low: number; high: number} {
  const alpha = errors === 0 ? 0.05 : 0.025;
  const most = errors + 10 + 10 * Math.sqrt(errors + 1);
  const high = fallsTo(alpha, mean => atMost(errors, mean), most);
  const low = errors === 0 ? 0 : fallsTo(1 - alpha, mean => atMost(errors - 1, mean), most);
  return {low: low / bits, high: high / bits};
}

/** P(X ≤ count) of a Poisson variable. */
function atMost(count: number, mean: number): number {
  let term = Math.exp(-mean);
  let sum = term;
  for (let k = 1; k <= count; k++) {
    term *= mean / k;
    sum += term;
  }
  return sum;
}

/** Where a function that falls from 1 at nought comes to this; by halving. */
function fallsTo(level: number, value: (mean: number) => number, most: number): number {
  let [low, high] = [0, most];
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (value(middle) > level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
