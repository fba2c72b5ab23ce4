/** Probes that are programs of our own: a static binary each, compiled once and kept by the hash of its source. */
import {randomUUID} from 'node:crypto';
import {basename, join} from 'node:path';
import {succeeded} from '../cluster/commands.ts';
import {cached, hashOf} from '../guest/cache.ts';
import {runLocally} from '../transport/local.ts';
import type {Command, Host, Outcome, Result, Transport} from '../types.ts';

const flags = ['-std=gnu11', '-static', '-O2', '-Wall', '-Wextra', '-Wshadow', '-Werror', '-pthread', '-s'] as const;

export interface Binary {
  name: string;
  path: string;
  /** Hash of source and compiler flags; part of the name under which hosts keep the program. */
  hash: string;
}

/** Compiles `NAME.c` if it has not been compiled before. Errors are sentences that say what to install. */
export async function compiled(source: string): Promise<Result<Binary, string>> {
  const file = basename(source);
  const name = basename(source, '.c');
  const hash = await hashOf([
    {name: file, file: source},
    {name: 'flags', text: flags.join(' ')},
  ]);
  const folder = await cached(`${name}-${hash}`, async building => {
    const outcome = await runLocally({
      argv: ['gcc', ...flags, '-o', join(building, name), source, '-lm'],
      timeoutMs: 120_000,
      idempotent: true,
    });
    if (outcome.exit.kind === 'exited' && outcome.exit.code === 0) return {ok: true, value: undefined};
    const said = outcome.stderr.trim().split('\n').slice(-3).join(' | ');
    return {
      ok: false,
      error: `cannot compile the program ${name}: ${said || outcome.exit.kind}; it needs gcc and libc6-dev (apt-get install gcc libc6-dev)`,
    };
  });
  return folder.ok ? {ok: true, value: {name, path: join(folder.value, name), hash}} : folder;
}

/** Under a name that tells its contents. */
export function pathOnHost({name, hash}: Binary): string {
  return `/var/tmp/seatrial-${name}-${hash}`;
}

/** What the last look at it found: `there` and executable, or not. */
export async function placeOnHost(
  transport: Transport,
  host: Host,
  binary: Binary,
  there: Outcome,
): Promise<Result<string, string>> {
  const path = pathOnHost(binary);
  if (succeeded(there)) return {ok: true, value: path};
  if (there.exit.kind !== 'exited') return {ok: false, error: `cannot reach ${host.name}: ${complaint(there)}`};
  // Under a name of its own first: a half-copied program must never be found.
  const arriving = `${path}.${randomUUID()}`;
  const uploaded = await transport.upload(host, binary.path, arriving, 0o755);
  const move: Command = {argv: ['mv', '-f', arriving, path], timeoutMs: 10_000, idempotent: true};
  const moved = succeeded(uploaded) ? await transport.exec(host, move) : uploaded;
  return succeeded(moved)
    ? {ok: true, value: path}
    : {ok: false, error: `cannot put the program ${binary.name} on ${host.name}: ${complaint(moved)}`};
}

export function complaint(outcome: Outcome): string {
  const said = outcome.stderr.trim().split('\n').slice(-2).join(' | ');
  switch (outcome.exit.kind) {
    case 'exited':
      return said === '' ? `exit code ${outcome.exit.code}` : said;
    case 'signalled':
      return `ended by ${outcome.exit.signal}`;
    case 'timed-out':
      return 'it did not end in time';
    case 'unreachable':
      return outcome.exit.reason;
  }
}
