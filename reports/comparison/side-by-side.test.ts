import test from 'ava';
import type {Sample, Unit} from '../../harness/types.ts';
import {random} from '../stats/random.ts';
import type {ComparedTrial, SideBySideOptions} from './model.ts';
import {sideBySide} from './side-by-side.ts';

type Figures = Readonly<Record<string, number>>;

const units: Readonly<Record<string, Unit>> = {
  'storage.iops': 'op/s',
  'storage.latency': 's',
  'network.retransmits': 'count',
  'network.loss': 'ratio',
};

/** `storage.iops` or `storage.iops/name`, which becomes the label `job`. */
function trial(name: string, figures: Figures, more: Partial<ComparedTrial> = {}): ComparedTrial {
  const samples = Object.entries(figures).map(([key, value]): Sample => {
    const [metric = '', job] = key.split('/');
    return {
      metric,
      unit: units[metric] ?? 's',
      value,
      labels: {file: name, ...(job === undefined ? {} : {job})},
      from: {artefact: name, path: '/'},
    };
  });
  return {name, source: name, kind: 'a', pair: name.slice(1), settings: {}, warnings: [], samples, ...more};
}

function side(letter: string, values: readonly number[], metric = 'storage.iops'): ComparedTrial[] {
  return values.map((value, index) => trial(`${letter}${index}`, {[metric]: value}));
}

const unpaired: SideBySideOptions = {paired: false};
const paired: SideBySideOptions = {paired: true};
const base = [100, 104, 98, 101, 97, 103, 99, 102];

function only(before: readonly ComparedTrial[], after: readonly ComparedTrial[], options = unpaired) {
  const [row, ...others] = sideBySide(before, after, options).rows;
  if (row === undefined || others.length > 0) throw new Error(`${others.length + 1} rows`);
  return row;
}

/** About normal, deviation 1. */
function normal(next: () => number): number {
  return Array.from({length: 12}, next).reduce((a, b) => a + b, -6);
}

test('a planted slowdown of 10 % is found, and a gain is one, by what the metric wants', t => {
  const slower = base.map((value, index) => value * 0.9 * (1 + 0.002 * (index % 3)));
  const result = sideBySide(side('a', base), side('b', slower), unpaired);
  t.is(result.rows[0]?.verdict, 'worse');
  t.is(result.exitCode, 1);
  t.true(result.rows[0] !== undefined && result.rows[0].effect.high < 0.94);
  const gain = sideBySide(side('a', slower), side('b', base), unpaired);
  t.is(gain.rows[0]?.verdict, 'better');
  t.is(gain.exitCode, 0);
  t.is(only(side('a', base, 'storage.latency'), side('b', slower, 'storage.latency')).verdict, 'better');
});

test('unequal numbers of trials are compared; in pairs, those without a partner are told', t => {
  const slower = base.slice(0, 5).map(value => value * 0.8);
  const row = only(side('a', base), side('b', slower));
  t.is(row.verdict, 'worse');
  t.is(row.before.estimate?.n, 8);
  t.is(row.after.estimate, undefined);
  const pairs = only(side('a', base), side('b', slower), paired);
  t.is(pairs.before.values.length, 5);
  t.regex(pairs.notes.join(), /3 trials without a partner left out/);
});

test('the same values on both sides show no difference', t => {
  t.is(only(side('a', base), side('b', base)).verdict, 'no-difference-shown');
  t.is(only(side('a', base), side('b', base), paired).verdict, 'no-difference-shown');
  t.is(only(side('a', [5, 5, 5]), side('b', [5, 5, 5])).verdict, 'no-difference-shown');
  t.is(sideBySide(side('a', [0, 0, 0], 'network.loss'), side('b', [0, 0, 0], 'network.loss'), unpaired).exitCode, 0);
});

test('a real difference below the threshold is not worth a word; the threshold can be moved', t => {
  const slightly = base.map(value => value * 0.96);
  t.is(only(side('a', base), side('b', slightly)).verdict, 'worse');
  const row = only(side('a', base), side('b', slightly), {...unpaired, threshold: 0.08});
  t.is(row.verdict, 'no-difference-shown');
  t.regex(row.notes.join(), /a real difference, but below 8 %/);
});

test('a real loss whose interval reaches beyond the threshold is not "none worse"; a gain of that kind is', t => {
  const slightly = base.map(value => value * 0.96);
  const loss = sideBySide(side('a', base), side('b', slightly), {...unpaired, threshold: 0.05});
  t.is(loss.rows[0]?.verdict, 'too-noisy');
  t.is(loss.exitCode, 2);
  t.regex(loss.rows[0]?.notes.join() ?? '', /a real difference, which may exceed 5 %/);
  const gain = sideBySide(side('a', slightly), side('b', base), {...unpaired, threshold: 0.05});
  t.is(gain.rows[0]?.verdict, 'no-difference-shown');
  t.is(gain.exitCode, 0);
});

