import {type CsvColumn, labelsCell, openEnds, type Sheet, sheet} from '../document/csv.ts';
import {verdictNote} from '../words/words.ts';
import type {FileVerdict, Judgement} from './judge.ts';
import {unitOf} from './phrases.ts';

const columns: readonly CsvColumn<FileVerdict>[] = [
  ['target', ({target}) => target.id],
  ['verdict', ({verdict}) => verdict.kind],
  ['metric', ({target}) => target.metric],
  ['where', ({target}) => labelsCell(target.where)],
  ['statistic', ({target}) => target.written],
  ['scope', ({target}) => target.scope],
  ['relation', ({target}) => target.relation],
  ['bound', ({target}) => target.bound],
  ['unit', ({target}) => unitOf(target)],
  ['value', ({verdict}) => verdict.estimate?.value],
  ['low', ({verdict}) => verdict.estimate?.low],
  ['high', ({verdict}) => verdict.estimate?.high],
  ['n', ({verdict}) => verdict.estimate?.n],
  ['confidence', ({verdict}) => verdict.estimate?.confidence],
  ['method', ({verdict}) => verdict.estimate?.method],
  ['reason', ({verdict}) => (verdict.kind === 'undecided' ? verdict.reason : verdictNote(verdict))],
  ['trials_needed', ({verdict}) => (verdict.kind === 'undecided' ? verdict.trialsNeeded : undefined)],
  ['files', ({files}) => files],
  ['source', ({target}) => target.source],
  ['open_ends', ({verdict}) => verdict.estimate && openEnds(verdict.estimate)],
];

/**
 * One target a line, in base units and full precision. What there is not is empty, never 0; `open_ends` names the
 * ends of an interval that are not known.
 */
export function judgementSheet({verdicts}: Judgement): Sheet {
  return sheet(columns, verdicts);
}
