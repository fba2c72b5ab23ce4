import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import type {Finding, TrialRecord} from '../../harness/types.ts';
import {findingsOf} from './invariants.ts';

const record: TrialRecord = {
  planned: plannedTrial({scenario: 'a/b'}),
  status: 'done',
  reason: '',
  startedAt: '2026-11-27T22:00:00Z',
  durationSeconds: 1,
  readBack: [],
  auditBefore: [],
  auditAfter: [],
  artefacts: [],
};
const failed: Finding = {severity: 'critical', invariant: 'no failed action', detail: 'vm1_start_0 on n1'};

test('what was found before a trial and is gone after it was healed', t => {
  t.deepEqual(findingsOf({...record, auditBefore: [failed]}, undefined), [
    {...failed, severity: 'warning', detail: 'before the trial, then healed: vm1_start_0 on n1'},
  ]);
});

test('what is still so after the trial was healed by nobody, and is told once', t => {
  const other = {...failed, detail: 'vm2_start_0 on n1'};
  t.deepEqual(findingsOf({...record, auditBefore: [failed], auditAfter: [failed]}, undefined), [failed]);
  t.is(findingsOf({...record, auditBefore: [failed], auditAfter: [other]}, undefined).length, 2);
});
