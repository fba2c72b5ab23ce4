/**
 * Room on the disk that a run is stored on. Where there is too little for another trial the run pauses, with the
 * cluster healed, until somebody has made some.
 */
import {stat, statfs} from 'node:fs/promises';
import {dirname, resolve} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {isFull} from '../files.ts';

/** Before each trial there must be this much, or three times what the largest one so far has left. Bytes. */
const leastBytes = 200e6;
const timesLargest = 3;

export interface Pause {
  say: (text: string) => void;
  signal: AbortSignal;
  /** How long it is waited for; default 6 h. Milliseconds. */
  patienceMs?: number;
  /** Between two sentences; default a minute. It is looked ten times as often. Milliseconds. */
  everyMs?: number;
}

export function roomWanted(largestBytes: number): number {
  return Math.max(leastBytes, timesLargest * largestBytes);
}

/**
 * Waits until there is so much room where this folder lies. Returns a clause that says why nobody waits any longer:
 * the signal, or patience; undefined once there is room.
 */
export async function waitForRoom(folder: string, wantedBytes: number, pause: Pause): Promise<string | undefined> {
  return untilEnough(pause, async () => {
    const freeBytes = await freeIn(folder);
    if (freeBytes >= wantedBytes) return undefined;
    return `room on ${await mountOf(folder)}: ${megabytes(freeBytes)} free, ${megabytes(wantedBytes)} wanted`;
  });
}

/** Writes, as often as the disk is full; returns as above. All other errors are thrown. */
export async function writeOnceRoom(
  folder: string,
  write: () => Promise<void>,
  pause: Pause,
): Promise<string | undefined> {
  return untilEnough(pause, async () => {
    try {
      await write();
      return undefined;
    } catch (error) {
      if (!(error instanceof Error && isFull(error))) throw error;
      return `room on ${await mountOf(folder)}: ${error.message}`;
    }
  });
}

/** `look` gives what is lacking, or nothing once there is enough. */
async function untilEnough(
  {say, signal, patienceMs = 6 * 3600e3, everyMs = 60e3}: Pause,
  look: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const start = performance.now();
  let saidMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    const lack = await look();
    if (lack === undefined) {
      if (saidMs >= 0) say('there is room again: going on');
      return undefined;
    }
    const now = performance.now() - start;
    if (signal.aborted) return `stopped while waiting for ${lack}`;
    if (now >= patienceMs) return `waited ${Math.round(patienceMs / 60e3)} min for ${lack}`;
    if (now - saidMs >= everyMs) {
      say(`waiting for ${lack}`);
      saidMs = now;
    }
    await sleep(everyMs / 10, undefined, {signal}).catch(() => {});
  }
}

/** What an ordinary user may still write. */
async function freeIn(folder: string): Promise<number> {
  const {bavail, bsize} = await statfs(folder);
  return bavail * bsize;
}

/** Where the file system of a folder is mounted. */
async function mountOf(folder: string): Promise<string> {
  let path = resolve(folder);
  const {dev} = await stat(path);
  while (path !== '/' && (await stat(dirname(path))).dev === dev) path = dirname(path);
  return path;
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1e6)} MB`;
}
