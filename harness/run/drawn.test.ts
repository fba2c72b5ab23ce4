import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {runHeader} from '../../fixtures/kit/run-header.ts';
import {trialRecord} from '../../fixtures/kit/trial-record.ts';
import type {Plan, RunHeader} from '../types.ts';
import {openTrials} from './resume.ts';
import {createRun, readRun} from './store.ts';

const planned = (slot: number) => plannedTrial({slot, repetition: slot});
const offer = {scenario: 'network/x', parameters: {}, estimatedSeconds: 1};
const plan: Plan = {
  seed: 1,
  profiles: ['stock'],
  trials: [],
  notApplicable: [],
  window: {asked: 'for 4h', offers: [offer]},
};
const header: RunHeader = {...runHeader, startedAt: new Date(Date.now() - 60_000).toISOString(), sums: 'twice'};

/** Two trials are drawn, and so many of them are tried. */
async function drawn(t: ExecutionContext, given: Plan, tried: number, ends: boolean) {
  const folder = join(await mkdtemp(join(tmpdir(), 'drawn-')), 'run');
  t.teardown(() => rm(join(folder, '..'), {recursive: true, force: true}));
  const store = await createRun(folder, header, given, '');
  for (const slot of [1, 2]) await store.event('drawn', {planned: planned(slot)});
  for (let slot = 1; slot <= tried; slot++) {
    const trial = await store.openTrial(planned(slot));
    await trial.end(trialRecord(planned(slot), {startedAt: new Date().toISOString(), durationSeconds: 0}));
  }
  if (ends) await store.end('complete', '2 of 3 promises decided');
  const run = await readRun(folder);
  if (!run.ok) throw new Error(run.error.found);
  return run.value;
}

test('trials that were drawn are the plan of a run that was told time', async t => {
  const run = await drawn(t, plan, 2, true);
  t.deepEqual(run.damage, []);
  t.deepEqual(
    run.plan.trials.map(({slot}) => slot),
    [1, 2],
  );
  t.is(run.trials.length, 2);
  t.is(run.ended?.reason, '2 of 3 promises decided');
});

test('killed after a trial was drawn: it is what comes next when the run is resumed', async t => {
  const run = await drawn(t, plan, 1, false);
  t.deepEqual(run.damage, []);
  t.deepEqual(
    openTrials(run).map(({slot}) => slot),
    [2],
  );
});

test('planted: a drawn trial that is not there, and one that a fixed plan has no room for', async t => {
  const missing = await drawn(t, plan, 1, true);
  t.regex(missing.damage[0]?.artefact ?? '', /0002-network\.x-stock-r2/);
  const {window: _, ...fixed} = plan;
  const foreign = await drawn(t, fixed, 2, true);
  t.true(foreign.damage.some(({found}) => found.includes('not planned')));
});
