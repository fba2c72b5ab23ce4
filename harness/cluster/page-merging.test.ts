import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {mergingOf, setMerging} from './page-merging.ts';

const files = '/sys/kernel/mm/ksm/pages_to_scan:100\n/sys/kernel/mm/ksm/sleep_millisecs:20\n/sys/kernel/mm/ksm/run:0\n';
const was = {pages_to_scan: '100', sleep_millisecs: '20', run: '0'};

test('what a kernel does is read whole, or not at all', async t => {
  const {cluster} = fakeCluster(() => ({stdout: files}));
  const [node] = cluster.nodes;
  if (node === undefined) return t.fail();
  t.deepEqual(await mergingOf(cluster, node), {ok: true, value: was});
  const half = fakeCluster(() => ({stdout: files.replace(/.*run:0\n/, '')}));
  t.false((await mergingOf(half.cluster, node)).ok);
});

test('run comes last, and nothing but numbers is ever written', async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  const [node] = cluster.nodes;
  if (node === undefined) return t.fail();
  t.true((await setMerging(cluster, node, {run: '1', pages_to_scan: '3000'})).ok);
  t.regex(asked[0]?.words ?? '', / pages_to_scan=3000 run=1$/);
  t.false((await setMerging(cluster, node, {run: '1; reboot'})).ok);
  t.is(asked.length, 1);
});

test('put back to off, what was merged is parted first', async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  const [node] = cluster.nodes;
  if (node === undefined) return t.fail();
  t.true((await setMerging(cluster, node, {run: '0'})).ok);
  t.regex(asked[0]?.words ?? '', /run=0 \] \|\| echo 2/);
});
