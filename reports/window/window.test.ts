import test from 'ava';
import fc from 'fast-check';
import {forecastWindow} from './forecast.ts';
import {type Offer, type OpenClaim, type OpenTarget, type Standing, whatNext} from './next.ts';
import {oddsOf, type Prospect, sideAfter, stillOpen} from './prospect.ts';

const every = (clean: number, needed = 59): Prospect => ({kind: 'every', clean, needed});
const share = (kept: number, n: number): Prospect => ({kind: 'share', kept, n, worth: 1, share: 0.5, confidence: 0.95});

function target(scenario: string, prospect: Prospect, more: Partial<OpenTarget> = {}): OpenTarget {
  return {
    id: `${scenario} ${prospect.kind}`,
    scenarios: [scenario],
    profiles: ['tuned'],
    compares: false,
    prospect,
    barred: false,
    ...more,
  };
}

const claim = (id: string, ...targets: readonly OpenTarget[]): OpenClaim => ({id, targets});
const offer = (scenario: string, seconds = 60): Offer => ({
  scenario,
  parameters: {},
  seconds,
  atMostSeconds: 2 * seconds,
});
const compares: Partial<OpenTarget> = {profiles: ['stock', 'tuned'], compares: true};
const effect: Prospect = {kind: 'effect', n: 0, worth: 1, confidence: 0.95};

function standing(claims: readonly OpenClaim[], more: Partial<Standing> = {}): Standing {
  const scenarios = [...new Set(claims.flatMap(({targets}) => targets.flatMap(each => each.scenarios)))];
  return {
    claims,
    offers: scenarios.map(name => offer(name)),
    profiles: ['stock', 'tuned'],
    leads: {},
    leftSeconds: 4 * 3600,
    ...more,
  };
}

test('odds: 59 clean trials meet "every time", seven clear values a median, and nothing is decided by none', t => {
  t.is(oddsOf(every(58), 1).met + oddsOf(every(58), 1).missed, 1);
  t.is(oddsOf(every(0), 58).met, 0);
  t.true(oddsOf(every(0), 59).met > 0.5);
  t.deepEqual(oddsOf(share(0, 0), 0), {met: 0, missed: 0});
  t.deepEqual(oddsOf(share(0, 0), 6), {met: 0, missed: 0});
  t.true(oddsOf(share(6, 6), 1).met > 0.3 && oddsOf(share(6, 6), 4).met > 0.8);
  t.is(oddsOf(share(5, 5), 1).met, 0);
  t.is(sideAfter(share(7, 7) as never, 0, 0), 'met');
  t.is(sideAfter(share(0, 7) as never, 0, 0), 'missed');
});

test('planted: trials that are many enough and decided nothing are worth less, and so are those to come', t => {
  const seen = {kind: 'share', kept: 9, n: 41, worth: 1, share: 0.5, confidence: 0.95} as const;
  t.is(sideAfter(seen, 0, 0), 'missed', 'of independent trials it would be decided');
  const depending = stillOpen(seen, undefined);
  t.is(sideAfter(depending, 0, 0), undefined);
  t.true(depending.worth < 0.7, `${depending.worth}`);
  t.is(depending.kept / depending.n, 9 / 41);
  const told = stillOpen(seen, 120);
  t.deepEqual([oddsOf(told, 10).missed, oddsOf(told, 10).met], [0, 0]);
  const after = [60, 100, 200].map(more => oddsOf(told, more).missed);
  t.true(after.every((odds, index) => odds > (after[index - 1] ?? 0)) && Number(after[2]) > 0.6, `${after}`);
  t.deepEqual(stillOpen({...seen, kept: 0, n: 0}, 59), {...seen, kept: 0, n: 0}, 'nothing is known yet');
  const pairs = {kind: 'effect', n: 12, worth: 1, effect: 3, confidence: 0.95} as const;
  t.is(sideAfter(pairs, 0, 0), 'met');
  t.is(oddsOf(stillOpen(pairs, 40), 3).met, 0);
});

test('what decides most promises a minute comes first: the one that is nearly there, then the cheap one', t => {
  const near = claim('near', target('failover/a', every(57)));
  const far = claim('far', target('failover/b', every(3)));
  t.is(whatNext(standing([far, near]))?.scenario, 'failover/a');
  const dear = standing([claim('x', target('a/a', share(4, 4))), claim('y', target('b/b', share(4, 4)))], {
    offers: [offer('a/a', 600), offer('b/b', 30)],
  });
  t.is(whatNext(dear)?.scenario, 'b/b');
});

