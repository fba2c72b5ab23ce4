import {cell, number, table} from '../render/csv.ts';
import type {Aside, Row, SideBySide, SideValues} from './side-by-side.ts';

/** One series a line, in base units and full precision; what could not be compared has a line too, with the reason. What is missing is empty. */
export function renderCsv({rows, aside}: SideBySide): string {
  const head = [
    'metric',
    'labels',
    'unit',
    'better',
    'n_before',
    'before',
    'before_low',
    'before_high',
    'n_after',
    'after',
    'after_low',
    'after_high',
    'scale',
    'effect',
    'effect_low',
    'effect_high',
    'confidence',
    'method',
    'p',
    'p_holm',
    'p_ranks',
    'threshold',
    'verdict',
    'trials_needed',
    'notes',
  ];
  return table(head, [...rows.map(rowCells), ...aside.map(one => asideCells(one, head.length))]);
}

function rowCells(row: Row): string[] {
  const {effect} = row;
  return [
    cell(row.metric),
    labelCell(row.labels),
    row.unit,
    row.better,
    ...sideCells(row.before),
    ...sideCells(row.after),
    row.scale,
    number(effect.value),
    finite(effect.low),
    finite(effect.high),
    number(effect.confidence),
    cell(effect.method),
    maybe(row.p),
    maybe(row.pHolm),
    maybe(row.ranks?.p),
    number(row.threshold),
    row.verdict,
    maybe(row.trialsNeeded),
    cell(row.notes.join('; ')),
  ];
}

function sideCells({values, median, estimate}: SideValues): string[] {
  return [number(values.length), number(median), maybe(estimate?.low), maybe(estimate?.high)];
}

function asideCells({metric, labels, before, after, reason}: Aside, width: number): string[] {
  const cells = Array.from({length: width}, () => '');
  cells[0] = cell(metric);
  cells[1] = labelCell(labels);
  cells[4] = number(before);
  cells[8] = number(after);
  cells[width - 3] = 'not-compared';
  cells[width - 1] = cell(reason);
  return cells;
}

function labelCell(labels: Readonly<Record<string, string>>): string {
  return cell(
    Object.entries(labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(';'),
  );
}

function maybe(value: number | undefined): string {
  return value === undefined ? '' : number(value);
}

function finite(value: number): string {
  return Number.isFinite(value) ? number(value) : '';
}