test('two trials a side, or two pairs, claim nothing, however far apart', t => {
  for (const options of [unpaired, paired]) {
    const two = sideBySide(side('a', [100, 101]), side('b', [50, 51]), options);
    t.is(two.exitCode, 2);
    t.true((two.rows[0]?.trialsNeeded ?? 0) >= 3);
    t.regex(two.rows[0]?.notes.join() ?? '', /claim nothing/);
    t.is(sideBySide(side('a', [100, 101, 102]), side('b', [50, 51, 52]), options).exitCode, 1);
    t.is(sideBySide(side('a', [5, 5]), side('b', [5, 5]), options).exitCode, 2);
  }
});

test('a change must be twice the A/A noise, given or measured', t => {
  const slower = base.map(value => value * 0.94);
  t.is(only(side('a', base), side('b', slower), {...unpaired, noise: 0.05}).verdict, 'no-difference-shown');
  t.is(only(side('a', base), side('b', slower), {...unpaired, noise: 0.01}).verdict, 'worse');
  const same = sideBySide(
    side('a', base),
    side(
      'b',
      base.map(value => value * 1.05),
    ),
    unpaired,
  ).rows;
  t.true((same[0]?.noise ?? 0) > 0.049);
  const measured = only(side('a', base), side('b', slower), {...unpaired, noise: same});
  t.is(measured.verdict, 'no-difference-shown');
  t.true(measured.threshold > 0.09);
  const unknown = only(side('a', base), side('b', slower), {...unpaired, noise: []});
  t.regex(unknown.notes.join(), /did not measure its noise/);
});

test('too noisy says how many more: the formula for the number of trials', t => {
  const wild = [80, 120, 95, 110, 70, 130];
  const result = sideBySide(
    side('a', wild),
    side(
      'b',
      wild.toReversed().map(value => value * 1.02),
    ),
    unpaired,
  );
  const row = result.rows[0];
  t.is(row?.verdict, 'too-noisy');
  const logs = wild.map(Math.log);
  const centre = logs.reduce((a, b) => a + b) / 6;
  const cv = Math.sqrt(logs.reduce((sum, log) => sum + (log - centre) ** 2, 0) / 5);
  const expected = 15.7 * (cv / Math.log(1.03)) ** 2;
  t.true(Math.abs((row?.trialsNeeded ?? 0) / expected - 1) < 0.01);
  t.is(result.exitCode, 2);
});

test('a single trial is shown, without an interval, and how many are needed', t => {
  const result = sideBySide(side('a', [100]), side('b', [50]), unpaired);
  const row = result.rows[0];
  t.is(row?.verdict, 'too-noisy');
  t.true(Math.abs((row?.effect.value ?? 0) - 0.5) < 1e-12);
  t.is(row?.trialsNeeded, 6);
  t.is(row?.p, undefined);
  t.is(result.exitCode, 2);
});

test('zeros: a real change in a count is found, a few stray ones are not', t => {
  const metric = 'network.retransmits';
  const zeros = [0, 0, 0, 0, 0, 0];
  const many = [12, 9, 15, 11, 10, 14];
  t.is(only(side('a', zeros, metric), side('b', many, metric)).verdict, 'worse');
  t.is(only(side('a', many, metric), side('b', zeros, metric)).verdict, 'better');
  t.is(only(side('a', many, metric), side('b', zeros, metric), paired).verdict, 'better');
  const stray = only(side('a', zeros, metric), side('b', [0, 0, 0, 0, 0, 3], metric));
  t.is(stray.verdict, 'too-noisy');
  t.is(stray.scale, 'difference');
  const few = only(side('a', [0, 0, 0], metric), side('b', [5, 6, 7], metric));
  t.is(few.verdict, 'too-noisy');
  t.is(few.trialsNeeded, 4);
});

test('what one side lacks is listed: a metric that went away forbids "none is worse", a new one does not', t => {
  const both = (letter: string, more: Figures) =>
    base.map((v, i) => trial(`${letter}${i}`, {'storage.iops': v, ...more}));
  const gone = sideBySide(both('a', {'storage.latency': 1}), both('b', {}), unpaired);
  t.is(gone.exitCode, 2);
  t.deepEqual(
    gone.aside.map(({metric, before, after, reason}) => [metric, before, after, reason]),
    [['storage.latency', 8, 0, 'measured before only']],
  );
  const fresh = sideBySide(both('a', {}), both('b', {'storage.latency': 1}), unpaired);
  t.is(fresh.exitCode, 0);
  t.is(fresh.aside.length, 1);
  t.is(sideBySide(side('a', base), side('b', base, 'storage.latency'), unpaired).exitCode, 2);
  t.is(sideBySide([], [], unpaired).exitCode, 2);
});

