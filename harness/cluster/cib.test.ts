import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {cibadminQuery} from './cib.ts';
import {queryXml} from './pacemaker.ts';

/** Says nothing so often, and then the CIB. */
function saysNothing(times: number) {
  let asked = 0;
  const {cluster} = fakeCluster(() => {
    asked += 1;
    return {stdout: asked > times ? '<cib epoch="1"/>\n' : '\n'};
  });
  const [host] = cluster.nodes;
  if (host === undefined) throw new Error('no node');
  return {cluster, host, asked: () => asked};
}

test('planted: a cibadmin that ends well and says nothing is asked again', async t => {
  const {cluster, host, asked} = saysNothing(2);
  t.deepEqual(await cibadminQuery(cluster.transport, host), {ok: true, value: '<cib epoch="1"/>\n'});
  t.is(asked(), 3);
});

test('one that goes on saying nothing is an error, and no empty CIB', async t => {
  const {cluster, host, asked} = saysNothing(9);
  const found = await queryXml(cluster, host, '//resources');
  t.deepEqual(found, {ok: false, error: `cibadmin on ${host.name} ended well and said nothing, 3 times`});
  t.is(asked(), 3);
});

test('what fails, or finds nothing, is not asked again', async t => {
  for (const [exit, expected] of [
    [105, {ok: true, value: undefined}],
    [1, {ok: false}],
  ] as const) {
    let asked = 0;
    const {cluster} = fakeCluster(() => {
      asked += 1;
      return {exit};
    });
    const [host] = cluster.nodes;
    if (host === undefined) return t.fail();
    t.like(await queryXml(cluster, host, '//resources'), expected);
    t.is(asked, 1);
  }
});
