/** Files of fio as people have them, from inspecting to samples: what each must say, and what it must not. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {inspectText} from './inspect.ts';
import type {FileContents} from './records.ts';
import {loadsOf, samplesOfFile} from './samples.ts';

function text(name: string): string {
  return readFileSync(join(import.meta.dirname, '../../fixtures', name), 'utf8');
}

function inspected(name: string, change: (text: string) => string = same => same): FileContents {
  return inspectText(change(text(name)), name);
}

function same(whole: string): string {
  return whole;
}

type Labels = Readonly<Record<string, string>>;

function figures(contents: FileContents, metric: string, labels: Labels = {}): readonly number[] {
  const samples = samplesOfFile(contents);
  if (!samples.ok) throw new Error(samples.error);
  return samples.value
    .filter(one => one.metric === metric && Object.entries(labels).every(([key, value]) => one.labels[key] === value))
    .map(one => Number(one.value.toPrecision(5)));
}

function refusal(contents: FileContents): string {
  const samples = samplesOfFile(contents);
  return samples.ok ? '' : samples.error;
}

for (const [name, direction, iops] of [
  ['fio-options-only-global', 'read', 300],
  ['fio-empty-section', 'read', 11970],
  ['fio-option-given-twice', 'read', 300],
  ['fio-percentile-seven-decimals', 'read', 300],
  ['fio-runtime-limit-iosize', 'read', 300],
  ['fio-runtime-limit-no-size', 'read', 300],
  ['fio-runtime-limit-number-ios', 'read', 300],
  ['fio-runtime-limit-percent', 'read', 300],
  ['fio-sorted-keys', 'read', 300],
  ['fio-sorted-keys-plain', 'read', 300],
  ['fio-eta-before-brace', 'read', 300],
  ['fio-replay-with-bs', 'write', 300],
  ['fio-clients-no-sum', 'read', 820],
  ['fio-clients-unequal-runtimes', 'read', 400],
  ['fio-clones-unequal', 'read', 271.48],
  ['fio-clones-unequal-grouped', 'read', 271.48],
] as const) {
  test(`${name}: ${iops} op/s`, t => {
    t.deepEqual(figures(inspected(`cases/${name}.json`), 'storage.iops', {direction}), [iops]);
  });
}

for (const [what, change] of [
  ['without a newline at its end', whole => whole.trimEnd()],
  ['with CR LF', whole => whole.replaceAll('\n', '\r\n')],
  ['after a line that a terminal overwrites', whole => `Jobs: 1 (f=1): [r(1)][50.0%][eta 00m:01s]\r${whole}`],
  ['as JSON.parse and JSON.stringify write it', whole => JSON.stringify(JSON.parse(whole), null, 1)],
] as const satisfies readonly (readonly [string, (whole: string) => string])[]) {
  test(`a file ${what} is the same file`, t => {
    const name = 'fio-3.42/randread-jsonplus.out';
    t.deepEqual(samplesOfFile(inspected(name, change)), samplesOfFile(inspected(name, same)));
  });
}

test('keys in the order of their characters hold what they hold in the order of their values; in neither, they are damaged', t => {
  const name = 'cases/fio-sorted-keys.json';
  t.deepEqual(figures(inspected(name), 'storage.latency', {percentile: 'p50'}), [6.24e-6]);
  const swapped = inspected(name, whole => whole.replace(/("bins": \{\s*)("\d+": \d+),\s*("\d+": \d+),/, '$1$3, $2,'));
  t.not(swapped.unfit, undefined);
});

test('several runs in one file are refused, wherever their clocks and figures show it', t => {
  t.regex(refusal(inspected('cases/fio-appended-runs.json')), /3 runs, at lines 2, 172, 358: one a file is needed/);
  const status = text('fio-3.33/status-interval.out');
  t.deepEqual(figures(inspectText(status, 'status'), 'storage.iops').length, 1);
  t.regex(refusal(inspectText(status + status, 'twice')), /2 runs/);
  const later = status.replaceAll(/"timestamp_ms" : 17955/g, '"timestamp_ms" : 17956');
  t.not(later, status);
  t.regex(refusal(inspectText(status + later, 'the next day')), /2 runs/);
  const one = text('fio-3.33/randread-jsonplus.out');
  t.regex(refusal(inspectText(one + one.replace(/"iops" : 5/, '"iops" : 6'), 'another')), /contradict/);
  // To the last digit and of the same moment it is the same document, and counts once.
  t.deepEqual(samplesOfFile(inspectText(one + one, 'x')), samplesOfFile(inspectText(one, 'x')));
  const third = text('fio-3.42/status-interval.out');
  t.is(figures(inspectText(third, 'status'), 'storage.iops').length, 1);
  t.regex(
    refusal(inspectText(third.replace(/"job_start" : 1795525460320(?![\s\S]*"job_start")/, '"job_start" : 1'), 'x')),
    /2 runs/,
  );
});

test('a run that a signal or a status document ended early is short, however its runtime is spelled', t => {
  t.regex(inspected('cases/fio-runtime-60S.json').unfit ?? '', /expected 60 s of runtime, found 2 s/);
  t.regex(inspected('cases/fio-runtime-2x30.json').unfit ?? '', /expected 60 s of runtime, found 2 s/);
  for (const spelled of ['60', '60 ', '1M', '1m', '(2*30)', '1H', '60000ms', '0.1h', '3600000MSEC', 'a minute']) {
    const spelt = inspected('cases/fio-runtime-60S.json', whole => whole.replace('"60S"', `"${spelled}"`));
    t.regex(spelt.unfit ?? '', /ran shorter than asked/, spelled);
  }
  for (const spelled of ['2', '2S', ' 2s ', '2000ms', '(1+1)', '2000000us', '2,4']) {
    const spelt = inspected('cases/fio-runtime-60S.json', whole => whole.replace('"60S"', `"${spelled}"`));
    t.is(spelt.unfit, undefined, spelled);
  }
});

test('a runtime is a limit only without time_based, and where the amount was done', t => {
  const name = 'cases/fio-runtime-limit-iosize.json';
  t.regex(inspected(name).warnings.join(), /ended before its time limit/);
  t.is(inspected(name).unfit, undefined);
  const option = '"runtime" : "300",';
  t.true(text(name).includes(option));
  const timed = inspected(name, whole => whole.replace(option, `${option} "time_based" : "",`));
  t.regex(timed.unfit ?? '', /ran shorter than asked/);
  // 120 blocks of 4 KiB are all that fits into 483 KiB.
  const odd = (size: string) =>
    inspected('cases/fio-runtime-limit-iosize.json', whole =>
      whole.replace('"io_size" : "480k"', `"io_size" : "${size}"`),
    );
  t.is(odd('483k').unfit, undefined);
  t.regex(odd('485k').unfit ?? '', /ran shorter than asked/);
  // To fio KiB are 1000 bytes, but with kb_base=1000.
  t.is(odd('495KiB').unfit, undefined);
  t.regex(odd('495KiB", "kb_base" : "1000').unfit ?? '', /ran shorter than asked/);
  const undone = inspected(name, whole => whole.replace('"io_size" : "480k"', '"io_size" : "4m"'));
  t.regex(undone.unfit ?? '', /ran shorter than asked/);
  // Before 3.39 fio hides time_based: who moves more than the amount goes round and round.
  const beyond = inspected(name, whole => whole.replace('"io_size" : "480k"', '"io_size" : "240k"'));
  t.regex(beyond.unfit ?? '', /ran shorter than asked/);
});

test('clones that are added up have each the whole amount to do', t => {
  const cut = inspected('storage-guide-job/fio-guide.json', whole =>
    whole.replaceAll('"runtime" : "60"', '"runtime" : "600"'),
  );
  t.regex(cut.unfit ?? '', /expected 600 s of runtime, found 60.525 s/);
  const of = (amount: string) =>
    inspected('cases/fio-runtime-limit-iosize.json', whole =>
      whole.replace('"io_size" : "480k"', `"io_size" : "${amount}", "numjobs" : "4"`),
    );
  t.regex(of('240k').unfit ?? '', /ran shorter than asked/);
  t.is(of('120k').unfit, undefined);
  const numbered = (number: number) =>
    inspected('cases/fio-runtime-limit-iosize.json', whole =>
      whole.replace('"io_size" : "480k"', `"number_ios" : "${number}", "numjobs" : "4"`),
    );
  t.regex(numbered(60).unfit ?? '', /ran shorter than asked/);
  t.is(numbered(30).unfit, undefined);
});

test('clones with entries of their own have each their own amount to do', t => {
  const name = 'fio-3.42/randrw-two-jobs.out';
  const of = (size: string, version = '3.42') =>
    inspected(name, whole =>
      whole
        .replace('"fio-3.42"', `"fio-${version}"`)
        .replaceAll('"time_based" : "",', '')
        .replaceAll('"runtime" : "2"', '"runtime" : "300"')
        .replaceAll('"size" : "32m"', `"size" : "${size}"`),
    );
  // Each moved 287 MiB.
  t.is(of('286m').unfit, undefined);
  t.regex(of('286m').warnings.join(), /ended before its time limit/);
  t.regex(of('288m').unfit ?? '', /ran shorter than asked/);
  // Before 3.39 fio hides time_based: who moves more than the amount goes round and round, whatever the others do.
  t.regex(of('200m', '3.36').unfit ?? '', /ran shorter than asked/);
});

test('of several sections that are added up, the clones of the last have their amount to do at least', t => {
  const of = (size: string) =>
    inspected('cases/fio-group-two-block-sizes.json', whole =>
      whole.replace('"rw" : "write"', `"rw" : "write", "runtime" : "300", "numjobs" : "2", "size" : "${size}"`),
    );
  // They moved 2.7 MiB, all of them.
  t.is(of('1m').unfit, undefined);
  t.is(of('1m').records[0]?.pattern, undefined);
  t.regex(of('2m').unfit ?? '', /ran shorter than asked/);
});

test('jobs of one name that ran one after the other are refused; those that overlap count from first to last', t => {
  t.regex(refusal(inspected('cases/fio-startdelay.json')), /oltp ran one after the other/);
  const overlapping = inspected('cases/fio-startdelay.json', whole =>
    whole.replace('"startdelay" : "3"', '"startdelay" : "1"'),
  );
  // 600 operations in 4 s, not 200 op/s.
  t.deepEqual(figures(overlapping, 'storage.iops'), [149.96]);
  const clones = text('fio-3.42/randrw-two-jobs.out').replaceAll(/"elapsed" : \d+/g, '"elapsed" : 99');
  t.is(refusal(inspectText(clones, 'together')), '');
  const apart = clones.replace(/"job_start" : (\d+)/, (_, start) => `"job_start" : ${Number(start) - 60_000}`);
  t.regex(refusal(inspectText(apart, 'apart')), /one after the other/);
});

test('what runs for unlike times says so', t => {
  const warnings = inspected('cases/fio-clones-unequal.json').warnings.join();
  t.regex(warnings, /jobs of one name ran for unlike times at \/jobs\/0: expected 2.991 s .* found 0.13 s/);
  t.deepEqual(inspected('fio-3.42/randrw-two-jobs.out').warnings, []);
});

test('phases one after the other have no total, and a reason; directions that ran together have one', t => {
  const phases = inspected('cases/fio-write-then-verify.json');
  const refused = (contents: FileContents): string | undefined => {
    const loads = loadsOf(contents);
    return loads.ok ? loads.value.find(load => load.labels.direction === 'total')?.refused : loads.error;
  };
  t.regex(refused(phases) ?? '', /its reads verify what was written, after the writes/);
  t.deepEqual(figures(phases, 'storage.iops', {direction: 'total'}), []);
  t.deepEqual(figures(phases, 'storage.latency', {direction: 'total'}), []);
  t.deepEqual(figures(phases, 'storage.iops', {direction: 'write'}), [500]);
  t.deepEqual(figures(phases, 'storage.runtime'), [0.404]);
  // Without a word about verify, their times tell.
  const silent = inspected('cases/fio-write-then-verify.json', whole => whole.replace('"verify" :', '"verifi" :'));
  t.regex(refused(silent) ?? '', /ran for unlike times \(read 0.004 s, write 0.4 s\)/);
  t.is(figures(inspected('fio-3.42/randrw-two-jobs.out'), 'storage.iops', {direction: 'total'}).length, 1);
});

test('of two latencies the one that the job asked for is taken', t => {
  const both = inspected('cases/fio-lat-percentiles-both.json');
  t.is(both.records[0]?.latencyKind, 'total');
  t.deepEqual(figures(both, 'storage.latency', {percentile: 'p99'}), [276.48e-6]);
  t.is(inspected('fio-3.42/randread-jsonplus.out').records[0]?.latencyKind, 'completion');
});

test('latencies of two kinds do not add up', t => {
  const both = inspected('cases/fio-lat-percentiles-both.json');
  const [record] = both.records;
  if (record === undefined) return t.fail();
  const mixed = {...both, records: [record, {...record, path: '/jobs/1/read', latencyKind: 'completion' as const}]};
  t.deepEqual(figures(mixed, 'storage.latency'), []);
  t.is(figures(mixed, 'storage.iops').length, 1);
});

for (const name of ['fio-group-two-patterns', 'fio-group-two-block-sizes']) {
  test(`${name}: the options of the last section are not those of the group`, t => {
    const group = inspected(`cases/${name}.json`);
    t.is(group.unfit, undefined);
    t.true(group.records.every(({pattern}) => pattern === undefined));
    t.deepEqual(figures(group, 'storage.iops', {direction: 'read'}), [300]);
    t.deepEqual(figures(group, 'storage.iops', {direction: 'write'}), [50]);
    t.is(group.settings.rw, undefined);
    t.regex(group.warnings.join(), /an entry has no pattern/);
  });
}

test('what was in flight when the ramp ended makes no several sections of one', t => {
  const name = 'storage-fio/fio-randread.json';
  const contents = inspected(name);
  t.is(contents.unfit, undefined);
  t.deepEqual(
    contents.records.map(({pattern}) => pattern),
    ['randread', 'randread'],
  );
  t.deepEqual(figures(contents, 'storage.iops', {pattern: 'randread'}), [162.88]);
  t.notRegex(contents.warnings.join(), /an entry has no pattern/);
  // Not without a ramp, and not where more is amiss than can be in flight: with a depth of 2, four I/Os of a job.
  const unramped = inspected(name, whole => whole.replaceAll('"ramp_time" : "1"', '"ramp_time" : "0"'));
  t.regex(unramped.warnings.join(), /an entry has no pattern/);
  const shallow = inspected(name, whole => whole.replaceAll('"iodepth" : "16"', '"iodepth" : "2"'));
  t.regex(shallow.warnings.join(), /an entry has no pattern/);
});

test('a group that fio does not call one shows it by the time of its threads', t => {
  // 3.33 hides a group_reporting without a value: two sections in one entry, each 2 s.
  const name = 'fio-3.33/randread-jsonplus.out';
  t.is(inspected(name).records[0]?.pattern, 'randread');
  const grouped = inspected(name, whole => whole.replace(/"job_runtime" : \d+/, '"job_runtime" : 4001'));
  t.is(grouped.records[0]?.pattern, undefined);
  const clones = inspected(name, whole =>
    whole.replace(/"job_runtime" : \d+/, '"job_runtime" : 4001').replace('"direct" :', '"numjobs" : "2", "direct" :'),
  );
  t.is(clones.records[0]?.pattern, 'randread');
});

test('fsync has latencies of its own, under the direction sync', t => {
  for (const name of ['fio-3.33/seq-write-fsync.out', 'fio-3.42/seq-write-fsync.out', 'fio-3.7/ledger.out']) {
    const contents = inspected(name);
    t.deepEqual(
      contents.records.map(({direction}) => direction),
      ['write', 'sync'],
      name,
    );
    t.is(figures(contents, 'storage.latency', {direction: 'sync', percentile: 'p99'}).length, 1, name);
    t.deepEqual(figures(contents, 'storage.iops', {direction: 'sync'}), []);
    t.deepEqual(figures(contents, 'storage.iops', {direction: 'total'}), []);
    t.is(figures(contents, 'storage.runtime').length, 1);
  }
  // No fsync: no direction, never 0.
  t.false(inspected('fio-3.42/randread-jsonplus.out').records.some(({direction}) => direction === 'sync'));
  const damaged = inspected('fio-3.42/seq-write-fsync.out', whole =>
    whole.replace(/("sync" : \{\s*"total_ios" : )2042/, '$1 999'),
  );
  t.regex(damaged.unfit ?? '', /sync\/lat_ns\/N: expected 999, as total_ios, found 2042/);
});

test('syncs of a ramp are counted, and have no latency', t => {
  const of = (syncs: number, options = '') =>
    inspected('fio-3.42/seq-write-fsync.out', whole =>
      whole
        .replace('"fdatasync" : "1",', `"fdatasync" : "1", ${options}`)
        .replace(/("sync" : \{\s*"total_ios" : )2042/, `$1 ${syncs}`),
    );
  for (const ramp of ['"ramp_time" : "1",', '"ramp_size" : "16m",']) {
    t.is(of(2042, ramp).unfit, undefined, ramp);
    t.is(of(3063, ramp).unfit, undefined, ramp);
    t.is(figures(of(3063, ramp), 'storage.latency', {direction: 'sync', percentile: 'p99'}).length, 1, ramp);
    t.regex(of(999, ramp).unfit ?? '', /sync\/lat_ns\/N: expected at most 999, as total_ios, found 2042/, ramp);
  }
  t.regex(of(3063).unfit ?? '', /sync\/lat_ns\/N: expected 3063, as total_ios, found 2042/);
});

test('fio 2 is named, with what to do', t => {
  t.regex(
    refusal(inspected('cases/fio-2.json')),
    /expected fio 3\.1 or later.*run the job again.*fio-2\.16, which counts in KiB/,
  );
});

test('percentiles that look alike are those that were asked for so; any other key that repeats hides a value', t => {
  const name = 'cases/fio-percentile-seven-decimals.json';
  t.deepEqual(figures(inspected(name), 'storage.latency', {percentile: 'p99'}).length, 1);
  const unasked = inspected(name, whole => whole.replace('99.9999999', '99.5'));
  t.regex(unasked.unfit ?? '', /each key once|expected 4 percentiles, found 3/);
});
