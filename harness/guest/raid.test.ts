import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {memberGap, unlikeSectors} from './raid.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

function guestSaying(stdout: string, exitcode = 0) {
  const {cluster} = fakeCluster((host, words) => {
    if (words.includes('domstate')) return host === 'n1' ? {stdout: 'running\n\n'} : {exit: 1};
    if (words.includes('"guest-exec"')) return {stdout: '{"return":{"pid":7}}\n'};
    if (!words.includes('guest-exec-status')) return undefined;
    return {stdout: `${JSON.stringify({return: {exited: true, exitcode, 'out-data': base64(stdout)}})}\n`};
  });
  const [guest] = cluster.guests;
  if (guest === undefined) throw new Error('no guest');
  return [cluster, guest, '/dev/md127'] as const;
}

test('an array is whole with all members and nothing being copied; each lack has its words', async t => {
  for (const [said, gap] of [
    ['0 idle\n', undefined],
    ['1 idle\n', '/dev/md127 in vm1 lacks 1 of its members'],
    ['0 check\n', '/dev/md127 in vm1 is busy: check'],
    ['', '/dev/md127 in vm1 says ""'],
  ] as const) {
    t.is(await memberGap(...guestSaying(said)), gap);
  }
  t.regex((await memberGap(...guestSaying('', 1))) ?? '', /cannot look at \/dev\/md127 in vm1: exit 1/);
});

test('how many sectors differ, and nothing where the array does not say', async t => {
  t.deepEqual(await unlikeSectors(...guestSaying('256\n')), {ok: true, value: 256});
  t.false((await unlikeSectors(...guestSaying('idle\n'))).ok);
  t.false((await unlikeSectors(...guestSaying('0\n', 1))).ok);
});
