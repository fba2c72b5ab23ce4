/** Recorded: what a lab's two guests under emulation gave, on a machine busy with other things. */
import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedFiles} from '../../fixtures/kit/recorded-artefacts.ts';
import {artefactsOf, recordedTransport, recordedTrial} from '../../fixtures/kit/replay-transport.ts';
import {twoGuests} from '../../fixtures/kit/two-guests.ts';
import type {Cluster, Measured, Parameters, PlannedTrial, Scenario, Transport} from '../../harness/types.ts';
import {fio} from './fio.ts';
import {guideJob} from './guide-job.ts';

function plannedFor({name}: Scenario, parameters: Parameters): PlannedTrial {
  return plannedTrial({scenario: name, parameters});
}

const asked = plannedFor(fio, {...fio.parameters.quick, rampSeconds: 1});
const askedGuide = plannedFor(guideJob, guideJob.parameters.quick);

const clusterWith = (transport: Transport): Cluster => twoGuests(transport, '10.77.3', {});

test('a recorded run gives every sample of every pattern', t => {
  const {samples, problems, findings} = fio.measure(artefactsOf(recordedFiles('storage-fio')), asked);
  t.deepEqual(problems, []);
  t.deepEqual(findings, []);
  // Eight figures for each of read, write, read and write and total of mixed, and a runtime for each pattern.
  t.is(samples.length, 5 * 8 + 3);
  t.deepEqual([...new Set(samples.map(sample => sample.metric))].sort(), [...fio.provides].sort());
  const [first] = samples;
  // As fio itself says in its entry "All clients", to six decimals.
  t.is(first?.value.toFixed(6), '162.876579');
  t.like(first, {
    metric: 'storage.iops',
    unit: 'op/s',
    labels: {pattern: 'randread', direction: 'read'},
    from: {artefact: 'fio-randread.json', path: '/client_stats/*/read/iops'},
  });
  for (const sample of samples) t.true(Number.isFinite(sample.value) && sample.value > 0, JSON.stringify(sample));
});

test('percentiles come from the histograms of both guests together', t => {
  const text = recordedFiles('storage-fio').get('fio-mixed.json') ?? '';
  const counts: [number, number][] = [];
  const {client_stats: stats} = JSON.parse(text.slice(text.indexOf('{')));
  for (const job of stats.slice(0, 2)) {
    for (const [key, value] of Object.entries(job.read.clat_ns.bins)) counts.push([Number(key), Number(value)]);
  }
  counts.sort((a, b) => a[0] - b[0]);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  const [ns] =
    counts.find(([, count]) => {
      seen += count;
      return seen >= 0.99 * total;
    }) ?? [];
  const {samples} = fio.measure(artefactsOf(recordedFiles('storage-fio')), asked);
  const p99 = samples.find(
    ({labels}) => labels.pattern === 'mixed' && labels.direction === 'read' && labels.percentile === 'p99',
  );
  t.is(p99?.value, (ns ?? Number.NaN) / 1e9);
  t.true(p99?.halfWidth !== undefined && p99.halfWidth > 0 && p99.halfWidth <= p99.value / 128);
});

const damages: Readonly<Record<string, (kept: Map<string, string>) => void>> = {
  'a cut artefact': kept => kept.set('fio-randread.json', (kept.get('fio-randread.json') ?? '').slice(0, 3000)),
  'a missing artefact': kept => kept.delete('fio-randread.json'),
  'an empty artefact': kept => kept.set('fio-randread.json', ''),
  'a job with an error': kept => replace(kept, 'fio-randread.json', '"error" : 0', '"error" : 5'),
  'a wrong total': kept => replace(kept, 'fio-randread.json', '"total_ios" : ', '"total_ios" : 1'),
  'a failed exit': kept => replace(kept, 'fio-randread.json.meta.json', '"code": 0', '"code": 1'),
  'a command that timed out': kept =>
    replace(kept, 'fio-randread.json.meta.json', '"kind": "exited"', '"kind": "timed-out"'),
  'no record of the exit': kept => kept.delete('fio-randread.json.meta.json'),
  'no histograms': kept =>
    kept.set('fio-randread.json', (kept.get('fio-randread.json') ?? '').replaceAll(/,\s*"bins" : \{[^}]*\}/g, '')),
};

function replace(kept: Map<string, string>, name: string, before: string, after: string): void {
  const text = kept.get(name) ?? '';
  if (!text.includes(before)) throw new Error(`${name} has no ${before}`);
  kept.set(name, text.replace(before, after));
}

for (const [what, damage] of Object.entries(damages)) {
  test(`${what} is a problem and no sample, and the other patterns stand`, t => {
    const kept = recordedFiles('storage-fio');
    damage(kept);
    const {samples, problems} = fio.measure(artefactsOf(kept), asked);
    t.true(problems.length > 0);
    t.true(
      problems.every(problem => problem.artefact.startsWith('fio-randread.json')),
      JSON.stringify(problems),
    );
    t.is(samples.filter(sample => sample.labels.pattern === 'randread').length, 0);
    t.true(samples.some(sample => sample.labels.pattern === 'randwrite'));
  });
}

test('a run shorter than asked, a guest that is missing, a fill that failed: no sample at all', t => {
  const longer = fio.measure(
    artefactsOf(recordedFiles('storage-fio')),
    plannedFor(fio, {...asked.parameters, seconds: 60}),
  );
  t.deepEqual(longer.samples, []);
  t.true(longer.problems.some(problem => problem.expected === '60 s of runtime'));
  const third = recordedFiles('storage-fio');
  replace(third, 'guests.json', '[', '[{"name": "vm3", "server": "10.77.3.103:8765"},');
  const missing = fio.measure(artefactsOf(third), asked);
  t.deepEqual(missing.samples, []);
  t.true(missing.problems.length > 0);
  const holes = recordedFiles('storage-fio');
  replace(holes, 'fio-fill.json', '"error" : 0', '"error" : 28');
  t.deepEqual(fio.measure(artefactsOf(holes), asked).samples, []);
  const nonsense = fio.measure(
    artefactsOf(recordedFiles('storage-fio')),
    plannedFor(fio, {...asked.parameters, seconds: 'ten'}),
  );
  t.like(nonsense.problems[0], {path: '/parameters/seconds', found: '"ten"'});
});

