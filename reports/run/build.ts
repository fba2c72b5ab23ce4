import type {
  Claim,
  Finding,
  Improvement,
  Measured,
  ParseError,
  PlannedTrial,
  Reference,
  Sample,
  StoredRun,
  StoredTrial,
  Target,
  TrialRecord,
  Verdict,
} from '../../harness/types.ts';
import {compareProfiles} from '../comparison/profiles.ts';
import {askedOfAsFound, triedAsFound} from '../judge/as-found.ts';
import {type Provides, scenariosFor, standingOf} from '../judge/claims.ts';
import {repeatsAmong, trialPiece} from '../judge/counted-once.ts';
import {matches, speaksFor, trialOf} from '../judge/evidence.ts';
import {findingsOf} from '../judge/invariants.ts';
import {anotherLoad} from '../judge/under.ts';
import {judgeAtEveryLook, judgeTarget} from '../judge/verdict.ts';
import {heldAgainstBlocks} from '../pool/blocks.ts';
import type {Pool} from '../pool/pooled.ts';
import {formatDuration, formatInstant} from '../words/units.ts';
import {improvementsBeside} from './improvements.ts';
import {publishedBeside} from './published.ts';
import type {ClaimVerdict, Conformance, Overall, Report, TargetVerdict, TrialRow, Warning} from './report.ts';

export interface ReportInput {
  run: StoredRun;
  /** What each trial's scenario measured, by slot. A trial that is missing here measured nothing. */
  measured: Readonly<Record<number, Measured>>;
  /** The same of the trials that were interrupted and tried anew, in their order. */
  measuredBefore?: readonly Measured[];
  /** The register to judge by, in the order the report shall have. */
  claims: readonly Claim[];
  /** What each known scenario yields and which claims it speaks to. */
  provides: Provides;
  /** What others have published. */
  references?: readonly Reference[];
  /** What tuning is said to give. */
  improvements?: readonly Improvement[];
  /** Of evidence of several runs: which, and which are not in it. */
  pool?: Pool;
}

const exitCodes: Readonly<Record<Overall, Report['exitCode']>> = {
  met: 0,
  missed: 1,
  undecided: 2,
  aborted: 4,
  unhealed: 4,
};
/** The worst speaks: later ones outrank earlier ones. */
const severity = ['met', 'undecided', 'missed'] as const;
type Kind = (typeof severity)[number];

function worstOf(kinds: readonly Kind[]): Kind {
  // Nothing tried is nothing shown.
  if (kinds.length === 0) return 'undecided';
  return severity[Math.max(...kinds.map(kind => severity.indexOf(kind)))] ?? 'undecided';
}

// ───────────────────────────── trials and samples ─────────────────────────────

function inFolder(folder: string, artefact: string): string {
  // The store's own errors carry the whole path already.
  return artefact.startsWith(`${folder}/`) ? artefact : `${folder}/artefacts/${artefact}`;
}

/** A sample as it leaves its scenario: labelled with its trial, its artefact found from the run's folder. */
function assemble(sample: Sample, planned: PlannedTrial, folder: string): Sample {
  return {
    ...sample,
    labels: {
      ...sample.labels,
      scenario: planned.scenario,
      profile: planned.profile,
      trial: String(planned.slot),
      repetition: String(planned.repetition),
    },
    from: {...sample.from, artefact: inFolder(folder, sample.from.artefact)},
  };
}

interface SeenTrial {
  record: TrialRecord;
  folder: string;
  measured: Measured | undefined;
  findings: readonly Finding[];
  /** Why it is no trial of its own. */
  repeats?: string;
}

/** Each trial once: one that repeats another is told, and has no samples. */
function countedOnce(trials: readonly SeenTrial[], place: string): readonly SeenTrial[] {
  const ran = trials.filter(({record}) => record.status === 'done' || record.status === 'unhealed');
  const pieces = ran.map(({record, measured}) => trialPiece(record, measured?.samples ?? [], place));
  const repeats = new Map(repeatsAmong(pieces).map(({index, reason}) => [ran[index], reason]));
  return trials.map(trial => {
    const why = repeats.get(trial);
    return why === undefined ? trial : {...trial, repeats: why};
  });
}

