/** A run on a small disk of its own (tmpfs, in a private mount namespace) that is filled up and freed. */
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import test from 'ava';

const program = join(import.meta.dirname, '../../fixtures/kit/full-disk.ts');
const onSmallDisk = 'mount -t tmpfs -o size=260m seatrial-room /mnt && exec "$@"';

function run(...words: string[]) {
  const argv = ['--mount', 'sh', '-c', onSmallDisk, 'sh', process.execPath, program, '/mnt', ...words];
  const {stdout, stderr} = spawnSync('unshare', argv, {encoding: 'utf8', timeout: 60_000});
  return stdout === '' ? {failed: stderr} : JSON.parse(stdout);
}

test('a disk that runs full in mid-fault: that trial fails, the fault is healed, and the run goes on when there is room', t => {
  const {failed, end, ended, said, healed, inForce, trials, damage} = run();
  t.is(failed, undefined);
  t.is(healed, 1);
  t.deepEqual(inForce, ['profile']);
  t.deepEqual(
    trials.map(([status]: [string]) => status),
    ['done', 'failed', 'done'],
  );
  t.regex(trials[1][1], /ENOSPC/);
  t.is(end.status, 'complete');
  t.is(ended.status, 'complete');
  t.deepEqual(damage, []);
  const waited = said.filter((text: string) => text.startsWith('waiting for room'));
  t.is(waited.length, 4, waited.join('\n'));
  t.regex(waited[0], /^waiting for room on \/mnt: ENOSPC/);
  t.regex(waited[3], /^waiting for room on \/mnt: \d+ MB free, 200 MB wanted$/);
});

test('stopped while it waits for room: it ends aborted, healed, and can be resumed', t => {
  const {failed, end, ended, healed, trials, damage} = run('stopped');
  t.is(failed, undefined);
  t.is(healed, 1);
  t.is(end.status, 'aborted');
  t.is(ended, undefined, 'there was no room to say so: it reads as killed');
  t.deepEqual(trials[1], ['aborted', 'the harness ended before this trial did']);
  t.deepEqual(damage, []);
});
