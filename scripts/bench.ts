/**
 * `npm run bench`: how good the instrument itself is on this machine. Numbers are for people; no test depends on them. What can be put as a
 * ratio stands beside what it is compared with, measured in the same run.
 */

import {createSocket} from 'node:dgram';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {buildBeacon} from '../harness/probes/beacon/binary.ts';
import {startLocally} from '../harness/transport/local.ts';
import {blackouts, loss, parseBeacon, sendSchedule} from '../reports/parse/beacon.ts';

const intervalMs = 10;
const seconds = 20;

const beacon = await buildBeacon();
if (!beacon.ok) {
  console.error(`bench: ${beacon.error}`);
  process.exit(4);
}
const folder = await mkdtemp(join(tmpdir(), 'seatrial-bench-'));
try {
  const port = await freePort();
  const {path} = beacon.value;
  const server = startLocally({
    argv: [path, 'serve', '--port', String(port)],
    timeoutMs: (seconds + 30) * 1000,
    idempotent: false,
  });
  await sleep(200);
  const log = join(folder, 'beacon.log');
  const target = `self=127.0.0.1:${port}`;
  const watch = startLocally({
    argv: [
      path,
      'watch',
      '--target',
      target,
      '--interval-ms',
      String(intervalMs),
      '--duration-s',
      String(seconds),
      '--out',
      log,
    ],
    timeoutMs: (seconds + 20) * 1000,
    idempotent: false,
  });
  // Beside it, in the same seconds: what a plain timer of this runtime would have made of the same schedule.
  const timer = await timerLateness(seconds);
  await watch.outcome;
  await server.stop();
  const parsed = parseBeacon(await readFile(log, 'utf8'), 'beacon.log');
  const schedule = parsed.ok ? sendSchedule(parsed.value) : undefined;
  if (!parsed.ok || !schedule) throw new Error(parsed.ok ? 'nothing was sent' : parsed.error.found);
  const silent = blackouts(parsed.value, 'self') ?? [];
  console.log(`beacon, ${intervalMs} ms interval, ${seconds} s over loopback`);
  console.log(
    `  late against its schedule: P50 ${ms(schedule.p50Seconds)}, P99 ${ms(schedule.p99Seconds)}, max ${ms(schedule.maxSeconds)} of ${schedule.sends} sends`,
  );
  console.log(
    `  a setTimeout loop beside it: P50 ${ms(timer.p50Seconds)}, P99 ${ms(timer.p99Seconds)}, max ${ms(timer.maxSeconds)}`,
  );
  console.log(`  ratio of the P99s, beacon ÷ setTimeout: ${(schedule.p99Seconds / timer.p99Seconds).toFixed(3)}`);
  console.log(`  unanswered: ${loss(parsed.value, 'self')?.lost} requests, ${silent.length} blackouts`);
  console.log(`  goal, P99 at most 1 ms: ${schedule.p99Seconds <= 0.001 ? 'kept' : 'not kept on this machine now'}`);
} finally {
  await rm(folder, {recursive: true, force: true});
}

/** Lateness of a timer loop on an absolute schedule, in seconds. */
async function timerLateness(
  forSeconds: number,
): Promise<{p50Seconds: number; p99Seconds: number; maxSeconds: number}> {
  const start = performance.now();
  const late: number[] = [];
  for (let n = 1; n * intervalMs < forSeconds * 1000; n++) {
    const intended = start + n * intervalMs;
    await sleep(Math.max(0, intended - performance.now()));
    late.push((performance.now() - intended) / 1000);
  }
  late.sort((a, b) => a - b);
  const at = (p: number) => late[Math.min(late.length - 1, Math.ceil(p * late.length) - 1)] ?? Number.NaN;
  return {p50Seconds: at(0.5), p99Seconds: at(0.99), maxSeconds: at(1)};
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const {port} = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

function ms(value: number): string {
  return `${(value * 1000).toFixed(3)} ms`;
}
