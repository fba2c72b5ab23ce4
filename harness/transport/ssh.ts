/**
 * Hosts over OpenSSH: one connection a host, kept open (ControlMaster), many commands through it.
 *
 * ssh passes no signals on, and ends without a word to the remote process when the connection does. So every command
 * runs under `timeout` of coreutils on its own host, which ends it at its deadline whatever became of the connection;
 * it is stopped by a second command that finds it by a token in its environment; and its exit code comes back as the
 * last line of stderr, which tells an exit of 255 from a connection that failed.
 */
import {randomBytes} from 'node:crypto';
import {mkdtemp, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Command, Exit, Host, Outcome, Running, Transport} from '../types.ts';
import {type ProcessRequest, startProcess, unreachable} from './process.ts';
import {quoted} from './quote.ts';

export interface SshOptions {
  user: string;
  port: number;
  /** Private key; without it whatever ssh itself would use. */
  key?: string;
  /** Known hosts; without it ssh's own. A host that is not in it is unreachable. */
  knownHosts?: string;
}

export interface SshTransport extends Transport {
  /** Opens the host's connection, for every later command; the outcome is ssh's own. */
  connect(host: Host, seconds: number): Promise<Outcome>;
  /**
   * Closes the connections, those too that are being opened. Commands that still run on the hosts end at their
   * deadlines.
   */
  close(): Promise<void>;
}

const connectSeconds = 10;
/** A connection that says nothing for 3 × 3 s is dead. */
const aliveSeconds = 3;
/** What the way there and back may take on top of the command's own time. */
const wayMs = connectSeconds * 1000 + 5000;
/** To log in, once the host has answered: ssh's own time-out ends with the exchange of keys. */
const loginMs = 5000;
const transferMs = 600_000;
const idleSeconds = 600;

/**
 * $1 token, $2 seconds, then the command. `env` comes after `timeout`, so that the token marks the command and what it
 * starts, and not `timeout` itself, which would pass a signal on twice.
 */
const wrapper = `token=$1 seconds=$2
shift 2
timeout -k 1 "$seconds" env SEATRIAL_COMMAND="$token" LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
printf '\\nseatrial %s %s\\n' "$token" "$?" >&2`;

/** $1 token, $2 signal. Prints nothing; what has ended already is no error. */
const signaller = `for file in $(grep -lsz "^SEATRIAL_COMMAND=$1$" /proc/[0-9]*/environ); do
pid=\${file#/proc/} pid=\${pid%/environ}
kill -"$2" "$pid" 2>/dev/null
done
exit 0`;

/** Hosts are reached at their management address. Never rejects but for a missing temporary folder. */
export async function sshTransport(options: SshOptions): Promise<SshTransport> {
  // The path of a control socket has at most 108 bytes.
  const folder = await mkdtemp(join(tmpdir(), 'seatrial-ssh-'));
  const connections = connectionsOf(options, folder);

  const exec = async (host: Host, command: Command, files?: Files): Promise<Outcome> => {
    const first = await (await run(connections, host, command, files)).outcome;
    if (first.exit.kind !== 'unreachable' || !command.idempotent) return first;
    const again = await (await run(connections, host, command, files)).outcome;
    return {...again, durationMs: first.durationMs + again.durationMs};
  };

  return {
    exec: (host, command) => exec(host, command),
    start: (host, command) => run(connections, host, command),
    async upload(host, localPath, remotePath, mode = 0o644) {
      const found = await stat(localPath).catch((error: Error) => error);
      if (found instanceof Error) return failed(found.message);
      // Aside first: nobody finds half a file under its name.
      const script = 'umask 077; cat >"$1.part" && chmod "$2" "$1.part" && mv "$1.part" "$1"';
      const argv: Command['argv'] = ['sh', '-c', script, 'upload', remotePath, mode.toString(8)];
      return exec(host, {argv, timeoutMs: transferMs, idempotent: true}, {stdinFile: localPath});
    },
    download(host, remotePath, localPath) {
      const argv: Command['argv'] = ['cat', '--', remotePath];
      return exec(host, {argv, timeoutMs: transferMs, idempotent: true}, {stdoutFile: localPath});
    },
    async connect(host, seconds) {
      const address = host.addresses.management;
      return address === undefined
        ? unreachable(`${host.name} has no management address`)
        : connections.open(address, seconds);
    },
    async close() {
      await connections.closeAll();
      await rm(folder, {recursive: true, force: true, maxRetries: 3});
    },
  };
}

type Argv = ProcessRequest['argv'];

/** The open connections, one a host. */
interface Connections {
  /** Opens the connection of a host once; everybody waits for it. */
  open(address: string, seconds?: number): Promise<Outcome>;
  /** What runs these words of a shell on the host, through its open connection. */
  through(address: string, words: Argv): Argv;
  close(address: string): Promise<void>;
  /** Those too that are being opened; none is opened after it. */
  closeAll(): Promise<void>;
}

