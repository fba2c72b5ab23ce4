/** A program of our own in a guest, brought by its agent: begun, left alone, and asked for what it printed. */
import {readFile} from 'node:fs/promises';
import {setTimeout as sleep} from 'node:timers/promises';
import {gzipSync} from 'node:zlib';
import {succeeded} from '../cluster/commands.ts';
import {guestExec} from '../guest/exec.ts';
import type {Cluster, Guest, Outcome, Result} from '../types.ts';
import {type Binary, compiled, complaint} from './compiled.ts';

/** A command of a program and its arguments, and how long it takes by itself. */
export interface Work {
  words: readonly [string, ...string[]];
  seconds: number;
}

/** Of base64 in one request to a guest's agent: an argument of a program holds 128 KiB. */
const pieceCharacters = 72_000;
export const shortMs = 30_000;
/** Beyond its own time: a guest that is emulated, or has few shares of a processor, takes long to begin and to end. */
export const graceSeconds = 120;

export function built<T>(result: Result<T, string>): T {
  if (result.ok) return result.value;
  throw new Error(result.error);
}

/** What a guest does for us; one piece of work of each command at a time. */
export interface GuestWork {
  /** Throws with a sentence where it cannot be begun. */
  begin(work: Work): Promise<void>;
  /** Waits for its end. */
  collect(work: Work): Promise<Outcome>;
  /** Both, with the guest left alone meanwhile. */
  run(work: Work, signal: AbortSignal): Promise<Outcome>;
}

/**
 * The program in a guest, brought by its agent: any guest with a shell, base64 and gunzip takes it, and keeps it until
 * it ends. Throws with a sentence.
 */
export async function programInGuest(cluster: Cluster, guest: Guest, source: string): Promise<GuestWork> {
  const binary = built(await compiled(source));
  const path = pathInGuest(binary);
  const there = await guestExec(cluster, guest, {argv: ['test', '-x', path], timeoutMs: shortMs});
  if (!succeeded(there)) await bring(cluster, guest, path, gzipSync(await readFile(binary.path), {level: 9}));
  const begin = async ({words}: Work) => {
    const argv = ['sh', '-c', beginScript, 'begin', path, ...words] as const;
    const started = await guestExec(cluster, guest, {argv, timeoutMs: shortMs});
    if (!succeeded(started)) throw new Error(`${guest.name} did not begin to work: ${complaint(started)}`);
  };
  const collect = ({words, seconds}: Work) =>
    guestExec(cluster, guest, {
      argv: ['sh', '-c', collectScript, 'collect', path, words[0], String((seconds + graceSeconds) * 10)],
      timeoutMs: (seconds + graceSeconds + 10) * 1000,
    });
  return {
    begin,
    collect,
    async run(work, signal) {
      await begin(work);
      await sleep(work.seconds * 1000, undefined, {signal});
      return collect(work);
    },
  };
}

function pathInGuest({name, hash}: Binary): string {
  return `/run/seatrial-${name}-${hash}`;
}

async function bring(cluster: Cluster, guest: Guest, path: string, packed: Buffer): Promise<void> {
  const text = packed.toString('base64');
  const told = async (script: string, stdin?: string) => {
    const argv = ['sh', '-c', script, 'bring', path] as const;
    const outcome = await guestExec(cluster, guest, {
      argv,
      timeoutMs: shortMs,
      ...(stdin === undefined ? {} : {stdin}),
    });
    if (!succeeded(outcome)) throw new Error(`cannot put a program into ${guest.name}: ${complaint(outcome)}`);
  };
  await told('rm -f "$1.part"');
  for (let at = 0; at < text.length; at += pieceCharacters)
    await told('cat >>"$1.part"', text.slice(at, at + pieceCharacters));
  await told('base64 -d "$1.part" | gunzip >"$1.new" && chmod 755 "$1.new" && rm "$1.part" && mv "$1.new" "$1"');
}

/** Begun and left alone: who asks the agent meanwhile how it stands would take time from it. `$1` is the program. */
const beginScript = `f=$1.$2; rm -f "$f".*
setsid sh -c 'f=$0.$1; "$0" "$@" >"$f.out" 2>"$f.err" </dev/null; echo $? >"$f.exit"' "$@" >/dev/null 2>&1 </dev/null &
true`;
/** `$3` tenths of a second at most. */
const collectScript = `f=$1.$2; tries=0
until [ -s "$f.exit" ]; do tries=$((tries + 1)); [ $tries -lt $3 ] || { echo 'it did not end' >&2; exit 1; }; sleep 0.1; done
cat "$f.out"; cat "$f.err" >&2; code=$(cat "$f.exit"); rm -f "$f".*; exit "$code"`;
