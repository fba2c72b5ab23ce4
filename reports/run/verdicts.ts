/** The promises: what was measured of each, and the samples behind every verdict. */
import type {Sample} from '../../harness/types.ts';
import {
  type Block,
  type Column,
  type Group,
  numeric,
  paragraph,
  present,
  quiet,
  table,
  type Words,
} from '../document/document.ts';
import {missing} from '../words/units.ts';
import {
  boundWords,
  inLabelOrder,
  intervalWords,
  measuredText,
  plural,
  sentence,
  statisticWords,
  subjectWords,
  trialLabels,
  untried,
  verdictGround,
  verdictReason,
  verdictWord,
  worstFirst,
} from '../words/words.ts';
import type {ClaimVerdict, Report, TargetVerdict} from './report.ts';
import type {Sources} from './sources.ts';

export function verdictBlocks(report: Report, sources: Sources): readonly Block[] {
  const claims = worstFirst(report);
  if (claims.length === 0) return [quiet('No promise was judged: an empty verdict is undecided, never met.')];
  const measured = claims.filter(claim => !untried(claim));
  const rest = claims.filter(untried);
  return present<Block>(
    measured.length === 0 ? quiet('No promise has a measurement behind it.') : measuredTable(measured, sources),
    rest.length > 0 && untriedTable(rest),
  );
}

const columns: readonly Column[] = [
  {title: 'Promise', width: 23, shared: true},
  {title: 'Bound', width: 21},
  {title: 'Measured', width: 14},
  {title: 'n', width: 4, numeric: true},
  {title: 'Verdict', width: 11},
  {title: 'Reason, trials needed', width: 17, small: true},
  {title: 'Source', width: 10, small: true, shared: true},
];

function measuredTable(claims: readonly ClaimVerdict[], sources: Sources): Block {
  return {
    kind: 'table',
    caption: 'Promises with measurements, worst first',
    note: 'Measured: estimate and confidence interval over trials; n counts trials. Met only if the whole interval keeps the bound, missed only if none of it does.',
    columns,
    groups: claims.map(
      (claim): Group => ({
        rows: claim.targets.map((target, index) => [
          [...promise(claim), ...inAll(claim)],
          ...targetCells(claim, target, index, sources),
          claim.claim.source,
        ]),
      }),
    ),
  };
}

function promise({claim}: ClaimVerdict): readonly Words[] {
  return [{strong: claim.title}, {below: claim.figure}, {below: {code: claim.id}}];
}

/** Where the promise stands otherwise than its only target. */
function inAll({kind, reason, targets}: ClaimVerdict): readonly Words[] {
  const told = targets.some(({verdict}) => verdict.kind === kind);
  if (targets.length === 1 && told) return [];
  return [{below: ['In all: ', {tone: kind, words: verdictWord[kind]}, ...(told ? [] : [`, ${reason}`])]}];
}

function targetCells(
  claim: ClaimVerdict,
  {target, verdict, samples}: TargetVerdict,
  index: number,
  {report, links}: Sources,
): readonly Words[] {
  const text = measuredText(target, verdict);
  const only = samples.length === 1 ? report.samples[samples[0] ?? -1] : undefined;
  const href = (only ? links.sample(only) : undefined) ?? `#${evidenceId(claim, index)}`;
  const measured: Words =
    text && verdict.estimate
      ? [{href, words: text.value}, {below: intervalWords(target, text.interval, verdict.estimate)}]
      : {absent: samples.length === 0 ? 'not measured' : 'no estimate'};
  return [
    [boundWords(target), {below: statisticWords(target)}, {below: subjectWords(target)}],
    measured,
    verdict.estimate ? String(verdict.estimate.n) : missing,
    {tone: verdict.kind, words: verdictWord[verdict.kind]},
    verdictGround(verdict),
  ];
}

function untriedTable(claims: readonly ClaimVerdict[]): Block {
  return table(
    'Promises without any measurement',
    [
      {title: 'Promise', width: 25},
      {title: 'Bound', width: 25},
      {title: 'Verdict', width: 11},
      {title: 'Why nothing was measured', width: 28, small: true},
      {title: 'Source', width: 11, small: true},
    ],
    claims.map(claim => [
      promise(claim),
      claim.targets.length === 0
        ? {absent: 'no bound yet'}
        : {
            lines: claim.targets.map(({target}) => [
              boundWords(target),
              ' ',
              {small: `${statisticWords(target)}, ${subjectWords(target)}`},
            ]),
          },
      {tone: claim.kind, words: verdictWord[claim.kind]},
      untriedReason(claim),
      claim.claim.source,
    ]),
    'Missing data never pass.',
  );
}

function untriedReason({targets, reason}: ClaimVerdict): string {
  const only = targets.length === 1 ? targets[0] : undefined;
  return sentence((only && verdictReason(only.verdict)) || reason);
}

function evidenceId({claim}: ClaimVerdict, index: number): string {
  return `evidence-${claim.id}-${index + 1}`.replaceAll(/\s/g, '_');
}

export function evidence(report: Report, sources: Sources): readonly Block[] {
  const all = worstFirst(report).flatMap(claim =>
    claim.targets.map((target, index) => evidenceOf(claim, target, evidenceId(claim, index), sources)),
  );
  if (all.length === 0) return [quiet('No promise was judged.')];
  const samples: Words = {href: 'report.csv', words: 'report.csv'};
  return [
    paragraph([
      'For each bound the samples behind its verdict, each with the artefact and the place in it; on screen only. ',
      ['All samples of the run are in ', samples, '.'],
    ]),
    ...all,
  ];
}

function evidenceOf(
  {claim: {id}}: ClaimVerdict,
  {target, verdict, samples}: TargetVerdict,
  anchor: string,
  sources: Sources,
): Block {
  const text = measuredText(target, verdict);
  const found = samples.flatMap(position => sources.report.samples[position] ?? []);
  const value = `${subjectWords(target)}: ${text ? text.text : missing}, ${plural(found.length, 'sample')}`;
  const promised = `Promise: ${statisticWords(target)} ${boundWords(target)}. Source of the bound: ${sentence(target.source)}`;
  return {
    kind: 'details',
    anchor,
    summary: [{tone: verdict.kind, words: {code: id}}, ` ${value}`],
    blocks: present<Block>(
      verdict.estimate && paragraph(`${sentence(verdict.estimate.method)} ${promised}`),
      found.length === 0 ? quiet('No sample stands behind it.') : samplesTable(`Samples behind ${id}`, found, sources),
    ),
  };
}

function samplesTable(caption: string, samples: readonly Sample[], sources: Sources): Block {
  const told = (name: string) => !trialLabels.has(name) || name === 'profile';
  const labels = inLabelOrder(new Set(samples.flatMap(sample => Object.keys(sample.labels).filter(told))));
  return table(
    caption,
    ['Trial', numeric('Repetition'), ...labels, numeric('Value'), 'Artefact', 'Place in it'],
    samples.map(sample => {
      const {trial = '', repetition = missing} = sample.labels;
      const name = sample.from.artefact.split('/').at(-1) ?? sample.from.artefact;
      return [
        {href: `#trial-${trial}`, words: `#${trial}`},
        repetition,
        ...labels.map(label => sample.labels[label] ?? missing),
        sources.number(sample),
        {href: sources.links.sample(sample), words: {code: name}},
        {code: sample.from.path},
      ];
    }),
  );
}
