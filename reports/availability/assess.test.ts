import test from 'ava';
import {model, nodeFault, recovery, resimulatedOf, topologyOf} from '../../fixtures/kit/availability.ts';
import {toleranceTrials} from '../stats/tolerance.ts';
import {type Assessment, assess, type Evidence} from './assess.ts';
import {neededFor, type Proof} from './needed.ts';
import {yearSeconds} from './quantities.ts';
import type {Recovery} from './recovery.ts';
import {type Block, simulateBlock} from './simulate.ts';
import type {FaultClass, Topology} from './topology.ts';

function evidence(
  faults: readonly FaultClass[],
  recoveries: readonly Recovery[],
  change: Partial<Topology> = {},
  years = 800,
): Evidence {
  const of = model(4, faults, change, recoveries);
  const blocks = Array.from(
    {length: 40},
    (_, index): Block => ({
      index,
      years: years / 40,
      seed: 1,
      kind: index % 2 === 0 ? 'as-measured' : 'possible',
      forced: true,
    }),
  );
  return {
    topology: topologyOf(4, faults, change),
    model: of,
    promise: 0.9999,
    confidence: 0.95,
    seed: 1,
    blocks,
    tallies: blocks.map(block => simulateBlock(of, block)),
    resimulated: resimulatedOf(of, years),
    sources: [],
    blockers: [],
  };
}

const many = Array.from({length: 150}, (_, i) => 10 + i / 100);
const calm = [nodeFault(1, 60)];

test('many clean failovers and few faults: met', t => {
  const found = assess(evidence(calm, [recovery('instant', many)]));
  t.is(found.verdict.kind, 'met');
  t.is(found.exitCode, 0);
  t.is(found.needed.moreForVerdict, 0);
  t.true(found.chances.every(({asMeasured}) => asMeasured.value > 0.95));
});

test('two clean failovers prove nothing: undecided, and how many would', t => {
  const found = assess(evidence([nodeFault(4, 60)], [recovery('instant', [10, 12])]));
  t.is(found.verdict.kind, 'undecided');
  t.is(found.exitCode, 2);
  t.true(found.downtime.value < found.budget && found.downtime.high > found.budget);
  const more = found.needed.moreForVerdict;
  t.true(more !== undefined && more > 0);
  // So many more, taken in, do decide it.
  const later = assess(
    evidence(
      [nodeFault(4, 60)],
      [
        recovery(
          'instant',
          Array.from({length: 2 + Math.ceil(1.3 * (more ?? 0))}, (_, i) => 10 + (i % 3)),
        ),
      ],
    ),
  );
  t.is(later.verdict.kind, 'met');
});

test('VMs that never come back: missed', t => {
  const found = assess(
    evidence(
      [nodeFault(40, 60)],
      [
        recovery(
          'instant',
          Array.from({length: 30}, () => 10),
          Array.from({length: 30}, () => 60),
        ),
      ],
    ),
  );
  t.is(found.verdict.kind, 'missed');
  t.is(found.exitCode, 1);
  t.is(found.contributions[0]?.way, 'never came back: the operator');
});

test('a hole in the evidence forbids met, and says so', t => {
  const found = assess({...evidence(calm, [recovery('instant', many)]), blockers: ['trial 3 gave no time']});
  t.is(found.verdict.kind, 'undecided');
  t.regex(found.verdict.kind === 'undecided' ? found.verdict.reason : '', /trial 3 gave no time/);
});

test('a confidence that proves nothing, or that the draws cannot speak of, decides nothing', t => {
  const sure = evidence(calm, [recovery('instant', many)]);
  for (const confidence of [1e-9, 0.5, 0.999999]) {
    const {verdict} = assess({...sure, confidence});
    t.is(verdict.kind, 'undecided');
    t.regex(verdict.kind === 'undecided' ? verdict.reason : '', /0\.8 to 0\.99/);
  }
});