function connectionsOf(options: SshOptions, folder: string): Connections {
  const opened = new Map<string, Promise<Outcome>>();
  const opening = new Set<Running>();
  let closed = false;
  const ssh = (address: string, ...rest: string[]): Argv => [
    'ssh',
    ...rest,
    ...sshOptions(options, folder),
    '--',
    `${options.user}@${address}`,
  ];
  const close = async (address: string): Promise<void> => {
    if (!opened.delete(address)) return;
    await startProcess({argv: ssh(address, '-O', 'exit'), timeoutMs: 5000, signals: 'group'}).outcome;
  };
  return {
    open(address, seconds = connectSeconds) {
      // A look that nobody waits for any more must not leave a connection behind.
      if (closed) return Promise.resolve(unreachable('the connections of this run are closed'));
      const known = opened.get(address);
      if (known !== undefined) return known;
      // Of an option that is given twice ssh takes the first.
      const first = ['-o', `ConnectTimeout=${seconds}`, '-M', '-N', '-f', '-o', `ControlPersist=${idleSeconds}`];
      const timeoutMs = seconds * 1000 + loginMs;
      const started = startProcess({argv: ssh(address, ...first), timeoutMs, signals: 'group'});
      const {outcome} = started;
      opening.add(started);
      opened.set(address, outcome);
      // A failure is not remembered: the host may be back at the next command.
      void outcome.then(ended => {
        opening.delete(started);
        if (!succeeded(ended) && opened.get(address) === outcome) opened.delete(address);
      });
      return outcome;
    },
    through: (address, words) => [...ssh(address, '-o', 'ControlMaster=no'), quoted(words)],
    close,
    async closeAll() {
      closed = true;
      await Promise.all([...opening].map(each => each.stop(500)));
      await Promise.all([...opened.keys()].map(close));
    },
  };
}

/** Files of this machine in place of the streams. */
interface Files {
  stdinFile?: string;
  stdoutFile?: string;
}

async function run(connections: Connections, host: Host, command: Command, files: Files = {}): Promise<Running> {
  const address = host.addresses.management;
  if (address === undefined) return settled(unreachable(`${host.name} has no management address`));
  const opened = await connections.open(address);
  if (!succeeded(opened)) return settled(refused(host, address, opened));
  const token = randomBytes(8).toString('hex');
  const seconds = String(Math.max(0.001, command.timeoutMs / 1000));
  const local = startProcess({
    argv: connections.through(address, ['sh', '-c', wrapper, 'seatrial', token, seconds, ...command.argv]),
    timeoutMs: command.timeoutMs + wayMs,
    signals: 'group',
    ...(command.stdin === undefined ? {} : {stdin: command.stdin}),
    ...files,
  });
  const outcome = local.outcome.then(raw => {
    const read = readOutcome(raw, token, command.timeoutMs);
    if (read.exit.kind === 'unreachable') void connections.close(address);
    return read;
  });
  const signal = (name: 'INT' | 'KILL') =>
    startProcess({
      argv: connections.through(address, ['sh', '-c', signaller, 'seatrial', token, name]),
      timeoutMs: wayMs,
      signals: 'group',
    }).outcome;
  return stoppable(outcome, signal, () => local.stop(0));
}

/**
 * Asks the command on its host to end, then kills it there; where even that does not come through, the way to it is
 * ended.
 */
function stoppable(
  outcome: Promise<Outcome>,
  signal: (name: 'INT' | 'KILL') => Promise<Outcome>,
  cutOff: () => Promise<Outcome>,
): Running {
  let ended = false;
  void outcome.then(() => {
    ended = true;
  });
  const stop = async (graceMs: number): Promise<Outcome> => {
    if (ended) return outcome;
    await signal('INT');
    const timer = setTimeout(() => {
      if (!ended) void signal('KILL').then(() => setTimeout(() => void cutOff(), 2000).unref());
    }, graceMs);
    const final = await outcome;
    clearTimeout(timer);
    return final;
  };
  let stopping: Promise<Outcome> | undefined;
  return {
    outcome,
    stop(graceMs = 2000) {
      stopping ??= stop(graceMs);
      return stopping;
    },
  };
}

/**
 * No password, no question, no unknown host: what would ask a person fails. The user's own configuration still names
 * jump hosts and the like.
 */
export function sshOptions({port, key, knownHosts}: SshOptions, folder: string): string[] {
  const set: Record<string, string> = {
    BatchMode: 'yes',
    StrictHostKeyChecking: 'yes',
    ConnectTimeout: String(connectSeconds),
    ServerAliveInterval: String(aliveSeconds),
    ServerAliveCountMax: '3',
    ControlPath: join(folder, '%C'),
    ForwardAgent: 'no',
    ForwardX11: 'no',
    LogLevel: 'ERROR',
    Port: String(port),
    ...(key === undefined ? {} : {IdentityFile: key, IdentitiesOnly: 'yes'}),
    ...(knownHosts === undefined ? {} : {UserKnownHostsFile: knownHosts}),
  };
  return Object.entries(set).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
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
  return {...raw, stderr: raw.stderr.slice(0, mark.index), exit: exitOf(Number(mark[1]), raw.durationMs, timeoutMs)};
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

function succeeded({exit}: Outcome): boolean {
  return exit.kind === 'exited' && exit.code === 0;
}

function refused(host: Host, address: string, opened: Outcome): Outcome {
  const said = opened.stderr.trim().split('\n').at(-1) || JSON.stringify(opened.exit);
  return {...opened, exit: {kind: 'unreachable', reason: `${host.name} (${address}): ${said}`}};
}

function settled(outcome: Outcome): Running {
  return {outcome: Promise.resolve(outcome), stop: () => Promise.resolve(outcome)};
}

function failed(reason: string): Outcome {
  return {stdout: '', stderr: `${reason}\n`, durationMs: 0, exit: {kind: 'exited', code: 1}};
}
