/** What `judge` says of files: for a terminal, as Markdown, CSV and JSON. */
import type {Estimate, Verdict} from '../../harness/types.ts';
import type {FileVerdict, Judgement} from '../judge-files.ts';
import type {FileTarget} from '../targets.ts';
import {aligned} from './aligned.ts';
import {cell, number, openEnds, table} from './csv.ts';
import {grid, text} from './markdown-text.ts';
import {formatBound, formatEstimate, formatShare, missing} from './units.ts';
import {plural, sentence} from './words.ts';

const signs = {'at-most': '≤', 'at-least': '≥'} as const;

function unitOf({statistic, unit}: FileTarget): FileTarget['unit'] {
  return statistic === 'proportion' ? 'ratio' : unit;
}

/** `P99 of storage.latency` is written as the user did: `storage.latency p99 (job oltp, direction read) ≤ 5 ms`. */
function promise(target: FileTarget): string {
  const {metric, written, where, relation, bound, limit, unit, reliability} = target;
  const labels = Object.entries(where)
    .filter(([label, value]) => !(label === 'percentile' && value === written))
    .map(([label, value]) => `${label} ${value}`);
  const named = labels.length === 0 ? '' : ` (${labels.join(', ')})`;
  const share = limit === undefined ? '' : ` of trials within ${formatBound(limit, unit)}`;
  const shown = reliability === undefined ? '' : `, for ${formatShare(reliability)} of trials`;
  return `${metric} ${written}${share}${named} ${signs[relation]} ${formatBound(bound, unitOf(target))}${shown}`;
}

function measured({target, verdict}: FileVerdict): string {
  const {estimate} = verdict;
  if (estimate === undefined) return missing;
  const {value, text: whole} = formatEstimate(estimate, unitOf(target), 'share');
  return estimate.low === estimate.high ? value : whole;
}

/** What was seen is no promise kept, and is called so; what is met says how surely. */
function verdictWords({target, verdict}: FileVerdict): string {
  if (target.statistic === 'observed' && verdict.kind !== 'undecided') return `${verdict.kind}, as observed`;
  return verdict.kind === 'met' ? `met, at ${formatShare(verdict.estimate.confidence)} confidence` : verdict.kind;
}

const nouns = {file: 'files', folder: 'folders', all: 'such sets of files'} as const;

/** `10 files`, `5 folders of 20 files`, `20 files together`. */
function basis({target, trials, files}: FileVerdict): string {
  if (trials === 0) return 'none';
  if (target.scope === 'file') return plural(files, 'file');
  return target.scope === 'all'
    ? `${plural(files, 'file')} together`
    : `${plural(trials, 'folder')} of ${plural(files, 'file')}`;
}

/** Why, what would decide it, and what else there is to know. */
function ground({target, verdict, worst, named, passedOver, warnings}: FileVerdict): readonly string[] {
  const needed =
    verdict.kind === 'undecided' && verdict.trialsNeeded !== undefined
      ? ` ${verdict.trialsNeeded} ${nouns[target.scope]} in all would decide.`
      : '';
  const names = named.map(({trial, name}) => `trial ${trial} is ${name}`);
  return [
    sentence(verdict.kind === 'undecided' ? verdict.reason : verdict.estimate.method) + needed,
    ...(names.length > 0 ? [sentence(names.join(', '))] : []),
    ...(verdict.kind === 'missed' && worst !== undefined && target.scope !== 'all'
      ? [`Look at ${worst.from} first: ${formatBound(worst.value, target.unit)}, at ${worst.path}.`]
      : []),
    ...(passedOver > 0
      ? [`${plural(passedOver, 'file')} of the same tool hold${passedOver === 1 ? 's' : ''} nothing of it.`]
      : []),
    ...warnings.map(sentence),
  ];
}

function overallWords({overall, verdicts, files}: Judgement): string {
  const counts = (['missed', 'undecided', 'met'] as const).flatMap(kind => {
    const count = verdicts.filter(({verdict}) => verdict.kind === kind).length;
    return count > 0 ? [`${count} ${kind}`] : [];
  });
  return `overall: ${overall}; ${plural(verdicts.length, 'target')} on ${plural(files, 'file')}: ${counts.join(', ')}`;
}

