import {mkdir, open, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from 'zod';
import {writeWhole} from '../files.ts';
import {readJson} from '../parse/json.ts';
import type {Fault, Leftover, Parameters, PlacedSetting, Result} from '../types.ts';

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
 * Opens the journal of a cluster and takes its lock: one process at a time works on a cluster. A lock whose holder
 * is gone (by pid and start time) is taken over.
 * @param folder where journals live, e.g. `/var/lib/seatrial/journal`
 */
export async function openJournal(folder: string, cluster: string): Promise<Result<Journal, string>> {
  await mkdir(folder, {recursive: true, mode: 0o700});
  const lockPath = join(folder, `${cluster}.lock`);
  const path = join(folder, `${cluster}.jsonl`);
  const locked = await takeLock(lockPath);
  if (!locked.ok)
    return {
      ok: false,
      error: `cluster ${cluster} is being worked on by process ${locked.error}: wait for it, or end it and run seatrial heal`,
    };

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
      async release() {
        await rm(lockPath, {force: true});
      },
    },
  };
}

async function takeLock(path: string): Promise<Result<void, number>> {
  const mine = JSON.stringify({pid: process.pid, startedTicks: await startTicks(process.pid)});
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await writeFile(path, mine, {flag: 'wx', mode: 0o600});
      return {ok: true, value: undefined};
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = parseHolder(await readFile(path, 'utf8').catch(() => ''));
    if (holder && holder.pid !== process.pid && (await startTicks(holder.pid)) === holder.startedTicks)
      return {ok: false, error: holder.pid};
    if (holder && holder.pid === process.pid) return {ok: false, error: holder.pid};
    await rm(path, {force: true});
  }
  return {ok: false, error: -1};
}

const lockHolder = z.object({pid: z.number(), startedTicks: z.string()});

/** A lock file cut short belongs to a process that died while writing it. */
function parseHolder(text: string): z.infer<typeof lockHolder> | undefined {
  const read = readJson(text, 'lock', lockHolder);
  return read.ok ? read.value : undefined;
}

/**
 * Start time of a process in clock ticks since boot (proc(5), stat field 22); undefined when there is no such
 * process.
 */
async function startTicks(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The command name, in parentheses, may hold spaces: count from behind its closing one.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
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
