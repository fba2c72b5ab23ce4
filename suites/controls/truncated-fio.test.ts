import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedFiles} from '../../fixtures/kit/recorded-artefacts.ts';
import {artefactsOf} from '../../fixtures/kit/replay-transport.ts';
import {runHeader} from '../../fixtures/kit/run-header.ts';
import {trialRecord} from '../../fixtures/kit/trial-record.ts';
import type {Claim, StoredRun} from '../../harness/types.ts';
import {judgeRun} from '../../scripts/cli/kit/judge-run.ts';
import {fio} from '../storage/fio.ts';

const whole: ReadonlyMap<string, string> = recordedFiles('storage-fio');
const artefact = 'fio-randread.json';
const text = whole.get(artefact) ?? '';

const parameters = {...fio.parameters.quick, rampSeconds: 1};
const planned = plannedTrial({scenario: fio.name, profile: 'tuned', parameters});

/** Bounds that any disk keeps, shown by a single trial: only missing data can stand against them. */
const claim: Claim = {
  id: 'sto.iops',
  title: 'it reads and writes',
  figure: '',
  source: 'this test',
  targets: (['randread', 'randwrite'] as const).map(pattern => ({
    id: `sto.iops.${pattern}`,
    claim: 'sto.iops',
    metric: 'storage.iops',
    unit: 'op/s',
    where: {pattern},
    statistic: 'worst',
    relation: 'at-least',
    bound: 1,
    confidence: 0.95,
    reliability: 0.05,
    source: 'this test',
  })),
};

function runOf(artefacts: ReadonlyMap<string, string>): StoredRun {
  const record = trialRecord(planned);
  return {
    header: {...runHeader, guests: ['vm1', 'vm2'], profiles: [{name: 'tuned', title: '', settings: []}]},
    plan: {seed: 1, profiles: ['tuned'], trials: [planned], notApplicable: []},
    trials: [{record, folder: 'trials/0001', artefacts: artefactsOf(artefacts)}],
    ended: {status: 'complete', at: record.startedAt, reason: ''},
    claims: 'claims: []\n',
    damage: [],
    unproven: [],
  };
}

function judged(artefacts: ReadonlyMap<string, string>) {
  const {verdicts, overall, exitCode} = judgeRun(runOf(artefacts), [claim], [fio]);
  const targets = verdicts.flatMap(verdict => verdict.targets);
  const of = (pattern: string) => targets.find(({target}) => target.where.pattern === pattern)?.verdict;
  return {overall, exitCode, read: of('randread'), write: of('randwrite')};
}

test('whole, it is met', t => {
  const {overall, exitCode, read, write} = judged(whole);
  t.deepEqual([overall, exitCode, read?.kind, write?.kind], ['met', 0, 'met', 'met']);
});

// Everywhere, and at the places where a cut leaves something that looks like an end.
const end = text.lastIndexOf('}');
const cuts = [
  ...Array.from({length: 60}, (_, step) => Math.floor((end * step) / 60)),
  ...[...text.matchAll(/\n {4}\},?\n/g)].map(match => match.index + match[0].length),
  end - 1,
  end,
];

test('cut at any place, it is undecided, by a reason that names the file; the other file stands', t => {
  t.true(cuts.length > 60);
  for (const cut of cuts) {
    const {overall, exitCode, read, write} = judged(new Map([...whole, [artefact, text.slice(0, cut)]]));
    t.deepEqual([overall, exitCode, read?.kind, write?.kind], ['undecided', 2, 'undecided', 'met'], `cut at ${cut}`);
    if (read?.kind !== 'undecided') return;
    t.true(read.reason.includes(artefact), `cut at ${cut}: ${read.reason}`);
  }
});
