import test from 'ava';
import {runHeader} from '../../fixtures/kit/run-header.ts';
import {trialRecord} from '../../fixtures/kit/trial-record.ts';
import type {
  Claim,
  Measured,
  PlannedTrial,
  RunHeader,
  Sample,
  StoredRun,
  Target,
  TrialRecord,
} from '../../harness/types.ts';
import {asFound} from '../judge/as-found.ts';
import {buildReport, type ReportInput} from './build.ts';
import {runDocument} from './document.ts';

const crash = 'failover/host-crash';
const drill = 'failover/nic-down';

const switching: Target = {
  id: 'ha.switch.crash',
  claim: 'ha.switch',
  metric: 'failover.service',
  unit: 's',
  where: {scenario: crash, profile: 'tuned'},
  statistic: 'median',
  relation: 'at-most',
  bound: 15,
  confidence: 0.95,
  source: 'guide',
};
function claimOf(id: string, targets: readonly Target[], more: Partial<Claim> = {}): Claim {
  return {id, title: id, figure: '', source: 'guide', targets, ...more};
}
const ha = claimOf('ha.switch', [switching]);
const provides = {
  [crash]: {provides: ['failover.service', 'failover.lost-writes'], claims: ['ha.switch', 'ha.writes']},
  [drill]: {provides: ['failover.service'], claims: ['ha.switch', 'ha.drill']},
};

const header: RunHeader = {
  ...runHeader,
  startedAt: '2025-01-01T00:00:00Z',
  suite: 'nightly',
  quick: false,
  storage: 'ceph',
  hardware: {emulated: false, shared: false, note: ''},
};

/** A whole run of one scenario: `n` repetitions, stock and tuned in turn; slots count from 1. */
function plan(n: number, scenario = crash, first = 1): PlannedTrial[] {
  return Array.from({length: 2 * n}, (_, i) => ({
    slot: first + i,
    scenario,
    profile: i % 2 ? 'tuned' : 'stock',
    repetition: 1 + Math.floor(i / 2),
    parameters: {},
    estimatedSeconds: 1,
  }));
}
const folderOf = (slot: number) => `trials/${slot}`;

function record(planned: PlannedTrial, more: Partial<TrialRecord> = {}): TrialRecord {
  const startedAt = new Date(Date.UTC(2025, 0, 1) + 10_000 * planned.slot).toISOString();
  return trialRecord(planned, {startedAt, ...more});
}

function raw(value: number, labels: Record<string, string> = {}, metric = 'failover.service'): Sample {
  const unit = metric === 'failover.lost-writes' ? 'count' : 's';
  return {
    metric,
    unit,
    value,
    labels: {fault: 'host-crash', ...labels},
    from: {artefact: 'beacon.jsonl', path: 'line 1'},
  };
}
const measuredOf = (samples: readonly Sample[], more: Partial<Measured> = {}): Measured => ({
  samples,
  problems: [],
  findings: [],
  ...more,
});

function input(more: {
  trials?: PlannedTrial[];
  records?: Record<number, Partial<TrialRecord> | null>;
  measured?: Record<number, Measured>;
  value?: (slot: number) => number;
  claims?: readonly Claim[];
  header?: Partial<RunHeader>;
  run?: Partial<StoredRun>;
  notApplicable?: StoredRun['plan']['notApplicable'];
}): ReportInput {
  const trials = more.trials ?? plan(6);
  const value = more.value ?? (slot => 10 + slot / 100);
  const run: StoredRun = {
    header: {...header, ...more.header},
    plan: {seed: 1, profiles: ['stock', 'tuned'], trials, notApplicable: more.notApplicable ?? []},
    trials: trials
      .filter(({slot}) => more.records?.[slot] !== null)
      .map(planned => ({
        record: record(planned, more.records?.[planned.slot] ?? {}),
        folder: folderOf(planned.slot),
        artefacts: {
          names: [],
          text: name => ({ok: false, error: {artefact: name, path: '', expected: 'unused', found: 'unused'}}),
        },
      })),
    ended: {status: 'complete', at: '2025-01-01T01:00:00Z', reason: ''},
    claims: '',
    damage: [],
    unproven: [],
    ...more.run,
  };
  const usual = Object.fromEntries(trials.map(({slot}) => [slot, measuredOf([raw(value(slot))])]));
  return {run, measured: {...usual, ...more.measured}, claims: more.claims ?? [ha], provides};
}
const summary = (one: ReportInput) => {
  const {overall, exitCode, verdicts} = buildReport(one);
  return [overall, exitCode, ...verdicts.map(({kind}) => kind)];
};
const firstReason = (one: ReportInput) => buildReport(one).verdicts[0]?.reason ?? 'none';

