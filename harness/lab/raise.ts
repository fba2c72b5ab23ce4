/**
 * The frame of every `lab up`: whoever makes the folder builds the lab, and a lab that did not come to be is cleared
 * away.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {Result} from '../types.ts';
import {removeRack} from './enclosure.ts';
import {failure, type LabError, refusal} from './error.ts';
import {identify} from './proc.ts';
import {type LabPlace, livingBuilder, livingRack, readRecord} from './state.ts';

/** Is told what is being done. */
export type Say = (text: string, host?: string) => void;

/**
 * Takes the name, builds, and ends with the lab or with nothing left behind, also when `signal` aborts or `build`
 * throws.
 */
export async function raise<T>(
  place: LabPlace,
  build: () => Promise<Result<T, string>>,
  say: Say,
  signal: AbortSignal,
): Promise<Result<T, LabError>> {
  const claimed = claim(place);
  if (!claimed.ok) return claimed;
  const built = await build().catch((reason: unknown): Result<T, string> => ({ok: false, error: String(reason)}));
  if (built.ok) return built;
  say('clearing away what was built');
  const removed = await removeRack(place);
  const sentence = signal.aborted ? `lab ${place.name} was interrupted while it was being built` : built.error;
  return removed.ok
    ? failure(sentence, 'Nothing of the lab is left. Mend the cause and run the same command again.')
    : failure(`${sentence}; and ${removed.error}`, `Run: seatrial lab down ${place.name}`);
}

/** The folder is the lock. */
function claim(place: LabPlace): Result<void, LabError> {
  try {
    mkdirSync(place.root, {recursive: true, mode: 0o700});
    mkdirSync(place.state, {mode: 0o700});
  } catch (reason) {
    if (!(reason instanceof Error && 'code' in reason && reason.code === 'EEXIST')) {
      return refusal(
        `the lab's folder ${place.state} could not be made: ${String(reason)}`,
        'Run as root, with room on that disk.',
      );
    }
    return taken(place);
  }
  const self = identify(process.pid);
  if (self === undefined) return refusal('/proc is not readable', 'Mount /proc.');
  writeFileSync(path.join(place.state, 'builder'), `${self.pid} ${self.startTicks}\n`);
  return {ok: true, value: undefined};
}

function taken(place: LabPlace): Result<never, LabError> {
  const builder = livingBuilder(place);
  if (builder !== undefined) {
    return refusal(`lab ${place.name} is being built by process ${builder.pid}`, 'Wait for it, or give another name.');
  }
  const record = readRecord(place);
  const up = livingRack(place) !== undefined && record?.phase === 'up';
  const kind = record?.bare === undefined ? '' : `, of bare hosts, which is used with --inventory`;
  return refusal(
    up ? `lab ${place.name} is up already${kind}` : `lab ${place.name} was left half-built`,
    `${up ? 'Use it, or take it down' : 'Clear it away'}: seatrial lab down ${place.name}`,
  );
}
