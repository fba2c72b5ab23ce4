/** docs/rules.md: every conformance rule with the cases that it was shown on. Pure. */
import {labsOwn} from '../../../fixtures/kit/rule-cases/clusters.ts';
import {ruleCases} from '../../../fixtures/kit/rule-cases/index.ts';
import {rules} from '../../../suites/conformance/index.ts';
import type {Rule} from '../../../suites/conformance/rule.ts';

export function rulesPage(): string {
  return [
    '# Conformance rules',
    '',
    'Made by `node scripts/chores/rules.ts` from the rules and their cases. `seatrial check` judges by them, and so does the scenario',
    '`conformance/rules`. A rule holds, is violated, is not applicable (with the fact that says so), or is not known (with the reason).',
    'A promise of several rules is kept where each of them holds somewhere and none is violated: what is not applicable shows nothing.',
    'Nothing found is never "holds". Where two sources disagree, each is named with what it is for.',
    '',
    `${rules.length} rules, ${ruleCases.length} cases: outputs of real tools, as recorded on a lab of Debian 12 or edited as the case says.`,
    '',
    '| rule | demands | severity | judged | speaks to | source | holds on | violated by |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rules.map(row),
    '',
    '## What our own lab violates',
    '',
    'And nothing else, which a test holds. On a real cluster each of these would be a finding.',
    '',
    '| rule | why |',
    '| --- | --- |',
    ...Object.entries(labsOwn).map(([rule, why]) => `| ${rule} | ${why} |`),
    '',
    '## Why it matters, and how to mend it',
    '',
    ...rules.map(({id, why, mend}) => `- **${id}**: ${why} To mend: ${mend}`),
    '',
  ].join('\n');
}

const judged = {cluster: 'once', host: 'on each node', hosts: 'all nodes together'} as const;

function row(rule: Rule): string {
  const cases = (state: string) =>
    ruleCases
      .filter(each => each.rule === rule.id && each.state === state)
      .map(({says, from}) => `${says} (${from})`)
      .join('; ');
  const {id, title, severity, where, claim = '', source} = rule;
  const cells = [id, title, severity, judged[where], claim, source, cases('holds'), cases('violated')];
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
