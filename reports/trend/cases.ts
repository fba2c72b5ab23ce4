import type {Case, Cases, Outcome} from '../document/junit.ts';
import {percent} from './alarms.ts';
import type {NightlyReport} from './nightly.ts';
import {jobOf} from './series.ts';
import type {Standing, Trend} from './trend.ts';

/**
 * The night for continuous integration: one suite a job, one case a series, and a suite for the night itself. A
 * confirmed regression is a failure. What is only
 * suspected, missing or too short to judge is an error: it must not turn a pipeline green.
 */
export function nightlyCases(report: NightlyReport): Cases {
  const {night} = report;
  const jobs = Map.groupBy(report.trends, ({trend}) => jobOf(trend.series));
  const of =
    (className: string) =>
    ({trend, standing}: NightlyReport['trends'][number]): Case => ({
      ...{name: trend.name, className},
      outcome: outcomeOf(trend, standing),
    });
  return {
    name: `seatrial nightly ${night.cluster}`,
    startedAt: night.startedAt,
    suites: [
      {name: 'night', cases: nightCases(report)},
      ...[...jobs].map(([name, trends]) => ({name, cases: trends.map(of(name))})),
    ],
  };
}

function nightCases({night, holes, sentence, verdict}: NightlyReport): Case[] {
  const {status, reason} = night.status === 'complete' ? {status: 'aborted', reason: sentence} : night;
  const ended: Outcome =
    verdict === 'aborted'
      ? {kind: 'error', type: status, message: `${status}: ${reason}`, text: sentence}
      : {kind: 'passed', text: sentence};
  return [
    {name: 'the run ended complete and healed', className: 'night', outcome: ended},
    ...holes.map(
      ({subject, detail, todo}): Case => ({
        name: subject,
        className: 'night.holes',
        outcome: {kind: 'error', type: 'missing', message: detail, text: `${detail}\n${todo}`},
      }),
    ),
  ];
}

function outcomeOf(trend: Trend, standing: Standing): Outcome {
  const told = trend.changes.filter(change => change.standing === 'open' || change.standing === 'acknowledged');
  const text = told
    .map(({night, before, after, change, state, because, ack}) => {
      const why = ack === undefined ? because : `acknowledged: ${ack.reason}`;
      return `since ${night}: ${before} → ${after} ${trend.series.unit} (${percent(change)}), ${state}: ${why}`;
    })
    .join('\n');
  switch (standing) {
    case 'confirmed':
      return {kind: 'failure', type: 'regression', message: text.split('\n')[0] ?? '', text};
    case 'suspected':
      return {kind: 'error', type: 'suspected', message: text.split('\n')[0] ?? '', text};
    case 'too-short':
      return {
        kind: 'error',
        type: 'too-short',
        message: `only ${trend.points.length} nights in all`,
        text: 'too few nights to judge',
      };
    case 'acknowledged':
    case 'steady':
      return {kind: 'passed', text};
  }
}