test('exit codes: met 0, missed 1, undecided 2', t => {
  t.deepEqual(summary(input({})), ['met', 0, 'met']);
  t.deepEqual(summary(input({value: () => 20})), ['missed', 1, 'missed']);
  t.deepEqual(summary(input({trials: plan(5)})), ['undecided', 2, 'undecided']);
  t.is(firstReason(input({value: () => 20})), '20 s against at most 15 s');
});

test('exit code 4: aborted, unhealed, never ended', t => {
  const at = '2025-01-01T01:00:00Z';
  t.deepEqual(summary(input({run: {ended: {status: 'aborted', at, reason: 'Ctrl-C'}}})), ['aborted', 4, 'met']);
  t.deepEqual(summary(input({run: {ended: {status: 'unhealed', at, reason: 'n1 is down'}}})), ['unhealed', 4, 'met']);
  t.deepEqual(summary(input({records: {12: {status: 'unhealed', reason: 'n1'}}})), ['unhealed', 4, 'undecided']);
  const cut = input({});
  const {ended: _, ...run} = cut.run;
  const report = buildReport({...cut, run});
  t.is(report.overall, 'aborted');
  t.is(report.exitCode, 4);
  t.true(report.warnings.some(({text}) => /the harness ended before the run did/.test(text)));
});

test('the worst verdict speaks: missed over undecided over met', t => {
  const low: Claim = claimOf('ha.low', [{...switching, id: 'low', bound: 1}]);
  const five: Claim = claimOf('ha.sure', [{...switching, id: 'sure', statistic: 'worst'}]);
  t.deepEqual(summary(input({claims: [ha, five]})), ['undecided', 2, 'met', 'undecided']);
  t.deepEqual(summary(input({claims: [ha, five, low]})), ['missed', 1, 'met', 'undecided', 'missed']);
  const both = claimOf('ha.both', [switching, {...switching, id: 'low', bound: 1}]);
  t.is(firstReason(input({claims: [both]})), 'low: 10.07 s against at most 1 s');
});

test('an empty suite is undecided', t => {
  t.deepEqual(summary(input({trials: [], claims: []})), ['undecided', 2]);
  t.deepEqual(summary(input({trials: []})), ['undecided', 2, 'undecided']);
  t.is(firstReason(input({trials: []})), 'not tried in this run');
});

test('not testable claims do not count, and keep their reason', t => {
  const cost = claimOf('cost', [], {notTestable: 'a licence price is no property of a cluster'});
  t.deepEqual(summary(input({claims: [ha, cost], header: {suite: 'acceptance'}})), ['met', 0, 'met', 'not-testable']);
  t.is(buildReport(input({claims: [cost]})).verdicts[0]?.reason, cost.notTestable);
});

