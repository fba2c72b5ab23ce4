import {readFileSync} from 'node:fs';

/**
 * Collects how long one thing takes, by the clock and in CPU time, which other work on the machine hardly changes.
 * Where two are compared let them take turns, so that what else the machine does falls on both alike.
 */
export class Stopwatch {
  readonly #wall: number[] = [];
  readonly #cpu: number[] = [];

  async time(body: () => unknown): Promise<void> {
    const start = performance.now();
    const cpu = cpuSeconds();
    await body();
    this.#wall.push((performance.now() - start) / 1000);
    this.#cpu.push(cpuSeconds() - cpu);
  }

  /** Medians, in seconds. */
  get wallSeconds(): number {
    return median(this.#wall);
  }

  get cpuSeconds(): number {
    return median(this.#cpu);
  }
}

/** Of an even number the upper one of the two in the middle. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The kernel counts the time of ended children in hundredths. */
const ticksPerSecond = 100;

/** CPU time of this process with all its threads, and of its children that have ended with all theirs. */
function cpuSeconds(): number {
  const {user, system} = process.cpuUsage();
  // After the name in brackets, which may hold blanks: cutime and cstime are the 16th and 17th field (proc(5)).
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (user + system) / 1e6 + (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
}
