import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {loadRefusals} from './serving.ts';

/** `stderr` as fio's client.c words it; 3.39 against 3.33. */
const mismatch = 'fio: client/server version mismatch (97 != 109)\nfio: unable to connect to server';

test('a guest whose fio speaks another protocol is refused, with both sides named', async t => {
  const {cluster} = fakeCluster((_, words) => {
    if (words === 'fio --version') return {stdout: 'fio-3.39\n'};
    if (!words.includes('[hello]')) return undefined;
    return words.includes('--client=10.0.3.102,') ? {exit: 1, stderr: mismatch} : {stdout: '{"jobname": "hello"}'};
  });
  const [refusal, ...more] = await loadRefusals(cluster);
  t.deepEqual(more, []);
  t.regex(
    refusal ?? '',
    /^vm2 takes no load from fio-3\.39 on client: fio on client exited 1: .*mismatch \(97 != 109\)/,
  );
});

test('an fio that ends well without having run the load is refused too', async t => {
  const {cluster} = fakeCluster((_, words) => (words === 'fio --version' ? {stdout: 'fio-3.39\n'} : {}));
  t.is((await loadRefusals(cluster)).length, 2);
});

test('guests that run it are silent', async t => {
  const {cluster} = fakeCluster(() => ({stdout: '{"jobname": "hello"}'}));
  t.deepEqual(await loadRefusals(cluster), []);
});
