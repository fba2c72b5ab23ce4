import test from 'ava';
import {parseVerify} from './fio-verify.ts';

/** As fio 3.33 says it. */
const report = (error: number, total_err: number | undefined, total_ios = 1235) =>
  JSON.stringify({'fio version': 'fio-3.33', jobs: [{jobname: 'witness', error, total_err, read: {total_ios}}]});

test('how many blocks were read, and how many were not as they were written', t => {
  t.deepEqual(parseVerify(report(0, 0), 'v'), {ok: true, value: {read: 1235, wrong: 0}});
  t.deepEqual(parseVerify(report(84, 3), 'v'), {ok: true, value: {read: 1235, wrong: 3}});
});

test('planted: a verification that broke off says nothing of the blocks', t => {
  for (const text of [report(5, 1), report(84, undefined), report(0, 2), '{"jobs": []}', 'fio: no such device']) {
    t.false(parseVerify(text, 'v').ok, text);
  }
});
