/** This machine itself as a host: for building images, probing and the lab's own scaffolding. */
import {chmod, copyFile} from 'node:fs/promises';
import type {Command, Host, Outcome, Running, Transport} from '../types.ts';
import {startProcess} from './process.ts';

/** Runs a command on this machine. Never rejects. */
export function runLocally(command: Command, signal?: AbortSignal): Promise<Outcome> {
  const running = startLocally(command);
  if (signal === undefined) return running.outcome;
  const stop = () => void running.stop();
  signal.addEventListener('abort', stop, {once: true});
  if (signal.aborted) stop();
  return running.outcome.finally(() => signal.removeEventListener('abort', stop));
}

/** Starts a command on this machine. */
export function startLocally(command: Command): Running {
  return startProcess({
    argv: command.argv,
    timeoutMs: command.timeoutMs,
    signals: 'group',
    ...(command.stdin === undefined ? {} : {stdin: command.stdin}),
  });
}

/** Every host is this machine. */
export function localTransport(): Transport {
  return {
    exec: (_host: Host, command: Command) => runLocally(command),
    start: async (_host: Host, command: Command) => startLocally(command),
    upload: (_host, localPath, remotePath, mode) => copy(localPath, remotePath, mode),
    download: (_host, remotePath, localPath) => copy(remotePath, localPath),
  };
}

async function copy(from: string, to: string, mode?: number): Promise<Outcome> {
  const started = performance.now();
  try {
    await copyFile(from, to);
    if (mode !== undefined) await chmod(to, mode);
    return {stdout: '', stderr: '', durationMs: performance.now() - started, exit: {kind: 'exited', code: 0}};
  } catch (reason) {
    const stderr = `${reason instanceof Error ? reason.message : String(reason)}\n`;
    return {stdout: '', stderr, durationMs: performance.now() - started, exit: {kind: 'exited', code: 1}};
  }
}
