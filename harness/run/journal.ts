import {open, readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {writeWhole} from '../files.ts';
import type {Fault, Leftover, Parameters, PlacedSetting, Result} from '../types.ts';
import {takeLock} from './lock.ts';

/**
 * What is in force on a cluster right now: written and synced before it is done, so that any later process can undo
 * it. One file a cluster, one JSON line an entry; an entry is over when a line `done` with its id follows. A torn
 * last line is one that was never acted upon.
 */

export type Entry = {id: number; at: string} & Intent;
/** An entry before it has its id and time. */
export type Intent =
  /** The kind of a fault, the nodes it strikes, and its parameters: all that healing it needs. */
  | {kind: 'fault'; fault: string; nodes: readonly string[]; parameters: Parameters; describe: string}
  /** Settings in force before the first profile was applied: what `heal` goes back to. */
  | {kind: 'profile'; previous: readonly PlacedSetting[]}
  /** What a scenario has put on a host. */
  | {kind: 'leftover'; leftover: Leftover};

type Line = Entry | {kind: 'done'; id: number; at: string};
const kinds = ['fault', 'profile', 'leftover', 'done'] as const satisfies readonly Line['kind'][];

export interface Journal {
  /** Writes and syncs; only then may the deed be done. */
  begin(intent: Intent): Promise<Entry>;
  done(entry: Entry): Promise<void>;
  inForce(): readonly Entry[];
  /** Gives the cluster free for the next process. What is in force stays written. */
  release(): Promise<void>;
}

export function faultIntent(fault: Fault): Intent {
  const {kind, nodes, parameters, describe} = fault;
  return {kind: 'fault', fault: kind, nodes, parameters, describe};
}

/**
 * Opens the journal of a cluster and takes its lock: one process at a time works on a cluster's machines, whatever
 * their cluster is called.
 * @param folder where journals live, e.g. `/var/lib/seatrial/journal`
 * @param addresses canonical, of the machines that are locked; none where the name alone says which they are
 */
export async function openJournal(
  folder: string,
  cluster: string,
  addresses: readonly string[] = [],
): Promise<Result<Journal, string>> {
  const path = join(folder, `${cluster}.jsonl`);
  const locked = await takeLock(folder, cluster, addresses);
  if (!locked.ok) return locked;

  const {entries, lastId, wholeText} = await readLines(path);
  // A torn tail would glue itself to the next line and hide it.
  if (wholeText !== undefined) await writeWhole(path, wholeText, 0o600);
  let nextId = lastId + 1;
  const inForce = new Map(entries.map(entry => [entry.id, entry]));
  const append = async (line: Line) => {
    const file = await open(path, 'a', 0o600);
    try {
      await file.appendFile(`${JSON.stringify(line)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  };
  return {
    ok: true,
    value: {
      async begin(intent) {
        const entry: Entry = {id: nextId++, at: new Date().toISOString(), ...intent};
        await append(entry);
        inForce.set(entry.id, entry);
        return entry;
      },
      async done(entry) {
        await append({kind: 'done', id: entry.id, at: new Date().toISOString()});
        inForce.delete(entry.id);
        // Nothing in force: the file may start anew.
        if (inForce.size === 0) await rm(path, {force: true});
      },
      inForce: () => [...inForce.values()].sort((a, b) => b.id - a.id),
      release: () => locked.value.release(inForce.size > 0),
    },
  };
}

/** What the journal of a cluster has in force, as it stands written; takes no lock. */
export async function inForceOn(folder: string, cluster: string): Promise<readonly Entry[]> {
  return (await readLines(join(folder, `${cluster}.jsonl`))).entries;
}

async function readLines(path: string): Promise<{entries: Entry[]; lastId: number; wholeText?: string}> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const inForce = new Map<number, Entry>();
  let lastId = 0;
  const whole: string[] = [];
  let torn = false;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const parsed = parseLine(line);
    if (!parsed) {
      torn = true;
      continue;
    }
    whole.push(line);
    lastId = Math.max(lastId, parsed.id);
    if (parsed.kind === 'done') inForce.delete(parsed.id);
    else inForce.set(parsed.id, parsed);
  }
  const read = {entries: [...inForce.values()], lastId};
  return torn || (text !== '' && !text.endsWith('\n'))
    ? {...read, wholeText: whole.map(line => `${line}\n`).join('')}
    : read;
}

function parseLine(line: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (
      typeof value === 'object' &&
      value !== null &&
      'id' in value &&
      typeof value.id === 'number' &&
      'kind' in value
    ) {
      if (value.kind === 'fault' && 'name' in value) return currentFault(value as FormerFault);
      if (kinds.some(kind => kind === value.kind)) return value as Line;
    }
  } catch {
    // The torn last line of a process killed while writing: its deed had not begun.
  }
  return undefined;
}

/**
 * A fault as it was written before faults had parameters: `nic-down:cluster` on `n1`, `partition:storage` on
 * `n1,n3`.
 */
interface FormerFault {
  id: number;
  at: string;
  kind: 'fault';
  name: string;
  host: string;
  describe: string;
}

function currentFault({id, at, kind, name, host, describe}: FormerFault): Entry {
  const [fault = name, plane] = name.split(':');
  return {id, at, kind, fault, nodes: host.split(','), parameters: plane === undefined ? {} : {plane}, describe};
}
