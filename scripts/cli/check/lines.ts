/** The report of `seatrial check` as lines for people, the worst first. Pure. */
import {type CheckReport, states} from './checked.ts';
import {inNoFile} from './offline.ts';

type Verdict = CheckReport['verdicts'][number];

/** `all`: also what holds, and what is not applicable. */
export function checkLines(report: CheckReport, all: boolean): string {
  const shown = all ? states : (['violated', 'not-known'] as const);
  const lines = shown.flatMap(state =>
    sectionOf(
      state,
      report.verdicts.filter(each => each.state === state),
    ),
  );
  return `${[...lines, ...lossLines(report), '', countsOf(report)].join('\n')}\n`;
}

const headings = {
  violated: 'Violated',
  'not-known': 'Not known',
  'not-applicable': 'Not applicable',
  holds: 'Holds',
} as const;

function sectionOf(state: Verdict['state'], verdicts: readonly Verdict[]): string[] {
  if (verdicts.length === 0) return [];
  const missing = verdicts.filter(({found}) => found.includes(inNoFile));
  const byRule = Map.groupBy(
    verdicts.filter(each => !missing.includes(each)),
    ({rule}) => rule,
  );
  return [headings[state], ...[...byRule.values()].flatMap(ruleLines), ...missingLines(missing), ''];
}

/** What is in none of the files: the rules that wait for the same stand together. */
function missingLines(missing: readonly Verdict[]): string[] {
  const byFile = Map.groupBy(missing, ({wouldTell}) => wouldTell.join('; and '));
  return [...byFile].flatMap(([files, some]) => [
    `  for want of ${files}:`,
    ...[...new Set(some.map(({rule, title}) => `      ${rule}  ${title}`))],
  ]);
}

/** Hosts that say the same stand together. */
function ruleLines(verdicts: readonly Verdict[]): string[] {
  const [first] = verdicts;
  if (first === undefined) return [];
  const {rule, severity, title, state, mend, source, wouldTell} = first;
  const byWords = Map.groupBy(verdicts, ({found}) => found);
  return [
    `  ${rule}  ${severity}  ${title}`,
    ...[...byWords].map(([found, some]) => `      ${some.map(({host}) => host).join(', ')}: ${found}`),
    ...(state === 'violated' ? [`      to mend: ${mend}`, `      source: ${source}`] : []),
    ...wouldTell.map(words => `      would tell: ${words}`),
  ];
}

/** A line for each guest, a column for each loss. */
function lossLines({losses, noLosses}: CheckReport): string[] {
  if (losses === undefined) return noLosses === undefined ? [] : [`No matrix of losses: ${noLosses}`];
  const guests = Object.keys(losses[0]?.guests ?? {});
  if (guests.length === 0) return ['The CIB has no virtual machine that is to run: no matrix of losses'];
  const cells = [
    ['lost:', ...losses.map(({lost, quorate}) => `${lost.join('+')}${quorate ? '' : ' *'}`)],
    ...guests.map(guest => [guest, ...losses.map(({guests: placed}) => placed[guest]?.join('+') || 'nowhere')]),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0)));
  const rows = cells.map(row =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
  const note = losses.every(({quorate}) => quorate) ? [] : ['  * without quorum'];
  return ['Where each virtual machine goes, by crm_simulate', ...rows, ...note];
}

function countsOf({verdicts}: CheckReport): string {
  const counted = states.map(
    state => `${verdicts.filter(each => each.state === state).length} ${headings[state].toLowerCase()}`,
  );
  return `${counted.join(', ')}: rules on hosts, and on the cluster`;
}
