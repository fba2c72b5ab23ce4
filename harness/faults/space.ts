/**
 * Room on a file system goes: a file of ours takes what leaves so many percent of it free, or a log of ours has grown
 * to so many bytes. It is another thing than a disk that is full to the last block: nothing fails yet.
 */
import {z} from 'zod';
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import type {Cluster, Command, Host, Result} from '../types.ts';
import {ownDisk} from './disk-full.ts';
import {defineFault, only} from './fault.ts';
import {takeBack} from './recovery.ts';

const folder = z.string().regex(/^\/[^\0]*[^/\0]$/, {error: 'an absolute path'});
const spaceName = 'seatrial-space';
/** As a rotated log is called: what cleans logs takes it for one. */
export const grownLog = 'seatrial-grown.log.1';

/** `$1` folder, `$2` name, `$3` bytes, or as `N%` what is to be left free. */
const take = `file=$1/$2
${ownDisk}
[ ! -e "$file" ] || { echo "$file is there already" >&2; exit 1; }
case $3 in
*%) bytes=$(stat -f -c '%a %b %S' "$1" | awk -v keep="\${3%\\%}" '{printf "%.0f", ($1 - $2 * keep / 100) * $3}') ;;
*) bytes=$3 ;;
esac
[ "$bytes" -gt 0 ] || { echo "$1 has less room already than is to be left" >&2; exit 1; }
fallocate -l "$bytes" "$file"`;

const look = `test -e "$1/$2" && stat -f -c '%a %b %S' "$1" && stat -c %s "$1/$2"`;

interface Taking {
  folder: string;
  name: string;
  amount: string;
}

const takeCommand = ({folder: at, name, amount}: Taking): Command => ({
  argv: ['sh', '-ec', take, 'space', at, name, amount],
  timeoutMs: 60_000,
  idempotent: false,
});

const giveCommand = ({folder: at, name}: Omit<Taking, 'amount'>): Command =>
  idempotent(['rm', '-f', `${at}/${name}`], 60_000);

async function takenBy(
  {transport}: Cluster,
  node: Host,
  {folder: at, name}: Omit<Taking, 'amount'>,
): Promise<Result<string, string>> {
  const said = await stdoutOf(transport, node, readOnly(['sh', '-c', look, 'look', at, name]));
  if (!said.ok) return said;
  const [free = 0, all = 0, , bytes = 0] = said.value.trim().split(/\s+/).map(Number);
  return {ok: true, value: `${at}/${name} has ${bytes} bytes; ${((100 * free) / all).toFixed(1)} % of ${at} are free`};
}

function taking<P extends {folder: string}>(
  name: string,
  file: string,
  parameters: z.ZodType<P & Record<string, string | number>>,
  amount: (wanted: P) => string,
  words: (wanted: P) => string,
) {
  return defineFault({
    name,
    strikes: 'node',
    parameters,
    needs: {tools: ['fallocate']},
    effect: () => ({fences: [0], guests: 'unharmed'}),
    preview: (nodes, wanted) => `fallocate ${wanted.folder}/${file}: ${words(wanted)}  # on ${only(nodes).name}`,
    async deadMan(_cluster, nodes, {folder: at}) {
      return {ok: true, value: [{host: only(nodes), argv: giveCommand({folder: at, name: file}).argv}]};
    },
    inject: (cluster, nodes, wanted) =>
      cluster.transport.exec(only(nodes), takeCommand({folder: wanted.folder, name: file, amount: amount(wanted)})),
    reached: (cluster, nodes, {folder: at}) => takenBy(cluster, only(nodes), {folder: at, name: file}),
    heal: (cluster, nodes, {folder: at}) => takeBack(cluster, only(nodes), giveCommand({folder: at, name: file})),
  });
}

/** So many percent of the file system are left free. */
export const spaceTaken = taking(
  'space-taken',
  spaceName,
  z.strictObject({folder, leavesPercent: z.number().min(1).max(99)}),
  ({leavesPercent}) => `${leavesPercent}%`,
  ({leavesPercent}) => `${leavesPercent} % are left free`,
);

/** A log of so many bytes, as one that was never cut. */
export const logsGrown = taking(
  'logs-grown',
  grownLog,
  z.strictObject({folder, bytes: z.number().int().min(1)}),
  ({bytes}) => String(bytes),
  ({bytes}) => `${bytes} bytes`,
);