test('values that are no numbers, lower bounds and unknown metrics are set aside with the reason', t => {
  const reason = (after: ComparedTrial[], before = side('a', base)) =>
    sideBySide(before, after, unpaired).aside[0]?.reason;
  t.regex(reason(side('b', [...base, Number.NaN])) ?? '', /not a finite number/);
  const censored = side('b', base).map(one => ({
    ...one,
    samples: one.samples.map(s => ({...s, censored: true as const})),
  }));
  t.regex(reason(censored) ?? '', /lower bound only/);
  t.regex(reason(side('b', base, 'storage.speed'), side('a', base, 'storage.speed')) ?? '', /more or less/);
});

test('unfit trials are listed with their reason, left out, and forbid "none is worse"', t => {
  const after = [...side('b', base), trial('b8', {'storage.iops': 1}, {unfit: 'fio was interrupted'})];
  const result = sideBySide(side('a', base), after, unpaired);
  t.is(result.rows[0]?.after.values.length, 8);
  t.is(result.exitCode, 2);
  t.deepEqual(result.reasons, ['Left out of after: b8: fio was interrupted']);
  t.is(result.after.at(-1)?.unfit, 'fio was interrupted');
  const pairs = sideBySide([...side('a', base), trial('a8', {'storage.iops': 100})], after, paired);
  t.is(pairs.rows[0]?.before.values.length, 8);
});

test('an outlier is flagged and counts', t => {
  const row = only(side('a', base), side('b', [...base, 5]));
  t.deepEqual(row.after.outliers, [8]);
  t.regex(row.notes.join(), /outlier after, kept: b8/);
  t.is(row.after.values.length, 9);
});

test('each profile is compared with itself where a side has several, and with the other where each has one', t => {
  const of = (letter: string, profile: string, values: readonly number[]) =>
    side(letter, values).map(one => ({
      ...one,
      samples: one.samples.map(sample => ({...sample, labels: {...sample.labels, profile}})),
    }));
  const tuned = base.map(value => value * 2);
  t.is(only(of('a', 'stock', base), of('b', 'tuned', tuned)).verdict, 'better');
  const two = sideBySide(
    [...of('a', 'stock', base), ...of('c', 'tuned', tuned)],
    [...of('b', 'stock', base), ...of('d', 'tuned', tuned)],
    unpaired,
  );
  t.deepEqual(
    two.rows.map(({labels, verdict}) => [labels.profile, verdict]),
    [
      ['stock', 'no-difference-shown'],
      ['tuned', 'no-difference-shown'],
    ],
  );
});

test('several samples of one trial are one value', t => {
  const doubled = side('b', base).map(one => ({...one, samples: [...one.samples, ...one.samples]}));
  t.is(only(side('a', base), doubled).after.values.length, 8);
});

test('only the metrics asked for count, in Holm too', t => {
  const both = (letter: string) =>
    base.map((v, i) => trial(`${letter}${i}`, {'storage.iops': v, 'storage.latency': v}));
  t.is(sideBySide(both('a'), both('b'), unpaired).tests, 2);
  const one = sideBySide(both('a'), both('b'), {...unpaired, metrics: ['storage.latency']});
  t.deepEqual([one.tests, one.rows.map(({metric}) => metric)], [1, ['storage.latency']]);
});

test('planted: a metric that was asked for and that no trial measured forbids "none is worse"', t => {
  const [first, second] = [side('a', base), side('b', base)];
  const asked = (...metrics: readonly string[]) => sideBySide(first, second, {...unpaired, metrics});
  t.is(asked('storage.iops').exitCode, 0);
  const silent = asked('storage.iops', 'network.loss');
  t.is(silent.exitCode, 2);
  t.deepEqual(silent.reasons, ['network.loss was asked for, and no trial measured it']);
  t.true(asked('network.loss').reasons.includes('network.loss was asked for, and no trial measured it'));
});

