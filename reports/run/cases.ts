import type {Case, Cases, Outcome} from '../document/junit.ts';
import {oneLine} from '../words/text.ts';
import {
  boundWords,
  countsOf,
  intervalWords,
  measuredText,
  overallSentence,
  plural,
  sentence,
  sentences,
  statisticWords,
  subjectWords,
  verdictGround,
  verdictReason,
} from '../words/words.ts';
import type {ClaimVerdict, Report, TargetVerdict} from './report.ts';

/**
 * For continuous integration: one suite a claim, one case a target, and a suite for the run itself. Missed is a
 * failure. Undecided is an error: a
 * promise that was not shown must not turn a pipeline green. Only what no test can judge is skipped.
 */
export function runCases(report: Report): Cases {
  const {header, ended, trials, verdicts} = report;
  return {
    name: `seatrial ${header.cluster} ${header.suite}`,
    startedAt: header.startedAt,
    ...(ended.at === undefined ? {} : {endedAt: ended.at}),
    seconds: trials.reduce(
      (sum, {durationSeconds}) => (Number.isFinite(durationSeconds) ? sum + durationSeconds : sum),
      0,
    ),
    version: header.seatrialVersion,
    suites: [
      {name: 'run', cases: wholeRun(report)},
      ...verdicts.map(claim => ({name: `${claim.claim.id} ${claim.claim.title}`, cases: claimCases(claim)})),
    ],
  };
}

function wholeRun(report: Report): Case[] {
  const {status, reason} = report.ended;
  const critical = report.findings.filter(({severity}) => severity === 'critical');
  const counts = countsOf(report);
  const whole: Outcome =
    report.overall === 'met'
      ? {kind: 'passed', text: overallSentence(report)}
      : {
          kind: report.overall === 'missed' ? 'failure' : 'error',
          type: report.overall,
          message: `${report.overall}: ${counts.missed} missed, ${counts.undecided} undecided, ${counts.met} met`,
          text: overallSentence(report),
        };
  return [
    {name: 'overall verdict', className: 'run', outcome: whole},
    {
      name: 'the run ended complete and healed',
      className: 'run',
      outcome:
        status === 'complete'
          ? {kind: 'passed', text: ''}
          : {kind: 'error', type: status, message: `${status}: ${sentence(reason)}`, text: sentence(reason)},
    },
    {
      name: 'no invariant was broken',
      className: 'run',
      outcome:
        critical.length === 0
          ? {kind: 'passed', text: ''}
          : {
              // A lost connection is no failed check.
              ...(critical.every(({unknown}) => unknown)
                ? {kind: 'error' as const, type: 'not-known'}
                : {kind: 'failure' as const, type: 'critical-finding'}),
              message: plural(critical.length, 'critical finding'),
              text: critical
                .map(({invariant, detail, trial}) => `trial ${trial}: ${oneLine(invariant)}: ${oneLine(detail)}`)
                .join('\n'),
            },
    },
  ];
}

function claimCases(claim: ClaimVerdict): Case[] {
  const className = claim.claim.id;
  const targets = claim.targets.map(
    (target): Case => ({name: target.target.id, className, outcome: targetOutcome(target)}),
  );
  // A claim may be worse than each of its targets; that must be seen as well.
  const told = claim.targets.some(({verdict}) => verdict.kind === claim.kind);
  return told ? targets : [{name: claim.claim.id, className, outcome: claimOutcome(claim)}, ...targets];
}

function claimOutcome({kind, reason, claim}: ClaimVerdict): Outcome {
  const message = sentence(reason);
  if (kind === 'not-testable') return {kind: 'skipped', message: sentence(claim.notTestable ?? reason)};
  if (kind === 'met') return {kind: 'passed', text: message};
  return {
    kind: kind === 'missed' ? 'failure' : 'error',
    type: kind,
    message,
    text: `${oneLine(claim.title)}\n${message}`,
  };
}

function targetOutcome({target, verdict}: TargetVerdict): Outcome {
  const measured = measuredText(target, verdict);
  const shown =
    measured && verdict.estimate
      ? `measured ${measured.value} ${intervalWords(target, measured.interval, verdict.estimate)}, n ${verdict.estimate.n}`
      : 'nothing was measured';
  const promise = `${subjectWords(target)}, ${statisticWords(target)} ${boundWords(target)}`;
  const text = [
    promise,
    shown,
    verdict.kind === 'met' ? verdictGround(verdict) : verdict.estimate ? oneLine(verdict.estimate.method) : '',
    `source: ${oneLine(target.source)}`,
  ]
    .filter(line => line !== '')
    .join('\n');
  if (verdict.kind === 'met') return {kind: 'passed', text};
  if (verdict.kind === 'missed')
    return {kind: 'failure', type: 'missed', message: `${shown}, promised ${boundWords(target)}`, text};
  return {kind: 'error', type: 'undecided', message: sentences(verdictReason(verdict)), text};
}
