/**
 * Something on a node eats what the others need: its processors, or its memory. It is a process of its own, which ends
 * by itself after a time and is the first that the kernel ends where memory runs out. A node that shares its machine
 * with others, as `hardware` says, is eaten a small part of.
 */
import {z} from 'zod';
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import type {Cluster, Command, Host, Result} from '../types.ts';
import {defineFault, type Effect, notInjected, only} from './fault.ts';
import {undoAndWait} from './recovery.ts';

/** Of each: its script, its process id, and how much it was told to eat. */
export const hogFolder = '/run/seatrial-hog';
const longestSeconds = 3600;
const sharedMebibytes = 512;
const loadLoops = 12;

/** The guests on the node are served all the while, slower. */
const slowed: Effect = {fences: [0], guests: 'slowed'};
const seconds = z.number().int().min(1).max(longestSeconds);

/** `$1` name, `$2` seconds, `$3` what is eaten, `$4` how much. Ends when it eats; one at a time of each name. */
const start = `name=$1 here=${hogFolder}
mkdir -p "$here"
[ ! -e "$here/$name.pid" ] || { echo "$name eats already" >&2; exit 1; }
echo "$4" >"$here/$name.size"
# A file: systemd reads dollar signs of a command line itself.
printf '%s\n' 'echo $$ >"$1/$2.pid"; echo 1000 >/proc/self/oom_score_adj' "$3" >"$here/$name.sh"
if [ -d /run/systemd/system ]; then
  systemd-run --quiet --collect --unit="seatrial-hog-$name" --property=RuntimeMaxSec="$2" --property=KillSignal=SIGKILL \\
    -- sh "$here/$name.sh" "$here" "$name" "$4" "$2"
else
  env -u SEATRIAL_COMMAND setsid timeout -s KILL "$2" sh "$here/$name.sh" "$here" "$name" "$4" "$2" </dev/null >/dev/null 2>&1 &
fi
tries=0
until [ -s "$here/$name.pid" ]; do
  [ $tries -lt 50 ] || { echo "$name did not start" >&2; exit 1; }
  tries=$((tries + 1))
  sleep 0.1
done`;

/** Twice, or for nothing, is fine. Only what still is that process, with all that it has started. */
const end = `name=$1 here=${hogFolder}
if [ -d /run/systemd/system ]; then systemctl stop "seatrial-hog-$name.service" 2>/dev/null; fi
if [ -s "$here/$name.pid" ]; then
  pid=$(cat "$here/$name.pid")
  # Its whole group, of which what watches over its time is the first.
  if grep -qs seatrial-hog "/proc/$pid/cmdline"; then kill -KILL "-$(ps -o pgid= --pid "$pid" | tr -d ' ')"; fi
fi
tries=0
while [ -s "$here/$name.pid" ] && grep -qs seatrial-hog "/proc/$(cat "$here/$name.pid")/cmdline"; do
  [ $tries -lt 50 ] || { echo "$name still eats" >&2; exit 1; }
  tries=$((tries + 1))
  sleep 0.1
done
rm -f "$here/$name.pid" "$here/$name.size" "$here/$name.sh"
rmdir "$here" 2>/dev/null || true`;

/** How much it was told; then kibibytes held, seconds of a processor, and how long it runs, a process of it a line. */
const look = `pid=$(cat "${hogFolder}/$1.pid") || exit 1
echo "$(cat "${hogFolder}/$1.size")"
grep -qs seatrial-hog "/proc/$pid/cmdline" || { echo "it has ended" >&2; exit 1; }
ps -o rss=,cputimes=,etimes= --pid "$pid" --ppid "$pid"`;

/** `$3` of them, each as busy as it can be. */
const eatProcessors = 'n=0; while [ $n -lt "$3" ]; do (while :; do :; done) & n=$((n + 1)); done; wait';
/** `tail` keeps what it is told to print last: `$3` MiB of zeros, until its input ends. */
const eatMemory = '{ head -c "$3"M /dev/zero; sleep "$4"; } | tail -c "$3"M >/dev/null';

function startCommand(name: string, forSeconds: number, eat: string, size: number): Command {
  const words = [name, String(forSeconds), eat, String(size)];
  return {argv: ['sh', '-ec', start, 'hog', ...words], timeoutMs: 20_000, idempotent: false};
}

const endCommand = (name: string): Command => idempotent(['sh', '-c', end, 'hog', name], 20_000);

interface Eaten {
  size: number;
  processes: number;
  mebibytes: number;
  cpuSeconds: number;
  forSeconds: number;
}

