/**
 * What a guest's processors and its disk did while a load ran, as its own kernel says, a look after the other. Pure.
 * Sources: proc(5), Documentation/block/stat.rst.
 */
import type {ParseError, Result} from '../types.ts';

export interface GuestUse {
  /** Of all virtual CPUs together, 0…1. Waiting for a disk is idle time. */
  busy: number;
  /** The guest would have run, and its node ran something else. Part of `busy`. */
  steal: number;
  /** Requests a second that the disk has done, or that were merged into such. */
  disk: {read: number; write: number};
}

interface Look {
  seconds: number;
  idle: number;
  steal: number;
  total: number;
  read: number;
  write: number;
}

/**
 * Lines `UPTIME | cpu … | …` with the first line of /proc/stat and the disk's own, oldest first: what was used between
 * the end of their first quarter and that of their third. An error for fewer than four, and where nothing passed.
 * Those later than `withinSeconds` after the first are not looked at: the load had ended.
 */
export function parseGuestLooks(text: string, artefact: string, withinSeconds: number): Result<GuestUse, ParseError> {
  const lines = text.split('\n').filter(line => line !== '');
  const all = lines.flatMap(line => lookOf(line) ?? []);
  const looks = all.filter(({seconds}) => seconds <= (all[0]?.seconds ?? 0) + withinSeconds);
  const wrong = (path: string, expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found},
  });
  if (all.length < lines.length) {
    const line = lines.findIndex(each => lookOf(each) === undefined);
    const found = JSON.stringify((lines[line] ?? '').slice(0, 80));
    return wrong(`line ${line + 1}`, 'a look: uptime, processors, disk', found);
  }
  const [from, until] = [looks[Math.floor(looks.length / 4)], looks[Math.ceil((looks.length * 3) / 4) - 1]];
  if (looks.length < 4 || from === undefined || until === undefined)
    return wrong('', 'at least four looks', String(looks.length));
  const [total, seconds] = [until.total - from.total, until.seconds - from.seconds];
  if (!(total > 0) || !(seconds > 0)) return wrong('', 'time that passed between the looks', `${seconds} s`);
  return {
    ok: true,
    value: {
      busy: 1 - (until.idle - from.idle) / total,
      steal: (until.steal - from.steal) / total,
      disk: {read: (until.read - from.read) / seconds, write: (until.write - from.write) / seconds},
    },
  };
}

function lookOf(line: string): Look | undefined {
  const [, uptime, cpu, disk] = /^(\d+\.\d+) \| cpu +(\d+(?: \d+){7,}) \| +(\d+(?: +\d+){6,})$/.exec(line) ?? [];
  if (uptime === undefined || cpu === undefined || disk === undefined) return undefined;
  // Guest time, after the eighth, is in user time already.
  const [user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, softirq = 0, steal = 0] = numbersIn(cpu);
  const [read = 0, readMerged = 0, , , write = 0, writeMerged = 0] = numbersIn(disk);
  return {
    seconds: Number(uptime),
    idle: idle + waiting,
    steal,
    total: user + nice + system + idle + waiting + irq + softirq + steal,
    read: read + readMerged,
    write: write + writeMerged,
  };
}

function numbersIn(text: string): readonly number[] {
  return text.split(/ +/).map(Number);
}
