/** JUnit XML for continuous integration. What was not shown is an error there: it must not turn a pipeline green. */
import {oneLine} from '../words/text.ts';
import type {Format} from './index.ts';
import {escaped} from './markup.ts';

export type Outcome =
  | {kind: 'passed'; text: string}
  /** `failure`: shown to be bad. `error`: not shown to be good. */
  | {kind: 'failure' | 'error'; type: string; message: string; text: string}
  | {kind: 'skipped'; message: string};

export interface Case {
  name: string;
  className: string;
  outcome: Outcome;
}

/** Cases by suite. The one time stamp is the start: a case is judged on many trials and has no time of its own. */
export interface Cases {
  name: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  endedAt?: string;
  /** All trials together. */
  seconds?: number;
  /** Version of seatrial that judged. */
  version?: string;
  suites: readonly {name: string; cases: readonly Case[]}[];
}

export function renderCases({name, startedAt, seconds, suites}: Cases): string {
  const timestamp = attribute(startedAt.replace(/(\.\d+)?Z$/, ''));
  const time = seconds === undefined ? '' : ` time="${seconds.toFixed(3)}"`;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${attribute(name)}" ${totals(suites.flatMap(({cases}) => cases))}${time}>`,
    ...suites.flatMap(suite => [
      `  <testsuite name="${attribute(suite.name)}" ${totals(suite.cases)} timestamp="${timestamp}">`,
      ...suite.cases.flatMap(caseLines),
      '  </testsuite>',
    ]),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function totals(cases: readonly Case[]): string {
  const count = (kind: Outcome['kind']) => cases.filter(({outcome}) => outcome.kind === kind).length;
  return `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
}

function caseLines({name, className, outcome}: Case): string[] {
  const open = `    <testcase name="${attribute(name)}" classname="${attribute(className)}"`;
  if (outcome.kind === 'passed' && outcome.text === '') return [`${open}/>`];
  return [`${open}>`, `      ${outcomeElement(outcome)}`, '    </testcase>'];
}

function outcomeElement(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'passed':
      return `<system-out>${escaped(outcome.text)}</system-out>`;
    case 'skipped':
      return `<skipped message="${attribute(outcome.message)}"/>`;
    case 'failure':
    case 'error':
      return `<${outcome.kind} type="${attribute(outcome.type)}" message="${attribute(outcome.message)}">${escaped(outcome.text)}</${outcome.kind}>`;
  }
}

function attribute(text: string): string {
  return escaped(oneLine(text));
}

export const junit: Format = {
  name: 'junit',
  extension: 'xml',
  file: 'junit.xml',
  render: ({cases}) => (cases === undefined ? undefined : renderCases(cases())),
};
