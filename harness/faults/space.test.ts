/** Room that goes, with its commands run for real in a folder of the test. */
import {existsSync, mkdtempSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {runLocally} from '../transport/local.ts';
import type {Command} from '../types.ts';
import {grownLog, logsGrown, spaceTaken} from './space.ts';

function here(t: ExecutionContext) {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-space-test-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  const {cluster} = fakeCluster(() => undefined);
  const exec = (_host: unknown, command: Command) => runLocally(command);
  return {folder, cluster: {...cluster, transport: {...cluster.transport, exec}}};
}

test('a log grows once, is seen, and is gone when it is healed, twice and for nothing', async t => {
  const {folder, cluster} = here(t);
  const fault = logsGrown.at(cluster.nodes.slice(0, 1), {folder, bytes: 4096});
  t.false((await fault.reached(cluster)).ok);
  t.deepEqual(await fault.heal(cluster), {ok: true, value: undefined});
  t.deepEqual((await fault.inject(cluster)).exit, {kind: 'exited', code: 0});
  t.is(statSync(join(folder, grownLog)).size, 4096);
  const reached = await fault.reached(cluster);
  t.regex(reached.ok ? reached.value : reached.error, /seatrial-grown\.log\.1 has 4096 bytes; [\d.]+ % of .* are free/);
  const again = await fault.inject(cluster);
  t.regex(again.stderr, /is there already/);
  for (let time = 0; time < 2; time += 1) t.deepEqual(await fault.heal(cluster), {ok: true, value: undefined});
  t.false(existsSync(join(folder, grownLog)));
});

test('what has less room than is to be left is not filled', async t => {
  const {folder, cluster} = here(t);
  // Of the disk of any machine that runs tests something is used.
  const fault = spaceTaken.at(cluster.nodes.slice(0, 1), {folder, leavesPercent: 99});
  const {exit, stderr} = await fault.inject(cluster);
  t.deepEqual(exit, {kind: 'exited', code: 1});
  t.regex(stderr, /has less room already than is to be left/);
  t.false((await fault.reached(cluster)).ok);
  t.false(spaceTaken.on(cluster.nodes.slice(0, 1), {folder: 'relative', leavesPercent: 5}).ok);
});