test('claims not tried: listed always, counted where the whole acceptance suite was meant', t => {
  const other = claimOf('ha.drill', [{...switching, id: 'drill', claim: 'ha.drill', where: {scenario: drill}}]);
  const later = claimOf('ha.vip', [], {noScenarioYet: 'no virtual address in the lab yet'});
  const said = claimOf('avail.annual', [], {saidBy: {command: 'seatrial availability', why: 'a year is long'}});
  const claims = [ha, other, later];
  t.deepEqual(summary(input({claims})), ['met', 0, 'met', 'undecided', 'undecided']);
  t.deepEqual(summary(input({claims, header: {suite: 'acceptance', only: [crash]}})), [
    'met',
    0,
    'met',
    'undecided',
    'undecided',
  ]);
  t.deepEqual(summary(input({claims, header: {suite: 'acceptance'}})), [
    'undecided',
    2,
    'met',
    'undecided',
    'undecided',
  ]);
  t.deepEqual(
    buildReport(input({claims})).verdicts.map(({reason}) => reason),
    [
      '10.07 s against at most 15 s',
      'not tried in this run',
      'no scenario tries this yet: no virtual address in the lab yet',
    ],
  );
  t.deepEqual(summary(input({claims: [ha, said], header: {suite: 'acceptance'}})), [
    'undecided',
    2,
    'met',
    'undecided',
  ]);
  t.is(firstReason(input({claims: [said]})), 'seatrial availability says it, no trial: a year is long');
  const refused = input({claims: [other], notApplicable: [{scenario: drill, reason: 'no bmc'}]});
  t.is(firstReason(refused), 'not applicable on this cluster: no bmc');
});

