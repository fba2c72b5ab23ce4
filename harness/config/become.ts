/** The password that sudo asks for on the hosts. */
import {createInterface} from 'node:readline/promises';
import {Writable} from 'node:stream';
import type {Result} from '../types.ts';
import type {Become, Ssh} from './login.ts';
import {readPassword} from './secret.ts';

const typed = new WeakMap<Become, Promise<Result<string, string>>>();

/**
 * Nothing where sudo needs none, or where nobody becomes anybody. Where the inventory says `ask`, it is asked for
 * once, on the terminal and without echo. Keep it out of argv, environments and files of a run. Errors are sentences.
 */
export async function becomePassword({ssh: {become}}: {ssh: Ssh}): Promise<Result<string | undefined, string>> {
  const source = become?.password;
  if (become === undefined || source === undefined) return {ok: true, value: undefined};
  if (!('ask' in source)) {
    const read = readPassword(source);
    return read.ok ? fitting(read.value) : {ok: false, error: `sudo has no password: ${read.error}`};
  }
  const answer = typed.get(become) ?? ask();
  typed.set(become, answer);
  return answer;
}

/** It goes to sudo as one line. */
function fitting(password: string): Result<string, string> {
  if (!/[\r\n\0]/.test(password)) return {ok: true, value: password};
  return {ok: false, error: 'the password for sudo has more than one line: only the password may be in that place'};
}

async function ask(): Promise<Result<string, string>> {
  if (!process.stdin.isTTY) {
    const error =
      'ssh.become.ask wants the password for sudo typed, and there is no terminal: name passwordFile or passwordEnv';
    return {ok: false, error};
  }
  // A terminal in raw mode does not echo, and what readline would write instead goes nowhere.
  const nowhere = new Writable({write: (_chunk, _encoding, done) => done()});
  const terminal = createInterface({input: process.stdin, output: nowhere, terminal: true});
  const interrupted = new AbortController();
  terminal.once('SIGINT', () => interrupted.abort());
  terminal.once('close', () => interrupted.abort());
  process.stderr.write('Password for sudo on the hosts: ');
  const answer = await terminal.question('', {signal: interrupted.signal}).catch(() => '');
  terminal.close();
  process.stderr.write('\n');
  return answer === '' ? {ok: false, error: 'no password for sudo was typed'} : {ok: true, value: answer};
}
