/**
 * One row of the heat map as SVG: a lane for marks, a lane of cells, a line below the baseline's nights. Runs of equal
 * cells are one path, so that 500 rows of 365 nights stay small. Every mark has a shape of its own and every cell a
 * height: none of it needs colour.
 */
import {html, type Markup, trusted} from '../../document/markup.ts';
import {plural} from '../../words/words.ts';
import {percent} from '../alarms.ts';
import type {Night} from '../nightly.ts';
import type {Cell, Heat, Heatmap, Marker, Row} from './heatmap.ts';

/** In px: the lane of marks, the cells below it. */
const lane = 11;
const cellHeight = 16;
const height = lane + cellHeight + 4;
/** A little room, so that marks of the first and the last night are whole. */
const side = 6;

export interface RowSize {
  /** Px a night. */
  pitch: number;
  width: number;
}

/** As wide as reads well: 18 px a night at most, 1 px at least. */
export function rowSize(nights: number): RowSize {
  const pitch = Math.max(1, Math.min(18, Math.floor(730 / Math.max(1, nights))));
  return {pitch, width: nights * pitch + 2 * side};
}

/** Worse fills the cell from below, better from above, the more the farther. */
const filled: Readonly<Record<Heat, readonly [from: number, to: number]>> = {
  '-3': [0, 14],
  '-2': [0, 10],
  '-1': [0, 6],
  '0': [0, 0],
  '1': [10, 16],
  '2': [6, 16],
  '3': [2, 16],
};
const heatClass: Readonly<Record<Heat, string>> = {
  '-3': 'b3',
  '-2': 'b2',
  '-1': 'b1',
  '0': 'k0',
  '1': 'w1',
  '2': 'w2',
  '3': 'w3',
};
const heats: readonly Heat[] = [-3, -2, -1, 1, 2, 3];

/** Centred on 0,0 in a box of 10 px. */
const outlines: Readonly<Record<Marker['kind'], string>> = {
  confirmed: '<path class="m-confirmed" d="M-5-4.5H5L0 4.5z"/>',
  suspected: '<path class="m-suspected" d="M-4-3.6H4L0 3.6z"/>',
  acknowledged:
    '<circle class="m-acknowledged" r="5.5"/><text class="m-letter" y="3.1" text-anchor="middle" font-size="9">A</text>',
  past: '<path class="m-past" d="M0-3.4L3.4 0L0 3.4L-3.4 0z"/>',
  better: '<path class="m-better" d="M-5 4.5H5L0-4.5z"/>',
};

/** The same marker wherever it is meant. */
export function drawnMarker(kind: Marker['kind']): Markup {
  return trusted(
    `<svg class="marker" width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">${outlines[kind]}</svg>`,
  );
}

export function cellKey(kind: Heat | 'missing'): Markup {
  const inside =
    kind === 'missing'
      ? '<path class="gap" d="M0 7h14v2h-14z"/>'
      : `<path class="k0" d="M0 0h14v16h-14z"/>${kind === 0 ? '' : `<path class="${heatClass[kind]}" d="${block(0, 14, ...filled[kind])}"/>`}`;
  return trusted(`<svg class="key" width="14" height="16" viewBox="0 0 14 16" aria-hidden="true">${inside}</svg>`);
}

export const groundKey = trusted(
  '<svg class="key" width="10" height="16" viewBox="0 0 10 16" aria-hidden="true"><path class="ground" d="M5 0v16"/></svg>',
);
export const baselineKey = trusted(
  '<svg class="key" width="20" height="16" viewBox="0 0 20 16" aria-hidden="true"><path class="k0" d="M0 0h20v12h-20z"/><path class="pinned" d="M0 13.5h20v2h-20z"/></svg>',
);

export function heatmapRow(row: Row, {pitch, width}: RowSize, nights: readonly Night[]): Markup {
  const {cells, marks, grounds, baseline} = row;
  const gap = pitch >= 6 ? 1 : 0;
  const x = (column: number) => side + column * pitch;
  const runs = (fits: (cell: Cell) => boolean, from: number, to: number) =>
    runsOf(cells, fits, gap > 0)
      .map(([start, end]) => block(x(start), (end - start) * pitch - gap, lane + from, lane + to))
      .join('');
  const path = (className: string, d: string) => (d === '' ? '' : `<path class="${className}" d="${d}"/>`);
  const middle = lane + cellHeight / 2;
  const inside = [
    path(
      'k0',
      runs(({kind}) => kind === 'value', 0, cellHeight),
    ),
    ...heats.map(heat =>
      path(
        heatClass[heat],
        runs(cell => cell.kind === 'value' && cell.heat === heat, ...filled[heat]),
      ),
    ),
    path(
      'gap',
      runs(({kind}) => kind === 'missing', cellHeight / 2 - 1, cellHeight / 2 + 1),
    ),
    path(
      'pinned',
      runsOf(cells, (_, column) => baseline.includes(column), false)
        .map(([start, end]) => block(x(start), (end - start) * pitch - gap, height - 3, height - 1))
        .join(''),
    ),
    path('ground', grounds.map(column => `M${x(column) - gap / 2} 0v${height}`).join('')),
    ...marks.map(
      ({kind, column}) =>
        `<g transform="translate(${x(column) + (pitch - gap) / 2} ${lane / 2})">${outlines[kind]}</g>`,
    ),
    ...marks.map(({column}) => path('stem', `M${x(column) + (pitch - gap) / 2} ${lane - 1}V${middle}`)),
  ];
  return html`<svg class="heatmap-row" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" aria-label="${spoken(row, nights)}" data-c="${changesText(cells)}">${trusted(inside.join(''))}</svg>`;
}