test('a trial that was planned and did not come through is a hole', t => {
  for (const gone of [null, {status: 'aborted' as const}, {status: 'failed' as const}]) {
    const one = input({trials: plan(7), records: {14: gone}});
    t.deepEqual(summary(one), ['undecided', 2, 'undecided']);
    t.regex(firstReason(one), /trial 14 gave no failover.service/);
    t.true(buildReport(one).warnings.some(({subject}) => subject === 'trial 14'));
  }
  // Only trials of the promised profile are owed.
  t.deepEqual(summary(input({trials: plan(7), records: {13: null}})), ['met', 0, 'met']);
  const unparsed = input({
    trials: plan(7),
    measured: {
      14: measuredOf([], {problems: [{artefact: 'beacon.jsonl', path: 'line 3', expected: 'JSON', found: '{"a'}]}),
    },
  });
  t.deepEqual(summary(unparsed), ['undecided', 2, 'undecided']);
  t.regex(firstReason(unparsed), /trial 14: beacon.jsonl at line 3: expected JSON, found \{"a$/);
  t.true(
    buildReport(unparsed).warnings.some(
      ({text}) => text === 'trials/14/artefacts/beacon.jsonl at line 3: expected JSON, found {"a',
    ),
  );
});

test('an aborted trial cannot make a promise broken, an unhealed one can', t => {
  const worst = claimOf('ha.switch', [{...switching, statistic: 'worst'}]);
  const bad = (slot: number) => (slot === 12 ? 90 : 10);
  t.is(buildReport(input({claims: [worst], value: bad})).verdicts[0]?.kind, 'missed');
  t.is(
    buildReport(input({claims: [worst], value: bad, records: {12: {status: 'unhealed'}}})).verdicts[0]?.kind,
    'missed',
  );
  const aborted = buildReport(input({claims: [worst], value: bad, records: {12: {status: 'aborted'}}}));
  t.is(aborted.verdicts[0]?.kind, 'undecided');
  t.false(aborted.samples.some(({labels}) => labels.trial === '12'));
});

test('a scenario that measures another fault owes nothing to this one; one that measured nothing does', t => {
  const trials = [...plan(6), ...plan(6, drill, 13)];
  const where = {fault: 'host-crash', profile: 'tuned'};
  const claims = [claimOf('ha.switch', [{...switching, where}])];
  const drilled = Object.fromEntries(
    trials
      .filter(({scenario}) => scenario === drill)
      .map(({slot}) => [slot, measuredOf([raw(99, {fault: 'nic-down'})])]),
  );
  t.deepEqual(summary(input({trials, claims, measured: drilled})), ['met', 0, 'met']);
  const silent = Object.fromEntries(Object.keys(drilled).map(slot => [slot, measuredOf([])]));
  t.deepEqual(summary(input({trials, claims, measured: silent})), ['undecided', 2, 'undecided']);
  // Labels that never occur: nothing is owed elsewhere, and nothing is met.
  const typo = [claimOf('ha.switch', [{...switching, where: {fault: 'host-crush', profile: 'tuned'}}])];
  t.deepEqual(summary(input({trials, claims: typo})), ['undecided', 2, 'undecided']);
});

test('a critical finding takes met from every claim of its scenario, and from the whole', t => {
  const finding = {
    severity: 'critical' as const,
    invariant: 'one life',
    detail: 'vm1 answered from n1 and n2',
    artefact: 'beacon.jsonl',
  };
  const dualActive = input({measured: {3: measuredOf([raw(10)], {findings: [finding]})}});
  t.deepEqual(summary(dualActive), ['undecided', 2, 'undecided']);
  t.is(
    firstReason(dualActive),
    'the figure is good, but an invariant broke: trial 3: one life: vm1 answered from n1 and n2',
  );
  t.deepEqual(buildReport(dualActive).findings, [{...finding, artefact: 'trials/3/artefacts/beacon.jsonl', trial: 3}]);
  // What nobody could look at is no broken invariant, and keeps nothing from being undecided; what broke is told first.
  const unseen = {
    severity: 'critical' as const,
    invariant: 'every node can be reached',
    detail: 'n2: cut',
    unknown: true as const,
  };
  const lost = input({measured: {3: measuredOf([raw(10)], {findings: [unseen]})}});
  t.deepEqual(summary(lost), ['undecided', 2, 'undecided']);
  t.is(
    firstReason(lost),
    'the figure is good, but it is not known whether an invariant broke: trial 3: every node can be reached: n2: cut',
  );
  const both = input({measured: {3: measuredOf([raw(10)], {findings: [unseen, finding]})}});
  t.regex(firstReason(both), /an invariant broke: trial 3: one life: .*\(and 1 more critical findings\)$/);
  // A warning changes nothing.
  const warned = input({measured: {3: measuredOf([raw(10)], {findings: [{...finding, severity: 'warning'}]})}});
  t.deepEqual(summary(warned), ['met', 0, 'met']);
  // A scenario that no claim names still holds the whole back.
  const stray = input({
    trials: [...plan(6), ...plan(1, 'failover/other', 13)],
    measured: {13: measuredOf([], {findings: [finding]}), 14: measuredOf([])},
  });
  t.deepEqual(summary(stray), ['undecided', 2, 'met']);
});

test('a critical finding does not soften a miss', t => {
  const finding = {severity: 'critical' as const, invariant: 'one life', detail: 'two'};
  const one = input({value: () => 20, records: {2: {auditAfter: [finding]}}});
  t.deepEqual(summary(one), ['missed', 1, 'missed']);
});

test('lost writes and settings not in force are critical; what was healed before a trial is not', t => {
  const lost = input({measured: {4: measuredOf([raw(10), raw(2, {}, 'failover.lost-writes')])}});
  t.deepEqual(summary(lost), ['undecided', 2, 'undecided']);
  t.is(buildReport(lost).findings[0]?.detail, '2 acknowledged writes are gone');
  // The scenario's own finding of the same loss is told alone.
  const own = {
    severity: 'critical' as const,
    invariant: 'every acknowledged write is readable',
    detail: 'vm1: 2 of 99 acknowledged writes are gone, the first is record 7 (blank)',
    artefact: 'beacon.jsonl',
  };
  const told = measuredOf([raw(10), raw(2, {}, 'failover.lost-writes')], {findings: [own]});
  const report = buildReport(input({measured: {4: told}}));
  t.deepEqual(
    report.findings.map(({detail}) => detail),
    [own.detail],
  );
  t.deepEqual(summary(input({measured: {4: measuredOf([raw(10), raw(0, {}, 'failover.lost-writes')])}})), [
    'met',
    0,
    'met',
  ]);
  const setting = {id: 'disk.cache', where: 'vm1', asked: 'none', found: 'unsafe', agrees: false};
  t.is(buildReport(input({records: {4: {readBack: [setting]}}})).overall, 'undecided');
  const healed = {severity: 'critical' as const, invariant: 'quorum', detail: 'n2 offline'};
  const mended = buildReport(input({records: {4: {auditBefore: [healed]}}}));
  t.is(mended.overall, 'met');
  t.is(mended.findings[0]?.severity, 'warning');
});

test('samples leave labelled, and traced from the folder of the run', t => {
  const report = buildReport(input({}));
  t.deepEqual(report.samples[3], {
    metric: 'failover.service',
    unit: 's',
    value: 10.04,
    labels: {fault: 'host-crash', scenario: crash, profile: 'tuned', trial: '4', repetition: '2'},
    from: {artefact: 'trials/4/artefacts/beacon.jsonl', path: 'line 1'},
  });
  t.deepEqual(report.verdicts[0]?.targets[0]?.samples, [1, 3, 5, 7, 9, 11]);
  t.is(report.comparisons.length, 1);
});

test('emulation, a quick run and damage are on the face of the report', t => {
  const {warnings} = buildReport(
    input({
      header: {quick: true, hardware: {emulated: true, shared: true, note: 'TCG on 2 cores'}},
      run: {damage: [{artefact: 'trials/2/fio.json', path: 'sha256', expected: 'ab', found: 'cd'}]},
    }),
  );
  t.deepEqual(
    warnings.map(({subject}) => subject),
    ['hardware', 'run', 'trials/2/fio.json', 'run'],
  );
  t.regex(warnings.at(-1)?.text ?? '', /^unsigned/);
});

test('damage takes met from every claim and from the whole, softens no miss, and is in the report', t => {
  const damage = [{artefact: 'plan.json', path: '', expected: 'trial 3 in place 3', found: 'trial 4'}];
  t.deepEqual(summary(input({})), ['met', 0, 'met']);
  t.deepEqual(summary(input({run: {damage}})), ['undecided', 2, 'undecided']);
  t.regex(firstReason(input({run: {damage}})), /not as it was stored: plan\.json: expected trial 3/);
  t.deepEqual(summary(input({value: () => 20, run: {damage}})), ['missed', 1, 'missed']);
  t.deepEqual(buildReport(input({run: {damage}})).damage, damage);
});

test('trials that overlap or hold the same bytes are counted once, and are damage', t => {
  const same = {artefacts: [{name: 'beacon.jsonl', bytes: 1, sha256: 'ab'}]};
  for (const records of [{4: {startedAt: '2025-01-01T00:00:20.000Z', durationSeconds: 1}}, {2: same, 4: same}]) {
    const report = buildReport(input({records}));
    t.is(report.damage.length, 1);
    t.is(report.damage[0]?.artefact, folderOf(4));
    t.is(report.overall, 'undecided');
    t.is(report.samples.filter(({labels}) => labels.trial === '4').length, 0);
    t.is(report.samples.filter(({labels}) => labels.trial === '2').length, 1);
  }
});

test('the same input gives the same bytes, in whatever order the trials were read; the input stays as it was', t => {
  const one = input({records: {5: {status: 'aborted', reason: 'x'}}});
  const kept = JSON.stringify(one);
  const first = JSON.stringify(buildReport(one));
  t.is(first, JSON.stringify(buildReport(one)));
  t.is(first, JSON.stringify(buildReport({...one, run: {...one.run, trials: one.run.trials.toReversed()}})));
  t.is(JSON.stringify(one), kept);
});

/** The run was interrupted in trial 7, an hour passed, and it went on. */
function resumedInput(auditAfter: TrialRecord['auditAfter'] = [], before: Measured = measuredOf([])): ReportInput {
  const whole = input({});
  const [seventh] = whole.run.trials.filter(({record: {planned}}) => planned.slot === 7);
  if (seventh === undefined) throw new Error('no trial 7');
  const stopped = record(seventh.record.planned, {
    status: 'aborted',
    reason: 'interrupted',
    interrupted: true,
    auditAfter,
  });
  const time = {
    at: '2025-01-01T00:01:05.000Z',
    since: '2024-12-31T23:01:05.000Z',
    anew: [7],
    differs: ['begun by seatrial 0.1.0, gone on with by 0.2.0'],
  };
  const resumed = {times: [time], interrupted: [{...seventh, record: stopped, folder: 'trials/7-before'}]};
  return {...whole, run: {...whole.run, resumed}, measuredBefore: [before]};
}

test('a resumed run is judged as one: the pause, what changed in it, and the trial that was stopped are told', t => {
  const report = buildReport(resumedInput());
  t.is(report.overall, 'met');
  t.is(report.samples.length, 12, 'nothing of the trial that was stopped counts');
  const said = report.warnings.map(({subject, text}) => `${subject}: ${text}`);
  t.true(
    said.some(text => /^run: resumed .*, 1 h 00 min after it had been interrupted$/.test(text)),
    said.join('\n'),
  );
  t.true(said.includes('run: begun by seatrial 0.1.0, gone on with by 0.2.0'));
  t.true(said.some(text => /^trial 7: .* aborted \(interrupted\) and tried anew.*trials\/7-before/.test(text)));
  t.deepEqual(
    report.resumed?.interrupted.map(({slot, status}) => [slot, status]),
    [[7, 'aborted']],
  );
  const fact = runDocument(report).facts.find(([name]) => name === 'Resumed')?.[1];
  t.regex(String(fact), /^first #1, .*#6; .*after 1 h 00 min: #7, .*#12\. 1 trial interrupted and tried anew$/);
});

test('planted: what was found before a trial was stopped is not undone by trying it anew', t => {
  const finding = {severity: 'critical', invariant: 'no guest lives twice', detail: 'vm1'} as const;
  t.deepEqual(summary(resumedInput([finding])), ['undecided', 2, 'undecided']);
  t.deepEqual(summary(resumedInput([], measuredOf([], {findings: [finding]}))), ['undecided', 2, 'undecided']);
  t.deepEqual(summary(resumedInput([], measuredOf([raw(99)]))), ['met', 0, 'met'], 'its numbers are nobody’s');
});

const asItStands = plan(6).map(planned => ({...planned, profile: 'as-found'}));

test('a cluster tried as found is asked what is promised of the tuned one, and the report says so', t => {
  const found = {trials: asItStands, header: {profiles: [asFound]}};
  t.deepEqual(summary(input(found)), ['met', 0, 'met']);
  t.deepEqual(summary(input({...found, value: () => 20})), ['missed', 1, 'missed']);
  const report = buildReport(input(found));
  t.is(report.verdicts[0]?.targets[0]?.target.where.profile, 'as-found');
  t.true(report.warnings.some(({subject, text}) => subject === 'profile' && text.includes('tried as found')));
  t.false(buildReport(input({})).warnings.some(({subject}) => subject === 'profile'));
});

test('what compares profiles, a profile with settings, and a profile beside it say nothing of the cluster as found', t => {
  const {profile: _, ...where} = switching.where;
  const ratio: Target = {...switching, where, statistic: 'ratio', unit: 's', bound: 1, against: ['stock', 'tuned']};
  const found = {trials: asItStands, header: {profiles: [asFound]}};
  t.is(summary(input({...found, claims: [claimOf('ha.faster', [ratio])]})).at(-1), 'undecided');
  const setting = {id: 'token', source: '', place: {kind: 'corosync', key: 'token'}, value: '1'};
  const changed = {...asFound, settings: [setting]} as unknown as typeof asFound;
  t.is(summary(input({...found, header: {profiles: [changed]}})).at(-1), 'undecided');
  const stock = {...asFound, name: 'stock'};
  t.is(summary(input({...found, header: {profiles: [asFound, stock]}})).at(-1), 'undecided');
  const mixed = asItStands.map((planned, index) => (index === 0 ? {...planned, profile: 'stock'} : planned));
  t.is(summary(input({...found, trials: mixed})).at(-1), 'undecided');
});
