/**
 * What a trial must not do besides: a second node fenced by hand, and a guest that restarts in a trial that strikes
 * nothing, must both be found; the crash alone, and a trial that disturbs nobody, must show nothing. Needs root.
 */
import test from 'ava';
import {idleScenario} from '../../fixtures/kit/idle-scenario.ts';
import {settle} from '../../harness/cluster/audit/index.ts';
import {idempotent, stdoutOf} from '../../harness/cluster/commands.ts';
import {destroyDomain} from '../../harness/cluster/libvirt.ts';
import {onCluster, waitUntilRuns, whereRuns} from '../../harness/cluster/pacemaker.ts';
import {expectsOfFaults, hostCrash} from '../../harness/faults/index.ts';
import type {Cluster, Host, Scenario, Trial} from '../../harness/types.ts';
import {judgeRun} from '../../scripts/cli/kit/judge-run.ts';
import {expectsNothing} from '../expects.ts';
import {type Ground, groundFor, tryOnce} from './environment.ts';

let ground: Ground;

test.before('a lab with two guests', async t => {
  ground = await groundFor('effects', 2, text => t.log(text));
});

test.after.always('nothing of the lab is left', async t => {
  if (ground !== undefined) t.deepEqual(await ground.leave(), []);
});

async function nodeOf(cluster: Cluster, index: number): Promise<Host> {
  const runs = await whereRuns(cluster, cluster.guests[index]?.resource ?? '');
  const node = cluster.nodes.find(({name}) => runs.ok && name === runs.value[0]);
  if (node === undefined) throw new Error(`guest ${index + 1} runs nowhere`);
  return node;
}

/** The node under the first guest crashes, and its guests run elsewhere. */
async function crash(trial: Trial): Promise<Host> {
  const {cluster} = trial;
  const node = await nodeOf(cluster, 0);
  const fault = hostCrash.at([node], {});
  await trial.inject(fault);
  const runs = await waitUntilRuns(cluster, cluster.guests[0]?.resource ?? '', 90_000, {notOn: node.name});
  if (!runs.ok) throw new Error(runs.error);
  await trial.heal(fault);
  return node;
}

/** Until the crashed node is back: without it the third node would lose its quorum with the second. */
async function settled({cluster, signal}: Trial): Promise<void> {
  const missing = await settle(cluster, 90_000, signal);
  if (missing.length > 0) throw new Error(missing.map(({detail}) => detail).join('; '));
}

const scenarioOf = (expects: Scenario['expects'], run: Scenario['run']): Scenario =>
  idleScenario({
    name: 'failover/effects',
    family: 'failover',
    impact: () => 'disruptive',
    expects,
    estimateSeconds: () => 60,
    run,
  });

async function found(t: {log(text: string): void}, expects: Scenario['expects'], run: Scenario['run']) {
  const scenario = scenarioOf(expects, run);
  const {run: stored, end} = await tryOnce(ground, scenario, {}, 200_000, text => t.log(text));
  const trial = stored.trials[0]?.record;
  if (end.status !== 'complete' || trial?.status !== 'done') throw new Error(`${end.reason} ${trial?.reason}`);
  return judgeRun(stored, [], [scenario]).findings.map(({severity, detail}) => `${severity}: ${detail}`);
}

test.serial('a crash with its one fence and its restarted guests is as expected', async t => {
  t.timeout(300_000);
  t.deepEqual(
    await found(t, expectsOfFaults, async trial => {
      await crash(trial);
    }),
    [],
  );
});

test.serial('long: a second node that is fenced by hand is found, with who asked for it', async t => {
  t.timeout(300_000);
  let other = '';
  const details = await found(t, expectsOfFaults, async trial => {
    const {cluster} = trial;
    const crashed = await crash(trial);
    const second = cluster.nodes.find(node => node !== crashed);
    const third = cluster.nodes.find(node => node !== crashed && node !== second);
    if (second === undefined || third === undefined) throw new Error('there are no other nodes');
    other = second.name;
    await settled(trial);
    const fenced = await stdoutOf(
      cluster.transport,
      third,
      idempotent(['stonith_admin', '--reboot', second.name], 60_000),
    );
    if (!fenced.ok) throw new Error(fenced.error);
  });
  t.log(details);
  t.true(
    details.some(detail => detail.startsWith(`critical: ${other} was fenced once, expected 0, asked by stonith_admin`)),
  );
  t.false(
    details.some(detail => /was fenced 0 times|was fenced 2 times/.test(detail)),
    'the crashed node was fenced as expected',
  );
});

test.serial('a guest that is started anew in a trial that strikes nothing is found', async t => {
  t.timeout(300_000);
  const details = await found(t, expectsNothing, async ({cluster}) => {
    const resource = cluster.guests[1]?.resource ?? '';
    const ended = await destroyDomain(cluster, await nodeOf(cluster, 1), cluster.guests[1]?.name ?? '');
    if (!ended.ok) throw new Error(ended.error);
    await onCluster(cluster, idempotent(['crm_resource', '--refresh', '--resource', resource], 30_000));
    const runs = await waitUntilRuns(cluster, resource, 90_000);
    if (!runs.ok) throw new Error(runs.error);
  });
  t.is(details.length, 1);
  t.regex(details[0] ?? '', /^critical: vm2 was restarted \(.*\), expected unharmed$/);
});

test.serial('a trial that disturbs nobody shows nothing', async t => {
  t.timeout(300_000);
  t.deepEqual(await found(t, expectsNothing, async () => {}), []);
});

test.serial('a core dump that a daemon leaves is found', async t => {
  t.timeout(300_000);
  const path = '/var/lib/pacemaker/cores/core.4711';
  const details = await found(t, expectsNothing, async ({cluster}) => {
    const left = await stdoutOf(cluster.transport, await nodeOf(cluster, 0), idempotent(['touch', path]));
    if (!left.ok) throw new Error(left.error);
  });
  t.is(details.length, 1);
  t.regex(details[0] ?? '', /^critical: n\d \/var\/lib\/pacemaker\/cores\/core\.4711 0 /);
});

/**
 * The lab's hosts share one kernel and one clock, which nobody may step: a host's reading is changed on its way,
 * from the moment of the step on, as the clock itself would have changed it.
 */
test.serial('a clock that is stepped in a trial aborts it', async t => {
  t.timeout(300_000);
  const {cluster} = ground;
  const {transport} = cluster;
  let stepped = false;
  const exec: typeof transport.exec = async (host, command) => {
    const outcome = await transport.exec(host, command);
    const reads = stepped && host === cluster.nodes[1] && command.argv.join(' ').includes('date +%s.%N');
    const later = (seconds: string) => (Number(seconds) + 5).toFixed(9);
    return reads ? {...outcome, stdout: outcome.stdout.replace(/^\d{9,11}\.\d{9}$/m, later)} : outcome;
  };
  const shifted: Ground = {...ground, cluster: {...cluster, transport: {...transport, exec}}};
  const scenario = scenarioOf(expectsNothing, async () => {
    stepped = true;
  });
  const {run} = await tryOnce(shifted, scenario, {}, 120_000, text => t.log(text));
  t.is(run.trials[0]?.record.status, 'aborted');
  t.regex(
    run.trials[0]?.record.reason ?? '',
    /^the clock of n2 was stepped by (5\.0|4\.9)\d* s .*times across it mean nothing$/,
  );
});
