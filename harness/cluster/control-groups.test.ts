import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {freeGuest, groupsOf, limitGuest, seeingGroups} from './control-groups.ts';

const list = ' Id   Name   State\n----------------------\n 1    vm1    running\n';
const limits = {processors: '1,3', memoryBytes: 2 ** 30};
const own = {cpuset: '/', memory: '/outer'};

function nodeOf({cluster}: ReturnType<typeof fakeCluster>) {
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node');
  return node;
}

test('libvirt is asked first; what it does not limit is found by the kernel', async t => {
  const tuned = (limit: string) =>
    fakeCluster((_, words) => ({
      stdout: words.includes('memtune') ? `hard_limit     : ${limit}\nsoft_limit     : unlimited\n` : '',
    }));
  const [unlimited, limited] = [tuned('unlimited'), tuned('1048576')];
  t.deepEqual(await groupsOf(unlimited.cluster, nodeOf(unlimited), 'vm1'), {ok: true, value: {hard_limit: '-1'}});
  t.deepEqual(await groupsOf(limited.cluster, nodeOf(limited), 'vm1'), {ok: true, value: {hard_limit: '1048576'}});
  const without = (groups: string) =>
    fakeCluster((_, words) =>
      words.includes('memtune')
        ? {
            exit: {kind: 'exited', code: 1},
            stderr: 'error: Requested operation is not valid: cgroup memory controller is not mounted',
          }
        : {stdout: groups},
    );
  const found = without('memory /outer\ncpuset /\n');
  t.deepEqual(await groupsOf(found.cluster, nodeOf(found), 'vm1'), {ok: true, value: own});
  const none = without('memory /outer\n');
  t.regex(JSON.stringify(await groupsOf(none.cluster, nodeOf(none), 'vm1')), /no control groups/);
});

test('libvirt is told in KiB, and told back where the guest is now', async t => {
  const here = fakeCluster((host, words) => ({stdout: words.endsWith('list') && host === 'n2' ? list : ''}));
  t.true((await limitGuest(here.cluster, nodeOf(here), 'vm1', {hard_limit: '-1'}, limits)).ok);
  t.true((await freeGuest(here.cluster, 'n1', 'vm1', {hard_limit: '-1'})).ok);
  t.deepEqual(
    here.asked
      .filter(({words}) => words.includes('memtune'))
      .map(({host, words}) => [host, words.replace(/.*system /, '')]),
    [
      ['n1', 'memtune vm1 --hard-limit 1048576 --live'],
      ['n2', 'memtune vm1 --hard-limit -1 --live'],
    ],
  );
});

test('a group of our own lies below the one that the guest is in, and is taken away on its node', async t => {
  const told = fakeCluster(() => ({}));
  t.true((await limitGuest(told.cluster, nodeOf(told), 'vm1', own, limits)).ok);
  t.true((await freeGuest(told.cluster, 'n1', 'vm1', own)).ok);
  const [held, freed] = told.asked.map(({words}) => words);
  t.regex(held ?? '', /^unshare --mount .* groups vm1 seatrial-held-\S+\.vm1 \/ \/outer 1,3 1073741824$/s);
  t.regex(freed ?? '', /^unshare --mount .*rmdir.* groups seatrial-held-\S+\.vm1 \/ \/outer$/s);
});

test('a journal that somebody has edited moves nothing else', async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  for (const was of [{cpuset: '/', memory: '/../../etc'}, {cpuset: 'x', memory: '/'}, {cpuset: '/'}, {}])
    t.false((await freeGuest(cluster, 'n1', 'vm1', was)).ok, JSON.stringify(was));
  t.false((await freeGuest(cluster, 'n9', 'vm1', own)).ok);
  t.is(asked.length, 0);
});

test('a reading that mounts the groups stays one that only looks', t => {
  const command = seeingGroups({argv: ['cat', 'x'], timeoutMs: 5, idempotent: true, readOnly: true});
  t.like(command, {timeoutMs: 5, readOnly: true});
  t.deepEqual(command.argv.slice(-3), ['groups', 'cat', 'x']);
});