function seenTrials({run, measured, measuredBefore = []}: ReportInput): readonly SeenTrial[] {
  const seen = ({record, folder}: StoredTrial, own: Measured | undefined): SeenTrial => {
    const findings = findingsOf(record, own).map(finding =>
      finding.artefact === undefined ? finding : {...finding, artefact: inFolder(folder, finding.artefact)},
    );
    return {record, folder, measured: own, findings};
  };
  const before = (run.resumed?.interrupted ?? []).map((trial, index) => seen(trial, measuredBefore[index]));
  return run.trials
    .map(trial => {
      const {slot} = trial.record.planned;
      const last = seen(trial, measured[slot]);
      // To try a slot anew does not undo what was found when it was interrupted.
      const earlier = before.filter(({record}) => record.planned.slot === slot);
      return {...last, findings: [...last.findings, ...earlier.flatMap(({findings}) => findings)]};
    })
    .sort((a, b) => a.record.planned.slot - b.record.planned.slot);
}

/**
 * Samples that may speak at all. An interrupted or failed trial's numbers mean nothing: its settings or its fault were
 * not as planned. Those of a copy were counted before.
 */
function samplesOf(trials: readonly SeenTrial[]): readonly Sample[] {
  return trials
    .filter(({record, repeats}) => repeats === undefined && (record.status === 'done' || record.status === 'unhealed'))
    .flatMap(({record, folder, measured}) =>
      (measured?.samples ?? []).map(sample => assemble(sample, record.planned, folder)),
    );
}

function rowOf({record, folder, findings}: Pick<SeenTrial, 'record' | 'folder' | 'findings'>): TrialRow {
  return {
    slot: record.planned.slot,
    folder,
    scenario: record.planned.scenario,
    profile: record.planned.profile,
    repetition: record.planned.repetition,
    status: record.status,
    reason: record.reason,
    durationSeconds: record.durationSeconds,
    ...(record.phases === undefined ? {} : {phases: record.phases}),
    startedAt: record.startedAt,
    readBack: record.readBack,
    findings,
    artefacts: record.artefacts,
  };
}

/** Findings of what was interrupted are among those of the trial that came in its place. */
function resumedOf({times, interrupted}: NonNullable<StoredRun['resumed']>): NonNullable<Report['resumed']> {
  return {times, interrupted: interrupted.map(trial => rowOf({...trial, findings: []}))};
}

// ───────────────────────────── targets ─────────────────────────────

/** Planned trials that were meant to speak for a target: by scenario, load and profile. */
function candidates(target: Target, claim: Claim, input: ReportInput): readonly PlannedTrial[] {
  const named = target.where.scenario;
  return input.run.plan.trials.filter(planned => {
    const {scenario, profile, parameters} = planned;
    if (anotherLoad(target, parameters) !== undefined) return false;
    const facts = input.provides[scenario];
    const fits =
      named === undefined
        ? facts?.claims.includes(claim.id) === true && facts.provides.includes(target.metric)
        : scenario === named;
    if (!fits) return false;
    if (target.statistic === 'ratio') return (target.against?.includes(profile) ?? false) && paired(planned, input);
    return target.where.profile === undefined || target.where.profile === profile;
  });
}

/** Where time is told, a trial may be meant for one profile only. */
function paired({scenario, profile, repetition}: PlannedTrial, {run: {plan}}: ReportInput): boolean {
  if (plan.window === undefined) return true;
  return plan.trials.some(
    other => other.scenario === scenario && other.repetition === repetition && other.profile !== profile,
  );
}

/**
 * Of those, the trials that should have yielded the target's very series. A scenario (with one set of parameters) that
 * gives the metric, but never under these labels, measures something else: a host crash owes nothing to a target on
 * `fault: nic-down`. Where nothing at all fits, every candidate is owed.
 */
function expected(
  target: Target,
  trials: readonly PlannedTrial[],
  samples: readonly Sample[],
  plan: readonly PlannedTrial[],
): readonly PlannedTrial[] {
  const {profile: _profile, percentile: _percentile, ...series} = target.where;
  const groupOf = ({scenario, parameters}: PlannedTrial) => JSON.stringify([scenario, parameters]);
  const groups = new Map(plan.map(planned => [planned.slot, groupOf(planned)]));
  const gives = new Set<string>();
  const fits = new Set<string>();
  for (const sample of samples) {
    const slot = trialOf(sample);
    const group = slot === undefined ? undefined : groups.get(slot);
    if (group === undefined || sample.metric !== target.metric) continue;
    gives.add(group);
    if (matches(series, sample)) fits.add(group);
  }
  const owed = trials.filter(planned => fits.has(groupOf(planned)) || !gives.has(groupOf(planned)));
  return owed.length > 0 ? owed : trials;
}

