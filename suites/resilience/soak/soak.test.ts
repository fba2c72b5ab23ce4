import test from 'ava';
import fc from 'fast-check';
import {choices as all, resilience} from '../index.ts';
import {type Choice, drawTimeline, type Timeline} from './draw.ts';
import {timelineName, timelineParameters} from './scenario.ts';
import {knownToFail, shrink, smaller} from './shrink.ts';

const choices: readonly Choice[] = ['a', 'b', 'c', 'd'].map((scenario, index) => ({scenario, overlaps: index < 2}));
const seeds = fc.tuple(fc.integer({min: 0, max: 2 ** 31 - 1}), fc.integer({min: 1, max: 10_000}));

test('the same seed and step draw the same; only faults that may overlap do', t => {
  fc.assert(
    fc.property(seeds, ([seed, step]) => {
      const drawn = drawTimeline(choices, seed, step);
      t.deepEqual(drawn, drawTimeline(choices, seed, step));
      t.is(drawn.parts[0]?.at, 0);
      t.is(new Set(drawn.parts.map(({scenario}) => scenario)).size, drawn.parts.length);
      if (drawn.parts.length > 1) t.true(drawn.parts.every(({scenario}) => scenario === 'a' || scenario === 'b'));
    }),
  );
});

test('steps and seeds differ, and every choice comes up', t => {
  const drawn = (seed: number) => Array.from({length: 200}, (_, index) => drawTimeline(choices, seed, index + 1));
  t.notDeepEqual(drawn(1), drawn(2));
  t.notDeepEqual(drawn(1).slice(1, 100), drawn(2).slice(0, 99));
  const counts = choices.map(
    ({scenario}) => drawn(1).filter(({parts: [first]}) => first?.scenario === scenario).length,
  );
  for (const count of counts) t.true(count > 25 && count < 80, String(counts));
  t.true(drawn(1).some(({parts}) => parts.length === 2));
});

const timelines: fc.Arbitrary<Timeline> = fc.record({
  parts: fc.uniqueArray(fc.record({scenario: fc.constantFrom('a', 'b', 'c', 'd'), at: fc.nat(10)}), {
    minLength: 1,
    maxLength: 4,
    selector: ({scenario}) => scenario,
  }),
  holdSeconds: fc.nat(40),
});

test('planted: what fails by some faults and a least hold shrinks to exactly these', async t => {
  const culprits = fc.tuple(timelines, fc.nat(), fc.nat());
  await fc.assert(
    fc.asyncProperty(culprits, async ([whole, nth, least]) => {
      const guilty = whole.parts[nth % whole.parts.length]?.scenario;
      const hold = least % (whole.holdSeconds + 1);
      const {smallest, exhausted} = await shrink(
        whole,
        async ({parts, holdSeconds}) => holdSeconds >= hold && parts.some(({scenario}) => scenario === guilty),
        500,
      );
      t.true(exhausted);
      t.deepEqual(smallest, {parts: [{scenario: guilty ?? '', at: 0}], holdSeconds: hold});
    }),
  );
});

test('it ends after so many tries, asks nothing twice, and gives what was seen to fail', async t => {
  await fc.assert(
    fc.asyncProperty(timelines, fc.nat(20), fc.infiniteStream(fc.boolean()), async (whole, most, answers) => {
      const asked: string[] = [];
      const failed = [JSON.stringify(whole)];
      const shrunk = await shrink(
        whole,
        async each => {
          asked.push(JSON.stringify(each));
          const fails = answers.next().value ?? false;
          if (fails) failed.push(JSON.stringify(each));
          return fails;
        },
        most,
      );
      t.true(asked.length <= most);
      t.is(shrunk.tries, asked.length);
      t.is(new Set(asked).size, asked.length);
      t.true(failed.includes(JSON.stringify(shrunk.smallest)));
    }),
  );
});

test('what is smaller is smaller, keeps a fault, and begins at 0', t => {
  const size = ({parts, holdSeconds}: Timeline) =>
    parts.length * 1000 + holdSeconds + parts.reduce((sum, {at}) => sum + at, 0);
  fc.assert(
    fc.property(timelines, whole => {
      for (const each of smaller(whole)) {
        t.true(each.parts.length > 0);
        t.true(size(each) < size(whole));
        if (each.parts.length < whole.parts.length) t.is(Math.min(...each.parts.map(({at}) => at)), 0);
      }
    }),
  );
});

const scenario = resilience.find(({name}) => name === timelineName);
const with2 = (...faults: string[]) => ({...scenario?.parameters.quick, faults});

test('a timeline of two takes the time of the later, and is as grave as the graver', t => {
  if (scenario === undefined) throw new Error(`there is no ${timelineName}`);
  const one = scenario.estimateSeconds(with2('failover/osd-killed@0'));
  t.is(scenario.estimateSeconds(with2('failover/manager-killed@0', 'failover/osd-killed@7')), one + 7);
  t.is(scenario.impact(with2('failover/manager-killed@0', 'failover/osd-killed@7')), 'disruptive');
  t.is(scenario.impact(with2('failover/host-crash@0')), 'destructive');
});

test('planted: faults that may not overlap, come twice or are not known are refused', t => {
  for (const [faults, sentence] of [
    [['failover/host-crash@0', 'failover/manager-killed@1'], /found failover\/host-crash beside another/],
    [['failover/osd-killed@0', 'failover/osd-killed@1'], /found one twice/],
    [['failover/no-such@0'], /expected SCENARIO@SECONDS with one of/],
    [['failover/osd-killed'], /expected SCENARIO@SECONDS/],
    [[], /\/parameters\/faults/],
  ] as const) {
    t.throws(() => scenario?.estimateSeconds(with2(...faults)), {message: sentence});
  }
});

test('every drawn timeline is one that the scenario takes', t => {
  for (let step = 1; step <= 500; step++) {
    const drawn = drawTimeline(all, 7, step);
    t.true((scenario?.estimateSeconds(timelineParameters(drawn, scenario.parameters.quick)) ?? 0) > 0);
  }
  t.deepEqual(
    all.filter(({overlaps}) => overlaps).map(({scenario}) => scenario),
    ['osd', 'pacemakerd', 'libvirtd', 'monitor', 'manager'].map(name => `failover/${name}-killed`),
  );
});

test('a timeline with a fault that fails alone says nothing new; one that failed only with another does', t => {
  const timeline = (...scenarios: string[]): Timeline => ({
    parts: scenarios.map(scenario => ({scenario, at: 0})),
    holdSeconds: 0,
  });
  const hung = 'failover/guest-hung';
  t.true(knownToFail(timeline(hung), timeline(hung)));
  t.true(knownToFail(timeline('failover/osd-killed', hung), timeline(hung)));
  t.false(knownToFail(timeline('failover/osd-killed'), timeline(hung)));
  t.false(knownToFail(timeline(hung), timeline('failover/osd-killed', hung)));
});
