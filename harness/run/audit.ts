/**
 * What was done to which host, when, and what came of it: a file that only grows, one JSON line before each command and
 * one after it. For people who ask later; no verdict needs it.
 *
 *     {"n":3,"at":"2026-11-27T22:00:01.200Z","host":"n1","argv":["ip","link",…],"idempotent":true}
 *     {"n":3,"ms":12,"exit":{"kind":"exited","code":0}}
 *     {"at":"…","looked":{"n1":214,"client":80}}          how many commands only looked; the last line of a process
 *
 * Standard input is never written: passwords travel by it. Each line is one write to a file opened for appending, so
 * that it outlives the death of this process, and two processes do not tear each other's lines. It is not synced: a
 * power cut of this machine may cost the last seconds. What is in force, and must not be lost, is in the journal.
 */
import {createHash} from 'node:crypto';
import {closeSync, mkdirSync, openSync, writeSync} from 'node:fs';
import {dirname} from 'node:path';
import {z} from 'zod';
import type {Command, Host, Outcome, Running, Transport} from '../types.ts';

export const auditName = 'audit.jsonl';

/** Longer words of a command (job files, XML) are cut here, in characters, and told by their sum. */
const longestWord = 300;

export interface AuditedTransport extends Transport {
  /** Writes how much was only looked at. The transport itself stays open. */
  close(): void;
}

/** Writes down what goes through the transport. Throws the file system's own error where the file cannot be opened. */
export function auditedTransport(transport: Transport, path: string): AuditedTransport {
  const file = openAudit(path);
  const exec = async (host: Host, command: Command): Promise<Outcome> => {
    if (command.readOnly) {
      file.looked(host);
      return transport.exec(host, command);
    }
    const done = file.begin(host, command.argv, command.idempotent);
    return done(await transport.exec(host, command));
  };
  const start = async (host: Host, command: Command): Promise<Running> => {
    if (command.readOnly) {
      file.looked(host);
      return transport.start(host, command);
    }
    const done = file.begin(host, command.argv, command.idempotent);
    const running = await transport.start(host, command);
    void running.outcome.then(done);
    return running;
  };
  return {
    exec,
    start,
    async upload(host, localPath, remotePath, mode) {
      const done = file.begin(host, ['(upload)', localPath, remotePath], true);
      return done(await transport.upload(host, localPath, remotePath, mode));
    },
    download(host, remotePath, localPath) {
      file.looked(host);
      return transport.download(host, remotePath, localPath);
    },
    close: file.close,
  };
}

function openAudit(path: string) {
  mkdirSync(dirname(path), {recursive: true});
  const file = openSync(path, 'a', 0o600);
  const looks = new Map<string, number>();
  let last = 0;
  let lost = 0;
  let closed = false;
  const write = (line: Record<string, unknown>) => {
    if (closed) return;
    try {
      writeSync(file, `${JSON.stringify(line)}\n`);
    } catch {
      // A full disk must not keep a fault from being healed; that lines are missing is told as soon as one fits.
      lost += 1;
    }
  };
  return {
    begin(host: Host, argv: readonly string[], idempotent: boolean): (outcome: Outcome) => Outcome {
      last += 1;
      const n = last;
      if (lost > 0) {
        const missing = lost;
        lost = 0;
        write({at: new Date().toISOString(), lost: missing});
      }
      write({n, at: new Date().toISOString(), host: host.name, argv: argv.map(shortened), idempotent});
      return outcome => {
        write({n, ms: Math.round(outcome.durationMs), exit: outcome.exit});
        return outcome;
      };
    },
    looked({name}: Host) {
      looks.set(name, (looks.get(name) ?? 0) + 1);
    },
    close() {
      write({at: new Date().toISOString(), looked: Object.fromEntries(looks), ...(lost > 0 ? {lost} : {})});
      closed = true;
      closeSync(file);
    },
  };
}

function shortened(word: string): string {
  if (word.length <= longestWord) return word;
  const sum = createHash('sha256').update(word).digest('hex');
  return `${word.slice(0, longestWord)}… (${word.length} characters, sha256 ${sum})`;
}

const beginning = z.looseObject({host: z.string(), argv: z.array(z.string())});

/** How many commands, on how many hosts. Torn lines count for nothing. Pure. */
export function auditedIn(text: string): {commands: number; hosts: number} {
  const hosts = text.split('\n').flatMap(line => {
    const read = beginning.safeParse(parsed(line));
    return read.success ? [read.data.host] : [];
  });
  return {commands: hosts.length, hosts: new Set(hosts).size};
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
