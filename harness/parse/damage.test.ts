import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {
  countDamages,
  damage,
  everyReplacement,
  examine,
  replacements,
  type Subject,
  truthOf,
} from '../../fixtures/kit/damage.ts';
import {type Recording, recordings, subjectOf} from '../../fixtures/kit/recordings.ts';
import {random} from '../../reports/stats/random.ts';
import {parseFio} from './fio.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');

// `npm run fuzz` does all of them; here a sample from each folder, the same in every run.
const perFolder = 250;
const all = recordings().filter(one => one.text !== '');

for (const [folder, some] of Map.groupBy(all, one => one.folder)) {
  test(`${folder}: what is cut short or damaged never gives a wrong number`, t => {
    const draw = random(folder.length);
    const prepared = new Map<Recording, {subject: Subject; truth: ReturnType<typeof truthOf>}>();
    let refused = 0;
    for (let drawn = 0; drawn < perFolder; drawn += 1) {
      const recording = some[Math.floor(draw() * some.length)];
      if (recording === undefined) continue;
      const subject = prepared.get(recording)?.subject ?? subjectOf(recording);
      const truth = prepared.get(recording)?.truth ?? truthOf(subject);
      prepared.set(recording, {subject, truth});
      // As many are cut short as have a byte damaged.
      const {length} = recording.text;
      const total = countDamages(recording.text);
      const index = drawn % 2 === 0 ? Math.floor(draw() * length) : length + Math.floor(draw() * (total - length));
      const damaged = damage(recording.text, index);
      if (damaged === undefined) continue;
      const {outcome, detail} = examine(subject, truth, damaged);
      t.false(outcome === 'silent' || outcome === 'threw', `${recording.name}, damage ${index}: ${detail}`);
      if (outcome === 'refused' || outcome === 'told') refused += 1;
    }
    t.true(refused > perFolder / 10, `${refused} noticed`);
  });
}

test('short recordings are cut at every place', t => {
  for (const recording of all.filter(one => one.text.length < 600)) {
    const subject = subjectOf(recording);
    const truth = truthOf(subject);
    for (let end = 0; end < recording.text.length; end += 1) {
      const {outcome, detail} = examine(subject, truth, recording.text.slice(0, end));
      t.false(outcome === 'silent' || outcome === 'threw', `${recording.name} cut at ${end}: ${detail}`);
    }
  }
});

test('the check itself sees a number that went wrong, a flag that turned, a number that went missing and a throw', t => {
  const subject = (parse: Subject['parse']): Subject => ({text: '{"a":1,"b":true}', parse, unconfirmed: () => 0});
  const plain = subject(text => ({ok: true, value: JSON.parse(text)}));
  const truth = truthOf(plain);
  t.is(examine(plain, truth, '{"a": 1,"b":true}').outcome, 'equal');
  t.is(examine(plain, truth, '{"a":2,"b":true}').detail, '/a: 1 became 2');
  t.is(examine(plain, truth, '{"a":1,"b":false}').outcome, 'silent');
  t.is(examine(plain, truth, '{"b":true}').outcome, 'silent');
  t.is(examine(plain, truth, '{"a":1,"b":true,"c":[3]}').outcome, 'silent');
  t.is(examine(plain, truth, '{"a":1e999,"b":true,"warnings":["x"]}').outcome, 'silent');
  t.is(examine(plain, truth, '{"a":2,"b":true,"warnings":["x"]}').outcome, 'told');
  t.is(examine(plain, truth, '{"a":2,"b":true,"error":"x"}').outcome, 'told');
  t.is(examine(plain, truth, '{').outcome, 'threw');
  const none = subject(() => ({ok: false, error: {artefact: '', path: '', expected: '', found: ''}}));
  t.is(examine(none, truth, '').outcome, 'refused');
  t.is(
    examine({...plain, unconfirmed: path => (path === '/a' ? 1 : 0)}, truth, '{"a":2,"b":true}').outcome,
    'unconfirmed',
  );
  t.is(examine({...plain, unconfirmed: path => (path === '/a' ? 1 : 0)}, truth, '{"a":3,"b":true}').outcome, 'silent');
});

test('every character is cut at and replaced, and no damage leaves the text as it was', t => {
  const text = 'a1';
  const of = (each: number) =>
    Array.from({length: countDamages(text, each)}, (_, index) => damage(text, index, each)).filter(
      one => one !== undefined,
    );
  const telling = of(replacements);
  t.false(telling.includes(text));
  for (const one of ['', 'a', '1', 'a0', 'a9', 'a-', '"1', '<1', '\n1', '71']) t.true(telling.includes(one), one);
  t.is(new Set(of(everyReplacement)).size, 2 + 2 * 256 - 1);
});

