import test from 'ava';
import {idleScenario} from '../../../fixtures/kit/idle-scenario.ts';
import {plannedTrial} from '../../../fixtures/kit/planned-trial.ts';
import {runHeader} from '../../../fixtures/kit/run-header.ts';
import {trialRecord} from '../../../fixtures/kit/trial-record.ts';
import type {StoredRun} from '../../../harness/types.ts';
import {readRegister} from './claims-register.ts';
import {judgeRun} from './judge-run.ts';

const planned = plannedTrial({scenario: 'storage/fio', profile: 'tuned'});
const run: StoredRun = {
  header: {...runHeader, nodes: [], guests: []},
  plan: {seed: 1, profiles: ['stock', 'tuned'], trials: [planned], notApplicable: []},
  trials: [
    {
      record: trialRecord(planned),
      folder: 'trials/1',
      artefacts: {
        names: [],
        text: name => ({ok: false, error: {artefact: name, path: '', expected: 'x', found: 'nothing'}}),
      },
    },
  ],
  ended: {status: 'complete', at: '2025-11-24T15:07:12Z', reason: ''},
  claims: '',
  damage: [],
  unproven: [],
};
const scenario = idleScenario({
  name: 'storage/fio',
  family: 'storage',
  claims: ['sto.iops'],
  provides: ['storage.iops'],
  measure: () => {
    throw new Error('no bins');
  },
});
const {claims} = readRegister();

test('a scenario that stumbles over its artefacts leaves a hole and a warning, not a crash', t => {
  const report = judgeRun(run, claims, [scenario]);
  t.is(report.verdicts.find(one => one.claim.id === 'sto.iops')?.kind, 'undecided');
  t.true(report.warnings.some(warning => warning.text.includes('no bins')));
});

test('a scenario that this version does not know leaves its trial unmeasured', t => {
  const report = judgeRun(run, claims, []);
  t.is(report.overall, 'undecided');
  t.true(report.warnings.some(warning => warning.text.includes('was not measured')));
});
