import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {inspectText} from './inspect.ts';

function recorded(path: string): string {
  return readFileSync(join(import.meta.dirname, '../../fixtures', path), 'utf8');
}

for (const [path, tool] of [
  ['fio-3.42/client-two.out', 'fio'],
  ['fio-3.33/randrw-two-jobs.out', 'fio'],
  ['iperf3-3.12/tcp-bidir.out', 'iperf3'],
  ['iperf3-3.21/json-stream.out', 'iperf3'],
  ['ping-iputils-20240905/lossy.out', 'ping'],
] as const) {
  test(`${path} is recognized, and cut anywhere it is no shorter truth that may be judged`, t => {
    const text = recorded(path);
    const whole = inspectText(text, path);
    t.is(whole.tool, tool);
    t.true(whole.records.length > 0 && whole.unfit === undefined && whole.error === undefined);
    const end = text.trimEnd().length;
    for (let n = 0; n < 40; n += 1) {
      const cut = inspectText(text.slice(0, Math.floor((end * n) / 40)), path);
      t.true(cut.unfit !== undefined || cut.error !== undefined, `cut at ${n} of 40`);
      t.is(cut.records.length === 0, cut.error !== undefined);
    }
  });
}

test('any text in, never a throw, and an error where there are no records', t => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.json(), fc.constantFrom('{\n"fio version": "fio-3.33"\n', 'PING a (b)\n')),
      text => {
        const {records, error} = inspectText(text, 'f');
        return (records.length === 0) === (error !== undefined);
      },
    ),
    {numRuns: 300},
  );
  t.pass();
});

test('settings: those of a job, with the global ones beneath; those that jobs differ in carry their name', t => {
  const job = (jobname: string, own: Record<string, string>) => ({jobname, 'job options': {name: jobname, ...own}});
  const document = (...jobs: object[]) =>
    `${JSON.stringify({'fio version': 'fio-3.33', 'global options': {bs: '4k', iodepth: '1'}, jobs}, null, 1)}\n`;
  // Not whole enough for figures, and its settings are read all the same only where the figures are.
  t.deepEqual(inspectText(document(job('a', {rw: 'read'})), 'f').settings, {});
  const two = inspectText(recorded('fio-3.42/client-two.out'), 'f').settings;
  t.like(two, {bs: '4k', iodepth: '4', rw: 'randread'});
  t.false('hostname' in two || 'name' in two);
});

test('an exit code that contradicts the JSON makes a file unfit', t => {
  const text = recorded('fio-3.42/randread-jsonplus.out');
  t.is(inspectText(text, 'f', {exitCode: 0}).unfit, undefined);
  t.regex(inspectText(text, 'f', {exitCode: 1}).unfit ?? '', /^fio ended otherwise than it says at exit code/);
  t.regex(inspectText(recorded('iperf3-3.12/tcp.out'), 'f', {exitCode: 1}).unfit ?? '', /^iperf3 ended otherwise/);
});

test('a failed iperf3 names its error and gives no figures', t => {
  const {records, error, tool} = inspectText(recorded('iperf3-3.12/server-killed.out'), 'f');
  t.deepEqual([records.length, tool, error?.path], [0, 'iperf3', '/error']);
});