test('a decided promise takes no more trials, and a trial that serves two is worth more than one that serves one', t => {
  const both = [claim('one', target('a/a', every(10))), claim('two', target('a/a', every(10)))];
  const alone = claim('three', target('b/b', every(10)));
  const round = whatNext(standing([alone, ...both]));
  t.is(round?.scenario, 'a/a');
  t.deepEqual(round?.serves.toSorted(), ['one', 'two']);
  t.is(whatNext(standing([], {offers: [offer('a/a')]})), undefined);
});

test('pairs where a comparison is open, A B then B A; one profile where nothing else is asked for', t => {
  const open = [claim('ratio', target('a/a', effect, compares))];
  const first = whatNext(standing(open));
  const second = whatNext(standing(open, {leads: {'a/a': 1}, inForce: 'tuned'}));
  t.deepEqual(
    [first, second].map(round => round?.trials.map(({profile}) => profile)),
    [
      ['stock', 'tuned'],
      ['tuned', 'stock'],
    ],
  );
  t.is(second?.trials[0]?.seconds, 60, 'no change of profile');
  const single = whatNext(standing([claim('one', target('a/a', every(0)))]));
  t.deepEqual(single?.trials, [{profile: 'tuned', seconds: 85}]);
});

test('planted: a trial, or a pair, that would overrun the window is not begun', t => {
  const open = [claim('one', target('a/a', every(58)))];
  const fits = {...standing(open, {inForce: 'tuned'}), leftSeconds: 120};
  t.is(whatNext(fits)?.scenario, 'a/a');
  t.is(whatNext({...fits, leftSeconds: 119}), undefined);
  t.is(whatNext({...fits, leftSeconds: Number.NEGATIVE_INFINITY}), undefined);
  const pairs = {
    ...standing([claim('ratio', target('a/a', {...effect, n: 4, effect: 8}, compares))]),
    leftSeconds: 280,
  };
  t.is(whatNext(pairs), undefined);
  t.is(whatNext({...pairs, leftSeconds: 290})?.trials.length, 2);
});

test('a pair begins with the profile in force, across scenarios too, and each scenario stays balanced', t => {
  const open = [claim('ratio', target('a/a', effect, compares)), claim('other', target('b/b', effect, compares))];
  const leads: Record<string, number> = {};
  let inForce: string | undefined;
  const profiles: string[] = [];
  for (let round = 0; round < 12; round++) {
    const scenario = round % 2 === 0 ? 'a/a' : 'b/b';
    const one = standing(open, {offers: [offer(scenario)], leads, ...(inForce === undefined ? {} : {inForce})});
    const tried = whatNext(one)?.trials.map(({profile}) => profile) ?? [];
    leads[scenario] = (leads[scenario] ?? 0) + (tried[0] === 'stock' ? 1 : -1);
    t.true(Math.abs(leads[scenario]) <= 1, `${scenario} after round ${round + 1}`);
    profiles.push(...tried);
    inForce = tried.at(-1);
  }
  const changes = profiles.filter((profile, index) => index > 0 && profile !== profiles[index - 1]).length;
  t.is(profiles.length, 24);
  t.is(changes, 15, 'one in each of 12 pairs; between them 3, where A B and B A by turns alone make 6');
});

test('what cannot be met is tried only for as far as it may be missed', t => {
  const barred = claim('barred', target('a/a', share(6, 6), {barred: true}));
  const free = claim('free', target('b/b', share(6, 6)));
  t.is(whatNext(standing([barred, free]))?.scenario, 'b/b');
});

test('a promise that several scenarios must keep is worked at in all of them', t => {
  const vip = claim('vip', target('a/a', every(0, 5)), target('b/b', every(0, 5)));
  t.truthy(whatNext(standing([vip], {offers: [offer('b/b')]})));
  const half = claim('vip', target('b/b', every(0, 5)));
  t.is(whatNext(standing([half]))?.scenario, 'b/b');
});

const prospects = fc.oneof(
  fc.record({kind: fc.constant('every' as const), clean: fc.nat(58), needed: fc.constant(59)}),
  fc.nat(20).chain(n => fc.nat(n).map(kept => share(kept, n))),
  fc.constant(effect),
  fc.constant({kind: 'once' as const}),
);
const names = ['a/a', 'b/b', 'c/c'];
const targets = fc
  .record({scenario: fc.constantFrom(...names), prospect: prospects, barred: fc.boolean()})
  .map(({scenario, prospect, barred}) =>
    target(scenario, prospect, prospect.kind === 'effect' ? {...compares, barred} : {barred}),
  );
