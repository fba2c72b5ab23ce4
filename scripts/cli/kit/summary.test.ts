import test from 'ava';
import {exampleReport} from '../../../fixtures/kit/report.ts';
import {poolSummary, summary} from './summary.ts';

const whole = exampleReport(3);
const aborted = {...whole, ended: {...whole.ended, status: 'aborted' as const, reason: 'stopped in trial 2'}};
const goesOn = /^to go on with it: seatrial resume runs\/x, /m;
const further = /would decide|No number of further trials/;

test('a run that was stopped says how it is gone on with, and foretells nothing; a complete one the other way round', t => {
  t.regex(summary(aborted, 'runs/x', []), goesOn);
  t.notRegex(summary(aborted, 'runs/x', []), further);
  t.notRegex(summary(whole, 'runs/x', []), goesOn);
  t.regex(summary(whole, 'runs/x', []), further);
});

test('one that is damaged or unhealed cannot be gone on with', t => {
  const damage = [{artefact: 'plan.json', path: '', expected: 'what was stored', found: 'nothing'}];
  t.notRegex(summary({...aborted, damage}, 'runs/x', []), goesOn);
  const unhealed = {...whole, ended: {...whole.ended, status: 'unhealed' as const}};
  t.notRegex(summary(unhealed, 'runs/x', []), goesOn);
});

test('of several runs a missing one is named, and no time is promised', t => {
  const pool = {runs: [], leftOut: [{id: 'night-3', reason: 'it is gone', forbids: true}]};
  const said = poolSummary({...whole, pool});
  t.regex(said, /left out: night-3: it is gone; without it nothing is met/);
  t.regex(said, /No number of further trials/);
  t.notRegex(said, /would decide/);
});
