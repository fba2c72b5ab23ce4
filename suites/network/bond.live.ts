/** Planted: a node that asks for LACP slowly goes on sending into a silent link, which must be found. Needs root. */
import test from 'ava';
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

test.serial('with LACP at its slow rate a silent cut swallows all as long as one looks, and heals', async t => {
  t.timeout(160_000);
  const node = firstNode(ground);
  const slow = idempotent(['ovs-vsctl', 'set', 'port', 'bond0', 'other_config:lacp-time=slow']);
  const set = await stdoutOf(ground.cluster.transport, node, slow);
  if (!set.ok) return t.fail(set.error);
  const {record, gap, problems} = await silentCut(ground, 5, text => t.log(text));
  t.is(record.status, 'done', record.reason);
  t.deepEqual(problems, []);
  t.is(gap?.labels.mode, 'active-backup, LACP slow');
  t.true(gap?.censored);
  t.true(Number(gap?.value) > 4.5, `${gap?.value}`);
  t.deepEqual(await remainsOn(ground.cluster, node), {ok: true, value: []});
});
