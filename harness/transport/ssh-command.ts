/**
 * A command on its way through ssh: the words of the shell that runs it there, its standard input, and what came of
 * it.
 *
 * The password for sudo goes on standard input and nowhere else: it is in no argv, no environment and no file. sudo
 * reads it only where it asks for one; so a line with the command's token ends what is meant for sudo, and the
 * shell behind it reads up to that line before the command sees its own input.
 */
import type {Exit, Outcome} from '../types.ts';
import type {ProcessRequest} from './process.ts';
import type {SshOptions} from './ssh-argv.ts';

/**
 * $1 token, $2 seconds, then the command. `env` comes after `timeout`, so that the token marks the command and what it
 * starts, and not `timeout` itself, which would pass a signal on twice. What is said before `begins` is sudo's.
 */
const wrapper = `token=$1 seconds=$2
shift 2
printf 'seatrial %s begins\\n' "$token" >&2
timeout -k 1 "$seconds" env SEATRIAL_COMMAND="$token" LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
printf '\\nseatrial %s %s\\n' "$token" "$?" >&2`;

/** A shell reads a line byte by byte: nothing of the command's own input is lost. */
const afterPassword = `while IFS= read -r line; do [ "$line" = "$1" ] && break; done
[ "$line" = "$1" ] || exit 1
${wrapper}`;

/** $1 token, $2 signal. Prints nothing; what has ended already is no error. */
const signaller = `for file in $(grep -lsz "^SEATRIAL_COMMAND=$1$" /proc/[0-9]*/environ); do
pid=\${file#/proc/} pid=\${pid%/environ}
kill -"$2" "$pid" 2>/dev/null
done
exit 0`;

type Sudo = SshOptions['sudo'];
interface Words {
  argv: ProcessRequest['argv'];
  /** Comes before the command's own input. */
  before: string;
}

/** Without -k sudo would remember: then it asks for nothing, or leaves a file that says so. */
const asks = ['sudo', '-k', '-S', '-p', '', '-H', '--'] as const;
const asksNothing = ['sudo', '-k', '-n', '-H', '--'] as const;

/** The command, as root, ended at its deadline whatever becomes of the connection. Pure. */
export function wrapped(argv: readonly string[], token: string, timeoutMs: number, sudo: Sudo): Words {
  const seconds = String(Math.max(0.001, timeoutMs / 1000));
  return asRoot([token, seconds, ...argv], sudo, token, wrapper, afterPassword);
}

/** Signals what the command started. Pure. */
export function signalling(token: string, signal: 'INT' | 'KILL', sudo: Sudo): Words {
  return asRoot([token, signal], sudo, token, signaller, signaller);
}

function asRoot(words: string[], sudo: Sudo, token: string, script: string, scriptAfterPassword: string): Words {
  if (sudo === undefined) return {argv: ['sh', '-c', script, 'seatrial', ...words], before: ''};
  if (sudo.password === undefined)
    return {argv: [...asksNothing, 'sh', '-c', script, 'seatrial', ...words], before: ''};
  const before = `${sudo.password}\n${token}\n`;
  return {argv: [...asks, 'sh', '-c', scriptAfterPassword, 'seatrial', ...words], before};
}

/** Only whether sudo lets us: nothing follows the password, so that a wrong one is tried once. Pure. */
export function tryingSudo(sudo: NonNullable<Sudo>): Words {
  const argv = [...(sudo.password === undefined ? asksNothing : asks), 'true'] as const;
  return {argv: ['env', 'LC_ALL=C', ...argv], before: sudo.password === undefined ? '' : `${sudo.password}\n`};
}

/**
 * What ssh said → what the command did. Without the wrapper's last line the command's end is unknown: the connection
 * failed. Pure. A shell tells a signal as 128 + its number.
 */
export function readOutcome(raw: Outcome, token: string, timeoutMs: number): Outcome {
  const mark = new RegExp(`\\nseatrial ${token} (\\d+)\\n$`).exec(raw.stderr);
  if (mark === null) {
    if (raw.exit.kind !== 'exited') return raw;
    const reason =
      raw.stderr.trim().split('\n').at(-1) || `ssh ended with ${raw.exit.code} and without the command's exit code`;
    return {...raw, exit: {kind: 'unreachable', reason}};
  }
  const begins = `seatrial ${token} begins\n`;
  const from = raw.stderr.indexOf(begins);
  const stderr = raw.stderr.slice(from < 0 ? 0 : from + begins.length, mark.index);
  return {...raw, stderr, exit: exitOf(Number(mark[1]), raw.durationMs, timeoutMs)};
}

function exitOf(code: number, durationMs: number, timeoutMs: number): Exit {
  // `timeout` ends with 124, or with 137 where it had to kill; a command that ends so by itself does it before its time
  // is up.
  if ((code === 124 || code === 137) && durationMs >= timeoutMs) return {kind: 'timed-out'};
  const signal = code > 128 ? signals[code - 128] : undefined;
  return signal === undefined ? {kind: 'exited', code} : {kind: 'signalled', signal};
}

/** Those by which commands of ours end; any other code is the command's own. */
const signals: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  6: 'SIGABRT',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
};
