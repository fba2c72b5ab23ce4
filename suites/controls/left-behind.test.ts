import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {faultNamed, faults} from '../../harness/faults/index.ts';
import {leftBehind, notLeftBehind} from './left-behind.ts';

test('every fault is tried to be left behind by a harness that was killed, or has a reason why not, and not both', t => {
  const tried = leftBehind.map(([fault]) => fault);
  const named = [...tried, ...Object.keys(notLeftBehind)];
  t.deepEqual(named.toSorted(), faults.map(({name}) => name).toSorted());
  t.true(Object.values(notLeftBehind).every(reason => reason.length > 20));
});

for (const [name, parameters] of leftBehind) {
  test(`${name}: what is tried of it is a fault of the registry, with parameters of its own`, t => {
    const {cluster} = fakeCluster(() => ({}));
    t.true(faultNamed(cluster, name, ['n1'], parameters).ok);
  });
}
