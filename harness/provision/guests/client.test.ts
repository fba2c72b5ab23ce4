import test from 'ava';
import {fakeCluster} from '../../../fixtures/kit/fake-cluster.ts';
import {examplePlan} from '../../../fixtures/kit/guests-plan.ts';
import {lookAtClient, planFio} from './client.ts';
import {markText} from './mark.ts';

const {mark, folder} = examplePlan();
const carried = {tar: '/cache/fio.tar', version: 'fio-3.33'};
const plan = (found: Parameters<typeof planFio>[0]) => planFio(found, carried, folder, mark, 'c1');

test('a client with the fio of the guests gets none', t => {
  t.deepEqual(plan({version: 'fio-3.33'}), {refusals: [], lines: []});
});

test('of another version, or without one, it gets theirs', t => {
  const {refusals, lines, carry} = plan({version: 'fio-3.39'});
  t.deepEqual(refusals, []);
  t.deepEqual(lines, ['fio-3.33 of the guests on c1 as /usr/local/bin/fio, for it has fio-3.39']);
  t.regex(
    carry?.wrapper ?? '',
    /^#!\/bin\/sh\n# seatrial\/1 .*\nexec \/var\/lib\/seatrial\/guests\/sea\/fio\/ld-linux/,
  );
  t.regex(plan({}).lines[0] ?? '', /for it has no fio$/);
});

test("an administrator's own fio in its place is never written over", t => {
  const {refusals, carry} = plan({version: 'fio-3.40', wrapper: {}});
  t.regex(
    refusals[0] ?? '',
    /c1 has fio-3\.40 and the guests have fio-3\.33.*\/usr\/local\/bin\/fio is there and not ours/,
  );
  t.is(carry, undefined);
  t.deepEqual(plan({version: 'fio-3.40', wrapper: {mark}, folder: {mark}}).refusals, []);
});

test('what the client says is read, and its absence too', async t => {
  const said = `== version\nfio-3.39\n== wrapper\nyes\n${markText(mark)}\n== folder\nyes\n`;
  t.deepEqual(await lookAtClient(fakeCluster(() => ({stdout: said})).cluster, folder), {
    ok: true,
    value: {version: 'fio-3.39', wrapper: {mark}, folder: {}},
  });
  const nothing = '== version\n== wrapper\n== folder\n';
  t.deepEqual(await lookAtClient(fakeCluster(() => ({stdout: nothing})).cluster, folder), {ok: true, value: {}});
});
