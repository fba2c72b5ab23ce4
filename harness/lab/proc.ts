/** Who is a process: a PID together with its start time, since PIDs are used again. */
import {readdirSync, readFileSync} from 'node:fs';

export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  startTicks: string;
}

/** The living process of that PID as `proc` (a proc mount, `/proc` unless told) sees it; a zombie has ended already. */
export function identify(pid: number, proc = '/proc'): ProcessIdentity | undefined {
  const stat = read(`${proc}/${pid}/stat`);
  if (stat === undefined) return undefined;
  // Fields after the name in parentheses: the state is the third of all, the start time the twenty-second.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === undefined || startTicks === undefined || state === 'Z' || state === 'X') return undefined;
  return {pid, startTicks};
}

/** Is it still this very process? */
export function lives(identity: ProcessIdentity, proc = '/proc'): boolean {
  return identify(identity.pid, proc)?.startTicks === identity.startTicks;
}

/** Has its end begun? A host's PID 1 ends last of all: it waits until all its processes are gone. */
export function isEnding(identity: ProcessIdentity, proc = '/proc'): boolean {
  const stat = read(`${proc}/${identity.pid}/stat`);
  if (stat === undefined || !lives(identity, proc)) return true;
  // Field 9 of all: the kernel's flags; PF_EXITING is 4.
  return (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[6]) & 4) !== 0;
}

/** Reads "PID STARTTIME" as the lab's scripts write it. Nothing where the file is missing or half-written. */
export function readIdentity(file: string): ProcessIdentity | undefined {
  const match = /^(\d+) (\d+)\n/.exec(read(file) ?? '');
  return match?.[1] === undefined || match[2] === undefined ? undefined : {pid: Number(match[1]), startTicks: match[2]};
}

/** The process of the file, if it still lives. */
export function readLiving(file: string, proc = '/proc'): ProcessIdentity | undefined {
  const identity = readIdentity(file);
  return identity !== undefined && lives(identity, proc) ? identity : undefined;
}

/** Every process of this machine whose environment holds exactly `NAME=value`. */
export function processesMarked(marker: string): ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const environ = read(`/proc/${entry}/environ`);
    if (environ === undefined || !environ.split('\0').includes(marker)) continue;
    const identity = identify(Number(entry));
    if (identity !== undefined) found.push(identity);
  }
  return found;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}