test('figures that must agree are held against each other', t => {
  const text = (name: string) => readFileSync(join(fixtures, 'fio-3.33', name), 'utf8');
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['client-one.out', '"total_ios" : 95777', '"total_ios" : 95778', 'inconsistent'],
    ['client-one.out', '"io_bytes" : 392302592', '"io_bytes" : 392302593', 'inconsistent'],
    ['client-one.out', '"runtime" : 2001', '"runtime" : 2002', 'inconsistent'],
    ['client-one.out', '"bw_bytes" : 196053269', '"bw_bytes" : 196053268', 'inconsistent'],
    ['client-one.out', '"N" : 95777,', '"N" : 95778,', 'inconsistent'],
    ['randread-jsonplus.out', '"41216" : 4', '"41216" : 5', 'inconsistent'],
    ['randread-jsonplus.out', '"99.000000" : 197632', '"99.000000" : 199680', 'inconsistent'],
    ['randread-jsonplus.out', '"max" : 4286123', '"max" : 9286123', 'inconsistent'],
    ['randread-jsonplus.out', '"max" : 4286123', '"max" : 99286123000', 'saturated'],
    ['randread-jsonplus.out', '"bins" :', '"bons" :', 'inconsistent'],
    ['randread-jsonplus.out', '"error" : 0', '"error" : 5', 'job-error'],
    ['randread-jsonplus.out', '"groupid" : 0', '"groupid" : 1', 'inconsistent'],
    ['client-two.out', '"All clients"', '"Any clients"', 'inconsistent'],
  ];
  for (const [name, before, after, kind] of cases) {
    const whole = text(name);
    t.true(whole.includes(before), `${name} ${before}`);
    const report = parseFio(whole.replace(before, after), name);
    t.true(report.ok && report.value.warnings.some(warning => warning.kind === kind), `${name}: ${after}`);
  }
  const unread = parseFio(text('randread-jsonplus.out').replace('"41216" : 4', '"41217" : 4'), 'bins');
  t.false(unread.ok);
});

type Replacer = (whole: string, ...parts: string[]) => string;

test('what no histogram holds is held against its parts, its kind or its clock', t => {
  const read = (folder: string, name: string, before: RegExp | string, after: string | Replacer) => {
    const whole = readFileSync(join(fixtures, folder, `${name}.out`), 'utf8');
    const damaged = typeof after === 'string' ? whole.replace(before, after) : whole.replace(before, after);
    t.not(damaged, whole, `${folder}/${name}`);
    return {whole: parseFio(whole, name), damaged: parseFio(damaged, name)};
  };
  const told = (...[folder, name, before, after]: Parameters<typeof read>): string => {
    const {whole, damaged} = read(folder, name, before, after);
    t.deepEqual(whole.ok && whole.value.warnings, [], `${folder}/${name}`);
    return damaged.ok ? damaged.value.warnings.map(({kind, path}) => `${kind} ${path}`).join() : damaged.error.path;
  };
  const mean = /("clat_ns" : \{[^}]*?"mean" : )1/;
  t.is(told('fio-3.1', 'without-percentiles', mean, '$1 9'), 'inconsistent /jobs/0/read/lat_ns/mean');
  // As in public files of fio 3.12 and 3.28 with libaio (Arau/fio-results-tmp, nshe-scs-re/re-fio-benchmarks).
  const total = /("lat_ns" : \{\s*"min" : \d+,\s*"max" : \d+,\s*"mean" : )([\d.]+)/;
  const meanOf = (share: number) =>
    told('fio-3.42', 'normal-and-json', total, (_, before, ns) => `${before}${(Number(ns) * share).toFixed(6)}`);
  t.is(meanOf(1.0024), '');
  t.is(meanOf(1.006), 'inconsistent /jobs/0/read/lat_ns/mean');
  t.is(meanOf(0.999), 'inconsistent /jobs/0/read/lat_ns/mean');
  t.is(told('fio-3.42', 'seq-write-fsync', '"sync" :', '"sunc" :'), '/jobs/0/sync');
  const none = /("sync" : \{[^}]*?"N" : )0/;
  t.is(told('fio-3.42', 'randread-jsonplus', none, '$1 3'), 'inconsistent /jobs/0/sync/lat_ns/N');
  const start = '"job_start" : 17955254';
  t.is(told('fio-3.42', 'randread-jsonplus', start, '"job_start" : 17955255'), 'inconsistent /jobs/0/job_start');
  // Before 3.13 the histogram of the total latency stands apart from its percentiles: that shows whose they are,
  // without the option.
  const option = read('fio-3.12', 'lat-percentiles', '"lat_percentiles"', '"lat_percentils"');
  t.deepEqual(option.damaged, option.whole);
});