const head = ['verdict', 'target', 'promise', 'measured', 'from'];

function row(one: FileVerdict): readonly string[] {
  return [verdictWords(one), one.target.id, promise(one.target), measured(one), basis(one)];
}

/** Most problems that are named on a terminal and in Markdown; JSON has all. */
const mostNamed = 20;

function problemLines({problems}: Judgement): readonly string[] {
  const lines = problems.slice(0, mostNamed).map(({file, reason}) => `${file}: ${reason}`);
  return problems.length > mostNamed ? [...lines, `and ${problems.length - mostNamed} more`] : lines;
}

export function judgementText(judgement: Judgement): string {
  const problems = problemLines(judgement);
  return [
    aligned(head, judgement.verdicts.map(row), head.length),
    '\n',
    ...judgement.verdicts.map(one => `${one.target.id}: ${ground(one).join(' ')}\n`),
    ...(problems.length > 0 ? ['\nNot judged:\n', ...problems.map(line => `  ${line}\n`)] : []),
    `\n${overallWords(judgement)}\n`,
  ].join('');
}

export function judgementMarkdown(judgement: Judgement): string {
  const rows = judgement.verdicts.map(one => [...row(one), ground(one).join(' ')].map(text));
  const problems = problemLines(judgement);
  const lines = [
    ...grid([...head, 'why'], rows),
    ...(problems.length > 0 ? ['Not judged:', '', ...problems.map(line => `- ${text(line)}`), ''] : []),
    text(overallWords(judgement)),
  ];
  return `${lines.join('\n')}\n`;
}

/** One target a line, in base units and full precision. What there is not is empty, never 0; `open_ends` names the ends of an interval that are not known. */
export function judgementCsv({verdicts}: Judgement): string {
  const columns = ['target', 'verdict', 'metric', 'where', 'statistic', 'scope', 'relation', 'bound', 'unit'];
  const further = [
    'value',
    'low',
    'high',
    'n',
    'confidence',
    'method',
    'reason',
    'trials_needed',
    'files',
    'source',
    'open_ends',
  ];
  const rows = verdicts.map(({target, verdict, files}) => {
    const {estimate} = verdict;
    const where = Object.entries(target.where).map(([label, value]) => `${label}=${value}`);
    const undecided = verdict.kind === 'undecided' ? verdict : undefined;
    return [
      ...[target.id, verdict.kind, target.metric, where.join(';'), target.written, target.scope, target.relation].map(
        cell,
      ),
      number(target.bound),
      unitOf(target),
      ...(estimate === undefined
        ? ['', '', '', '', '']
        : [estimate.value, estimate.low, estimate.high, estimate.n, estimate.confidence].map(number)),
      cell(estimate?.method ?? ''),
      cell(undecided?.reason ?? ''),
      undecided?.trialsNeeded === undefined ? '' : number(undecided.trialsNeeded),
      number(files),
      cell(target.source ?? ''),
      estimate === undefined ? '' : openEnds(estimate),
    ];
  });
  return table([...columns, ...further], rows);
}

/** Everything, for programs. An end of an interval that is open is absent. */
export function judgementJson(judgement: Judgement): string {
  const {overall, files, verdicts, problems} = judgement;
  const entries = verdicts.map(({target, verdict, ...rest}) => ({
    id: target.id,
    verdict: verdict.kind,
    ...reasonOf(verdict),
    ...(verdict.estimate === undefined ? {} : {estimate: finite(verdict.estimate)}),
    ...rest,
    target,
  }));
  return `${JSON.stringify({schema: 'seatrial-judgement/1', overall, files, verdicts: entries, problems}, null, 1)}\n`;
}

function reasonOf(verdict: Verdict): {reason?: string; trialsNeeded?: number} {
  if (verdict.kind !== 'undecided') return {};
  const {reason, trialsNeeded} = verdict;
  return {reason, ...(trialsNeeded === undefined ? {} : {trialsNeeded})};
}

function finite(estimate: Estimate): Partial<Estimate> {
  const {low, high, ...rest} = estimate;
  return {...rest, ...(Number.isFinite(low) ? {low} : {}), ...(Number.isFinite(high) ? {high} : {})};
}
