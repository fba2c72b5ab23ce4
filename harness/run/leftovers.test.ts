import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {clearLeftover} from './leftovers.ts';

const path = '/var/tmp/seatrial-beacon-1.log';

test('a file is taken away on its host, and nowhere else', async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  t.deepEqual(await clearLeftover(cluster, {what: 'file', host: 'client', path}), {ok: true, value: undefined});
  t.deepEqual(asked, [{host: 'client', words: `rm -f ${path}`}]);
});

test('what is no file of ours is left alone, whatever a journal says', async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  for (const wrong of [
    '/etc/passwd',
    '/var/tmp/other',
    '/var/tmp/seatrial-x/../../../etc/passwd',
    '/var/tmp/seatrial-',
  ])
    t.false((await clearLeftover(cluster, {what: 'file', host: 'n1', path: wrong})).ok, wrong);
  t.deepEqual(asked, []);
});

test('a host that is gone, or does not answer, keeps it in the journal', async t => {
  const {cluster} = fakeCluster(() => undefined);
  t.false((await clearLeftover(cluster, {what: 'file', host: 'n9', path})).ok);
  t.false((await clearLeftover(cluster, {what: 'file', host: 'n1', path})).ok);
});
