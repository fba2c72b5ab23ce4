import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {parseFio} from './fio.ts';
import {fioTotals} from './fio-totals.ts';

const recorded = (name: string, version = '3.33'): string =>
  readFileSync(join(import.meta.dirname, '../../fixtures', `fio-${version}`, `${name}.out`), 'utf8');

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

/** The warning of a text that is read, or where it is refused. */
function outcome(text: string): string {
  const report = parseFio(text, 'fio.json');
  return report.ok ? report.value.warnings.map(({kind, path}) => `${kind} ${path}`).join() : report.error.path;
}

test('what a version did not print yet may lack; from then on it must be there', t => {
  const without = (text: string, key: string): string =>
    text.replaceAll(new RegExp(`\\s*"${key}" : [\\d.]+,?(?=\\n)`, 'g'), '').replaceAll(/,(\s*})/g, '$1');
  const as = (text: string, version: string): string => text.replace('"fio-3.33"', `"fio-${version}"`);
  const now = recorded('randread-jsonplus');
  // aedd021d (3.2) added bw_bytes, 56440e63 (3.18) added N.
  t.is(outcome(without(as(now, '3.1'), 'bw_bytes')), '');
  t.is(outcome(without(as(now, '3.2'), 'bw_bytes')), '/jobs/0/read/bw_bytes');
  t.is(outcome(without(as(now, '3.17'), 'N')), '');
  t.is(outcome(without(as(now, '3.18'), 'N')), '/jobs/0/read/clat_ns/N');
  t.is(outcome(without(as(now, 'odd'), 'N')), '/jobs/0/read/clat_ns/N');
  t.is(outcome(as(now, '3.28-12-g6ba37')), '');
});

test('percentiles of the total latency are not taken for the completion latency, wherever a version puts them', t => {
  for (const version of ['3.1', '3.7', '3.12', '3.16', '3.20', '3.25', '3.30', '3.33', '3.36', '3.42']) {
    const text = recorded('lat-percentiles', version);
    const report = parseFio(text, version);
    const latency = report.ok ? report.value.jobs[0]?.work.read?.latency : undefined;
    t.is(latency?.kind, 'total', version);
    t.is(latency?.percentiles.length, 5, version);
    t.truthy(latency?.bins, version);
  }
});

test('the sum of the directions beside them is not counted again', t => {
  const both = recorded('unified-both');
  const report = parseFio(both, 'both');
  t.deepEqual(report.ok && Object.keys(report.value.jobs[0]?.work ?? {}), ['read', 'write']);
  t.is(outcome(both), '');
  const mixed = both.slice(both.indexOf('"mixed"'));
  const wrong = both.replace(mixed, mixed.replace(/"total_ios" : \d+/, '"total_ios" : 1'));
  t.is(outcome(wrong), 'inconsistent /jobs/0/mixed/total_ios');
});

test('the first job that is printed may be of a later group, where it began one after jobs without figures', t => {
  const later = recorded('randread-jsonplus', '3.42').replace('"groupid" : 0', '"groupid" : 1');
  t.is(outcome(later), 'inconsistent /jobs/0/groupid');
  for (const option of ['"stonewall" : ""', '"new_group" : "1"'])
    t.is(outcome(later.replace('"name" : "randread"', `"name" : "randread", ${option}`)), '', option);
  const none = '"name" : "randread", "new_group" : "0"';
  t.is(outcome(later.replace('"name" : "randread"', none)), 'inconsistent /jobs/0/groupid');
});

test('other output of fio is refused with what to do', t => {
  const refusal = (text: string): string => {
    const report = parseFio(text, 'fio.txt');
    return report.ok ? 'read' : `${report.error.found.split(':')[0]}: ${report.error.expected}`;
  };
  const advice = 'a JSON document of fio: run it with --output-format=json+';
  t.is(refusal(recorded('terse')), `fio's terse output: ${advice}`);
  t.is(refusal(recorded('plain')), `fio's output for people: ${advice}`);
  t.is(refusal(recorded('latency-log')), `a log of fio (write_lat_log and the like): ${advice}`);
  t.is(refusal(recorded('terse-and-json')), 'read');
});

test('a job that is called like the sum over all clients is a job', t => {
  const job = recorded('randread-jsonplus').replace('"jobname" : "randread"', '"jobname" : "All clients"');
  const report = parseFio(job, 'job');
  t.deepEqual(report.ok && report.value.jobs.map(one => one.name), ['All clients']);
});

test('a percentile that nobody asked for, and one that is missing, are told', t => {
  const text = recorded('randread-jsonplus');
  t.regex(
    outcome(text.replace('"5.000000" :', '"5.100000" :')),
    /inconsistent \/jobs\/0\/read\/clat_ns\/percentile\/5.1/,
  );
  t.regex(outcome(text.replace(/"5.000000" : \d+,/, '')), /inconsistent \/jobs\/0\/read\/clat_ns\/percentile/);
});

test('bins in a form that only the general reader takes give the same report', t => {
  const text = recorded('randread-jsonplus');
  const quick = parseFio(text, 'x');
  // An escaped digit is no plain one.
  const general = parseFio(text.replace('"41216" :', '"\\u00341216" :'), 'x');
  t.true(quick.ok && general.ok);
  t.deepEqual(general, quick);
});

test('latencies of two kinds are not added up', t => {
  const report = parseFio(recorded('randread-jsonplus'), 'completion');
  const other = parseFio(recorded('lat-percentiles'), 'total');
  if (!report.ok || !other.ok) return t.fail();
  t.true(fioTotals(report.value, ['read'], 'x').ok);
  const mixed = {...report.value, jobs: [...report.value.jobs, ...other.value.jobs]};
  const totals = fioTotals(mixed, ['read'], 'x');
  t.deepEqual(totals.ok || totals.error.expected, 'a completion latency, as of the other jobs');
});
