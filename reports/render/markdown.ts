import type {ClaimVerdict, Report, TargetVerdict} from '../report.ts';
import {unitOf} from './charts/comparison.ts';
import {failoverTrials, phases} from './charts/timeline.ts';
import {linksOf} from './links.ts';
import {code, grid, text} from './markdown-text.ts';
import {sourcesOf} from './sources.ts';
import {oneLine} from './text.ts';
import {formatDuration, formatEstimate, formatInstant, formatProbability, formatQuantity, missing} from './units.ts';
import {
  boundWords,
  comparisonWord,
  hardwareRemark,
  intervalWords,
  labelWords,
  measuredText,
  metricTitle,
  overallSentence,
  overallWord,
  plural,
  sentence,
  sentences,
  statisticWords,
  subjectWords,
  suiteWords,
  verdictGround,
  verdictWord,
  worstFirst,
} from './words.ts';

/** The report for a merge request or a chat: the same order and words as the HTML, without charts. Links count from RUN/report/. */
export function renderMarkdown(report: Report): string {
  const remark = hardwareRemark(report);
  const lines: string[] = [
    `# ${overallWord[report.overall]}: ${text(report.header.cluster)}, ${text(report.header.suite)}`,
    '',
    overallSentence(report),
    '',
    ...(remark ? [`> **${text(remark.headline || 'Hardware.')}** ${text(remark.note)}`.trim(), ''] : []),
    `Run ${code(report.header.id)}, ${text(suiteWords(report))}, started ${text(formatInstant(report.header.startedAt))}, ${report.trials.filter(({status}) => status === 'done').length} of ${report.plan.planned} trials done, seed ${report.plan.seed}, seatrial ${text(report.header.seatrialVersion)}.`,
    '',
    '## Verdicts',
    '',
    ...grid(
      ['Verdict', 'Promise', 'Bound', 'Measured', 'n', 'Reason, trials needed', 'Source'],
      worstFirst(report).flatMap(claimRows),
    ),
    ...notTestable(report),
    ...comparisons(report),
    ...failovers(report),
    ...findings(report),
    '## Trials',
    '',
    ...grid(
      ['Trial', 'Scenario', 'Profile', 'Status', 'Duration'],
      report.trials.map(trial => [
        `#${trial.slot}`,
        text(trial.scenario),
        `${text(trial.profile)}, r${trial.repetition}`,
        trial.status === 'done' ? 'done' : `**${trial.status}**: ${text(sentence(trial.reason))}`,
        formatDuration(trial.durationSeconds),
      ]),
    ),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function claimRows(claim: ClaimVerdict): string[][] {
  const {title, id, source} = claim.claim;
  const promise = `${text(title)} (${code(id)})`;
  if (claim.targets.length === 0)
    return [[sign(claim.kind), promise, missing, missing, missing, text(sentence(claim.reason)), text(source)]];
  return claim.targets.map(target => [
    sign(target.verdict.kind),
    promise,
    ...measuredCells(target),
    text(verdictGround(target.verdict)) || missing,
    text(source),
  ]);
}

function measuredCells({target, verdict}: TargetVerdict): string[] {
  const measured = measuredText(target, verdict);
  return [
    `${text(boundWords(target))} (${text(statisticWords(target))}; ${text(subjectWords(target))})`,
    measured && verdict.estimate
      ? `${text(measured.value)} ${text(intervalWords(target, measured.interval, verdict.estimate))}`
      : `${missing} not measured`,
    verdict.estimate ? String(verdict.estimate.n) : missing,
  ];
}

function sign(kind: ClaimVerdict['kind']): string {
  const signs = {met: '✓', missed: '✗', undecided: '?', 'not-testable': missing} as const;
  return `${signs[kind]} **${verdictWord[kind]}**`;
}

function notTestable(report: Report): string[] {
  const claims = report.verdicts.filter(({kind}) => kind === 'not-testable');
  if (claims.length === 0) return [];
  return [
    '## Promises no test on a cluster can judge',
    '',
    ...claims.map(
      ({claim, reason}) =>
        `- ${text(claim.title)} (${code(claim.id)}, ${text(claim.figure)}): ${text(sentence(claim.notTestable ?? reason))}`,
    ),
    '',
  ];
}

function comparisons(report: Report): string[] {
  if (report.comparisons.length === 0) return [];
  return [
    '## Before and after',
    '',
    ...grid(
      ['Result', 'Metric', 'Before', 'After', 'After ÷ before', 'p after Holm', 'Note'],
      report.comparisons.map(comparison => {
        const unit = unitOf(comparison);
        const side = ({profile, values, median, estimate}: typeof comparison.before) =>
          values.length === 0
            ? `${missing} no trial`
            : text(
                `${estimate ? formatEstimate(estimate, unit).text : formatQuantity(median, unit)} (${profile}, n ${values.length})`,
              );
        const needed =
          comparison.trialsNeeded === undefined
            ? ''
            : `${plural(comparison.trialsNeeded, 'trial')} a side would show it`;
        return [
          `**${comparisonWord[comparison.verdict]}**`,
          text([metricTitle(comparison.metric), labelWords(comparison.labels)].filter(part => part !== '').join(': ')),
          side(comparison.before),
          side(comparison.after),
          comparison.effect
            ? text(formatEstimate(comparison.effect, 'ratio', 'factor').text)
            : `${missing} no interval`,
          comparison.pHolm === undefined ? missing : text(formatProbability(comparison.pHolm)),
          text(sentences(comparison.note, needed)) || missing,
        ];
      }),
    ),
  ];
}

function failovers(report: Report): string[] {
  const sources = sourcesOf(report);
  const rows = failoverTrials(sources);
  if (rows.length === 0) return [];
  return [
    '## Failover timeline',
    '',
    'From the injection of the fault to each milestone.',
    '',
    ...grid(
      ['Trial', 'Fault', 'Profile', ...phases.map(({short}) => short)],
      rows.map(row => [
        `#${text(row.trial)}`,
        text(row.fault),
        `${text(row.profile)}, r${text(row.repetition)}`,
        ...row.milestones.map(sample => {
          if (!sample) return `${missing} not seen`;
          const number = text(`${sample.censored ? '> ' : ''}${formatQuantity(sample.value, sample.unit)}`);
          const href = sources.links.sample(sample);
          return href === undefined ? number : `[${number}](${href})`;
        }),
      ]),
    ),
  ];
}

function findings(report: Report): string[] {
  const links = linksOf(report);
  const found = report.findings.map(finding => {
    const href = finding.artefact === undefined ? undefined : links.artefact(String(finding.trial), finding.artefact);
    return `- **${finding.severity}**: ${text(finding.invariant)}, trial #${finding.trial}: ${text(finding.detail)}${href === undefined ? '' : ` ([artefact](${href}))`}`;
  });
  const warned = report.warnings.map(
    ({subject, text: words, todo}) =>
      `- ${text(subject)}: ${text(sentence(words))}${oneLine(todo) === '' ? '' : ` To do: ${text(todo)}`}`,
  );
  const skipped = report.plan.notApplicable.map(
    ({scenario, reason}) => `- Not applicable here: ${text(scenario)}: ${text(sentence(reason))}`,
  );
  const all = [...found, ...warned, ...skipped];
  return all.length === 0 ? [] : ['## Warnings and findings', '', ...all, ''];
}
