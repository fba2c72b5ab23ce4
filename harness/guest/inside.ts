/**
 * A guest is asked from inside, and from outside, whether it is whole: a migration that ended with 0 may have broken
 * it, and libvirt calls it running all the same.
 */
import {z} from 'zod';
import {readOnly} from '../cluster/commands.ts';
import type {Cluster, Guest, Outcome, Result} from '../types.ts';
import {guestExec} from './exec.ts';

export const patternFile = '/dev/shm/seatrial-pattern';
const layMs = 120_000;
const askMs = 60_000;
const echoes = 5;

/** What a guest and the client say. What could not be asked is absent, and `silent` says why. */
export const insideSchema = z.object({
  silent: z.string().optional(),
  bootId: z.string().optional(),
  /** SHA-256 of the pattern in its memory; empty where there is none. */
  checksum: z.string().optional(),
  /** Replies to five echo requests each. */
  outward: z.number().optional(),
  inward: z.number(),
  /** Lines of its kernel's log that tell of damage. */
  kernel: z.array(z.string()).readonly(),
});
export type Inside = z.infer<typeof insideSchema>;

const damage =
  'BUG:|Oops|Kernel panic|soft lockup|hard LOCKUP|blocked for more than|is not a head|rcu.*stall|I/O error';
/** `$1` the address to reach. */
const ask = `echo "boot $(cat /proc/sys/kernel/random/boot_id)"
echo "sum $(sha256sum 2>/dev/null <${patternFile} | cut -d' ' -f1)"
echo "out $(ping -q -c ${echoes} -i 0.2 -W 2 "$1" 2>&1 | tr '\\n' ' ')"
dmesg | grep -E '${damage}' | tail -n 20 | sed 's/^/log /'
true`;

/** Fills so much of the guest's memory with what cannot be compressed, and gives its SHA-256. */
export async function layPattern(cluster: Cluster, guest: Guest, mebibytes: number): Promise<Result<string, string>> {
  const script = `dd if=/dev/urandom of=${patternFile} bs=1M count="$1" 2>/dev/null && sha256sum <${patternFile}`;
  const argv = ['sh', '-c', script, 'lay', String(mebibytes)] as const;
  const outcome = await guestExec(cluster, guest, {argv, timeoutMs: layMs});
  const sum = /^[0-9a-f]{64}/.exec(outcome.stdout)?.[0];
  if (sum !== undefined) return {ok: true, value: sum};
  return {ok: false, error: `no pattern could be laid into the memory of ${guest.name}: ${told(outcome)}`};
}

export async function clearPattern(cluster: Cluster, guest: Guest): Promise<void> {
  await guestExec(cluster, guest, {argv: ['rm', '-f', patternFile], timeoutMs: askMs});
}

/** Never rejects: a guest that does not answer is an answer. */
export async function askInside(cluster: Cluster, guest: Guest): Promise<Inside> {
  const address = cluster.client.addresses.service ?? '';
  const [inside, outside] = await Promise.all([
    guestExec(cluster, guest, {argv: ['sh', '-c', ask, 'ask', address], timeoutMs: askMs}),
    cluster.transport.exec(
      cluster.client,
      readOnly(['ping', '-q', '-c', String(echoes), '-i', '0.2', '-W', '2', guest.address], 30_000),
    ),
  ]);
  const inward = received(outside.stdout) ?? 0;
  if (inside.exit.kind !== 'exited') return {silent: told(inside), inward, kernel: []};
  return {...readAnswer(inside.stdout), inward};
}

/** Pure. */
export function readAnswer(text: string): Omit<Inside, 'inward'> {
  const lines = text.split('\n');
  const after = (word: string) => lines.find(line => line.startsWith(`${word} `))?.slice(word.length + 1);
  const [bootId, checksum, outward] = [after('boot'), after('sum'), received(after('out') ?? '')];
  return {
    ...(bootId === undefined ? {} : {bootId}),
    ...(checksum === undefined ? {} : {checksum}),
    ...(outward === undefined ? {} : {outward}),
    kernel: lines.flatMap(line => (line.startsWith('log ') ? [line.slice(4)] : [])),
  };
}

/** As iputils and busybox end. */
function received(text: string): number | undefined {
  const count = /transmitted, (\d+) (?:packets )?received/.exec(text)?.[1];
  return count === undefined ? undefined : Number(count);
}

function told({exit, stderr}: Outcome): string {
  const how = exit.kind === 'unreachable' ? exit.reason : exit.kind === 'exited' ? `exit ${exit.code}` : exit.kind;
  return `${how} ${stderr.trim()}`.trim();
}
