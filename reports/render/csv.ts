import {stringify} from 'csv-stringify/sync';
import type {Estimate} from '../../harness/types.ts';
import type {Report} from '../report.ts';
import {byText, oneLine, plain} from './text.ts';

/**
 * All samples, one a line, in base units and full precision; labels are columns. The columns that every sample has come first, further
 * labels by name, the source last. What a sample does not have is empty, never 0.
 */
export function renderCsv(report: Report): string {
  const first = ['scenario', 'profile', 'trial', 'repetition'];
  const known = new Set(first);
  const further = [...new Set(report.samples.flatMap(sample => Object.keys(sample.labels)))]
    .filter(name => !known.has(name))
    .sort(byText);
  const labels = [...first, ...further];
  const rows = report.samples.map(({metric, unit, value, labels: own, from, halfWidth, censored}) => [
    cell(metric),
    unit,
    number(value),
    halfWidth === undefined ? '' : number(halfWidth),
    censored ? 'true' : '',
    ...labels.map(name => cell(own[name] ?? '')),
    cell(from.artefact),
    cell(from.path),
  ]);
  return table(['metric', 'unit', 'value', 'half_width', 'censored', ...labels.map(cell), 'artefact', 'path'], rows);
}

/** All verdicts, one target a line; a claim without targets has a line of its own. In base units and full precision. */
export function renderVerdictsCsv(report: Report): string {
  const head = [
    'claim',
    'title',
    'claim_verdict',
    'target',
    'metric',
    'where',
    'statistic',
    'relation',
    'bound',
    'unit',
    'verdict',
    'value',
    'low',
    'high',
    'n',
    'confidence',
    'method',
    'reason',
    'trials_needed',
    'source',
    'open_ends',
  ];
  const rows = report.verdicts.flatMap(({claim, kind, reason, targets}) => {
    const start = [cell(claim.id), cell(claim.title), kind];
    if (targets.length === 0) {
      return [
        [
          ...start,
          ...Array.from({length: 7}, () => ''),
          kind,
          '',
          '',
          '',
          '',
          '',
          '',
          cell(reason),
          '',
          cell(claim.source),
          '',
        ],
      ];
    }
    return targets.map(({target, verdict}) => {
      const {estimate} = verdict;
      const where = Object.entries(target.where)
        .sort(([a], [b]) => byText(a, b))
        .map(([name, value]) => `${name}=${value}`)
        .join(';');
      return [
        ...start,
        cell(target.id),
        cell(target.metric),
        cell(where),
        target.statistic,
        target.relation,
        number(target.bound),
        target.unit,
        verdict.kind,
        ...(estimate
          ? [
              number(estimate.value),
              number(estimate.low),
              number(estimate.high),
              number(estimate.n),
              number(estimate.confidence),
              cell(estimate.method),
            ]
          : ['', '', '', '', '', '']),
        verdict.kind === 'undecided' ? cell(verdict.reason) : '',
        verdict.kind === 'undecided' && verdict.trialsNeeded !== undefined ? number(verdict.trialsNeeded) : '',
        cell(target.source),
        estimate ? openEnds(estimate) : '',
      ];
    });
  });
  return table(head, rows);
}

/** Which ends of an interval are not known: their cells are empty. */
export function openEnds({low, high}: Pick<Estimate, 'low' | 'high'>): string {
  return [...(Number.isFinite(low) ? [] : ['low']), ...(Number.isFinite(high) ? [] : ['high'])].join(' and ');
}

/** Shortest text that reads back as the same number; nothing for what is no number. */
export function number(value: number): string {
  return Number.isFinite(value) ? String(value) : '';
}

/** One line of text that a spreadsheet does not take for a formula. */
export function cell(text: string): string {
  const line = oneLine(plain(text));
  return /^[=+\-@]/.test(line) ? `'${line}` : line;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return stringify([[...head], ...rows.map(row => [...row])], {record_delimiter: '\n'});
}
