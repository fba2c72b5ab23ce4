/** Killed in mid-trial over SSH, and gone on with: a whole run whose trials count once. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {callIn, overSsh, untilSaid} from '../../../fixtures/kit/ssh-lab.ts';
import {labDown, labUp} from '../../../harness/lab/index.ts';
import {readRun} from '../../../harness/run/store.ts';

const lab = `rand${process.pid}`;
const cluster = `${lab}-ssh`;
const folder = mkdtempSync(join(tmpdir(), 'seatrial-resume-'));
const run = join(folder, 'run');

test.after.always(async () => {
  await labDown(lab);
  rmSync(folder, {recursive: true, force: true});
});

test('kill -9 in mid-fault, resumed over SSH: complete, verified, every trial once', async t => {
  t.timeout(690_000);
  const up = await labUp({name: lab, nodes: 3, guests: 1, storage: 'nbd'}, () => {}, new AbortController().signal);
  if (!up.ok) throw new Error(up.error.sentence);
  const inventory = await overSsh(up.value, cluster, folder);
  const on = ['--inventory', inventory, '--yes-i-mean', cluster];
  const only = 'conformance/rules,migration/live';
  const first = callIn(lab, 'accept', ...on, '--quick', '--seed', '1', '--reps', '1', '--only', only, '--out', run);
  await untilSaid(first, 'moving vm1', 300);
  // nsenter has become seatrial.
  first.child.kill('SIGKILL');
  await first.ended;

  for (let kill = 0; kill < 2; kill++) {
    const ms = 15_000 + Math.random() * 45_000;
    const next = callIn(lab, 'resume', run, ...on);
    await Promise.race([next.ended, new Promise(resolve => setTimeout(resolve, ms))]);
    next.child.kill('SIGKILL');
    const {code, said} = await next.ended;
    t.log(`killed after ${Math.round(ms / 1000)} s, code ${code}: ${said.split('\n').slice(-3).join(' | ')}`);
    if (code === 3) break;
  }
  const again = await callIn(lab, 'resume', run, ...on).ended;
  t.log(again.said);
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
  t.log(
    JSON.stringify(resumed?.times),
    resumed?.interrupted.map(x => x.folder),
  );
  t.deepEqual(
    resumed?.interrupted.map(({record}) => record.status).filter(s => s !== 'aborted'),
    [],
  );
  const verified = await callIn(lab, 'verify', run).ended;
  t.is(verified.code, 0, verified.said);
  const refused = await callIn(lab, 'resume', run, ...on).ended;
  t.is(refused.code, 3);
  t.regex(refused.said, /it is complete/);
});
