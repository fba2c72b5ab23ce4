/**
 * Who works on which machines. Two processes exclude each other where they share an address (management of a node,
 * BMC) or a cluster's name, since its journal is one file. A lock is a file of its process: written whole under a
 * name that no other process uses, then all others are looked at; who sees another one that lives takes its own back.
 * So the file of a dead process may be removed by anybody at any time.
 */
import {randomBytes} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, readdir, readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {z} from 'zod';
import {isFull, writeWhole} from '../files.ts';
import {identify, type ProcessIdentity} from '../lab/proc.ts';
import type {Result} from '../types.ts';

const holderSchema = z.object({
  pid: z.int().min(1),
  /** Clock ticks since boot. */
  startTicks: z.string(),
  /** Start times of before a reboot mean nothing after it. */
  boot: z.string(),
  /** As a person would type it. */
  command: z.string(),
  since: z.string(),
  cluster: z.string(),
  /** Canonical; see canonicalAddresses. */
  addresses: z.array(z.string()),
  /** Given back while something was in force: the file only says on which machines. */
  released: z.boolean().optional(),
});
type Holder = z.infer<typeof holderSchema>;
/** The lock as it was before it knew machines: `CLUSTER.lock`. */
const olderSchema = z.object({pid: z.int().min(1), startedTicks: z.string()});

export interface Lock {
  /** `inForce`: the journal still holds something, which another cluster of the same machines must not walk into. */
  release(inForce: boolean): Promise<void>;
}

/** Two that begin in the same moment both step back; then one of them is first. */
const attempts = 5;
const pauseMs = {least: 20, most: 120};

/**
 * Takes the machines for this process, or says who has them. What a dead process held is free, unless it left
 * something in force under another cluster's name: then the sentence names that cluster.
 */
export async function takeLock(
  folder: string,
  cluster: string,
  addresses: readonly string[],
  process_: ProcessIdentity = self(),
): Promise<Result<Lock, string>> {
  await mkdir(folder, {recursive: true, mode: 0o700});
  const mine: Holder = {
    ...process_,
    boot: await bootId(),
    command: ['seatrial', ...process.argv.slice(2)].join(' '),
    since: new Date().toISOString(),
    cluster,
    addresses: [...addresses],
  };
  const path = join(folder, `${cluster}.${process_.pid}-${randomBytes(4).toString('hex')}.lock`);
  let refusal = '';
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = await othersThan(path, folder, mine);
    if (before.kind === 'stays') return {ok: false, error: before.sentence};
    if (before.kind === 'free') {
      await writeWhole(path, text(mine), 0o600);
      const after = await othersThan(path, folder, mine);
      if (after.kind === 'free') return {ok: true, value: lockOf(path, mine)};
      await rm(path, {force: true});
      refusal = after.sentence;
    } else refusal = before.sentence;
    await sleep(pauseMs.least + Math.random() * (pauseMs.most - pauseMs.least));
  }
  return {ok: false, error: refusal};
}

/** Who has these machines, in a sentence; nothing where they are free. Takes nothing. */
export async function heldBy(
  folder: string,
  cluster: string,
  addresses: readonly string[],
): Promise<string | undefined> {
  if (!existsSync(folder)) return undefined;
  const mine: Holder = {...self(), boot: await bootId(), command: '', since: '', cluster, addresses: [...addresses]};
  const others = await othersThan('', folder, mine);
  return others.kind === 'free' ? undefined : others.sentence;
}

function lockOf(path: string, mine: Holder): Lock {
  return {
    async release(inForce) {
      // On a full disk the file stays as it is: once this process has ended, it says the same.
      if (inForce) await writeWhole(path, text({...mine, released: true}), 0o600).catch(unlessFull);
      else await rm(path, {force: true});
    },
  };
}

function unlessFull(error: unknown): void {
  if (!isFull(error)) throw error;
}

type Others = {kind: 'free'} | {kind: 'held' | 'stays'; sentence: string};

/**
 * `held`: by a process that lives. `stays`: waiting does not help. Removes what dead processes left and nobody needs.
 */
async function othersThan(path: string, folder: string, mine: Holder): Promise<Others> {
  for (const file of (await readdir(folder)).filter(name => name.endsWith('.lock')).sort()) {
    const other = join(folder, file);
    if (other === path) continue;
    const written = await readFile(other, 'utf8').catch(() => undefined);
    // Given back since the listing.
    if (written === undefined) continue;
    const holder = parse(written, file, mine.boot);
    if (holder === undefined) {
      const sentence = `the lock ${other} cannot be read: where no seatrial works on this machine, remove that file`;
      return {kind: 'stays', sentence};
    }
    const shared = holder.addresses.filter(address => mine.addresses.includes(address));
    if (holder.cluster !== mine.cluster && shared.length === 0) continue;
    if (lives(holder, mine.boot)) return {kind: 'held', sentence: heldSentence(holder, mine.cluster, shared)};
    if (holder.cluster !== mine.cluster && existsSync(join(folder, `${holder.cluster}.jsonl`))) {
      return {kind: 'stays', sentence: leftSentence(holder, mine.cluster, shared)};
    }
    await rm(other, {force: true});
  }
  return {kind: 'free'};
}

function lives({pid, startTicks, boot, released}: Holder, bootNow: string): boolean {
  return released !== true && boot === bootNow && identify(pid)?.startTicks === startTicks;
}

function heldSentence({pid, command, since, cluster}: Holder, mine: string, shared: readonly string[]): string {
  const what = cluster === mine ? `cluster ${mine}` : `${shared.join(', ')} of cluster ${mine}, as cluster ${cluster},`;
  return `${what} is being worked on by process ${pid} (${command}) since ${since}: wait for it, or end it and run seatrial heal`;
}

function leftSentence({pid, command, since, cluster}: Holder, mine: string, shared: readonly string[]): string {
  return (
    `${shared.join(', ')} of cluster ${mine} were worked on as cluster ${cluster} by process ${pid} (${command}, since ${since}), ` +
    `which left something in force: run seatrial heal with the inventory of ${cluster} first`
  );
}

function text(holder: Holder): string {
  return JSON.stringify(holder);
}

function parse(written: string, file: string, boot: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(written);
    const older = olderSchema.safeParse(value).data;
    if (older === undefined) return holderSchema.safeParse(value).data;
    const {pid, startedTicks: startTicks} = older;
    const cluster = file.replace(/\.lock$/, '');
    return {pid, startTicks, boot, command: 'an older seatrial', since: 'a time not noted', cluster, addresses: []};
  } catch {
    return undefined;
  }
}

function self(): ProcessIdentity {
  return identify(process.pid) ?? {pid: process.pid, startTicks: ''};
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
}
