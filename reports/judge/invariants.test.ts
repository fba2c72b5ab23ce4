import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {trialRecord} from '../../fixtures/kit/trial-record.ts';
import type {Finding} from '../../harness/types.ts';
import {findingsOf} from './invariants.ts';

const record = trialRecord(plannedTrial({scenario: 'a/b'}));
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
