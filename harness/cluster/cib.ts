/** Asking for the CIB, Pacemaker's configuration and state. */
import {setTimeout as sleep} from 'node:timers/promises';
import type {Command, Host, Outcome, Result, Transport} from '../types.ts';
import {failureMessage, readOnly, succeeded} from './commands.ts';

const mostTries = 3;
const pauseMs = 500;

/**
 * `cibadmin --query` on a host: its XML, or the sentence why there is none; undefined where nothing matches. On a busy
 * node it was seen to end well and say nothing, and a CIB is never nothing: it is asked again.
 */
export async function cibadminQuery(
  transport: Transport,
  host: Host,
  ...words: string[]
): Promise<Result<string | undefined, string>> {
  const command: Command = readOnly(['cibadmin', '--query', ...words]);
  let outcome: Outcome;
  for (let tries = 1; ; tries += 1) {
    outcome = await transport.exec(host, command);
    if (!succeeded(outcome) || outcome.stdout.trim() !== '' || tries === mostTries) break;
    await sleep(pauseMs);
  }
  // 105: "No such device or address", cibadmin's word for "nothing matches".
  if (outcome.exit.kind === 'exited' && outcome.exit.code === 105) return {ok: true, value: undefined};
  if (!succeeded(outcome)) return {ok: false, error: failureMessage(host, command, outcome)};
  if (outcome.stdout.trim() !== '') return {ok: true, value: outcome.stdout};
  return {ok: false, error: `cibadmin on ${host.name} ended well and said nothing, ${mostTries} times`};
}