test('A/A over 1,000 comparisons of 8 metrics: the chance of any false alarm keeps to 5 %', t => {
  const next = random(20);
  const rounds = 1000;
  const jobs = Array.from({length: 8}, (_, index) => `storage.iops/${index}`);
  const set = (letter: string) =>
    Array.from({length: 6}, (_, index) =>
      trial(`${letter}${index}`, Object.fromEntries(jobs.map(job => [job, Math.exp(0.05 * normal(next))]))),
    );
  let loud = 0;
  let alone = 0;
  for (let round = 0; round < rounds; round++) {
    // No threshold: the rate of the test itself, not that of small differences.
    const {rows} = sideBySide(set('a'), set('b'), {...unpaired, threshold: 0});
    if (rows.some(({verdict}) => verdict === 'better' || verdict === 'worse')) loud++;
    if (rows.some(({p}) => p !== undefined && p < 0.05)) alone++;
  }
  // Three standard errors of a true 5 % above; and not so quiet that nothing could be found.
  t.true(loud <= 71 && loud >= 20, `${loud} of ${rounds} cry wolf`);
  t.true(alone > 250, `without Holm only ${alone} of ${rounds} would have: the control shows nothing`);
});

test('power: a slowdown of 10 % at 3 % noise is found among 8 metrics with 8 trials a side, nearly always', t => {
  const next = random(7);
  const set = (letter: string, slow: number) =>
    Array.from({length: 8}, (_, index) =>
      trial(
        `${letter}${index}`,
        Object.fromEntries(
          Array.from({length: 8}, (_, job) => [
            `storage.iops/${job}`,
            (job === 3 ? slow : 1) * Math.exp(0.03 * normal(next)),
          ]),
        ),
      ),
    );
  let found = 0;
  for (let round = 0; round < 100; round++) {
    const {rows} = sideBySide(set('a', 1), set('b', 0.9), unpaired);
    if (rows.some(({verdict, labels}) => verdict === 'worse' && labels.job === '3')) found++;
  }
  t.true(found >= 95, `found in ${found} of 100`);
});

test('drift: one block after the other is warned of; in turns and paired it raises no alarm', t => {
  const next = random(11);
  const at = (minute: number) => 100 * Math.exp(-0.01 * minute + 0.005 * normal(next));
  let blocked = 0;
  let warned = 0;
  let turns = 0;
  for (let round = 0; round < 100; round++) {
    const first = side(
      'a',
      Array.from({length: 10}, (_, index) => at(index)),
    );
    const second = side(
      'b',
      Array.from({length: 10}, (_, index) => at(10 + index)),
    );
    const result = sideBySide(first, second, unpaired);
    if (result.exitCode === 1) blocked++;
    if (result.warnings.some(text => text.includes('drifts within before'))) warned++;
    // A B B A: the places of each side in time.
    const places = Array.from({length: 5}, (_, index) => 4 * index);
    const a = side(
      'a',
      places.flatMap(place => [at(place), at(place + 3)]),
    );
    const b = side(
      'b',
      places.flatMap(place => [at(place + 1), at(place + 2)]),
    );
    if (sideBySide(a, b, {...paired, threshold: 0}).exitCode === 1) turns++;
  }
  t.true(blocked >= 95, `the control: ${blocked} of 100 blocked comparisons are misled`);
  t.true(warned >= 95, `${warned} of 100 warned`);
  t.true(turns <= 5, `${turns} of 100 in turns are misled`);
  t.false(sideBySide(side('a', base), side('b', base), unpaired).warnings.some(text => text.includes('drifts')));
});

test('the same input gives the same result, whatever the order of labels and metrics', t => {
  const forth = base.map((v, i) =>
    trial(`a${i}`, {'storage.latency/y': v, 'storage.iops/x': v, 'storage.latency/x': v}),
  );
  const back = forth.map(one => ({...one, samples: one.samples.toReversed()}));
  t.deepEqual(sideBySide(back, back, unpaired), sideBySide(forth, forth, unpaired));
  t.deepEqual(
    sideBySide(forth, forth, unpaired).rows.map(({metric, labels}) => `${metric} ${labels.job}`),
    ['storage.iops x', 'storage.latency x', 'storage.latency y'],
  );
});

