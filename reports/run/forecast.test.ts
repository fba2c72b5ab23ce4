import test from 'ava';
import type {Sample} from '../../harness/types.ts';
import {forecastOf, forecastSentence} from './forecast.ts';
import type {ClaimVerdict, TrialRow} from './report.ts';

const trial = (slot: number, scenario: string, durationSeconds: number): TrialRow => ({
  slot,
  folder: '',
  scenario,
  profile: 'tuned',
  repetition: 1,
  status: 'done',
  reason: '',
  durationSeconds,
  startedAt: '2026-01-02T03:04:05.000Z',
  readBack: [],
  findings: [],
  artefacts: [],
});

const sample = (scenario: string, slot: number): Sample => ({
  metric: 'failover.service',
  unit: 's',
  value: 8,
  labels: {scenario, profile: 'tuned', trial: String(slot)},
  from: {artefact: 'x', path: ''},
});

/** A claim with one undecided target for each list of samples; `needed` trials would decide it. */
function undecided(id: string, targets: readonly {samples: readonly number[]; needed?: number}[]): ClaimVerdict {
  const claim = {id, title: id, figure: '', source: '', targets: []};
  return {
    claim,
    kind: 'undecided',
    reason: '',
    targets: targets.map(({samples, needed}, index) => ({
      target: {
        id: `${id}.${index}`,
        claim: id,
        metric: 'failover.service',
        unit: 's',
        where: {},
        statistic: 'worst',
        relation: 'at-most',
        bound: 15,
        confidence: 0.95,
        source: '',
      },
      verdict: {kind: 'undecided', reason: '', ...(needed === undefined ? {} : {trialsNeeded: needed})},
      samples,
    })),
  };
}

const samples = [sample('failover/host-crash', 1), sample('failover/nic-down', 2)];
const trials = [trial(1, 'failover/host-crash', 40), trial(2, 'failover/nic-down', 60)];

const whole = {samples, trials, damage: []};

test('a trial serves every promise that asks for it, and takes as long as those of its kind', t => {
  const verdicts = [
    undecided('a', [{samples: [0], needed: 59}]),
    undecided('b', [
      {samples: [0], needed: 29},
      {samples: [1], needed: 6},
    ]),
  ];
  t.deepEqual(forecastOf({...whole, verdicts}), {
    undecided: 2,
    decided: 2,
    trials: 58 + 5,
    seconds: 58 * 40 + 5 * 60,
  });
});

test('what no number of trials is known to decide is counted, and not promised', t => {
  const noScenario = undecided('a', []);
  const otherReason = undecided('b', [{samples: [0]}]);
  const enough = undecided('c', [{samples: [0], needed: 1}]);
  const half = undecided('d', [{samples: [0], needed: 59}, {samples: []}]);
  const forecast = forecastOf({...whole, verdicts: [noScenario, otherReason, enough, half]});
  t.deepEqual(forecast, {undecided: 4, decided: 0, trials: 0, seconds: 0});
  t.regex(forecastSentence(forecast), /^No number of further trials/);
});

test('where nothing is undecided nothing is said', t => {
  t.is(forecastOf({...whole, verdicts: []}), undefined);
  t.is(forecastSentence(undefined), '');
});

test('what is typed goes on from what was tried, in the same length of time and a little more', t => {
  const forecast = forecastOf({...whole, verdicts: [undecided('a', [{samples: [0], needed: 59}])]});
  t.is(
    forecastSentence(forecast),
    'If further trials go as these did, 58 more trials, about 38 min 40 s, would decide 1 of the 1 undecided: seatrial accept … --for 1h --with-history',
  );
});

test('planted: a trial that was interrupted, or gave nothing, is not made up for by more of them', t => {
  const verdicts = [undecided('a', [{samples: [0], needed: 59}])];
  const interrupted: TrialRow = {...trial(3, 'failover/host-crash', 20), status: 'aborted'};
  const gaveNothing = trial(3, 'failover/host-crash', 40);
  for (const row of [interrupted, gaveNothing])
    t.is(forecastOf({...whole, verdicts, trials: [...trials, row]})?.decided, 0);
  const ofAnother: TrialRow = {...interrupted, scenario: 'failover/nic-down'};
  t.is(forecastOf({...whole, verdicts, trials: [...trials, ofAnother]})?.decided, 1);
});

test('planted: of several runs one is missing, or a file is damaged: no trial decides as long as that is so', t => {
  const verdicts = [undecided('a', [{samples: [0], needed: 59}])];
  const pool = (forbids: boolean) => ({runs: [], leftOut: [{id: 'x', reason: 'gone', forbids}]});
  t.is(forecastOf({...whole, verdicts, pool: pool(true)})?.decided, 0);
  t.is(forecastOf({...whole, verdicts, pool: pool(false)})?.decided, 1);
  const damage = [{artefact: 'plan.json', path: '', expected: '', found: ''}];
  t.regex(forecastSentence(forecastOf({...whole, verdicts, damage})), /^No number of further trials/);
});

test('of a ratio the side that was not tried needs its trials too', t => {
  const one = undecided('a', [{samples: [0], needed: 5}]);
  const ratio = {
    ...one,
    targets: one.targets.map(each => ({
      ...each,
      target: {...each.target, statistic: 'ratio' as const, against: ['stock', 'tuned'] as const},
    })),
  };
  t.is(forecastOf({...whole, verdicts: [ratio]})?.trials, 5 + 4);
});
