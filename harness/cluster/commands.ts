/**
 * Small words between a command's outcome and a sentence a person can act on.
 */
import type {Command, Host, Outcome, Result, Transport} from '../types.ts';

/** A command that only looks, and may therefore reconnect and run again. */
export function readOnly(argv: readonly [string, ...string[]], timeoutMs = 10_000): Command {
  return {argv, timeoutMs, idempotent: true, readOnly: true};
}

/** A command that changes something to a stated end: running it twice gives the same end. */
export function idempotent(argv: readonly [string, ...string[]], timeoutMs = 20_000, stdin?: string): Command {
  return {argv, timeoutMs, idempotent: true, ...(stdin === undefined ? {} : {stdin})};
}

export function succeeded(outcome: Outcome): boolean {
  return outcome.exit.kind === 'exited' && outcome.exit.code === 0;
}

/** `crm_mon on n1 exited 102: Could not connect to cluster`. Names the program only: arguments may be long. */
export function failureMessage(host: Host, command: Command, outcome: Outcome): string {
  const program =
    command.argv[0] === 'env'
      ? (command.argv.find((word, i) => i > 0 && !word.includes('=')) ?? 'env')
      : command.argv[0];
  const what = `${program} on ${host.name}`;
  const said = saidInXml(outcome.stdout) || lastLines(outcome.stderr) || lastLines(outcome.stdout) || 'it said nothing';
  switch (outcome.exit.kind) {
    case 'exited':
      return `${what} exited ${outcome.exit.code}: ${said}`;
    case 'signalled':
      return `${what} was ended by ${outcome.exit.signal}: ${said}`;
    case 'timed-out':
      return `${what} did not end within ${(command.timeoutMs / 1000).toFixed(0)} s`;
    case 'unreachable':
      return `${host.name} cannot be reached: ${outcome.exit.reason}`;
  }
}

/** stdout of a command that must succeed, or the sentence why it did not. */
export async function stdoutOf(transport: Transport, host: Host, command: Command): Promise<Result<string, string>> {
  const outcome = await transport.exec(host, command);
  return succeeded(outcome)
    ? {ok: true, value: outcome.stdout}
    : {ok: false, error: failureMessage(host, command, outcome)};
}

/**
 * What Pacemaker's tools say in XML of why they failed: `<status code="102" message="Not connected"><errors><error>…`.
 * Its last lines alone are closing tags. Empty for all else.
 */
function saidInXml(stdout: string): string {
  if (!stdout.includes('<pacemaker-result')) return '';
  const errors = [...stdout.matchAll(/<error>([^<]*)<\/error>/g)].map(([, words = '']) => words.trim());
  const [, message = ''] = /<status\b[^>]*\bmessage="([^"]*)"/.exec(stdout) ?? [];
  return [message, ...errors]
    .filter(words => words !== '')
    .join(': ')
    .slice(0, 400);
}

function lastLines(text: string): string {
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
  const tail = lines.slice(-3).join(' | ');
  return tail.length > 400 ? `…${tail.slice(-400)}` : tail;
}
