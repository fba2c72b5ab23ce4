/** Killed in mid-trial over SSH, and gone on with: whole runs whose trials count once. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {raised} from '../../../fixtures/kit/lab.ts';
import {callIn, overSsh, untilSaid} from '../../../fixtures/kit/ssh-lab.ts';
import {labDown} from '../../../harness/lab/index.ts';
import {readRun} from '../../../harness/run/store.ts';
import type {StoredRun} from '../../../harness/types.ts';
import {foreseenSentence} from '../../../reports/run/foreseen.ts';
import {scenarios} from '../../../suites/index.ts';
import {registerOf} from '../kit/claims-register.ts';
import {judgeRun} from '../kit/judge-run.ts';

const lab = `resume${process.pid}`;
const cluster = `${lab}-ssh`;
const folder = mkdtempSync(join(tmpdir(), 'seatrial-resume-'));
let on: readonly string[] = [];

test.before(async () => {
  const opened = await raised({name: lab, nodes: 3, guests: 1, storage: 'nbd'});
  const inventory = await overSsh(opened, cluster, folder);
  on = ['--inventory', inventory, '--allow', 'disruptive', '--yes-i-mean', cluster];
});

test.after.always(async () => {
  await labDown(lab);
  rmSync(folder, {recursive: true, force: true});
});

/** Begins such a run, kills it by -9 in the middle of a migration, and goes on with it; what is stored then. */
async function killedAndResumed(
  t: ExecutionContext,
  run: string,
  asked: readonly string[],
  askedAgain: readonly string[],
): Promise<StoredRun> {
  const first = callIn(lab, 'accept', ...on, '--quick', '--seed', '1', ...asked, '--out', run);
  await untilSaid(first, 'moving vm1', 300);
  // nsenter has become seatrial.
  first.child.kill('SIGKILL');
  await first.ended;
  const again = await callIn(lab, 'resume', run, ...on, ...askedAgain).ended;
  t.not(again.code, 4, again.said);
  const stored = await readRun(run);
  if (!stored.ok) throw new Error(stored.error.found);
  const {ended, plan, trials, resumed, damage} = stored.value;
  t.is(ended?.status, 'complete', ended?.reason);
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
  return stored.value;
}

test.serial('kill -9 in mid-migration, resumed over SSH: complete, verified, every trial once', async t => {
  t.timeout(540_000);
  const asked = ['--reps', '1', '--only', 'conformance/rules,migration/live'];
  await killedAndResumed(t, join(folder, 'run'), asked, []);
});

test.serial('the same of a run that was told time: it goes on to another end, and what it foresaw is kept', async t => {
  t.timeout(720_000);
  const began = performance.now();
  const asked = ['--for', '10m', '--only', 'migration/live'];
  const run = await killedAndResumed(t, join(folder, 'window'), asked, ['--for', '4m']);
  t.true((performance.now() - began) / 1000 < 600, 'the first end does not hold any more');
  const slots = run.plan.trials.map(({slot}) => slot);
  t.deepEqual(slots, [...new Set(slots)]);
  t.true(run.trials.length > 1, 'it was tried on after the one that was interrupted');
  const report = judgeRun(run, registerOf(run.claims, 'claims.yaml').claims, scenarios);
  t.regex(foreseenSentence(report), /^Foreseen at the start, from the estimates alone: .* decided in /);
});
