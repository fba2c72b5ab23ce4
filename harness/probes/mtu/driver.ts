/** The largest packet that passes, found by echoes of all sizes: what interfaces say of themselves is not believed. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ParseError, Result} from '../../types.ts';

const script = readFileSync(join(import.meta.dirname, 'mtu.sh'), 'utf8');

/** A search takes two echoes of one second for each of its 14 steps at most. */
const mostSeconds = 32;

export interface MtuSeen {
  address: string;
  /** Of the interface that sent, and what came back, in bytes of IP; 0 where nothing did. */
  interfaceBytes: number;
  passedBytes: number;
}

/** For a host, or for a guest by its agent. */
export function mtuCommand(own: string, addresses: readonly string[]) {
  const argv: readonly [string, ...string[]] = ['sh', '-c', script, 'mtu', own, ...addresses];
  return {argv, timeoutMs: (addresses.length * mostSeconds + 10) * 1000, idempotent: false};
}

/** One entry an address; an error names the line that is no such entry. */
export function parseMtu(text: string, artefact: string): Result<readonly MtuSeen[], ParseError> {
  const seen: MtuSeen[] = [];
  for (const [index, line] of text.trim().split('\n').entries()) {
    const [, address, interfaceBytes, passedBytes] = /^mtu (\S+) (\d+) (\d+)$/.exec(line) ?? [];
    if (address === undefined) {
      const expected = 'mtu ADDRESS BYTES BYTES';
      return {ok: false, error: {artefact, path: `line ${index + 1}`, expected, found: JSON.stringify(line)}};
    }
    seen.push({address, interfaceBytes: Number(interfaceBytes), passedBytes: Number(passedBytes)});
  }
  return {ok: true, value: seen};
}
