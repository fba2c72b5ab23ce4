import test from 'ava';
import type {Sample} from '../../harness/types.ts';
import {limitsOf, standingOf} from './limit.ts';
import {type Load, type LoadTrial, loadsOf} from './loads.ts';
import {nextLoads} from './next-loads.ts';

const aim = {p99Seconds: 0.01, confidence: 0.95};

function load(
  amount: number,
  p99s: readonly number[],
  more: Partial<LoadTrial> = {},
  loop: Load['loop'] = 'open',
): Load {
  const trials = p99s.map((p99Seconds, index) => ({
    trial: String(index + 1),
    throughput: amount,
    p99Seconds,
    halfWidthSeconds: p99Seconds / 256,
    censored: false,
    uses: {},
    from: {artefact: 'fio-1.json', path: ''},
    ...more,
  }));
  return {condition: 'whole', pattern: 'randread', loop, amount, trials};
}

test('a load keeps the target only with its whole interval, and breaks it only with its whole interval', t => {
  t.is(standingOf(load(100, [0.005, 0.0052, 0.0051]), aim).kind, 'keeps');
  t.is(standingOf(load(100, [0.02, 0.021, 0.0205]), aim).kind, 'breaks');
  t.is(standingOf(load(100, [0.005, 0.011, 0.008]), aim).kind, 'undecided');
  t.is(standingOf(load(100, [0.001]), aim).kind, 'undecided', 'one trial shows nothing');
});

test('a bin that reaches over the target, a saturated histogram, arrivals that were not carried: never kept', t => {
  t.is(standingOf(load(100, [0.00999, 0.00999], {halfWidthSeconds: 0.0001}), aim).kind, 'undecided');
  t.not(standingOf(load(100, [0.005, 0.005], {censored: true}), aim).kind, 'keeps');
  const behind = standingOf(load(100, [0.001, 0.001], {throughput: 80}), aim);
  t.is(behind.kind, 'breaks');
  t.regex(behind.reason, /only 80 %/);
});

test('a P99 of too few operations neither keeps nor breaks; of enough, or of a number not known, it does', t => {
  for (const [p99s, kind] of [
    [[0.005, 0.0052, 0.0051], 'keeps'],
    [[0.02, 0.021, 0.0205], 'breaks'],
  ] as const) {
    const few = standingOf(load(100, p99s, {operations: 298}), aim);
    t.is(few.kind, 'undecided');
    t.is(few.p99, undefined);
    t.is(few.reason, 'trial 1 holds 298 operations, which cannot show p99: 299 are needed');
    t.is(standingOf(load(100, p99s, {operations: 299}), aim).kind, kind);
    t.is(standingOf(load(100, p99s), aim).kind, kind);
  }
  t.is(standingOf(load(100, [0.001, 0.001], {throughput: 80, operations: 5}), aim).kind, 'breaks', 'not carried');
  const [limit] = limitsOf([load(100, [0.005, 0.005, 0.005], {operations: 298})], aim);
  t.is(limit?.keeps, undefined);
});

test('planted: a load that a trial tried without figures is never kept, and still breaks; a gap is no hole where nobody tried', t => {
  const tried = (trial: string, amount = 100) =>
    ({condition: 'whole', pattern: 'randread', loop: 'open', amount, trial}) as const;
  const from = {artefact: 'fio-1.json', path: ''};
  const samples = (p99Seconds: number) =>
    ['1', '2', '3'].flatMap((trial): Sample[] => {
      const labels = {condition: 'whole', pattern: 'randread', loop: 'open', load: '100', trial};
      return [
        {metric: 'capacity.throughput', unit: 'op/s', value: 100, labels, from},
        {
          metric: 'capacity.latency',
          unit: 's',
          value: p99Seconds,
          halfWidth: 1e-6,
          operations: 1e4,
          labels: {...labels, percentile: 'p99'},
          from,
        },
      ];
    });
  const kindOf = (p99Seconds: number, ...all: ReturnType<typeof tried>[]) => {
    const [only] = loadsOf(samples(p99Seconds), all);
    return only && standingOf(only, aim);
  };
  t.is(kindOf(0.005, tried('1'), tried('2'), tried('3'))?.kind, 'keeps');
  t.is(kindOf(0.005, tried('1'), tried('9', 200))?.kind, 'keeps', 'a hole of another load');
  const holed = kindOf(0.005, tried('1'), tried('4'));
  t.is(holed?.kind, 'undecided');
  t.is(holed?.reason, 'trial 4 tried it and gave no figures');
  t.is(kindOf(0.05, tried('4'))?.kind, 'breaks');
});

