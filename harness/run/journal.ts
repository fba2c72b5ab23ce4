import {readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from 'zod';
import {appendWhole, isFull, writeWhole} from '../files.ts';
import {readJson} from '../parse/json.ts';
import {placedSetting} from '../schema.ts';
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

  const read = await readLines(path);
  if (!read.ok) {
    await locked.value.release(true);
    return read;
  }
  const {entries, lastId, wholeText} = read.value;
  // A torn tail would glue itself to the next line and hide it.
  if (wholeText !== undefined) await writeWhole(path, wholeText, 0o600);
  let nextId = lastId + 1;
  const inForce = new Map(entries.map(entry => [entry.id, entry]));
  // What a full disk did not take. Undone twice is no harm, so a line `done` may come late; healing may not.
  let owed = '';
  const append = async (line: Line) => {
    await appendWhole(path, `${owed}${JSON.stringify(line)}\n`, {mode: 0o600, synced: true});
    owed = '';
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
        const line: Line = {kind: 'done', id: entry.id, at: new Date().toISOString()};
        await append(line).catch((error: unknown) => {
          if (!isFull(error)) throw error;
          owed += `${JSON.stringify(line)}\n`;
        });
        inForce.delete(entry.id);
        if (inForce.size > 0) return;
        // Nothing in force: the file may start anew.
        await rm(path, {force: true});
        owed = '';
      },
      inForce: () => [...inForce.values()].sort((a, b) => b.id - a.id),
      release: () => locked.value.release(inForce.size > 0),
    },
  };
}

/** What the journal of a cluster has in force, as it stands written; takes no lock. */
export async function inForceOn(folder: string, cluster: string): Promise<Result<readonly Entry[], string>> {
  const read = await readLines(join(folder, `${cluster}.jsonl`));
  return read.ok ? {ok: true, value: read.value.entries} : read;
}

interface Read {
  entries: Entry[];
  lastId: number;
  /** Without the torn last line, where there is one. */
  wholeText?: string;
}

/** Every line but a torn last one must make sense: what it had in force could not be undone. Errors are sentences. */
async function readLines(path: string): Promise<Result<Read, string>> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const inForce = new Map<number, Entry>();
  let lastId = 0;
  for (const [index, line] of whole.split('\n').entries()) {
    if (line === '') continue;
    const read = readJson(line, path, lineSchema);
    if (!read.ok) {
      const {path: at, expected, found} = read.error;
      const place = `${path}, line ${index + 1}${at === '' ? '' : ` at ${at}`}`;
      return {
        ok: false,
        error: `${place}: expected ${expected}, found ${found}: what was in force by that line is not known; undo it by hand, then take the line out`,
      };
    }
    const {value} = read;
    lastId = Math.max(lastId, value.id);
    if (value.kind === 'done') inForce.delete(value.id);
    else inForce.set(value.id, value);
  }
  const entries = [...inForce.values()];
  return {ok: true, value: {entries, lastId, ...(whole === text ? {} : {wholeText: whole})}};
}

const text = z.string();
const written = {id: z.int(), at: text};
const parameters = z.record(text, z.union([z.number(), text, z.array(text)]));
const fault = z.object({
  ...written,
  kind: z.literal('fault'),
  fault: text,
  nodes: z.array(text),
  parameters,
  describe: text,
});
const previous = z.array(placedSetting);
const leftover = z.union([
  z.object({what: z.literal('file'), host: text, path: text}),
  z.object({
    what: z.literal('virtual-address'),
    by: z.enum(['ipaddr2', 'keepalived']),
    address: text,
    prefixLength: z.int(),
  }),
  z.object({what: z.literal('etcd')}),
  z.object({what: z.literal('zabbix')}),
  z.object({what: z.literal('logs')}),
  z.object({what: z.literal('moved-guest'), host: text, guest: text}),
  z.object({what: z.literal('standby'), host: text}),
  z.object({what: z.literal('pinned-guest'), guest: text, was: z.record(text, text)}),
  z.object({what: z.literal('ordered-guest'), guest: text}),
  z.object({what: z.literal('held-guest'), host: text, guest: text, was: z.record(text, text)}),
  z.object({what: z.literal('page-merging'), host: text, was: z.record(text, text)}),
  z.object({what: z.literal('snapshot'), pool: text, image: text, snapshot: text}),
  z.object({what: z.literal('image'), pool: text, image: text}),
]);

/**
 * A fault as it was written before faults had parameters: `nic-down:cluster` on `n1`, `partition:storage` on
 * `n1,n3`.
 */
const formerFault = z
  .object({...written, kind: z.literal('fault'), name: text, host: text, describe: text})
  .transform(({id, at, kind, name, host, describe}): Entry => {
    const [fault = name, plane] = name.split(':');
    return {id, at, kind, fault, nodes: host.split(','), parameters: plane === undefined ? {} : {plane}, describe};
  });

const lineSchema: z.ZodType<Line> = z.union([
  fault,
  formerFault,
  z.object({...written, kind: z.literal('profile'), previous}),
  z.object({...written, kind: z.literal('leftover'), leftover}),
  z.object({...written, kind: z.literal('done')}),
]);
