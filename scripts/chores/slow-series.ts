/**
 * A short real series with a real slowdown: nights on one lab by `seatrial nightly`, and after some of them a delay put
 * into the server of its disks. Says of each night what it found, and of the series whether the slowdown was. `node
 * scripts/chores/slow-series.ts --help`. Needs root.
 */
import {spawnSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {Command} from 'commander';
import {labDown, labUp} from '../../harness/lab/index.ts';
import {killNbd, planNbdDisks, startNbd} from '../../harness/lab/nbd.ts';
import {labPlace, readRecord} from '../../harness/lab/state.ts';
import {withGuestsStopped} from '../../harness/settings/restart.ts';
import type {Cluster, Result} from '../../harness/types.ts';
import {whole} from '../cli/kit/options.ts';

interface Options {
  nights: number;
  plantAfter: number;
  delay: number;
  reps: number;
  out: string;
}

const name = 'slow-series';

const options = new Command('slow-series')
  .description('A series of short nights on one lab, with a slowdown planted on the way.')
  .option('--nights <n>', 'how many', whole(2, 1000), 13)
  .option('--plant-after <n>', 'after so many nights the disks get slower', whole(1, 999), 8)
  .option('--delay <ms>', 'added to every read and write from then on', whole(1, 10_000), 8)
  .option('--reps <n>', 'trials a night', whole(1, 100), 3)
  .requiredOption('--out <folder>', 'folder for the runs, their history and the pages')
  .parse()
  .opts<Options>();

function must<T>(result: Result<T, string>): T {
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

/**
 * The same disks behind the same servers, each answer a little later. The guests are off meanwhile, as for any work on
 * their disks.
 */
async function slowDown(cluster: Cluster): Promise<void> {
  const place = labPlace(name);
  const host = place.ok ? readRecord(place.value)?.storageHost : undefined;
  if (host === undefined) throw new Error('the lab has no storage host');
  const target = {transport: cluster.transport, host};
  must(
    await withGuestsStopped(cluster, async () => {
      for (const disk of planNbdDisks(cluster.guests)) {
        must(await killNbd(target, disk));
        must(await startNbd(target, disk, {lying: false, delayMs: options.delay}));
      }
      return {ok: true, value: undefined} as const;
    }),
  );
}

const out = resolve(options.out);
mkdirSync(out, {recursive: true});
const say = (text: string) => process.stderr.write(`${text}\n`);
const lab = {name, nodes: 3, storage: 'nbd', guests: 1} as const;
const up = await labUp(lab, say, AbortSignal.timeout(300_000));
if (!up.ok) throw new Error(`${up.error.sentence} ${up.error.todo}`);
const nights: {night: number; planted: boolean; exitCode: number | null; alarms: readonly string[]}[] = [];
try {
  for (let night = 1; night <= options.nights; night++) {
    if (night === options.plantAfter + 1) {
      say(`planting: ${options.delay} ms on every read and write`);
      await slowDown(up.value);
    }
    const {status, stdout, stderr} = spawnSync(
      process.execPath,
      [
        join(import.meta.dirname, '../seatrial.ts'),
        'nightly',
        ...['--lab', name, '--storage', 'nbd', '--guests', '1', '--quick', '--reps', String(options.reps)],
        ...['--only', 'storage/fio', '--runs', join(out, 'runs'), '--seed', String(night), '--json'],
      ],
      {encoding: 'utf8', timeout: 900_000, maxBuffer: 2 ** 28},
    );
    if (status === null || status > 2) throw new Error(`night ${night} ended with ${status}: ${stderr.slice(-2000)}`);
    const alarms: readonly string[] = JSON.parse(stdout).alarms.map((alarm: {sentence: string}) => alarm.sentence);
    nights.push({night, planted: night > options.plantAfter, exitCode: status, alarms});
    say(
      `night ${night}${night > options.plantAfter ? ', slowed down' : ''}: exit code ${status}; ${alarms.join('; ') || 'nothing'}`,
    );
    writeFileSync(join(out, 'series.json'), `${JSON.stringify({...options, nights}, null, 1)}\n`);
  }
} finally {
  await labDown(name);
}
const found = nights.filter(({planted, exitCode}) => planted && exitCode === 1).map(({night}) => night);
const early = nights.filter(({planted, exitCode}) => !planted && exitCode === 1).map(({night}) => night);
process.stdout.write(
  `${options.nights} nights, ${options.delay} ms planted after night ${options.plantAfter}: regression told in night ${found.join(', ') || 'none'}; ` +
    `before it, told falsely in night ${early.join(', ') || 'none'}\n`,
);
process.exitCode = found.length > 0 && early.length === 0 ? 0 : 1;