async function eatenBy({transport}: Cluster, node: Host, name: string): Promise<Result<Eaten, string>> {
  const said = await stdoutOf(transport, node, readOnly(['sh', '-c', look, 'look', name]));
  if (!said.ok) return said;
  const [first = '', ...lines] = said.value.trim().split('\n');
  const processes = lines.map(line => line.trim().split(/\s+/).map(Number));
  const sum = (at: number) => processes.reduce((total, each) => total + (each[at] ?? 0), 0);
  const forSeconds = Math.max(0, ...processes.map(([, , each = 0]) => each));
  return {
    ok: true,
    value: {size: Number(first), processes: processes.length, mebibytes: sum(0) / 1024, cpuSeconds: sum(1), forSeconds},
  };
}

async function numberOn({transport}: Cluster, node: Host, script: string): Promise<Result<number, string>> {
  const said = await stdoutOf(transport, node, readOnly(['sh', '-c', script]));
  if (!said.ok) return said;
  const number = Number(said.value.trim());
  return number > 0 ? {ok: true, value: number} : {ok: false, error: `${node.name}: ${script} gave no number`};
}

interface Hog {
  name: string;
  words: string;
  eat: string;
  /** How much of it, on this node. */
  size(cluster: Cluster, node: Host): Promise<Result<number, string>>;
  /** Whether it has it. */
  bit(eaten: Eaten): boolean;
  evidence(eaten: Eaten): string;
}

function hog({name, words, eat, size, bit, evidence}: Hog) {
  return defineFault({
    name,
    strikes: 'node',
    parameters: z.strictObject({seconds}),
    needs: {nodes: 3},
    effect: () => slowed,
    preview: (nodes, wanted) => `${words} for ${wanted.seconds} s at most  # on ${only(nodes).name}`,

    async deadMan(_cluster, nodes) {
      return {ok: true, value: [{host: only(nodes), argv: endCommand(name).argv}]};
    },

    async inject(cluster, nodes, wanted) {
      const node = only(nodes);
      const much = await size(cluster, node);
      if (!much.ok) return notInjected(much.error);
      return cluster.transport.exec(node, startCommand(name, wanted.seconds, eat, much.value));
    },

    async reached(cluster, nodes) {
      const eaten = await eatenBy(cluster, only(nodes), name);
      if (!eaten.ok) return eaten;
      const said = evidence(eaten.value);
      return bit(eaten.value) ? {ok: true, value: said} : {ok: false, error: said};
    },

    heal: (cluster, nodes) => undoAndWait(cluster, only(nodes), endCommand(name)),
  });
}

/** Twice as many as it has processors: whoever else wants one waits. */
export const cpuHog = hog({
  name: 'cpu-hog',
  words: 'twice as many busy loops as processors',
  eat: eatProcessors,
  async size(cluster, node) {
    if (cluster.hardware.shared) return {ok: true, value: 1};
    const processors = await numberOn(cluster, node, 'nproc');
    return processors.ok ? {ok: true, value: 2 * processors.value} : processors;
  },
  bit: ({cpuSeconds}) => cpuSeconds >= 1,
  evidence: ({size, cpuSeconds, forSeconds}) =>
    `${size} busy ${size === 1 ? 'loop' : 'loops'} had ${cpuSeconds} s of a processor in ${forSeconds} s`,
});

/** Many loops that take what nobody else wants: the load is above 4 within half a minute, and guests hardly wait. */
export const loadHog = hog({
  name: 'load-hog',
  words: `${loadLoops} busy loops of the lowest priority`,
  eat: `renice -n 19 $$ >/dev/null; ${eatProcessors}`,
  size: async () => ({ok: true, value: loadLoops}),
  // Each may have had less than a second: that it waits for a processor counts.
  bit: ({size, processes}) => processes > size,
  evidence: ({processes, forSeconds}) => `${processes - 1} busy loops have run for ${forSeconds} s`,
});

/** Nine tenths of what is available; the rest is what the cluster itself lives on. */
export const memoryHog = hog({
  name: 'memory-hog',
  words: 'nine tenths of the available memory held',
  eat: eatMemory,
  async size(cluster, node) {
    const kibibytes = await numberOn(cluster, node, "sed -n 's/^MemAvailable: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo");
    if (!kibibytes.ok) return kibibytes;
    const most = Math.floor((0.9 * kibibytes.value) / 1024);
    return {ok: true, value: cluster.hardware.shared ? Math.min(most, sharedMebibytes) : most};
  },
  bit: ({size, mebibytes}) => mebibytes >= 0.95 * size,
  evidence: ({size, mebibytes}) => `${mebibytes.toFixed(0)} of ${size} MiB of memory are held`,
});