/** A target, with what it was judged by. */
export interface Judged {
  verdict: TargetVerdict;
  tried: boolean;
  /** Slots that were to speak for it. */
  owed: readonly number[];
  /** Something besides the figures forbids `met`. */
  forbidden: boolean;
}

function judge(
  target: Target,
  claim: Claim,
  input: ReportInput,
  trials: readonly SeenTrial[],
  samples: readonly Sample[],
  damage: readonly ParseError[],
): Judged {
  const {plan} = input.run;
  const meant = candidates(target, claim, input);
  if (meant.length === 0)
    return {
      tried: false,
      verdict: {target, verdict: notTried(target, claim, input), samples: []},
      owed: [],
      forbidden: false,
    };

  const owed = new Set(expected(target, meant, samples, plan.trials).map(({slot}) => slot));
  const indices = samples.flatMap((sample, index) => {
    const slot = trialOf(sample);
    return slot !== undefined && owed.has(slot) && speaksFor(target, sample) ? [index] : [];
  });
  const tainted = trials.filter(({record}) => record.status !== 'done').map(({record}) => record.planned.slot);
  const judgeOne = input.run.plan.window === undefined ? judgeTarget : judgeAtEveryLook;
  const own = indices.flatMap(index => samples[index] ?? []);
  const question = {
    target,
    samples: own,
    owed: [...owed],
    judge: (some: readonly Sample[], slots: readonly number[]) => judgeOne(target, some, slots, tainted),
  };
  const judged = question.judge(own, question.owed);
  const verdict = input.pool === undefined ? judged : heldAgainstBlocks(judged, question, input.pool);
  const scenarios = new Set([...meant.map(({scenario}) => scenario), ...scenariosFor(claim, input.provides)]);
  const critical = trials.flatMap(({record, findings}) =>
    scenarios.has(record.planned.scenario)
      ? findings
          .filter(finding => finding.severity === 'critical')
          .map(({invariant, detail, unknown}) => ({
            unknown: unknown === true,
            text: `trial ${record.planned.slot}: ${invariant}: ${detail}`,
          }))
      : [],
  );
  const spoken = new Set(indices.map(index => samples[index]).map(sample => sample && trialOf(sample)));
  const silent = trials.filter(({record: {planned}}) => owed.has(planned.slot) && !spoken.has(planned.slot));
  return {
    tried: true,
    verdict: {target, verdict: explained(forbid(verdict, critical, damage), silent), samples: indices},
    owed: [...owed],
    forbidden: critical.length > 0 || damage.length > 0,
  };
}

/** The rest is among the warnings. */
const problemsTold = 2;

/** Says of an undecided verdict what was wrong with the artefacts of the trials that gave it no value. */
function explained(verdict: Verdict, silent: readonly SeenTrial[]): Verdict {
  if (verdict.kind !== 'undecided') return verdict;
  const told = silent.flatMap(({record, measured}) =>
    (measured?.problems ?? []).map(
      ({artefact, path, expected: wanted, found}) =>
        `trial ${record.planned.slot}: ${artefact}${path === '' ? '' : ` at ${path}`}: expected ${wanted}, found ${brief(found)}`,
    ),
  );
  if (told.length === 0) return verdict;
  const more = told.length > problemsTold ? ` (and ${told.length - problemsTold} more problems)` : '';
  return {...verdict, reason: `${verdict.reason}; ${told.slice(0, problemsTold).join('; ')}${more}`};
}

function brief(found: string): string {
  return found.length > 120 ? `${found.slice(0, 120)}…` : found;
}

/** A critical finding, or that nobody could look. */
interface Forbidding {
  unknown: boolean;
  text: string;
}

/** Damage of the run and a critical finding take `met` away; nothing else. */
function forbid(verdict: Verdict, critical: readonly Forbidding[], damage: readonly ParseError[]): Verdict {
  if (verdict.kind !== 'met') return verdict;
  if (damage[0] !== undefined) {
    const more = damage.length > 1 ? ` (and ${damage.length - 1} more)` : '';
    return {
      kind: 'undecided',
      estimate: verdict.estimate,
      reason: `the figure is good, but the run is not as it was stored: ${damageSentence(damage[0])}${more}`,
    };
  }
  // What broke says more than what nobody could look at.
  const told = critical.find(({unknown}) => !unknown) ?? critical[0];
  if (told === undefined) return verdict;
  const more = critical.length > 1 ? ` (and ${critical.length - 1} more critical findings)` : '';
  const why = told.unknown ? 'it is not known whether an invariant broke' : 'an invariant broke';
  return {kind: 'undecided', estimate: verdict.estimate, reason: `the figure is good, but ${why}: ${told.text}${more}`};
}

