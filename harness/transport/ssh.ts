/**
 * Hosts over OpenSSH: one connection a host, kept open (ControlMaster), many commands through it.
 *
 * ssh passes no signals on, and ends without a word to the remote process when the connection does. So every command
 * runs under `timeout` of coreutils on its own host, which ends it at its deadline whatever became of the connection;
 * it is stopped by a second command that finds it by a token in its environment; and its exit code comes back as the
 * last line of stderr, which tells an exit of 255 from a connection that failed.
 */
import {randomBytes} from 'node:crypto';
import {stat} from 'node:fs/promises';
import type {Command, Host, Outcome, Running, Transport} from '../types.ts';
import {boundedTransport} from './bounded.ts';
import {type ProcessRequest, startProcess, unreachable} from './process.ts';
import {quoted} from './quote.ts';
import {connectSeconds, type SshOptions, sshArgv} from './ssh-argv.ts';
import {readOutcome, signalling, tryingSudo, wrapped} from './ssh-command.ts';
import {controlFolder} from './ssh-folder.ts';

export interface SshTransport extends Transport {
  /** Opens the host's connection, for every later command, and tries sudo; the outcome is theirs. */
  connect(host: Host, seconds: number): Promise<Outcome>;
  /**
   * Closes the connections, those too that are being opened. Commands that still run on the hosts end at their
   * deadlines.
   */
  close(): Promise<void>;
}

/** What the way there and back may take on top of the command's own time. */
const wayMs = connectSeconds * 1000 + 5000;
/** To log in, once the host has answered: ssh's own time-out ends with the exchange of keys. */
const loginMs = 5000;
/** sudo waits about 2 s before it says that a password is wrong. */
const sudoMs = 6000;
const proxyMs = 7000;
const transferMs = 600_000;
const idleSeconds = 600;

/** Hosts are reached at their management address. Never rejects but for a missing temporary folder. */
export async function sshTransport(options: SshOptions): Promise<SshTransport> {
  const folder = await controlFolder();
  const connections = connectionsOf(options, folder.path);

  const exec = async (host: Host, command: Command, files?: Files): Promise<Outcome> => {
    const first = await (await run(connections, host, command, files)).outcome;
    if (first.exit.kind !== 'unreachable' || !command.idempotent) return first;
    const again = await (await run(connections, host, command, files)).outcome;
    return {...again, durationMs: first.durationMs + again.durationMs};
  };

  return boundedTransport({
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
      return host.addresses.management === undefined
        ? unreachable(`${host.name} has no management address`)
        : connections.open(host, seconds);
    },
    async close() {
      await connections.closeAll();
      await folder.remove();
    },
  });
}

type Request = Pick<ProcessRequest, 'argv' | 'stdinBefore'>;

/** The open connections, one a host. */
interface Connections {
  /** Opens the connection of a host once; everybody waits for it. */
  open(host: Host, seconds?: number): Promise<Outcome>;
  /** What runs this command on the host as root, through its open connection, under this token. */
  command(host: Host, command: Command, token: string): Request;
  /** What sends a signal to the command of that token. */
  signal(host: Host, token: string, name: 'INT' | 'KILL'): Request;
  close(host: Host): Promise<void>;
  /** Those too that are being opened; none is opened after it. */
  closeAll(): Promise<void>;
}

