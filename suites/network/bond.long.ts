/** A silent cut of a bond's link is over when LACP gives the link up, and nothing of it is left. Needs root. */
import test from 'ava';
import {remainsOn} from '../../harness/faults/remains.ts';
import {bondsGround, firstNode, silentCut} from '../controls/bonds.ts';
import type {Ground} from '../controls/environment.ts';

let ground: Ground;

test.before('a lab without guests, of bonds', async t => {
  ground = await bondsGround('bondsilent', text => t.log(text));
});

test.after.always('nothing of the lab is left', async t => {
  if (ground !== undefined) t.deepEqual(await ground.leave(), []);
});

test.serial(
  'LACP at its fast rate gives a silent link up after three seconds, and nothing of the cut is left',
  async t => {
    t.timeout(200_000);
    const {record, gap, problems, findings} = await silentCut(ground, 6, text => t.log(text));
    t.is(record.status, 'done', record.reason);
    t.deepEqual([problems, findings, record.auditAfter], [[], [], []]);
    t.is(gap?.labels.mode, 'active-backup, LACP fast');
    t.is(gap?.censored, undefined);
    t.true(Number(gap?.value) > 1 && Number(gap?.value) < 6, `${gap?.value}`);
    t.deepEqual(await remainsOn(ground.cluster, firstNode(ground)), {ok: true, value: []});
  },
);
