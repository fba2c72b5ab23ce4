/**
 * What every host was busy with while a load ran: counters read a few times, and what was used in the middle of the
 * load. Few, and by programs that start little, since reading takes processors that the load may want.
 */
import {z} from 'zod';
import {readOnly, succeeded} from '../../harness/cluster/commands.ts';
import {type HostCounters, parseHostCounters, type Use, usesBetween} from '../../harness/parse/host-counters.ts';
import type {Artefacts, Cluster, Command, Host, ParseError, Result, Trial} from '../../harness/types.ts';
import {jsonArtefact} from './artefacts.ts';
import {beside} from './beside.ts';

/** Of the time that a load is said to take: one that takes up to 1.4 times as long has two readings in its middle half. */
const [firstAt, every] = [0.3, 0.2];

const processors = `read -r up </proc/uptime; echo "## uptime
$up"
read -r cpu </proc/stat; echo "## stat
$cpu"`;
const others = `echo '## net'; tail -n +3 /proc/net/dev
echo '## speed'
for f in /sys/class/net/*/speed; do read -r s 2>/dev/null <"$f" && [ "$s" -gt 0 ] && n=\${f%/speed} && echo "\${n##*/} $s"; done
echo '## diskstats'; cat /proc/diskstats
echo '## domstats'; virsh -q -c qemu:///system -r domstats --vcpu 2>/dev/null`;

/** What `parseHostCounters` reads from one host; of `processors` the shell reads all by itself. */
function countersCommand(what: Counted): Command {
  const script = what === 'processors' ? processors : `${processors}\n${others}`;
  return readOnly(['sh', '-c', `${script}\necho '## end'`], 10_000);
}

/** The processors alone, or interfaces, disks and guests too. */
export type Counted = 'processors' | 'all';

interface Readings {
  /** Of the load, on the harness's monotonic clock. */
  startedMs: number;
  endedMs: number;
  hosts: {host: string; readings: {atMs: number; text: string}[]}[];
}

/**
 * Runs a load that takes about `seconds`, and reads the counters of all hosts beside it; keeps them as `name`. A
 * host that does not answer has fewer readings.
 */
export async function withCounters<T>(
  trial: Trial,
  name: string,
  {hosts, seconds, what}: {hosts: readonly Host[]; seconds: number; what: Counted},
  load: () => Promise<T>,
): Promise<T> {
  const {transport} = trial.cluster;
  const readings: Readings['hosts'] = hosts.map(({name: host}) => ({host, readings: []}));
  const options = {
    firstAfterMs: seconds * 1000 * firstAt,
    intervalMs: seconds * 1000 * every,
    longestMs: seconds * 2000 + 120_000,
  };
  const startedMs = performance.now();
  const watching = hosts.map((host, index) =>
    beside(
      'the reading of counters',
      async () => {
        const atMs = performance.now();
        const outcome = await transport.exec(host, countersCommand(what));
        if (succeeded(outcome)) readings[index]?.readings.push({atMs, text: outcome.stdout});
      },
      options,
    ),
  );
  try {
    return await load();
  } finally {
    const endedMs = performance.now();
    await Promise.all(watching.map(each => each.stop()));
    await trial.keep(name, `${JSON.stringify({startedMs, endedMs, hosts: readings} satisfies Readings)}\n`);
  }
}

const schema: z.ZodType<Readings> = z.object({
  startedMs: z.number(),
  endedMs: z.number(),
  hosts: z.array(z.object({host: z.string(), readings: z.array(z.object({atMs: z.number(), text: z.string()}))})),
});

export interface HostUse extends Use {
  host: string;
  /** JSON pointer to the reading it was taken up to. */
  path: string;
}

/**
 * Use of every resource over the middle half of the load: its tools need a moment to begin and to end. Needs two
 * readings of a host within that time; a host with fewer is absent.
 */
export function usesDuring(raw: Artefacts, name: string): Result<readonly HostUse[], ParseError> {
  const read = jsonArtefact(raw, name, schema);
  if (!read.ok) return read;
  const {startedMs, endedMs, hosts} = read.value;
  const quarter = (endedMs - startedMs) / 4;
  const uses: HostUse[] = [];
  for (const [index, {host, readings}] of hosts.entries()) {
    const parsed: {counters: HostCounters; path: string}[] = [];
    for (const [number, {atMs, text}] of readings.entries()) {
      if (atMs < startedMs + quarter || atMs > endedMs - quarter) continue;
      const path = `/hosts/${index}/readings/${number}`;
      const counters = parseHostCounters(text, name);
      if (!counters.ok) return {ok: false, error: {...counters.error, path: `${path} ${counters.error.path}`}};
      parsed.push({counters: counters.value, path});
    }
    const [first, last] = [parsed[0], parsed.at(-1)];
    if (first === undefined || last === undefined || first === last) continue;
    uses.push(...usesBetween(first.counters, last.counters).map(use => ({...use, host, path: last.path})));
  }
  return {ok: true, value: uses};
}

/** How long the load took, by the clock. */
export function secondsOfLoad(raw: Artefacts, name: string): Result<number, ParseError> {
  const read = jsonArtefact(raw, name, schema);
  return read.ok ? {ok: true, value: (read.value.endedMs - read.value.startedMs) / 1000} : read;
}

/** Those whose counters say something about the load: the nodes that are up, and the client that makes it. */
export function countedHosts({nodes, client}: Cluster, without: string | undefined): readonly Host[] {
  return [...nodes.filter(node => node.name !== without), client];
}