test('a run fills, then loads all guests at once from the client, as the preview says', async t => {
  const kept = recordedFiles('storage-fio');
  const recordings = ['fill', 'randread', 'randwrite', 'mixed'].map(name => ({
    match: new RegExp(`\\[${name}\\]`),
    host: 'client',
    outcome: {stdout: kept.get(`fio-${name}.json`) ?? ''},
  }));
  const {transport, calls} = recordedTransport(recordings);
  const cluster = clusterWith(transport);
  const {trial, artefacts} = recordedTrial(cluster, asked, {name: 'stock', title: '', settings: []});
  await fio.run(trial);
  const loads = calls.filter(({argv}) => argv.includes('--output-format=json+'));
  t.deepEqual(
    loads.map(({host, argv}) => ({host, argv})),
    [...fio.preview(cluster, asked.parameters)],
  );
  // Nobody in there can be asked what they did beside the load: the same figures, and none of them can be missed.
  const measured = fio.measure(artefacts, asked);
  const rates = ({samples}: Measured) => samples.flatMap(({unit, value}) => (unit === 'op/s' ? [value] : []));
  t.deepEqual(rates(measured), rates(fio.measure(artefactsOf(kept), asked)));
  t.true(
    measured.samples.every(({metric, unit, censored}) => unit !== 'op/s' || (metric === 'storage.iops' && censored)),
  );
  t.is(measured.problems.filter(({expected}) => /what vm1 did/.test(expected)).length, 3);
  for (const {argv} of loads) {
    t.deepEqual(
      argv.filter(word => word.startsWith('--client=')),
      ['--client=10.77.3.101,8765', '--client=10.77.3.102,8765'],
    );
    t.true(argv.join('\n').includes('allow_file_create=0'));
    t.deepEqual(argv.join('\n').match(/filename=.*/g), ['filename=/dev/scratch']);
  }
});

test("the guide's job: ended by the time limit, its duration is a lower bound", t => {
  const {samples, problems} = guideJob.measure(artefactsOf(recordedFiles('storage-guide-job')), askedGuide);
  t.deepEqual(problems, []);
  t.like(
    samples.find(sample => sample.metric === 'storage.runtime'),
    {value: 60.525, censored: true},
  );
  t.like(samples[0], {metric: 'storage.iops', labels: {pattern: 'guide-scaled', direction: 'read'}});
});

test("the guide's job: done before the limit, or stopped before either", t => {
  // The same bytes, had they been all that was asked for.
  const text = recordedFiles('storage-guide-job').get('fio-guide.json') ?? '';
  const {client_stats: stats} = JSON.parse(text.slice(text.indexOf('{')));
  const mebibytes = Math.floor(stats[0].read.io_bytes / 16 / 2 ** 20);
  const done = guideJob.measure(
    artefactsOf(recordedFiles('storage-guide-job')),
    plannedFor(guideJob, {...askedGuide.parameters, sizeMiB: mebibytes}),
  );
  t.is(done.samples.find(sample => sample.metric === 'storage.runtime')?.censored, undefined);
  const early = guideJob.measure(
    artefactsOf(recordedFiles('storage-guide-job')),
    plannedFor(guideJob, {...askedGuide.parameters, seconds: 600}),
  );
  t.deepEqual(early.samples, []);
  t.is(early.problems.length, 1);
});

/** The same fill, had it gone on for so many times as long. */
function timesAsMuch(text: string, times: number): string {
  const counts = new Set(['io_bytes', 'io_kbytes', 'total_ios', 'runtime', 'job_runtime', 'N']);
  const whole: unknown = JSON.parse(text.slice(text.indexOf('{')), (key, value) => {
    if (key === 'bins')
      return Object.fromEntries(Object.entries(value).map(([bin, count]) => [bin, Number(count) * times]));
    // Of a sample of eight: n − 1.
    if (key === 'stddev') return value * Math.sqrt((7 * times) / (8 * times - 1));
    return counts.has(key) ? value * times : value;
  });
  return JSON.stringify(whole);
}

test("only the guide's own size and number of jobs carry its pattern", t => {
  const words = guideJob.preview(clusterWith(recordedTransport([]).transport), guideJob.parameters.full);
  t.regex(
    words[1]?.argv.join('\n') ?? '',
    /ioengine=libaio\nrw=read\nbs=4k\nsize=10737418240\nnumjobs=16\nruntime=600/,
  );
  const kept = recordedFiles('storage-guide-job');
  const asked = plannedFor(guideJob, {...guideJob.parameters.full, seconds: 60});
  const unwritten = guideJob.measure(artefactsOf(kept), asked);
  t.deepEqual(unwritten.samples, []);
  t.regex(unwritten.problems[0]?.expected ?? '', /all 10737418240 bytes of .* written beforehand/);
  const cut = guideJob.measure(
    artefactsOf(kept.set('fio-fill.json', timesAsMuch(kept.get('fio-fill.json') ?? '', 1280))),
    asked,
  );
  t.deepEqual(cut.problems, []);
  t.true(cut.samples.every(sample => sample.labels.pattern === 'guide'));
  t.true(cut.samples.some(sample => sample.censored));
});
