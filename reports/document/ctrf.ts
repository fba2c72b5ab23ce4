/** Common Test Report Format 1.x (ctrf.io): one JSON file for the many tools that read it. */
import {oneLine} from '../words/text.ts';
import type {Format} from './index.ts';
import {renderData} from './json.ts';
import type {Case, Cases, Outcome} from './junit.ts';

const status = {passed: 'passed', failure: 'failed', error: 'other', skipped: 'skipped'} as const;

/** What was not shown is `other`, with its own word as `rawStatus`: it is neither passed nor failed. */
export function ctrfOf({name, startedAt, endedAt, version, suites}: Cases): unknown {
  const all = suites.flatMap(({cases}) => cases);
  const count = (kind: Outcome['kind']) => all.filter(({outcome}) => outcome.kind === kind).length;
  const start = Date.parse(startedAt);
  return {
    reportFormat: 'CTRF',
    specVersion: '1.0.0',
    generatedBy: 'seatrial',
    results: {
      tool: {name: 'seatrial', ...(version === undefined ? {} : {version})},
      summary: {
        ...{tests: all.length, passed: count('passed'), failed: count('failure')},
        ...{skipped: count('skipped'), pending: 0, other: count('error'), suites: suites.length},
        start,
        stop: endedAt === undefined ? start : Date.parse(endedAt),
        extra: {
          of: oneLine(name),
          ...(endedAt === undefined ? {stop: 'not recorded: the start stands there'} : {}),
          durations: 'a case is judged on many trials and has no time of its own',
        },
      },
      tests: suites.flatMap(suite => suite.cases.map(one => testOf(suite.name, one))),
    },
  };
}

function testOf(suite: string, {name, className, outcome}: Case): unknown {
  const bad = outcome.kind === 'failure' || outcome.kind === 'error';
  const message = oneLine(outcome.kind === 'passed' ? outcome.text : outcome.message);
  return {
    ...{name: oneLine(name), status: status[outcome.kind], duration: 0, suite: [oneLine(suite)]},
    tags: [oneLine(className)],
    ...(bad ? {rawStatus: outcome.type, trace: outcome.text} : {}),
    ...(message === '' ? {} : {message}),
  };
}

export const ctrf: Format = {
  name: 'ctrf',
  extension: 'json',
  file: 'ctrf.json',
  render: ({cases}) => (cases === undefined ? undefined : renderData(ctrfOf(cases()))),
};
