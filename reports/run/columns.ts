import type {Sample} from '../../harness/types.ts';
import {type CsvColumn, openEnds, type Sheet, sheet} from '../document/csv.ts';
import {byText} from '../words/text.ts';
import {verdictNote} from '../words/words.ts';
import type {ClaimVerdict, Report, TargetVerdict} from './report.ts';

/**
 * All samples, one a line, in base units and full precision; labels are columns. The columns that every sample has
 * come first, further
 * labels by name, the source last. What a sample does not have is empty, never 0.
 */
export function samplesSheet({samples}: Report): Sheet {
  const first = ['scenario', 'profile', 'trial', 'repetition'];
  const all = new Set(samples.flatMap(({labels}) => Object.keys(labels)));
  const further = [...all].filter(name => !first.includes(name)).sort(byText);
  const columns: readonly CsvColumn<Sample>[] = [
    ['metric', ({metric}) => metric],
    ['unit', ({unit}) => unit],
    ['value', ({value}) => value],
    ['half_width', ({halfWidth}) => halfWidth],
    ['censored', ({censored}) => censored || undefined],
    ...[...first, ...further].map((name): CsvColumn<Sample> => [name, ({labels}) => labels[name]]),
    ['artefact', ({from}) => from.artefact],
    ['path', ({from}) => from.path],
  ];
  return sheet(columns, samples);
}

interface Line {
  of: ClaimVerdict;
  one?: TargetVerdict;
}

const verdictColumns: readonly CsvColumn<Line>[] = [
  ['claim', ({of}) => of.claim.id],
  ['title', ({of}) => of.claim.title],
  ['claim_verdict', ({of}) => of.kind],
  ['target', ({one}) => one?.target.id],
  ['metric', ({one}) => one?.target.metric],
  ['where', ({one}) => one && whereText(one)],
  ['statistic', ({one}) => one?.target.statistic],
  ['relation', ({one}) => one?.target.relation],
  ['bound', ({one}) => one?.target.bound],
  ['unit', ({one}) => one?.target.unit],
  ['verdict', ({of, one}) => one?.verdict.kind ?? of.kind],
  ['value', ({one}) => one?.verdict.estimate?.value],
  ['low', ({one}) => one?.verdict.estimate?.low],
  ['high', ({one}) => one?.verdict.estimate?.high],
  ['n', ({one}) => one?.verdict.estimate?.n],
  ['confidence', ({one}) => one?.verdict.estimate?.confidence],
  ['method', ({one}) => one?.verdict.estimate?.method],
  ['reason', ({of, one}) => (one === undefined ? of.reason : (undecided(one)?.reason ?? verdictNote(one.verdict)))],
  ['trials_needed', ({one}) => one && undecided(one)?.trialsNeeded],
  ['source', ({of, one}) => one?.target.source ?? of.claim.source],
  ['open_ends', ({one}) => one?.verdict.estimate && openEnds(one.verdict.estimate)],
];

/** All verdicts, one target a line; a claim without targets has a line of its own. In base units and full precision. */
export function verdictsSheet({verdicts}: Report): Sheet {
  const lines = verdicts.flatMap((of): Line[] =>
    of.targets.length === 0 ? [{of}] : of.targets.map(one => ({of, one})),
  );
  return sheet(verdictColumns, lines);
}

function whereText({target}: TargetVerdict): string {
  const labels = Object.entries(target.where).sort(([a], [b]) => byText(a, b));
  return labels.map(([name, value]) => `${name}=${value}`).join(';');
}

function undecided({verdict}: TargetVerdict) {
  return verdict.kind === 'undecided' ? verdict : undefined;
}
