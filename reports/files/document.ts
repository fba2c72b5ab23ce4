/** What `judge` says of files, as a document. */
import type {Estimate, Verdict} from '../../harness/types.ts';
import {type Document, list, present, type Section, table, type Words} from '../document/document.ts';
import {plural, verdictNote} from '../words/words.ts';
import {judgementSheet} from './columns.ts';
import type {FileVerdict, Judgement} from './judge.ts';
import {basis, ground, measured, overallWords, problemLines, promise, verdictWords} from './phrases.ts';

export function judgementDocument(judgement: Judgement): Document {
  const {overall, verdicts, files} = judgement;
  const problems = problemLines(judgement);
  return {
    title: `${overallWord[overall]}: ${plural(verdicts.length, 'target')} on ${plural(files, 'file')}`,
    kicker: 'Judgement of files',
    heading: `${plural(verdicts.length, 'target')} on ${plural(files, 'file')}`,
    verdict: {tone: overall, word: overallWord[overall], says: overallWords(judgement)},
    notes: [],
    facts: [],
    sections: present<Section>(
      {id: 'verdicts', title: 'Verdicts', blocks: [verdictTable(verdicts)]},
      problems.length > 0 && {id: 'not-judged', title: 'Not judged', blocks: [list(problems, 'warning')]},
    ),
    footer: [],
    data: {value: () => judgementData(judgement), indent: 1},
    sheets: {targets: () => judgementSheet(judgement)},
  };
}

const overallWord = {met: 'Met', missed: 'Missed', undecided: 'Undecided'} as const;

function verdictTable(verdicts: readonly FileVerdict[]) {
  return table(
    'One target a line',
    ['Verdict', 'Target', 'Promise', 'Measured', 'From', {title: 'Why', small: true}],
    verdicts.map((one): readonly Words[] => [
      {tone: one.verdict.kind, words: verdictWords(one)},
      {code: one.target.id},
      promise(one.target),
      measured(one),
      basis(one),
      {lines: ground(one)},
    ]),
  );
}

/** Everything, for programs. An end of an interval that is open is absent. */
function judgementData({overall, files, verdicts, problems}: Judgement): unknown {
  const entries = verdicts.map(({target, verdict, ...rest}) => ({
    id: target.id,
    verdict: verdict.kind,
    ...reasonOf(verdict),
    ...(verdict.estimate === undefined ? {} : {estimate: finite(verdict.estimate)}),
    ...rest,
    target,
  }));
  return {schema: 'seatrial-judgement/1', overall, files, verdicts: entries, problems};
}

function reasonOf(verdict: Verdict): {reason?: string; trialsNeeded?: number; note?: string} {
  const note = verdictNote(verdict);
  if (verdict.kind !== 'undecided') return note === undefined ? {} : {note};
  const {reason, trialsNeeded} = verdict;
  return {reason, ...(trialsNeeded === undefined ? {} : {trialsNeeded})};
}

function finite(estimate: Estimate): Partial<Estimate> {
  const {low, high, ...rest} = estimate;
  return {...rest, ...(Number.isFinite(low) ? {low} : {}), ...(Number.isFinite(high) ? {high} : {})};
}
