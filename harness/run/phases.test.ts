import test from 'ava';
import {startPhases} from './phases.ts';

test('phases follow each other without a gap, and the one at hand counts until now', t => {
  let now = 1000;
  const phases = startPhases('auditing', () => now);
  now = 3000;
  phases.enter('settings');
  now = 3500;
  phases.enter('settings');
  now = 4000;
  phases.enter('auditing');
  now = 4250;
  t.deepEqual(phases.spent(), [
    {phase: 'auditing', seconds: 2},
    {phase: 'settings', seconds: 1},
    {phase: 'auditing', seconds: 0.25},
  ]);
  t.is(
    phases.spent().reduce((sum, {seconds}) => sum + seconds, 0),
    3.25,
  );
});
