/**
 * A bond of two links on a real LACP: a silent cut is over when LACP gives the link up. Planted: a node that asks its
 * peer slowly, and goes on sending into the dead link. Needs root.
 */
import test from 'ava';
import {readOnly, stdoutOf} from '../../harness/cluster/commands.ts';
import {remainsOn} from '../../harness/faults/remains.ts';
import type {Host} from '../../harness/types.ts';
import {judgeRun} from '../../scripts/cli/kit/judge-run.ts';
import {type Ground, groundFor, tryOnce} from '../controls/environment.ts';
import {bondScenarios} from './bond.ts';

let ground: Ground;

test.before('a lab without guests, of bonds', async t => {
  ground = await groundFor('bonds', 0, text => t.log(text), 'nbd', {fabric: 'ovs', bond: 'active-backup'});
});

test.after.always('nothing of the lab is left', async t => {
  if (ground !== undefined) t.deepEqual(await ground.leave(), []);
});

async function silentCut(t: {log(text: string): void}, lookSeconds: number) {
  const scenario = bondScenarios.find(({name}) => name === 'network/bond-silent');
  if (scenario === undefined) throw new Error('there is no such scenario');
  const parameters = {...scenario.parameters.quick, lookSeconds};
  const {run} = await tryOnce(ground, scenario, parameters, 150_000, text => t.log(text));
  const judged = judgeRun(run, [], [scenario]);
  for (const {metric, value, labels} of judged.samples) t.log(`${metric} ${JSON.stringify(labels)} ${value}`);
  const gap = judged.samples.find(({metric, labels}) => metric === 'network.bond-gap' && labels.when === 'cut');
  return {trial: run.trials[0]?.record, judged, gap};
}

function first(): Host {
  const [node] = ground.cluster.nodes;
  if (node === undefined) throw new Error('the lab has no node');
  return node;
}

test.serial('LACP gives a silent link up after three seconds, and nothing of the cut is left', async t => {
  t.timeout(160_000);
  const {trial, judged, gap} = await silentCut(t, 6);
  t.is(trial?.status, 'done', trial?.reason);
  t.deepEqual(judged.findings, []);
  t.is(gap?.labels.mode, 'active-backup, LACP fast');
  t.is(gap?.censored, undefined);
  t.true(Number(gap?.value) > 1 && Number(gap?.value) < 6, `${gap?.value}`);
  t.deepEqual(await remainsOn(ground.cluster, first()), {ok: true, value: []});
});

test.serial('planted: with LACP at its slow rate the same cut swallows all as long as one looks', async t => {
  t.timeout(160_000);
  const slow = readOnly(['ovs-vsctl', 'set', 'port', 'bond0', 'other_config:lacp-time=slow']);
  const set = await stdoutOf(ground.cluster.transport, first(), slow);
  if (!set.ok) return t.fail(set.error);
  const {trial, gap} = await silentCut(t, 6);
  t.is(trial?.status, 'done', trial?.reason);
  t.is(gap?.labels.mode, 'active-backup, LACP slow');
  t.true(gap?.censored);
  t.true(Number(gap?.value) > 5.5, `${gap?.value}`);
  t.deepEqual(await remainsOn(ground.cluster, first()), {ok: true, value: []});
});