/** Columns in a row that fit, end exclusive; one by one where cells stand apart. */
function runsOf<T>(
  cells: readonly T[],
  fits: (cell: T, column: number) => boolean,
  apart: boolean,
): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const [column, cell] of cells.entries()) {
    if (!fits(cell, column)) continue;
    const last = runs.at(-1);
    if (!apart && last?.[1] === column) last[1] = column + 1;
    else runs.push([column, column + 1]);
  }
  return runs;
}

function block(x: number, width: number, from: number, to: number): string {
  return `M${x} ${from}h${width}v${to - from}h${-width}z`;
}

/** For whom the row is not drawn. */
function spoken({cells, marks, missed}: Row, nights: readonly Night[]): string {
  const values = cells.filter(({kind}) => kind === 'value');
  const count = (fits: (cell: Cell) => boolean) => cells.filter(fits).length;
  const worse = count(({heat}) => heat > 0);
  const better = count(({heat}) => heat < 0);
  const missing = count(({kind}) => kind === 'missing');
  const said = marks.map(
    ({kind, column, change}) => `${spokenMark[kind]} on ${nights[column]?.id ?? ''}, ${percent(change.change)}`,
  );
  return [
    `${plural(values.length, 'night')} with a value`,
    ...(worse > 0 ? [`${worse} worse`] : []),
    ...(better > 0 ? [`${better} better`] : []),
    ...(missing > 0 ? [`${missing} missing${missed > 0 ? `, the newest ${missed} of them` : ''}`] : []),
    ...said,
  ].join('; ');
}

const spokenMark: Readonly<Record<Marker['kind'], string>> = {
  confirmed: 'confirmed regression',
  suspected: 'suspected regression',
  acknowledged: 'acknowledged change',
  past: 'change that is over',
  better: 'change for the better',
};

/** For the pointer: change in percent by column; `x` missing, empty where nothing was expected. */
function changesText(cells: readonly Cell[]): string {
  return cells
    .map(({kind, change}) =>
      kind === 'absent'
        ? ''
        : kind === 'missing'
          ? 'x'
          : Number.isFinite(change)
            ? String(Math.round(change * 100))
            : '∞',
    )
    .join();
}

/** The nights along the top: months, or days where there is room, and which runs gave no figures. */
export function heatmapAxis({nights}: Heatmap, {pitch, width}: RowSize): Markup {
  const x = (column: number) => side + column * pitch;
  const marks = dateMarks(nights, Math.ceil(44 / pitch));
  const labels = marks.map(
    ({column, text}) =>
      html`<path class="tick" d="M${x(column)} 12v6"/><text x="${x(column) + 2}" y="10">${text}</text>`,
  );
  const lost = nights.flatMap(({counts}, column) =>
    counts ? [] : [`M${x(column) + (pitch - 1) / 2 - 2} 13l4 4m0-4l-4 4`],
  );
  return html`<svg class="axis" aria-hidden="true" width="${width}" height="19" viewBox="0 0 ${width} 19">${labels}${lost.length === 0 ? undefined : trusted(`<path class="lost" d="${lost.join('')}"/>`)}</svg>`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Where months begin, or, with few nights, every so many; at least `apart` columns from one to the next. */
export function dateMarks(
  nights: readonly {startedAt: string}[],
  apart: number,
): readonly {column: number; text: string}[] {
  const marks: {column: number; text: string}[] = [];
  let before = '';
  for (const [column, {startedAt}] of nights.entries()) {
    const month = startedAt.slice(0, 7);
    const begins = nights.length <= 62 ? true : month !== before;
    before = month;
    const last = marks.at(-1);
    if (!begins || (last !== undefined && column - last.column < apart)) continue;
    const name = months[Number(startedAt.slice(5, 7)) - 1] ?? '';
    const day = Number(startedAt.slice(8, 10));
    const text =
      nights.length <= 62
        ? `${day} ${name}`
        : name === 'Jan' || marks.length === 0
          ? `${name} ${startedAt.slice(2, 4)}`
          : name;
    marks.push({column, text});
  }
  return marks;
}