const standings = fc
  .record({
    claims: fc.array(fc.array(targets, {minLength: 1, maxLength: 3}), {maxLength: 5}),
    seconds: fc.array(fc.integer({min: 1, max: 900}), {minLength: 3, maxLength: 3}),
    left: fc.integer({min: -100, max: 20_000}),
    inForce: fc.constantFrom('stock', 'tuned', undefined),
  })
  .map(({claims, seconds, left, inForce}) =>
    standing(
      claims.map((own, index) => claim(`claim-${index}`, ...own)),
      {
        offers: names.map((name, index) => offer(name, seconds[index])),
        leftSeconds: left,
        ...(inForce === undefined ? {} : {inForce}),
      },
    ),
  );

test('property: the same standing gives the same answer, which fits, serves an open promise and keeps pairs whole', t => {
  fc.assert(
    fc.property(standings, one => {
      const round = whatNext(one);
      t.deepEqual(round, whatNext(structuredClone(one)));
      if (round === undefined) return;
      const most = one.offers.find(({scenario}) => scenario === round.scenario)?.atMostSeconds ?? Number.NaN;
      t.true(round.trials.length * most <= one.leftSeconds);
      t.true(round.serves.length > 0);
      const profiles = round.trials.map(({profile}) => profile);
      t.is(new Set(profiles).size, profiles.length);
      const served = one.claims.filter(({id}) => round.serves.includes(id)).flatMap(each => each.targets);
      t.true(served.some(({scenarios}) => scenarios.includes(round.scenario)));
      if (round.trials.length === 2)
        t.true(one.claims.some(each => each.targets.some(({scenarios}) => scenarios.includes(round.scenario))));
    }),
    {numRuns: 150},
  );
});

test('the forecast: seeded, monotone over time, and no promise is likelier than certain', t => {
  const open = [
    claim('soon', target('a/a', {kind: 'once'})),
    claim('later', target('b/b', every(0))),
    claim('never', target('c/c', share(0, 0), {scenarios: [], barred: true})),
  ];
  const {leftSeconds: _, ...rest} = standing(open);
  const forecast = forecastWindow(rest, 1800, 7);
  t.deepEqual(forecast, forecastWindow(rest, 1800, 7));
  const soon = forecast.promises[0]?.chance ?? 1;
  t.true(soon > 0.5 && soon < 0.85, 'a look may show nothing');
  t.true((forecast.promises[1]?.chance ?? 1) < 0.8);
  t.is(forecast.promises[2]?.chance, 0);
  t.is(forecast.promises[2]?.seconds, undefined);
  t.is(forecast.all, 2);
  t.true(forecast.over.every((each, index) => each.decided >= (forecast.over[index - 1]?.decided ?? 0)));
  t.true(forecast.allSeconds >= 1800);
});

test('planted: a look shows nothing as often as either side, and then nothing makes its promise met', t => {
  t.deepEqual(oddsOf({kind: 'once'}, 1), {met: 1 / 3, missed: 1 / 3});
  t.deepEqual(oddsOf({kind: 'once'}, 0), {met: 0, missed: 0});
  const once: Prospect = {kind: 'once'};
  // Each could do without the others: nearly certain to be met by the one trial that is left.
  const nearly = (index: number) => target(`b/${index}`, every(1000, 1001));
  const open = [
    claim('look', target('a/a', once)),
    claim('barred', target('a/a', once, {barred: true})),
    claim('both', target('a/a', once), nearly(1)),
    claim('nearly', nearly(2)),
  ];
  const {leftSeconds: _, ...rest} = standing(open);
  for (const seed of [1, 2, 3]) {
    const {promises} = forecastWindow(rest, 36_000, seed);
    const [look = 1, barred = 1, both = 1, alone = 0] = promises.map(({chance}) => chance);
    t.true(look > 0.4 && look < 0.9, `${look}`);
    t.true(barred > 0.1 && barred < 0.6, `${barred}`);
    t.true(both > 0.4 && both < 0.9, `${both}`);
    t.is(alone, 1);
  }
});

test('planted: what a look did not show is not looked at again, and the next is chosen', t => {
  const open = [claim('look', target('a/a', {kind: 'once'})), claim('next', target('b/b', every(1000, 1001)))];
  const {leftSeconds: _, ...rest} = standing(open, {offers: [offer('a/a', 30), offer('b/b', 90)], inForce: 'tuned'});
  const {promises, over} = forecastWindow(rest, 121, 1);
  t.true((promises[0]?.chance ?? 1) < 1);
  t.is(promises[1]?.chance, 1, `${JSON.stringify(over.at(-1))}`);
});
