import {createSocket} from 'node:dgram';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {buildBeacon} from '../../../harness/probes/beacon/binary.ts';
import {startLocally} from '../../../harness/transport/local.ts';
import {blackouts, loss, parseBeacon, sendSchedule} from '../../../reports/beacon/index.ts';
import type {Bench} from './line.ts';

const intervalMs = 10;
const seconds = 20;

/** How late the beacon sends against its schedule, and beside it, in the same seconds, a timer loop of this runtime. */
export const beacon: Bench = {
  title: `Beacon, ${intervalMs} ms interval, ${seconds} s over loopback`,
  async run() {
    const built = await buildBeacon();
    if (!built.ok) throw new Error(built.error);
    const folder = await mkdtemp(join(tmpdir(), 'seatrial-bench-'));
    try {
      const port = await freePort();
      const server = startLocally({
        argv: [built.value.path, 'serve', '--port', String(port)],
        timeoutMs: (seconds + 30) * 1000,
        idempotent: false,
      });
      await sleep(200);
      const log = join(folder, 'beacon.log');
      const options = {target: `self=127.0.0.1:${port}`, 'interval-ms': intervalMs, 'duration-s': seconds, out: log};
      const watch = startLocally({
        argv: [
          built.value.path,
          'watch',
          ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]),
        ],
        timeoutMs: (seconds + 20) * 1000,
        idempotent: false,
      });
      const timer = await timerP99Seconds();
      await watch.outcome;
      await server.stop();
      const parsed = parseBeacon(await readFile(log, 'utf8'), 'beacon.log');
      const schedule = parsed.ok ? sendSchedule(parsed.value) : undefined;
      if (!parsed.ok || !schedule) throw new Error(parsed.ok ? 'nothing was sent' : parsed.error.found);
      const lost = loss(parsed.value, 'self')?.lost;
      const silent = blackouts(parsed.value, 'self')?.length;
      if (lost !== 0 || silent !== 0) throw new Error(`${lost} requests unanswered, ${silent} blackouts over loopback`);
      return [
        {what: 'late against its schedule, P50', value: schedule.p50Seconds, unit: 's'},
        {
          what: 'late against its schedule, P99',
          value: schedule.p99Seconds,
          unit: 's',
          goal: {relation: 'at-most', bound: 0.001},
          beside: {what: 'a setTimeout loop', value: timer},
        },
      ];
    } finally {
      await rm(folder, {recursive: true, force: true});
    }
  },
};

/** P99 of the lateness of a timer loop on an absolute schedule, in seconds. */
async function timerP99Seconds(): Promise<number> {
  const start = performance.now();
  const late: number[] = [];
  for (let n = 1; n * intervalMs < seconds * 1000; n++) {
    const intended = start + n * intervalMs;
    await sleep(Math.max(0, intended - performance.now()));
    late.push((performance.now() - intended) / 1000);
  }
  late.sort((a, b) => a - b);
  return late[Math.ceil(0.99 * late.length) - 1] ?? Number.NaN;
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
