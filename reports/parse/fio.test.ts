import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {parseFio} from './fio.ts';

const recorded = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../fixtures/fio-3.33', `${name}.out`), 'utf8');

function kinds(name: string, context = {}): readonly string[] {
  const report = parseFio(recorded(name), name, context);
  return report.ok ? report.value.warnings.map(warning => warning.kind) : ['no report'];
}

test('a run shorter than asked says so', t => {
  t.deepEqual(kinds('randread-jsonplus', {requestedRuntimeSeconds: 2}), []);
  t.deepEqual(kinds('randread-jsonplus', {requestedRuntimeSeconds: 60}), ['short']);
  t.deepEqual(kinds('interrupted', {requestedRuntimeSeconds: 20}), ['short', 'interrupted']);
});

test('an exit code that contradicts the JSON says so, both ways', t => {
  t.deepEqual(kinds('randread-jsonplus', {exitCode: 0}), []);
  t.deepEqual(kinds('randread-jsonplus', {exitCode: 1}), ['exit']);
  t.deepEqual(kinds('enospc', {exitCode: 1}), ['job-error']);
  t.deepEqual(kinds('enospc', {exitCode: 0}), ['job-error', 'exit']);
});

test('a client that vanished says so', t => {
  t.deepEqual(kinds('client-two', {clients: 2}), []);
  t.deepEqual(kinds('client-two', {clients: 3}), ['vanished']);
  t.deepEqual(kinds('client-one', {clients: 2}), ['vanished']);
});

test('the sum over clients is no job', t => {
  const report = parseFio(recorded('client-two'), 'client-two');
  t.deepEqual(report.ok && report.value.jobs.map(job => job.client), ['127.0.0.1:8766', '127.0.0.1:8765']);
});

test('latency that was not measured is absent, not 0', t => {
  const off = parseFio(recorded('disable-clat').replace('"N" : 91150', '"N" : 0'), 'off');
  t.true(off.ok);
  if (off.ok) t.is(off.value.jobs[0]?.work.read?.latency, undefined);
  const total = parseFio(recorded('disable-clat'), 'disable-clat');
  t.is(total.ok && total.value.jobs[0]?.work.read?.latency?.kind, 'total');
});

test('no JSON is an error that quotes what fio said', t => {
  const report = parseFio(recorded('bad-engine'), 'fio-randread.json');
  t.false(report.ok);
  if (!report.ok) {
    t.is(report.error.artefact, 'fio-randread.json');
    t.regex(report.error.found, /nosuch: cannot open/);
  }
});

test('an error names the place in the document', t => {
  const report = parseFio(recorded('randread-jsonplus').replace('"total_ios" : 117094', '"total_ios" : -nan'), 'x');
  t.deepEqual(report.ok || report.error, {
    artefact: 'x',
    path: '/jobs/0/read/total_ios',
    expected: 'a number ≥ 0',
    found: '-nan',
  });
});
