import type {ClaimVerdict, Report, TargetVerdict} from '../report.ts';
import {escaped} from './markup.ts';
import {oneLine} from './text.ts';
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
} from './words.ts';

export interface Case {
  name: string;
  className: string;
  outcome:
    | {kind: 'passed'; text: string}
    | {kind: 'failure' | 'error'; type: string; message: string; text: string}
    | {kind: 'skipped'; message: string};
}

/**
 * JUnit XML for continuous integration: one suite a claim, one case a target, and a suite for the run itself. Missed is a failure. Undecided is
 * an error: a promise that was not shown must not turn a pipeline green. Only what no test can judge is skipped. The one time stamp is
 * the start of the run; cases carry no time of their own, as a target is judged on many trials.
 */
export function renderJunit(report: Report): string {
  const suites = [
    {name: 'run', cases: runCases(report)},
    ...report.verdicts.map(claim => ({name: `${claim.claim.id} ${claim.claim.title}`, cases: claimCases(claim)})),
  ];
  const all = suites.flatMap(({cases}) => cases);
  const seconds = report.trials.reduce(
    (sum, {durationSeconds}) => (Number.isFinite(durationSeconds) ? sum + durationSeconds : sum),
    0,
  );
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${attribute(`seatrial ${report.header.cluster} ${report.header.suite}`)}" ${totals(all)} time="${seconds.toFixed(3)}">`,
    ...suites.flatMap(({name, cases}) => [
      `  <testsuite name="${attribute(name)}" ${totals(cases)} timestamp="${attribute(report.header.startedAt.replace(/(\.\d+)?Z$/, ''))}">`,
      ...cases.flatMap(lineOf),
      '  </testsuite>',
    ]),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function runCases(report: Report): Case[] {
  const {status, reason} = report.ended;
  const critical = report.findings.filter(({severity}) => severity === 'critical');
  const counts = countsOf(report);
  const whole: Case['outcome'] =
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
              kind: 'failure',
              type: 'critical-finding',
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

function claimOutcome({kind, reason, claim}: ClaimVerdict): Case['outcome'] {
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

function targetOutcome({target, verdict}: TargetVerdict): Case['outcome'] {
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

export function totals(cases: readonly Case[]): string {
  const count = (kind: Case['outcome']['kind']) => cases.filter(({outcome}) => outcome.kind === kind).length;
  return `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
}

export function lineOf({name, className, outcome}: Case): string[] {
  const open = `    <testcase name="${attribute(name)}" classname="${attribute(className)}"`;
  switch (outcome.kind) {
    case 'passed':
      return outcome.text === ''
        ? [`${open}/>`]
        : [`${open}>`, `      <system-out>${escaped(outcome.text)}</system-out>`, '    </testcase>'];
    case 'skipped':
      return [`${open}>`, `      <skipped message="${attribute(outcome.message)}"/>`, '    </testcase>'];
    case 'failure':
    case 'error':
      return [
        `${open}>`,
        `      <${outcome.kind} type="${attribute(outcome.type)}" message="${attribute(outcome.message)}">${escaped(outcome.text)}</${outcome.kind}>`,
        '    </testcase>',
      ];
  }
}

export function attribute(text: string): string {
  return escaped(oneLine(text));
}
