/**
 * A resource that is none of ours is stopped by hand in the middle of a trial: the run stops, healed, with the reason.
 * Without that it goes on. Needs root.
 */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {idleScenario} from '../../fixtures/kit/idle-scenario.ts';
import {raised} from '../../fixtures/kit/lab.ts';
import {runHeader} from '../../fixtures/kit/run-header.ts';
import {audit} from '../cluster/audit/index.ts';
import {idempotent, stdoutOf} from '../cluster/commands.ts';
import {waitUntilRuns} from '../cluster/pacemaker.ts';
import {defaultLimits} from '../config/limits.ts';
import {labDown} from '../lab/index.ts';
import type {Cluster} from '../types.ts';
import {guardOf} from './guard.ts';
import {openJournal} from './journal.ts';
import {lifecycle} from './lifecycle.ts';
import {runPlan} from './run.ts';
import {createRun} from './store.ts';

const lab = `guard${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'seatrial-guard-'));
let cluster: Cluster;

test.before(async t => {
  t.timeout(120_000);
  cluster = await raised({name: lab, nodes: 3, storage: 'nbd', guests: 1});
  const dummy = '<primitive id="web" class="ocf" provider="pacemaker" type="Dummy"/>';
  await typed('cibadmin', '--create', '--scope', 'resources', '--xml-text', dummy);
  const runs = await waitUntilRuns(cluster, 'web', 30_000);
  if (!runs.ok) throw new Error(runs.error);
});

test.after.always(async () => {
  await labDown(lab);
  rmSync(folder, {recursive: true, force: true});
});

async function typed(...argv: [string, ...string[]]): Promise<void> {
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node');
  const said = await stdoutOf(cluster.transport, node, idempotent(argv));
  if (!said.ok) throw new Error(said.error);
}

/** One trial that only waits, in which somebody does something on the cluster. */
async function runWith(name: string, seconds: number, meanwhile: () => Promise<void>) {
  const scenario = idleScenario({
    name: 'migration/waits',
    family: 'migration',
    impact: () => 'read-only',
    estimateSeconds: () => seconds,
    async run(trial) {
      await meanwhile();
      await sleep(seconds * 1000, undefined, {signal: trial.signal});
    },
  });
  const profile = {name: 'as-found', title: '', settings: []};
  const trial = {
    scenario: scenario.name,
    profile: profile.name,
    repetition: 1,
    parameters: {},
    estimatedSeconds: seconds,
  };
  const plan = {seed: 1, profiles: [profile.name], trials: [{slot: 1, ...trial}], notApplicable: []};
  const journal = await openJournal(join(folder, 'journal'), lab);
  if (!journal.ok) throw new Error(journal.error);
  const header = {
    ...runHeader,
    id: name,
    startedAt: new Date().toISOString(),
    cluster: lab,
    nodes: cluster.nodes.map(node => node.name),
    guests: cluster.guests.map(guest => guest.name),
    profiles: [profile],
  };
  const store = await createRun(join(folder, name), header, plan, '');
  const limits = {...defaultLimits, foreignAwaySeconds: 5};
  const {signal} = new AbortController();
  const common = {cluster, journal: journal.value, store, lifecycle, signal, progress: () => {}};
  const guard = guardOf(cluster, limits, 1000);
  const end = await runPlan({...common, plan, scenarios: [scenario], profiles: [profile], guard});
  await journal.value.release();
  return end;
}

test.serial('nothing foreign suffers: the trial runs to its end', async t => {
  t.timeout(60_000);
  t.deepEqual(await runWith('calm', 8, async () => {}), {status: 'complete', reason: ''});
});

test.serial('planted: a foreign resource is stopped, and the run stops within its limit', async t => {
  t.timeout(120_000);
  const at = performance.now();
  const end = await runWith('stopped', 60, () =>
    typed(
      'crm_resource',
      '--resource',
      'web',
      '--meta',
      '--set-parameter',
      'target-role',
      '--parameter-value',
      'Stopped',
    ),
  );
  const seconds = (performance.now() - at) / 1000;
  t.log(`${seconds.toFixed(1)} s`);
  t.deepEqual(end, {
    status: 'aborted',
    reason:
      'stopped in trial 1 of 1: resource web, which is none of ours, is out of service (Stopped), for more than 5 s',
  });
  t.true(seconds < 40);
  t.deepEqual(await audit(cluster), [], 'ours is whole');
});
