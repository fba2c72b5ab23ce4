/** What a judgement of files says in words: the same in every format. */

import type {FileTarget} from '../judge/targets.ts';
import {formatBound, formatEstimate, formatShare, missing} from '../words/units.ts';
import {plural, sentence, verdictNote} from '../words/words.ts';
import type {FileVerdict, Judgement} from './judge.ts';

const signs = {'at-most': '≤', 'at-least': '≥'} as const;

export function unitOf({statistic, unit}: FileTarget): FileTarget['unit'] {
  return statistic === 'proportion' ? 'ratio' : unit;
}

/** `P99 of storage.latency` is written as the user did: `storage.latency p99 (job oltp, direction read) ≤ 5 ms`. */
export function promise(target: FileTarget): string {
  const {metric, written, where, relation, bound, limit, unit, reliability} = target;
  const labels = Object.entries(where)
    .filter(([label, value]) => !(label === 'percentile' && value === written))
    .map(([label, value]) => `${label} ${value}`);
  const named = labels.length === 0 ? '' : ` (${labels.join(', ')})`;
  const share = limit === undefined ? '' : ` of trials within ${formatBound(limit, unit)}`;
  const shown = reliability === undefined ? '' : `, for ${formatShare(reliability)} of trials`;
  return `${metric} ${written}${share}${named} ${signs[relation]} ${formatBound(bound, unitOf(target))}${shown}`;
}

export function measured({target, verdict}: FileVerdict): string {
  const {estimate} = verdict;
  if (estimate === undefined) return missing;
  const {value, text: whole} = formatEstimate(estimate, unitOf(target), 'share');
  return estimate.low === estimate.high ? value : whole;
}

/** What was seen is no promise kept, and is called so; what is met says how surely. */
export function verdictWords({target, verdict}: FileVerdict): string {
  if (target.statistic === 'observed' && verdict.kind !== 'undecided') return `${verdict.kind}, as observed`;
  return verdict.kind === 'met' ? `met, at ${formatShare(verdict.estimate.confidence)} confidence` : verdict.kind;
}

const nouns = {file: 'files', folder: 'folders', all: 'such sets of files'} as const;

/** `10 files`, `5 folders of 20 files`, `20 files together`. */
export function basis({target, trials, files}: FileVerdict): string {
  if (trials === 0) return 'none';
  if (target.scope === 'file') return plural(files, 'file');
  return target.scope === 'all'
    ? `${plural(files, 'file')} together`
    : `${plural(trials, 'folder')} of ${plural(files, 'file')}`;
}

/** Why, what would decide it, and what else there is to know. */
export function ground({target, verdict, worst, named, passedOver, warnings}: FileVerdict): readonly string[] {
  const needed =
    verdict.kind === 'undecided' && verdict.trialsNeeded !== undefined
      ? ` ${verdict.trialsNeeded} ${nouns[target.scope]} in all would decide.`
      : '';
  const note = verdictNote(verdict);
  const names = named.map(({trial, name}) => `trial ${trial} is ${name}`);
  return [
    sentence(verdict.kind === 'undecided' ? verdict.reason : verdict.estimate.method) + needed,
    ...(note === undefined ? [] : [sentence(note)]),
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

export function overallWords({overall, verdicts, files}: Judgement): string {
  const counts = (['missed', 'undecided', 'met'] as const).flatMap(kind => {
    const count = verdicts.filter(({verdict}) => verdict.kind === kind).length;
    return count > 0 ? [`${count} ${kind}`] : [];
  });
  return `overall: ${overall}; ${plural(verdicts.length, 'target')} on ${plural(files, 'file')}: ${counts.join(', ')}`;
}

/** Most problems that are named for people; JSON has all. */
const mostNamed = 20;

export function problemLines({problems}: Judgement): readonly string[] {
  const lines = problems.slice(0, mostNamed).map(({file, reason}) => `${file}: ${reason}`);
  return problems.length > mostNamed ? [...lines, `and ${problems.length - mostNamed} more`] : lines;
}
