import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {faultNamed} from './index.ts';

/** A panicked guest that answers nobody, and is active on no node that says what it runs. */
function panicked(silentNode?: string) {
  const {cluster} = fakeCluster((host, words) => {
    if (host === silentNode) return {exit: {kind: 'unreachable', reason: 'no route'}};
    return words.includes(' list') ? {stdout: ' Id   Name   State\n-------------------\n'} : {exit: 1};
  });
  const [guest] = cluster.guests;
  const fault = faultNamed(cluster, 'guest-panic', ['n1'], {guest: guest?.name ?? 'vm1', restartSeconds: 0});
  if (!fault.ok) throw new Error(fault.error);
  return fault.value.heal(cluster);
}

test('planted: a guest that may be on a node which does not answer is not called healed', async t => {
  // It is given its time to answer first.
  t.timeout(120_000);
  const [whole, silent] = await Promise.all([panicked(), panicked('n2')]);
  t.true(whole.ok, 'the cluster starts one that runs nowhere');
  t.regex(silent.ok ? '' : silent.error, /vm1 does not answer, and may be on a node that does not either: n2: /);
});