test('the search ends where a load completes too few operations for a P99: a lower one completes fewer', t => {
  const good = [0.005, 0.0052, 0.0051];
  const bad = [0.05, 0.05, 0.05];
  const after = (more: Partial<LoadTrial>) =>
    nextLoads([load(90, good, more), load(100, good, more), load(110, bad), load(8, good, {}, 'closed')], aim, {
      closed: [8],
      trials: 3,
      within: 1.15,
    });
  t.deepEqual(after({operations: 5}), {
    loads: [],
    done: true,
    why: '100 op/s: trial 1 holds 5 operations, which cannot show p99: 299 are needed; run each load for longer',
  });
  t.regex(after({operations: 500}).why, /^the limit lies between 100 and 110/);
});

test('the number of operations comes with the sample of the P99', t => {
  const labels = {condition: 'whole', pattern: 'randread', loop: 'open', load: '100', trial: '1'};
  const from = {artefact: 'fio-1.json', path: ''};
  const samples: readonly Sample[] = [
    {metric: 'capacity.throughput', unit: 'op/s', value: 100, labels, from},
    {
      metric: 'capacity.latency',
      unit: 's',
      value: 0.005,
      halfWidth: 1e-5,
      operations: 400,
      labels: {...labels, percentile: 'p99'},
      from,
    },
  ];
  t.is(loadsOf(samples)[0]?.trials[0]?.operations, 400);
});

test('the limit is the highest load that keeps the target below the first that breaks it', t => {
  const good = [0.005, 0.005, 0.005];
  const bad = [0.05, 0.05, 0.05];
  const [limit] = limitsOf(
    [load(100, good), load(200, good), load(300, bad), load(400, good), load(8, good, {}, 'closed')],
    aim,
  );
  t.is(limit?.keeps?.load.amount, 200, 'a lucky load above a broken one does not count');
  t.is(limit?.breaks?.load.amount, 300);
  const [none] = limitsOf([load(100, bad)], aim);
  t.is(none?.keeps, undefined);
  t.deepEqual(limitsOf([], aim), []);
});

/** A cluster whose P99 is 2 ms at rest and 10 ms at `limit` arrivals a second, with a queue's hockey stick. */
function cluster(limit: number) {
  const full = limit / 0.8;
  return (loop: Load['loop'], amount: number): [throughput: number, p99Seconds: number] => {
    if (loop === 'closed') return [full * (amount / (amount + 4)), 0.002 * (1 + amount)];
    return amount < full ? [amount, 0.002 / (1 - amount / full)] : [full, 1];
  };
}

/** Walks the search as the measuring part does. */
function search(limit: number, rounds: number) {
  const answer = cluster(limit);
  const made: Load[] = [];
  const wanted = {closed: [1, 2, 4, 8, 16, 32], trials: 3, within: 1.15};
  for (let round = 1; round <= rounds; round++) {
    const next = nextLoads(made, aim, wanted);
    if (next.done) return {made, rounds: round - 1};
    for (const {loop, amount} of next.loads) {
      const [throughput, p99Seconds] = answer(loop, amount);
      const before = made.find(each => each.loop === loop && each.amount === amount);
      const noise = 1 + 0.02 * ((round % 3) - 1);
      const one = load(amount, [p99Seconds * noise], {throughput, trial: String(round)}, loop);
      if (before) made[made.indexOf(before)] = {...before, trials: [...before.trials, ...one.trials]};
      else made.push(one);
    }
  }
  return {made, rounds};
}

for (const limit of [3.5, 50, 777, 250_000]) {
  test(`the search closes in on a limit of ${limit} arrivals a second`, t => {
    const {made, rounds} = search(limit, 20);
    t.true(rounds < 15, `${rounds} rounds`);
    const [found] = limitsOf(made, aim);
    const keeps = found?.keeps?.load.amount ?? 0;
    t.true(keeps <= limit && keeps >= Math.floor(limit * 0.72), `${keeps}`);
    t.true((found?.breaks?.load.amount ?? 0) > limit);
    t.true(made.filter(({loop}) => loop === 'closed').every(({trials}) => trials.length === 3));
  });
}

test('a cluster that keeps no load ends the search, and so does one that is never done', t => {
  const never: Load[] = [load(1, [0.5]), load(8, [0.5], {}, 'closed')];
  const next = nextLoads(never, aim, {closed: [8], trials: 1, within: 1.15});
  t.true(next.done);
  t.regex(next.why, /not even one/);
});