function connectionsOf(options: SshOptions, folder: string): Connections {
  const opened = new Map<string, {host: Host; outcome: Promise<Outcome>}>();
  const opening = new Set<Running>();
  let closed = false;
  const ssh = (host: Host, ...rest: string[]) => sshArgv(options, folder, host, rest);
  const through = (host: Host, {argv, before}: {argv: readonly string[]; before: string}): Request => ({
    argv: [...ssh(host, '-o', 'ControlMaster=no'), quoted(argv)],
    stdinBefore: before,
  });
  const close = async (host: Host): Promise<void> => {
    if (!opened.delete(host.name)) return;
    await startProcess({argv: ssh(host, '-O', 'exit'), timeoutMs: 5000, signals: 'group'}).outcome;
  };
  const step = async (request: Request, timeoutMs: number): Promise<Outcome> => {
    const started = startProcess({...request, timeoutMs, signals: 'group', env: agent()});
    opening.add(started);
    const outcome = await started.outcome;
    opening.delete(started);
    return outcome;
  };
  /** With ControlPersist ssh does not pass on what the way through a jump host says; without, it does. */
  const whyNot = async (host: Host, failed: Outcome): Promise<Outcome> => {
    const alone = ['ConnectTimeout=4', 'ControlMaster=no', 'ControlPath=none', 'ControlPersist=no'];
    const argv = [...ssh(host, ...alone.flatMap(option => ['-o', option])), 'true'] as const;
    const again = await step({argv: [...argv]}, proxyMs);
    return succeeded(again) ? failed : again;
  };
  const logIn = async (host: Host, seconds: number): Promise<Outcome> => {
    // Of an option that is given twice ssh takes the first.
    const first = ['-o', `ConnectTimeout=${seconds}`, '-M', '-N', '-f', '-o', `ControlPersist=${idleSeconds}`];
    const outcome = await step({argv: ssh(host, ...first)}, seconds * 1000 + loginMs);
    if (closed) return outcome;
    if (!succeeded(outcome)) return mayBeProxys(outcome) ? whyNot(host, outcome) : outcome;
    if (options.sudo === undefined) return outcome;
    // Before any command, and once: three wrong passwords lock some accounts.
    const tried = await step(through(host, tryingSudo(options.sudo)), sudoMs);
    if (tried.exit.kind !== 'timed-out') return tried;
    return {...tried, exit: {kind: 'exited', code: 1}, stderr: `sudo: no answer within ${sudoMs / 1000} s`};
  };
  return {
    open(host, seconds = connectSeconds) {
      // A look that nobody waits for any more must not leave a connection behind.
      if (closed) return Promise.resolve(unreachable('the connections of this run are closed'));
      const known = opened.get(host.name);
      if (known !== undefined) return known.outcome;
      const outcome = logIn(host, seconds);
      opened.set(host.name, {host, outcome});
      // A failure is not remembered: the host may be back at the next command.
      void outcome.then(ended => {
        if (!succeeded(ended) && opened.get(host.name)?.outcome === outcome) void close(host);
      });
      return outcome;
    },
    command: (host, {argv, timeoutMs}, token) => through(host, wrapped(argv, token, timeoutMs, options.sudo)),
    signal: (host, token, name) => through(host, signalling(token, name, options.sudo)),
    close,
    async closeAll() {
      closed = true;
      await Promise.all([...opening].map(each => each.stop(500)));
      await Promise.all([...opened.values()].map(({host}) => close(host)));
    },
  };
}

/** The way was lost before the host spoke: perhaps one that ssh did not open itself. */
function mayBeProxys({stderr}: Outcome): boolean {
  return /kex_exchange_identification: Connection closed|UNKNOWN port/.test(stderr);
}

/** The only thing of this process's environment that ssh needs: where its agent listens. */
function agent(): Record<string, string> {
  const {SSH_AUTH_SOCK: socket} = process.env;
  return socket === undefined ? {} : {SSH_AUTH_SOCK: socket};
}

/** Files of this machine in place of the streams. */
interface Files {
  stdinFile?: string;
  stdoutFile?: string;
}

async function run(connections: Connections, host: Host, command: Command, files: Files = {}): Promise<Running> {
  const address = host.addresses.management;
  if (address === undefined) return settled(unreachable(`${host.name} has no management address`));
  const opened = await connections.open(host);
  if (!succeeded(opened)) return settled(refused(host, address, opened));
  const token = randomBytes(8).toString('hex');
  const local = startProcess({
    ...connections.command(host, command, token),
    timeoutMs: command.timeoutMs + wayMs,
    signals: 'group',
    ...(command.stdin === undefined ? {} : {stdin: command.stdin}),
    ...files,
  });
  const outcome = local.outcome.then(raw => {
    const read = readOutcome(raw, token, command.timeoutMs);
    if (read.exit.kind === 'unreachable') void connections.close(host);
    return read;
  });
  const signal = (name: 'INT' | 'KILL') =>
    startProcess({...connections.signal(host, token, name), timeoutMs: wayMs, signals: 'group'}).outcome;
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