test('a rate that was only counted widens the interval', t => {
  const counted: FaultClass = {...nodeFault(1, 60), rate: {perYear: 1, observed: {faults: 2, unitYears: 2}}};
  const width = ({downtime}: Assessment) => downtime.high / downtime.value;
  const stated = width(assess(evidence(calm, [recovery('instant', many)])));
  const guessed = width(assess(evidence([counted], [recovery('instant', many)])));
  // Two faults leave three and a half times the rate possible: χ²(0.975; 6) / 2 / 2.
  t.true(guessed > 2 * stated, `${guessed} against ${stated}`);
});

test('the value is hits times recovery; contributions sum to it; twice the rate is twice the downtime', t => {
  const found = assess(evidence(calm, [recovery('instant', [10, 20])], {}, 4000));
  t.true(Math.abs(found.downtime.value - 15) < 1, `${found.downtime.value}`);
  const sum = found.contributions.reduce((all, {seconds}) => all + seconds, 0);
  t.true(Math.abs(sum - found.downtime.value) < 1e-9 * sum);
  t.true(Math.abs(found.contributions.reduce((all, {share}) => all + share, 0) - 1) < 1e-9);
  const rate = found.sensitivities.find(({subject}) => subject === 'crash: rate');
  t.true(rate !== undefined && Math.abs(rate.doubled / found.downtime.value - 2) < 0.02);
  t.true(Math.abs(found.availability.value - (1 - found.downtime.value / yearSeconds)) < 1e-12);
});

test('what halving and doubling do to joint failures agrees with simulating that for itself', t => {
  const of = (repair: number) => assess(evidence([nodeFault(6, repair)], [recovery('instant', many)], {}, 8000));
  const base = of(12 * 3600);
  const said = base.sensitivities.find(({subject}) => subject === 'crash: repair')?.doubled ?? Number.NaN;
  const again = of(24 * 3600).downtime.value;
  t.true(Math.abs(said / again - 1) < 0.2, `${said} against ${again}`);
});

test('the same evidence gives the same assessment', t => {
  const one = evidence(calm, [recovery('instant', [10, 12])]);
  t.deepEqual(assess(one), assess(one));
});

const proof: Proof = {
  budget: 3155.76,
  hits: 1,
  rest: 0,
  operator: 1800,
  kinds: [{name: 'crash', waits: recovery('crash', [9, 10, 11]).waits}],
  confidence: 0.95,
  upperDowntime: () => 0,
};

test("the guide's arithmetic: 99.99 % is 52.6 min a year, 210 switches of 15 s", t => {
  t.is(Math.floor(proof.budget / 15), 210);
  t.is(Number((proof.budget / 60).toFixed(1)), 52.6);
  // 210 recoveries a year leave no room for one that takes longer.
  t.is(Number(neededFor({...proof, hits: 210.384}).longest.toFixed(6)), 15);
});

test('recovery needed: n more by the success-run theorem', t => {
  const {requirements, longest} = neededFor({...proof, hits: 10});
  t.is(Number(longest.toFixed(3)), 315.576);
  const eleven = requirements.find(({within}) => within === 11);
  t.true(eleven !== undefined && Math.abs(eleven.share - (1 - (315.576 - 11) / 1800)) < 1e-9);
  const wanted = toleranceTrials(eleven?.share ?? Number.NaN, 0.95);
  t.is(eleven?.more, wanted.ok ? wanted.value - 3 : Number.NaN);
  t.is(requirements.find(({within}) => within === 15)?.kept, 3);
});

test('recovery needed: each kind must show it, and misses cost trials', t => {
  const two = neededFor({
    ...proof,
    hits: 10,
    kinds: [...proof.kinds, {name: 'nic', waits: recovery('nic', [], [60]).waits}],
  });
  const one = neededFor({...proof, hits: 10});
  const more = (of: typeof one) => of.requirements.find(({within}) => within === 15)?.more ?? Number.NaN;
  t.true(more(two) > 2 * more(one) + 3);
  t.regex(two.says, /over crash and nic/);
});

test('recovery needed: no recovery is short enough when the rest alone breaks the promise', t => {
  const none = neededFor({...proof, rest: 4000, upperDowntime: () => 4000});
  t.regex(none.says, /no recovery is short enough/);
  t.is(none.moreForVerdict, undefined);
  t.deepEqual(none.requirements, []);
});
