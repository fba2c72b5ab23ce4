import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';

export interface ProcessCost {
  /** Largest resident memory of the process itself, looked at every 20 ms. */
  peakBytes: number;
  exitCode: number | null;
}

/** Runs a command to its end, its output thrown away. Fails when it takes longer than `timeoutMs`. */
export async function processCost(
  command: string,
  argv: readonly string[],
  {cwd, timeoutMs}: {cwd: string; timeoutMs: number},
): Promise<ProcessCost> {
  const child = spawn(command, argv, {cwd, stdio: ['ignore', 'ignore', 'inherit'], timeout: timeoutMs});
  let peakBytes = 0;
  const look = setInterval(() => {
    const kib = child.pid === undefined ? undefined : highWaterKib(child.pid);
    if (kib !== undefined) peakBytes = Math.max(peakBytes, kib * 1024);
  }, 20);
  try {
    const [exitCode, signal] = await once(child, 'exit');
    if (signal !== null) throw new Error(`${command} was ended by ${signal}`);
    return {peakBytes, exitCode};
  } finally {
    clearInterval(look);
  }
}

/** VmHWM never falls: the last look before the end is the peak, but for what the last 20 ms added. */
function highWaterKib(pid: number): number | undefined {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib);
  } catch {
    // It has just ended.
    return undefined;
  }
}
