/** Log lines of a trial: written one after the other on a node, and looked for in the store of the collector. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {readOnly, stdoutOf} from '../../cluster/commands.ts';
import {logTag} from '../../services/logs.ts';
import type {Cluster, Command, Host, Result, Running} from '../../types.ts';

const script = readFileSync(join(import.meta.dirname, 'reader.py'), 'utf8');

/**
 * `$1` mark, `$2` count, `$3` seconds between two, `$4` tag, `$5` first part, then words for logger. A line each that
 * it took.
 */
const writer = `mark=$1 count=$2 every=$3 tag=$4 who=$5
shift 5
n=0
while [ $n -lt "$count" ]; do
  n=$((n + 1))
  at=$(date +%s.%N)
  ! logger "$@" -t "$tag" "$who: $mark-$n: $count lines" || echo "$at $n"
  sleep "$every"
done`;

export interface LogLines {
  /** Nobody else's line has it. */
  mark: string;
  count: number;
  everySeconds: number;
}

/** How many lines there are is the third part; the node that writes them the first. */
const detail = ({count}: LogLines): string => `${count} lines`;

/** `socket` in place of the host's own. */
export function writerCommand(node: Host, lines: LogLines, socket?: string): Command {
  const {mark, count, everySeconds} = lines;
  const to = socket === undefined ? [] : ['-u', socket];
  const words = [mark, String(count), String(everySeconds), logTag, node.name, ...to];
  return {
    argv: ['sh', '-c', writer, 'seatrial-lines', ...words],
    timeoutMs: (count * (everySeconds + 1) + 30) * 1000,
    idempotent: false,
  };
}

/** What is read: of the lines that `node` writes, those behind the first `from` bytes of the file. */
export interface Store {
  file: string;
  from: number;
  node: Host;
}

/** Looks until it is stopped, or `seconds` are over. */
export function readerCommand({file, from, node}: Store, lines: LogLines, seconds: number): Command {
  const options = JSON.stringify({file, from, mark: lines.mark, parts: [node.name, detail(lines)], seconds});
  return {
    argv: ['python3', '-u', '-'],
    stdin: `import json\nOPTIONS = json.loads(${JSON.stringify(options)})\n${script}`,
    timeoutMs: (seconds + 30) * 1000,
    idempotent: false,
  };
}

/** Bytes of the store now: asked before anything is written, since a reader needs a while to begin. */
export async function sizeOfStore({transport}: Cluster, host: Host, file: string): Promise<Result<number, string>> {
  const size = '[ -e "$1" ] || { echo 0; exit; }; stat -c %s "$1"';
  const said = await stdoutOf(transport, host, readOnly(['sh', '-c', size, 'size', file]));
  return said.ok ? {ok: true, value: Number(said.value.trim())} : said;
}

/** `sender` writes, one line after the other; what it took is printed. */
export const startWriter = ({transport}: Cluster, node: Host, lines: LogLines, socket?: string): Promise<Running> =>
  transport.start(node, writerCommand(node, lines, socket));

/** How many of the lines are in the store now, each counted once. */
export async function linesStored({transport}: Cluster, host: Host, file: string, mark: string): Promise<number> {
  const count = `grep -o -- "$2-[0-9]*" "$1" | sort -u | wc -l`;
  const said = await stdoutOf(transport, host, readOnly(['sh', '-c', count, 'count', file, mark]));
  return said.ok ? Number(said.value.trim()) : 0;
}
