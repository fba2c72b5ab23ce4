import test from 'ava';
import type {Spent} from '../../harness/types.ts';
import {paceBlocks, paceTable} from './pace.ts';

const trial = (scenario: string, profile: string, phases: readonly Spent[], status: 'done' | 'failed' = 'done') => ({
  scenario,
  profile,
  status,
  durationSeconds: phases.reduce((sum, {seconds}) => sum + seconds, 0),
  phases,
});
const crash = (profile: string, settings: number, status: 'done' | 'failed' = 'done') =>
  trial(
    'failover/host-crash',
    profile,
    [
      {phase: 'auditing', seconds: 2},
      {phase: 'settings', seconds: settings},
      {phase: 'fault', seconds: 20},
      {phase: 'healing', seconds: 10},
      {phase: 'auditing', seconds: 4},
    ],
    status,
  );

test('a family and its scenarios: done trials by the time that all took, and means that add up', t => {
  const fio = trial('storage/fio', 'tuned', [{phase: 'running', seconds: 30}]);
  const pace = paceTable([crash('tuned', 24), crash('tuned', 4, 'failed'), fio]);
  t.deepEqual(pace?.columns, [
    ...['Family, scenario', 'Trials', 'An hour', 'Seconds'],
    ...['auditing', 'settings', 'fault', 'healing', 'running'],
  ]);
  t.deepEqual(pace?.rows, [
    ['failover', '2', '36', '50.0', '6.0', '14.0', '20.0', '10.0', ''],
    ['failover/host-crash', '2', '36', '50.0', '6.0', '14.0', '20.0', '10.0', ''],
    ['storage', '1', '120', '30.0', '', '', '', '', '30.0'],
    ['storage/fio', '1', '120', '30.0', '', '', '', '', '30.0'],
  ]);
});

test('changes of profile are told beside trials that found their own in force', t => {
  const words = paceTable([crash('stock', 20), crash('tuned', 30), crash('tuned', 2), crash('tuned', 4)])?.changes;
  t.is(
    words,
    '2 of 4 trials found another profile in force than their own: 25.0 s of settings each, 3.0 s in the others.',
  );
});

test('runs of before kept no phases, and have no table', t => {
  const {phases: _, ...before} = crash('tuned', 1);
  t.is(paceTable([before]), undefined);
  t.deepEqual(paceBlocks([before]), []);
  t.is(paceBlocks([crash('tuned', 1)]).length, 2);
});