/** Without a final stop. */
export function damageSentence({artefact, path, expected, found}: ParseError): string {
  return `${artefact}${path === '' ? '' : ` at ${path}`}: expected ${expected}, found ${found}`;
}

function notTried(target: Target, claim: Claim, {run, provides}: ReportInput): Verdict {
  const names = target.where.scenario === undefined ? scenariosFor(claim, provides) : [target.where.scenario];
  const refused = run.plan.notApplicable.filter(({scenario}) => names.includes(scenario));
  const tried = run.plan.trials.filter(({scenario}) => names.includes(scenario));
  const [otherwise] = tried.flatMap(({parameters}) => anotherLoad(target, parameters) ?? []);
  const reason = refused[0]
    ? `not applicable on this cluster: ${refused[0].reason}`
    : (otherwise ?? 'not tried in this run');
  return {kind: 'undecided', reason};
}

function judgeClaim(
  claim: Claim,
  input: ReportInput,
  trials: readonly SeenTrial[],
  samples: readonly Sample[],
  damage: readonly ParseError[],
): {verdict: ClaimVerdict; judged: readonly Judged[]} {
  const standing = standingOf(claim);
  if (standing.kind !== 'judged') {
    const {kind, reason: why} = standing;
    const reason = kind === 'no-scenario-yet' ? `no scenario tries this yet: ${why}` : why;
    return {
      verdict: {claim, kind: kind === 'not-testable' ? 'not-testable' : 'undecided', reason, targets: []},
      judged: [],
    };
  }
  const judged = claim.targets.map(target => judge(target, claim, input, trials, samples, damage));
  const targets = judged.map(({verdict}) => verdict);
  const kind = worstOf(targets.map(({verdict}) => verdict.kind));
  const speaking = targets.filter(({verdict}) => verdict.kind === kind);
  const reason = speaking
    .map(({target, verdict}) => {
      const text = verdict.kind === 'undecided' ? verdict.reason : measuredAgainst(target, verdict);
      return targets.length > 1 ? `${target.id}: ${text}` : text;
    })
    .join('. ');
  return {verdict: {claim, kind, reason, targets}, judged};
}

function measuredAgainst(target: Target, verdict: Exclude<Verdict, {kind: 'undecided'}>): string {
  const unit = target.statistic === 'ratio' || target.statistic === 'proportion' ? '' : ` ${target.unit}`;
  const relation = target.relation === 'at-most' ? 'at most' : 'at least';
  return `${Number(verdict.estimate.value.toPrecision(4))}${unit} against ${relation} ${target.bound}${unit}`;
}

/** Of each profile the last trial: what it found is how the cluster was left. */
function conformanceOf(trials: readonly SeenTrial[]): readonly Conformance[] {
  const judged = trials.flatMap(({record: {planned, status}, measured}) =>
    status === 'done' && measured?.rules !== undefined
      ? [{profile: planned.profile, trial: planned.slot, results: measured.rules}]
      : [],
  );
  return judged.filter(({profile}, index) => judged.findLastIndex(other => other.profile === profile) === index);
}

/** All of a run that verdicts are made of, and the verdicts. */
function judgeAll(input: ReportInput) {
  const {run} = input;
  const trials = countedOnce(seenTrials(input), run.header.cluster);
  const damage = [...run.damage, ...copiesIn(trials)];
  const samples = samplesOf(trials);
  const register = triedAsFound(run) ? askedOfAsFound(input.claims) : input.claims;
  return {trials, damage, samples, claims: register.map(claim => judgeClaim(claim, input, trials, samples, damage))};
}

/** Where a run stands that may not be over yet: the verdicts so far, and what they rest on. */
export function standingOfRun(input: ReportInput): {
  claims: readonly {verdict: ClaimVerdict; judged: readonly Judged[]}[];
  samples: readonly Sample[];
} {
  const {claims, samples} = judgeAll(input);
  return {claims, samples};
}

// ───────────────────────────── warnings ─────────────────────────────

/** On every report, since it is part of what is signed. */
export const unsigned =
  'unsigned: no signature is looked at here, so files and sums that were rewritten alike are not noticed';

/** Trials that are no trials of their own, as damage of the run. */
function copiesIn(trials: readonly SeenTrial[]): readonly ParseError[] {
  return trials.flatMap(({folder, repeats}) =>
    repeats === undefined ? [] : [{artefact: folder, path: '', expected: 'a trial of its own', found: `it ${repeats}`}],
  );
}

