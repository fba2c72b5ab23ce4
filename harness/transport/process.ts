/**
 * One process of this machine, with a deadline, a limit on its output and a process group of its own. Shared by the
 * transports: they differ only in the argv that leads to their host.
 */
import type {ChildProcess} from 'node:child_process';
import {createReadStream, readdirSync, readFileSync} from 'node:fs';
import type {Readable} from 'node:stream';
import {execa} from 'execa';
import type {Exit, Outcome, Running} from '../types.ts';

/** More output than this ends the command: nothing that seatrial runs prints so much. */
const outputLimitBytes = 64 * 1024 * 1024;

export interface ProcessRequest {
  argv: readonly [string, ...string[]];
  /** Counted from the start of the process, in milliseconds. */
  timeoutMs: number;
  stdin?: string;
  /** Goes on standard input before `stdin` or `stdinFile`. */
  stdinBefore?: string;
  /** Added to the environment that every command has. */
  env?: Readonly<Record<string, string>>;
  /** A file of this machine as standard input, in place of `stdin`. */
  stdinFile?: string;
  /** Standard output goes to this file of this machine; the outcome's stdout is then empty. */
  stdoutFile?: string;
  /**
   * `group`: signals go to every process of the group. `followers`: the leader is only the way into a host (nsenter)
   * and ends by itself with what it leads to; a polite signal spares it, so that the command's last words still arrive.
   */
  signals: 'group' | 'followers';
}

const graceAfterTimeoutMs = 1000;
/** Time for output to drain once the process has ended: a daemon that it left behind may hold the pipe for ever. */
const drainMs = 500;

/** The environment of every command: that of this process would make outcomes depend on who calls. */
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
};

/** Starts a process. Never throws and never rejects: what went wrong is in the outcome. */
export function startProcess(request: ProcessRequest): Running {
  const started = performance.now();
  const child = spawned(request);
  const {nodeChildProcess} = child;
  const signal = (name: NodeJS.Signals, whom: ProcessRequest['signals']) => signalGroup(child.pid, name, whom);
  const kill = () => signal('SIGKILL', 'group');
  const timers = timersUntilEnd();
  let timedOut = false;
  timers.after(request.timeoutMs, () => {
    timedOut = true;
    signal('SIGTERM', request.signals);
    timers.after(graceAfterTimeoutMs, kill);
  });
  const stdout = collect(request.stdoutFile === undefined ? nodeChildProcess.stdout : null, kill);
  const stderr = collect(nodeChildProcess.stderr, kill);
  cutAfterExit(nodeChildProcess);
  const closed = new Promise(resolve => nodeChildProcess.once('close', resolve));

  const settle = async (): Promise<Outcome> => {
    const result = await child;
    timers.stop();
    // The last words may come after the end.
    if (child.pid !== undefined) await closed;
    const durationMs = performance.now() - started;
    const tooLong = stdout.isFull() || stderr.isFull();
    const note = `\nseatrial: stopped ${request.argv[0]} because it printed more than ${outputLimitBytes} bytes\n`;
    return {
      stdout: stdout.text(),
      stderr: stderr.text() + (tooLong ? note : ''),
      durationMs,
      exit: tooLong ? {kind: 'signalled', signal: 'SIGKILL'} : exitOf(result, timedOut),
    };
  };
  const outcome = settle();
  return {
    outcome,
    stop(graceMs = 2000) {
      if (!timers.stopped()) {
        signal('SIGINT', request.signals);
        timers.after(graceMs, kill);
      }
      return outcome;
    },
  };
}

function spawned({argv, env, stdoutFile, ...request}: ProcessRequest) {
  const [file, ...args] = argv;
  return execa(file, args, {
    detached: true,
    cleanup: false,
    reject: false,
    extendEnv: false,
    env: {...environment, ...env},
    stripFinalNewline: false,
    // Collected here: execa would put all of a failed command's output into an error's message, character by character.
    buffer: false,
    ...standardInput(request),
    ...(stdoutFile === undefined ? {} : {stdout: {file: stdoutFile}}),
  });
}

function standardInput({stdin, stdinFile, stdinBefore = ''}: Omit<ProcessRequest, 'argv'>) {
  if (stdinFile !== undefined) {
    return {stdin: stdinBefore === '' ? {file: stdinFile} : chunksOf(stdinBefore, stdinFile)};
  }
  if (stdin === undefined && stdinBefore === '') return {stdin: 'ignore' as const};
  return {input: stdinBefore + (stdin ?? '')};
}

async function* chunksOf(before: string, file: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(before);
  yield* createReadStream(file);
}

/** Timers that act only while the process runs. */
function timersUntilEnd() {
  const timers = new Set<NodeJS.Timeout>();
  let stopped = false;
  return {
    stopped: () => stopped,
    after(ms: number, act: () => void) {
      // A timer of more than 2^31-1 ms would fire at once.
      timers.add(setTimeout(() => stopped || act(), Math.min(ms, 2_147_483_647)));
    },
    stop() {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** A daemon that the process left behind may hold the pipes for ever. */
export function cutAfterExit(child: ChildProcess): void {
  child.once('exit', () => {
    const cut = setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, drainMs);
    child.once('close', () => clearTimeout(cut));
  });
}

/** Keeps what a stream says, up to the limit; `full` is called when there is more. No stream says nothing. */
function collect(stream: Readable | null, full: () => void) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isFull = false;
  stream?.on('data', (chunk: Buffer) => {
    if (isFull) return;
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes <= outputLimitBytes) return;
    isFull = true;
    full();
  });
  return {
    isFull: () => isFull,
    text: () => Buffer.concat(chunks).subarray(0, outputLimitBytes).toString('utf8'),
  };
}

interface Ended {
  exitCode?: number | undefined;
  signal?: string | undefined;
  shortMessage?: string | undefined;
}

function exitOf(result: Ended, timedOut: boolean): Exit {
  if (timedOut) return {kind: 'timed-out'};
  if (result.signal !== undefined) return {kind: 'signalled', signal: result.signal};
  if (result.exitCode !== undefined) return {kind: 'exited', code: result.exitCode};
  return {kind: 'unreachable', reason: result.shortMessage ?? 'the process could not be started'};
}

/** Sends a signal to a process group. A group that is gone is no error: it has ended, which is what was wanted. */
function signalGroup(leader: number | undefined, signal: NodeJS.Signals, whom: ProcessRequest['signals']): void {
  if (leader === undefined) return;
  const followers = whom === 'followers' ? groupMembers(leader).filter(pid => pid !== leader) : [];
  // No follower yet: the leader has not entered its host, so nothing would ever hear the signal but the leader.
  for (const target of followers.length > 0 ? followers : [-leader]) {
    try {
      process.kill(target, signal);
    } catch {
      // ESRCH: ended meanwhile.
    }
  }
}

/** PIDs of a process group as this machine sees them, those in nested PID namespaces too. */
function groupMembers(leader: number): number[] {
  const members: number[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
      // After the name in parentheses: state, parent, process group.
      const group = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2];
      if (group === String(leader)) members.push(Number(entry));
    } catch {
      // Ended between the listing and the look.
    }
  }
  return members;
}

/** An outcome for a command that was never started. */
export function unreachable(reason: string): Outcome {
  return {stdout: '', stderr: `${reason}\n`, durationMs: 0, exit: {kind: 'unreachable', reason}};
}