test('in blocks a drift is no difference; in turns, and far beyond the drift, one is seen', t => {
  const steady = base.map((value, index) => value * 1.02 ** index);
  const later = base.map((value, index) => value * 1.02 ** (index + base.length));
  const begun = (trials: readonly ComparedTrial[], startOf: (index: number) => number) =>
    trials.map((one, index) => ({...one, place: startOf(index)}));
  const first = begun(side('a', steady), index => index);
  const second = begun(side('b', later), index => 100 + index);
  t.is(
    only(side('a', steady), side('b', later)).verdict,
    'better',
    'nobody knows the order: a drift looks like a gain',
  );
  const unknown = sideBySide(side('a', steady), second, unpaired).warnings;
  t.true(
    unknown.some(text => text.startsWith('Not every trial (8 of 16) says when it began: their order is not known')),
  );
  for (const options of [unpaired, paired]) {
    const row = only(first, second, options);
    t.is(row.verdict, 'too-noisy');
    t.true(row.notes.some(note => note.startsWith('measured in blocks: interleave (A B B A)')));
  }
  const twice = second.map(one => ({...one, samples: one.samples.map(each => ({...each, value: 2 * each.value}))}));
  t.is(only(first, twice).verdict, 'better');
  // A B A B …: each of the second side is one step later, and no more.
  const turns = only(
    begun(side('a', steady), i => 2 * i),
    begun(side('b', steady), i => 2 * i + 1),
    paired,
  );
  t.false(turns.notes.some(note => note.startsWith('measured in blocks')));
});

test('a drift so steady that every value lies on its line is no difference, nor does it hide one', t => {
  const line = (count: number, from: number, by = 1) =>
    Array.from({length: count}, (_, index) => 100 * by * 1.01 ** (from + index));
  const begun = (trials: readonly ComparedTrial[], from: number) =>
    trials.map((one, index) => ({...one, place: from + index}));
  for (const options of [unpaired, paired]) {
    for (const count of [3, 8]) {
      const row = only(begun(side('a', line(count, 0)), 0), begun(side('b', line(count, count)), count), options);
      t.true(row.verdict === 'too-noisy' || row.verdict === 'no-difference-shown', `${count}: ${row.verdict}`);
    }
    const hidden = side('b', line(14, 14, 0.9));
    t.is(only(begun(side('a', line(14, 0)), 0), begun(hidden, 14), options).verdict, 'worse');
  }
});

test('planted: counts that reach 0 by a steady drift are no gain where the sides are blocks; a step to or from 0 is told', t => {
  const metric = 'network.retransmits';
  const begun = (letter: string, values: readonly number[], from: number) =>
    side(letter, values, metric).map((one, index) => ({...one, place: from + index}));
  const [falling, noisy] = [
    [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    [11, 9, 10, 8, 6, 7, 5, 3, 4, 2, 1, 0],
  ];
  const [none, many] = [
    [0, 0, 0, 0, 0, 0],
    [12, 9, 15, 11, 10, 14],
  ];
  for (const options of [unpaired, paired]) {
    for (const values of [falling, noisy]) {
      const [first, second] = [values.slice(0, 6), values.slice(6)];
      const drift = sideBySide(begun('a', first, 0), begun('b', second, 6), options);
      t.is(drift.rows[0]?.verdict, 'too-noisy');
      t.is(drift.exitCode, 2);
      t.true(drift.rows[0]?.notes.some(note => note.startsWith('measured in blocks: interleave (A B B A)')));
      t.is(only(side('a', first, metric), side('b', second, metric), options).verdict, 'better', 'without the order');
    }
    t.is(only(begun('a', none, 0), begun('b', many, 6), options).verdict, 'worse');
    t.is(only(begun('a', many, 0), begun('b', none, 6), options).verdict, 'better');
  }
});

test('two sides of one median are neither better nor worse, whatever their pairs say', t => {
  const before = [0, 0, 0, 0, 0, 0, 0, 5, 6, 6, 6, 6, 6, 6, 6];
  const after = before.map(value => (value === 0 ? 4 : value === 5 ? 5 : 9));
  for (const metric of ['storage.iops', 'network.retransmits']) {
    const row = only(side('a', before, metric), side('b', after, metric), paired);
    t.true(row.pHolm !== undefined && row.pHolm < 0.05 && row.effect.low > 0, 'the pairs are sure');
    t.false(['better', 'worse'].includes(row.verdict), row.verdict);
    const moved = after.map(value => (value === 5 ? 5.5 : value));
    const really = only(side('a', before, metric), side('b', moved, metric), paired);
    t.is(really.verdict, metric === 'storage.iops' ? 'better' : 'worse');
  }
});

test('in pairs with zeros the interval is that of the ranks: what they are sure of is not lost', t => {
  const row = only(
    side('a', [0, 2, 4, 1, 0, 2, 0, 2, 2, 2, 4, 3, 0, 2], 'network.retransmits'),
    side('b', [2, 11, 2, 4, 13, 15, 8, 2, 9, 11, 14, 0, 1, 13], 'network.retransmits'),
    paired,
  );
  t.true(row.p !== undefined && row.p < 0.005);
  t.true(row.effect.low > 0);
  t.is(row.verdict, 'worse');
});