function warningsOf(
  input: ReportInput,
  trials: readonly SeenTrial[],
  damage: readonly ParseError[],
): readonly Warning[] {
  const {run} = input;
  const {hardware, quick} = run.header;
  const warnings: Warning[] = [];
  const add = (subject: string, text: string, todo: string) => {
    warnings.push({subject, text, todo});
  };
  if (hardware.emulated || hardware.shared) {
    const what = [
      ...(hardware.emulated ? ['guests are emulated'] : []),
      ...(hardware.shared ? ['all hosts share one machine'] : []),
    ].join(' and ');
    add(
      'hardware',
      `${what} (${hardware.note}): these figures do not speak for hardware`,
      'run against the cluster to be signed for',
    );
  }
  if (quick) {
    add('run', 'a quick run: short jobs, few repetitions', 'run without --quick before signing');
  }
  if (triedAsFound(run)) {
    add(
      'profile',
      'the cluster was tried as found: what is promised of the tuned cluster is asked of it as it stands, and no setting was put in force',
      'run without --profile as-found to have before and after compared, and every setting read back',
    );
  }
  if (!run.ended) {
    add('run', 'the harness ended before the run did', 'run `seatrial heal`, then the suite again');
  } else if (run.ended.status !== 'complete') {
    add('run', `${run.ended.status}: ${run.ended.reason}`, 'run `seatrial heal`, then the suite again');
  }
  for (const {id, reason, forbids} of input.pool?.leftOut ?? []) {
    const todo = forbids ? 'give its folder as well: without it no promise is met' : 'nothing, where that is right';
    add(`run ${id}`, `left out: ${reason}`, todo);
  }
  if (run.resumed !== undefined) warnings.push(...resumedWarnings(run.resumed));
  for (const error of damage) {
    const {artefact, path, expected: wanted, found} = error;
    add(
      artefact,
      `damaged${path === '' ? '' : ` at ${path}`}: expected ${wanted}, found ${found}`,
      'restore the file from a copy, or repeat the trial; nothing of a damaged run shows a promise kept',
    );
  }
  for (const text of run.unproven) add('run', text, 'sign what is archived: seatrial sign RUN');
  add(
    'run',
    unsigned,
    'sign the closed run with seatrial sign, and hold it against its signature with seatrial verify',
  );
  warnings.push(...trialWarnings(run.plan.trials, trials));
  for (const {scenario, reason} of run.plan.notApplicable) {
    add(scenario, `not applicable: ${reason}`, 'try it on a cluster that has what it needs');
  }
  return warnings;
}

/** A reader must know of every pause, of what changed in it, and of everything that was tried more than once. */
function resumedWarnings({times, interrupted}: NonNullable<StoredRun['resumed']>): readonly Warning[] {
  const paused = times.flatMap(({at, since, differs}): Warning[] => [
    {
      subject: 'run',
      text: `resumed ${formatInstant(at)}, ${formatDuration((Date.parse(at) - Date.parse(since)) / 1000)} after it had been interrupted`,
      todo: 'look whether anything was done to the cluster in between',
    },
    ...differs.map(text => ({subject: 'run', text, todo: 'repeat the run where that may matter'})),
  ]);
  const anew = interrupted.map(
    ({record: {planned, status, reason}, folder}): Warning => ({
      subject: `trial ${planned.slot}`,
      text: `${planned.scenario} under ${planned.profile} ${status} (${reason}) and tried anew: what it left in ${folder} counts for nothing but its findings`,
      todo: 'look at it: a trial is not to be stopped because of what it shows',
    }),
  );
  return [...paused, ...anew];
}

/** Of what never ran, was not done, or was not measured whole. */
function trialWarnings(planned: readonly PlannedTrial[], trials: readonly SeenTrial[]): readonly Warning[] {
  const warnings: Warning[] = [];
  const add = (subject: string, text: string, todo: string) => {
    warnings.push({subject, text, todo});
  };
  const recorded = new Set(trials.map(({record}) => record.planned.slot));
  for (const {slot, scenario, profile} of planned) {
    if (!recorded.has(slot)) add(`trial ${slot}`, `${scenario} under ${profile} never ran`, 'repeat the run');
  }
  for (const {record, folder, measured} of trials) {
    const subject = `trial ${record.planned.slot}`;
    const name = `${record.planned.scenario} under ${record.planned.profile}`;
    if (record.status !== 'done') {
      const why = record.reason === '' ? 'no reason was stored' : record.reason;
      add(
        subject,
        `${name} ${record.status}: ${why}`,
        'mend the cause and repeat the trial; its numbers cannot show a promise kept',
      );
      continue;
    }
    if (!measured) add(subject, `${name} was not measured`, 'judge with a version of seatrial that knows the scenario');
    for (const {artefact, path, expected: wanted, found} of measured?.problems ?? []) {
      add(
        subject,
        `${inFolder(folder, artefact)} at ${path}: expected ${wanted}, found ${found}`,
        'look at the artefact and repeat the trial',
      );
    }
  }
  return warnings;
}

