import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {rules} from './index.ts';
import {unruledOn} from './unruled.ts';

const cluster = fakeCluster(() => undefined).cluster;

test('a promise of which some rules are for Ceph can only be missed without it', t => {
  t.is(unruledOn({...cluster, storage: 'nbd'}).get('sto.capacity'), 'met');
  t.is(unruledOn({...cluster, storage: 'ceph'}).get('sto.capacity'), undefined);
});

test('of a promise of which no rule applies everything stays open, and of one whose rules all apply nothing', t => {
  const unruled = unruledOn({...cluster, nodes: [], storage: 'nbd'});
  for (const [claim, some] of Map.groupBy(rules, rule => rule.claim ?? '')) {
    const needless = some.every(({needs}) => Object.keys(needs).length === 0);
    if (claim === '' || needless) t.is(unruled.get(claim), undefined, claim);
  }
  const onlyForNodes = [...Map.groupBy(rules, rule => rule.claim ?? '')].filter(
    ([claim, some]) => claim !== '' && some.every(({needs}) => (needs.nodes ?? 0) > 0),
  );
  t.true(onlyForNodes.length > 0);
  for (const [claim] of onlyForNodes) t.is(unruled.get(claim), 'everything', claim);
});
