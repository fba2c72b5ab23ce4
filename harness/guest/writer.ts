/**
 * A writer inside a guest: fio changes random pages of the guest's memory at a fixed rate, says how fast it really was.
 * Where it is told to, it reads a part of them again while it runs, so that a page that a migration has left as it was
 * before is found by the guest itself.
 */
import {z} from 'zod';
import {readJson} from '../parse/json.ts';
import type {Cluster, Guest, Result} from '../types.ts';
import {guestExec} from './exec.ts';
import {endFio} from './fio-beside.ts';

export interface WriterOptions {
  mebibytesPerSecond: number;
  /** Of the memory that it changes. */
  workingSetMiB: number;
  /** It ends by itself after so long. */
  seconds: number;
  /** Reading again takes several times the CPU: under emulation, a guest cannot do it at more than some MiB/s. */
  verified: boolean;
}

export interface Written {
  /** Measured over its whole life. */
  bytesPerSecond: number;
  seconds: number;
  /** fio's errno; 0 where all that was read again was what had been written. */
  error: number;
}

export const writerFiles = '/run/seatrial-writer';
const startMs = 30_000;
const stopMs = 60_000;
/** Of as many blocks written, so many are read again. */
const verification = ['--verify=xxhash', '--verify_backlog=2048', '--verify_backlog_batch=128', '--verify_fatal=1'];

/** `$1` the rate, `$2` the size, `$3` the time, in MiB and seconds; further words are fio's. */
const start = `rm -f ${writerFiles}.*
rate=$1 size=$2 time=$3; shift 3
setsid fio --name=seatrial-writer --ioengine=mmap --directory=/dev/shm --size="\${size}m" --rw=randwrite --bs=4k \\
  --rate=",\${rate}m" --time_based --runtime="$time" --norandommap "$@" --unlink=1 --thread --gtod_reduce=1 \\
  --output-format=json --output=${writerFiles}.json >${writerFiles}.said 2>&1 &
echo $! >${writerFiles}.pid
tries=0
until [ -n "$(ls -A /dev/shm 2>/dev/null | grep seatrial-writer)" ]; do
  tries=$((tries + 1)); [ $tries -lt 100 ] && kill -0 "$(cat ${writerFiles}.pid)" || { cat ${writerFiles}.said ${writerFiles}.json; exit 1; }
  sleep 0.1
done`;

const stop = `${endFio(writerFiles)}; rm -f ${writerFiles}.* /dev/shm/seatrial-writer*`;

const report = z.object({
  jobs: z.array(z.object({error: z.number(), write: z.object({io_bytes: z.number(), runtime: z.number()})})),
});

export async function startWriter(
  cluster: Cluster,
  guest: Guest,
  options: WriterOptions,
): Promise<Result<void, string>> {
  const {mebibytesPerSecond, workingSetMiB, seconds, verified} = options;
  const given = [mebibytesPerSecond, workingSetMiB, seconds].map(String).concat(verified ? verification : []);
  const outcome = await guestExec(cluster, guest, {argv: ['sh', '-c', start, 'writer', ...given], timeoutMs: startMs});
  if (outcome.exit.kind === 'exited' && outcome.exit.code === 0) return {ok: true, value: undefined};
  return {
    ok: false,
    error: `the writer in ${guest.name} did not begin: ${JSON.stringify(outcome.exit)} ${outcome.stdout}${outcome.stderr}`,
  };
}

/** An error: it cannot be asked, or has nothing to say. */
export async function stopWriter(cluster: Cluster, guest: Guest): Promise<Result<Written, string>> {
  const outcome = await guestExec(cluster, guest, {argv: ['sh', '-c', stop], timeoutMs: stopMs});
  const failed = (why: string): Result<never, string> => ({ok: false, error: `the writer in ${guest.name}: ${why}`});
  if (outcome.exit.kind !== 'exited') return failed(JSON.stringify(outcome.exit));
  // fio tells in front of its report which signal has ended it.
  const read = readJson(outcome.stdout.slice(Math.max(0, outcome.stdout.indexOf('{'))), 'its report', report);
  if (!read.ok) return failed(`no report, but ${JSON.stringify((outcome.stdout + outcome.stderr).slice(0, 300))}`);
  const [job] = read.value.jobs;
  if (job === undefined) return failed('a report without a job');
  const seconds = job.write.runtime / 1000;
  const bytesPerSecond = seconds > 0 ? job.write.io_bytes / seconds : 0;
  return {ok: true, value: {bytesPerSecond, seconds, error: job.error}};
}