// ───────────────────────────── the report ─────────────────────────────

/**
 * A stored run, judged: pure, and the same object for the same input, down to the order of every list.
 *
 * - Samples carry their trial's `scenario`, `profile`, `trial` and `repetition`; artefacts are named from the run's
 *   folder. Only trials that ended `done` can show a promise kept; those that ended `unhealed` can still show one
 *   broken; samples of `aborted` and `failed` ones are left out. Each such trial gives a warning and leaves a hole.
 * - `overall`, by rank: `unhealed` and `aborted` (exit 4; also where the run never said that it ended), `missed` (1),
 *   `undecided` (2), `met` (0).
 * - What counts: of the suite `acceptance` without `--only`, every claim but the not testable ones, so that a promise
 *   which no scenario tries yet keeps a sign-off open. Of any other run, the targets whose trials were planned; the
 *   other claims are listed as `undecided`, "not tried in this run". Nothing counted is `undecided`.
 * - A run that tried the cluster as found is asked what is promised of the tuned one (`as-found.ts`), with a warning.
 * - A critical finding takes `met` from every claim that its scenario speaks to, and from the whole.
 * - Damage of the run takes `met` from every claim and from the whole: what was taken away or altered may have been
 *   what spoke against it. A trial that is a copy of another (`counted-once.ts`) is such damage, and is counted once.
 */
export function buildReport(input: ReportInput): Report {
  const {run} = input;
  const {trials, damage, samples, claims} = judgeAll(input);
  const whole = run.header.suite === 'acceptance' && run.header.only === undefined;
  const counted = claims.flatMap(({verdict, judged}): Kind[] => {
    if (verdict.kind === 'not-testable') return [];
    if (whole) return [verdict.kind];
    return judged.filter(({tried}) => tried).map(one => one.verdict.verdict.kind);
  });
  const findings = trials.flatMap(({record, findings: own}) =>
    own.map(finding => ({...finding, trial: record.planned.slot})),
  );
  const ended = run.ended ?? {status: 'aborted' as const, reason: 'the harness ended before the run did'};
  const unhealed = ended.status === 'unhealed' || trials.some(({record}) => record.status === 'unhealed');
  const forbidden: Kind[] =
    damage.length > 0 || findings.some(finding => finding.severity === 'critical') ? ['undecided'] : [];
  const overall: Overall = unhealed
    ? 'unhealed'
    : ended.status === 'aborted'
      ? 'aborted'
      : worstOf(counted.length === 0 ? [] : [...counted, ...forbidden]);

  const [before, after] = run.plan.profiles;
  const done = new Set(trials.filter(({record}) => record.status === 'done').map(({record}) => record.planned.slot));
  const sound = samples.filter(sample => done.has(trialOf(sample) ?? Number.NaN));
  const comparisons = before === undefined || after === undefined ? [] : compareProfiles(sound, [before, after]);

  return {
    schema: 'seatrial-report/1',
    overall,
    exitCode: exitCodes[overall],
    header: run.header,
    ended,
    plan: {seed: run.plan.seed, notApplicable: run.plan.notApplicable, planned: run.plan.trials.length},
    verdicts: claims.map(({verdict}) => verdict),
    comparisons,
    trials: trials.map(rowOf),
    ...(run.resumed === undefined ? {} : {resumed: resumedOf(run.resumed)}),
    ...(run.plan.window?.forecast === undefined ? {} : {foreseen: run.plan.window.forecast}),
    ...(input.pool === undefined ? {} : {pool: input.pool}),
    samples,
    findings,
    conformance: conformanceOf(trials),
    damage,
    warnings: warningsOf(input, trials, damage),
    published: publishedBeside(input.references ?? [], sound, run.plan.profiles),
    improvements: improvementsBeside(input.improvements ?? [], comparisons),
    fingerprints: run.header.fingerprints,
    ...(run.audited === undefined ? {} : {audited: run.audited}),
  };
}
