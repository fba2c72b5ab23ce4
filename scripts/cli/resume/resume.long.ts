/** Killed in mid-trial over SSH, and gone on with: a whole run whose trials count once. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {raised} from '../../../fixtures/kit/lab.ts';
import {callIn, overSsh, untilSaid} from '../../../fixtures/kit/ssh-lab.ts';
import {labDown} from '../../../harness/lab/index.ts';
import {readRun} from '../../../harness/run/store.ts';

const lab = `resume${process.pid}`;
const cluster = `${lab}-ssh`;
const folder = mkdtempSync(join(tmpdir(), 'seatrial-resume-'));
const run = join(folder, 'run');

test.after.always(async () => {
  await labDown(lab);
  rmSync(folder, {recursive: true, force: true});
});

test('kill -9 in mid-migration, resumed over SSH: complete, verified, every trial once', async t => {
  t.timeout(540_000);
  const opened = await raised({name: lab, nodes: 3, guests: 1, storage: 'nbd'});
  const inventory = await overSsh(opened, cluster, folder);
  const on = ['--inventory', inventory, '--allow', 'disruptive', '--yes-i-mean', cluster];
  const only = 'conformance/rules,migration/live';
  const first = callIn(lab, 'accept', ...on, '--quick', '--seed', '1', '--reps', '1', '--only', only, '--out', run);
  await untilSaid(first, 'moving vm1', 300);
  // nsenter has become seatrial.
  first.child.kill('SIGKILL');
  await first.ended;

  const again = await callIn(lab, 'resume', run, ...on).ended;
  t.not(again.code, 4, again.said);
  const stored = await readRun(run);
  if (!stored.ok) throw new Error(stored.error.found);
  const {ended, plan, trials, resumed, damage} = stored.value;
  t.is(ended?.status, 'complete');
  t.deepEqual(damage, []);
  t.deepEqual(
    trials.map(({record}) => [record.planned.slot, record.status]),
    plan.trials.map(({slot}) => [slot, 'done']),
  );
  t.is(resumed?.times.length, 1);
  t.deepEqual(
    resumed?.interrupted.map(({record}) => record.planned.scenario),
    ['migration/live'],
  );
  const verified = await callIn(lab, 'verify', run).ended;
  t.is(verified.code, 0, verified.said);
  const refused = await callIn(lab, 'resume', run, ...on).ended;
  t.is(refused.code, 3);
  t.regex(refused.said, /it is complete/);
});
