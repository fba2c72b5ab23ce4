/**
 * A silent cut of a bond's link is over when LACP gives the link up, and nothing of it is left. Planted: a node that
 * asks for LACP slowly goes on sending into the silent link, which must be found. Needs root.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {idempotent, stdoutOf} from '../../harness/cluster/commands.ts';
import {remainsOn} from '../../harness/faults/remains.ts';
import {bondsGround, firstNode, silentCut} from '../controls/bonds.ts';
import type {Ground} from '../controls/environment.ts';

let ground: Ground;

test.before('a lab without guests, of bonds', async t => {
  ground = await bondsGround('bonds', text => t.log(text));
});

test.after.always('nothing of the lab is left', async t => {
  if (ground !== undefined) t.deepEqual(await ground.leave(), []);
});

async function tried(t: ExecutionContext, mode: string) {
  t.timeout(200_000);
  const {record, gap, problems, findings} = await silentCut(ground, 6, text => t.log(text));
  t.is(record.status, 'done', record.reason);
  t.deepEqual([problems, findings, record.auditAfter], [[], [], []]);
  t.is(gap?.labels.mode, mode);
  t.deepEqual(await remainsOn(ground.cluster, firstNode(ground)), {ok: true, value: []});
  return {seconds: Number(gap?.value), censored: gap?.censored ?? false};
}

test.serial('LACP at its fast rate gives a silent link up after three seconds', async t => {
  const {seconds, censored} = await tried(t, 'active-backup, LACP fast');
  t.false(censored);
  t.true(seconds > 1 && seconds < 6, `${seconds}`);
});

/** What was heard at the fast rate runs out by it: the slow one counts from what is heard next, up to 30 s later. */
const slowFromMs = 35_000;

test.serial('planted: at its slow rate the same cut swallows all as long as one looks', async t => {
  const slow = idempotent(['ovs-vsctl', 'set', 'port', 'bond0', 'other_config:lacp-time=slow']);
  const set = await stdoutOf(ground.cluster.transport, firstNode(ground), slow);
  if (!set.ok) return t.fail(set.error);
  await sleep(slowFromMs);
  const {seconds, censored} = await tried(t, 'active-backup, LACP slow');
  t.true(censored);
  t.true(seconds > 5.5, `${seconds}`);
});
