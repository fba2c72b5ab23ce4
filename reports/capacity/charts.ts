/** The pictures of a capacity report. */

import type {Estimate} from '../../harness/types.ts';
import {linearAxis} from '../document/charts/axes.ts';
import {type Canvas, type Chart, type DataTable, logTicks} from '../document/charts/draw.ts';
import type {Axis} from '../document/charts/layers.ts';
import {blockKey, lineKey, seriesKey} from '../document/charts/legend.ts';
import {colour, type SeriesStyle} from '../document/charts/palette.ts';
import {above, ends, type Mark, plotted, promised, tint, uprights} from '../document/charts/plot.ts';
import {aside, bars, spans, strokes} from '../document/charts/rows.ts';
import {band, curve, dots, footnote, levelNames, levels, whiskers} from '../document/charts/xy.ts';
import {clipped} from '../words/text.ts';
import {formatBound, formatEstimate, formatQuantity, formatShare, scaleFor} from '../words/units.ts';
import type {Bracket, Headroom} from './headroom.ts';
import type {Standing} from './limit.ts';
import type {Condition} from './loads.ts';
import {limitCell, p99Words, rate, sentenceCase, standingWord} from './phrases.ts';
import {type CapacityPart, type CapacityReport, conditionWords} from './report.ts';
import {fullShare, type ResourceUse, resourceWords} from './saturation.ts';

const styles: Readonly<Record<Condition, SeriesStyle>> = {
  whole: {colour: colour.after, shape: 'diamond', filled: true, dash: []},
  'node-lost': {colour: colour.third, shape: 'square', filled: false, dash: [4, 3]},
};
const canvas: Canvas = {width: 560, height: 270, margin: {left: 74, right: 46, top: 30, bottom: 44}};

/** Latency against load: flat, then steep. Undefined where no load of the open loop has an interval. */
export async function hockeyStick(report: CapacityReport, pattern: string): Promise<Chart | undefined> {
  const parts = partsOf(report, pattern);
  const rows = parts.flatMap(part =>
    (part.limit?.standings ?? []).map(standing => ({part, standing, p99: standing.p99 ?? ofTrials(standing)})),
  );
  if (rows.length === 0) return undefined;
  const {p99Seconds} = report.aim;
  const most = Math.max(...rows.map(({standing}) => standing.load.amount));
  const title = 'Latency against load';
  return plotted({
    id: `hockey-${idOf(pattern)}`,
    title,
    summary: `P99 with its interval over trials, open loop. ${parts.map(part => `${sentenceCase(conditionWords(part.condition))}: ${limitCell(part)}`).join('; ')}. The tinted stretch lies between the highest load shown to keep the target and the lowest shown to break it.`,
    canvas,
    x: linearAxis(symbol => `arrivals a second (${symbol})`, most * 1.02, scaleFor('op/s', most)),
    y: p99Axis([...rows.map(({p99}) => p99.value), p99Seconds], p99Seconds),
    marks: [
      ...parts.flatMap(({limit, condition}) =>
        limit?.keeps && limit.breaks
          ? [tint(limit.keeps.load.amount, limit.breaks.load.amount, styles[condition].colour, 0.1)]
          : [],
      ),
      levels([p99Seconds], promised),
      levelNames([{value: p99Seconds, text: `target ${formatBound(p99Seconds, 's')}`}], {
        colour: colour.limit,
        bold: true,
        dx: 6,
        dy: -9,
      }),
      ...parts.flatMap(part =>
        latencyMarks(
          part,
          rows.filter(row => row.part === part),
        ),
      ),
    ],
    legend: [...conditionKeys(parts), {key: lineKey(colour.limit, '5 3'), text: 'target'}],
    table: {
      caption: title,
      columns: [
        {title: 'Arrivals a second'},
        {title: 'Condition'},
        {title: 'P99', numeric: true},
        {title: 'Against the target'},
      ],
      rows: rows.map(({part, standing}) => [
        rate(standing.load.amount),
        conditionWords(part.condition),
        p99Words(standing),
        `${standingWord(standing.kind)}: ${standing.reason}`,
      ]),
    },
  });
}

type Interval = Pick<Estimate, 'value' | 'low' | 'high'>;

/** Of too few trials for an interval: their geometric mean and their ends. */
function ofTrials({load}: Standing): Interval {
  const values = load.trials.map(({p99Seconds}) => p99Seconds);
  return {
    value: Math.exp(values.reduce((a, b) => a + Math.log(b), 0) / values.length),
    low: Math.min(...values),
    high: Math.max(...values),
  };
}

/** An interval over few trials can reach far: the scale follows the values, and the ends are cut there. */
function p99Axis(values: readonly number[], target: number): Axis {
  const {factor, symbol} = scaleFor('s', target);
  return {
    title: `P99 (${symbol}, logarithmic)`,
    ticks: logTicks((Math.min(...values) * factor) / 1.15, Math.max(...values) * factor * 1.15),
    log: true,
    factor,
    cut: true,
  };
}

function latencyMarks(part: CapacityPart, rows: readonly {standing: Standing; p99: Interval}[]): readonly Mark[] {
  const style = styles[part.condition];
  const at = rows.map(({standing, p99}) => ({x: standing.load.amount, y: p99.value}));
  const keeps = part.limit?.keeps?.load.amount;
  return [
    whiskers(
      rows.map(({standing, p99}) => ({x: standing.load.amount, low: p99.low, high: p99.high})),
      {colour: style.colour, width: 1.5},
    ),
    curve(at, {colour: style.colour, width: 1.5, dash: style.dash}),
    dots(at, style, 46),
    ...(keeps === undefined
      ? []
      : [
          above(part.condition === 'whole' ? 18 : 6, [{x: keeps, text: limitCell(part)}], {
            colour: style.colour,
            bold: true,
          }),
        ]),
  ];
}

function conditionKeys(parts: readonly CapacityPart[]) {
  return parts.map(({condition}) => ({key: seriesKey(styles[condition]), text: conditionWords(condition)}));
}

/** Throughput against accesses in flight, with the law through it. */
export async function lawChart(report: CapacityReport, pattern: string): Promise<Chart | undefined> {
  const parts = partsOf(report, pattern).filter(({law}) => (law?.points.length ?? 0) > 0);
  const all = parts.flatMap(({law}) => law?.points ?? []);
  if (all.length === 0) return undefined;
  const curves = parts.flatMap(({law}) => (law?.fit.ok ? law.fit.value.curve : []));
  const loads = all.map(({load}) => load);
  const measured = Math.max(...all.map(({throughput}) => throughput));
  // A band over few trials can reach far: the scale follows the points.
  const most = Math.max(measured, ...curves.map(({throughput}) => throughput));
  const x = inFlightAxis('accesses in flight, all guests', loads);
  const title = 'Throughput against accesses in flight';
  return plotted({
    id: `law-${idOf(pattern)}`,
    title,
    summary: `Closed loop, every trial a point; the curve is the scalability law, its band the interval of the curve. ${parts.map(part => `${sentenceCase(conditionWords(part.condition))}: ${lawSays(part)}`).join(' ')}`,
    canvas,
    x,
    y: {
      ...linearAxis(symbol => `throughput (${symbol})`, most * 1.12, scaleFor('op/s', measured)),
      cut: true,
    },
    marks: [
      ...parts.flatMap(part => lawMarks(part, ends(x)[1])),
      ...parts.map(({condition, law}) =>
        dots(
          (law?.points ?? []).map(({load, throughput}) => ({x: load, y: throughput})),
          styles[condition],
          30,
          0.9,
        ),
      ),
    ],
    legend: conditionKeys(parts),
    table: {
      caption: title,
      columns: [
        {title: 'In flight'},
        {title: 'Condition'},
        {title: 'Trials, op/s', numeric: true},
        {title: 'By the law', numeric: true},
      ],
      rows: parts.flatMap(part =>
        [...Map.groupBy(part.law?.points ?? [], ({load}) => load)].map(([load, own]) => [
          String(load),
          conditionWords(part.condition),
          own.map(({throughput}) => rate(throughput)).join(', '),
          lawAt(part, load),
        ]),
      ),
    },
  });
}

/** The curve, its interval, and its peak where that is on the scale. */
function lawMarks({condition, law}: CapacityPart, lastTick: number): readonly Mark[] {
  if (!law?.fit.ok) return [];
  const {colour: stroke, dash} = styles[condition];
  const {curve: fitted, peak} = law.fit.value;
  return [
    band(
      fitted.map(({load: x, low, high}) => ({x, low, high})),
      stroke,
      0.16,
    ),
    curve(
      fitted.map(({load: x, throughput: y}) => ({x, y})),
      {colour: stroke, width: 2, dash},
    ),
    ...(peak && peak.load.value <= lastTick
      ? [
          whiskers([{x: peak.load.value, low: 0, high: peak.throughput.value}], {
            colour: stroke,
            width: 1,
            dash: [2, 2],
          }),
          footnote(peak.load.value, `peak at ${Math.round(peak.load.value)}`, {
            colour: stroke,
            dx: 5,
            dy: condition === 'whole' ? -10 : -24,
          }),
        ]
      : []),
  ];
}

function inFlightAxis(title: string, loads: readonly number[]): Axis {
  return {title: `${title} (logarithmic)`, ticks: doublings(Math.min(...loads), Math.max(...loads)), log: true};
}

function lawAt({law}: CapacityPart, load: number): string {
  if (!law?.fit.ok) return '—';
  const {alpha, beta, gamma} = law.fit.value;
  return rate((gamma.value * load) / (1 + alpha.value * (load - 1) + beta.value * load * (load - 1)));
}

function lawSays({law}: CapacityPart): string {
  if (law === undefined) return 'not measured.';
  if (!law.fit.ok) return `no curve, ${law.fit.error.need} are needed.`;
  const {peak} = law.fit.value;
  return peak === undefined
    ? 'no peak.'
    : `peak ${formatEstimate(peak.throughput, 'op/s').text} at ${Math.round(peak.load.value)} in flight${peak.beyondTried ? ', beyond what was tried' : ''}.`;
}

/** The limit whole, with a node lost (measured), with two lost (arithmetic). */
export async function headroomChart(headroom: Headroom, nodes: number): Promise<Chart | undefined> {
  const {whole, lost, second, pattern} = headroom;
  if (!whole && !lost) return undefined;
  const rows = headroomRows(headroom, nodes);
  const finite = rows.flatMap(({bracket}) => (bracket ? [bracket.keeps, bracket.breaks] : [])).filter(Number.isFinite);
  const most = Math.max(...finite);
  const title = 'Headroom';
  return plotted({
    id: `headroom-${idOf(pattern)}`,
    title,
    summary: `The bar is the highest load shown to keep the target, the line reaches to the lowest shown to break it. ${headroom.limitRatio ? `One lost node leaves ${formatShare(headroom.limitRatio.value)}.` : ''}`,
    canvas: {width: 340, height: rows.length * 38, margin: {left: 180, right: 160, top: 8, bottom: 40}},
    x: {...linearAxis(symbol => `load within the target (${symbol})`, most, scaleFor('op/s', most)), cut: true},
    y: {rows: rows.length},
    marks: headroomMarks(rows),
    legend: [
      {key: blockKey(colour.after, colour.paper), text: 'measured'},
      ...(second.kind === 'arithmetic'
        ? [{key: blockKey(colour['phase-membership'], colour.ink), text: 'arithmetic'}]
        : []),
    ],
    table: {
      caption: title,
      columns: [{title: 'Cluster'}, {title: 'How'}, {title: 'Load', numeric: true}],
      rows: rows.map(({what, note, bracket}) => [what, note, bracketWords(bracket)]),
    },
  });
}

interface HeadroomRow {
  what: string;
  note: string;
  bracket: Bracket | undefined;
  fill: string;
}

function headroomRows({whole, lost, second}: Headroom, nodes: number): readonly HeadroomRow[] {
  const measured = {note: 'measured', fill: colour.after};
  return [
    {...measured, what: `all ${nodes} nodes`, bracket: whole},
    {...measured, what: 'one node lost', bracket: lost},
    ...(second.kind === 'arithmetic'
      ? [
          {
            what: 'two nodes lost',
            note: 'arithmetic, not measured',
            bracket: {keeps: second.limit.low, breaks: second.limit.high},
            fill: colour['phase-membership'],
          },
        ]
      : []),
  ];
}

function headroomMarks(rows: readonly HeadroomRow[]): readonly Mark[] {
  const of = ({bracket}: HeadroomRow) => (bracket ? [bracket] : []);
  const stroke = {colour: colour.ink, width: 1.5};
  return [
    ...[...new Set(rows.map(({fill}) => fill))].map(fill =>
      bars(rows, row => (row.fill === fill ? of(row).map(({keeps}) => ({low: 0, high: keeps})) : []), [0.2, 0.8], fill),
    ),
    spans(rows, row => of(row).map(({keeps: low, breaks: high}) => ({low, high})), 0.5, stroke),
    strokes(
      rows,
      row =>
        of(row)
          .map(({breaks}) => breaks)
          .filter(Number.isFinite),
      [0.36, 0.64],
      stroke,
    ),
    aside(rows, {left: -172}, ({what}) => what, {align: 'left', at: 0.34}),
    aside(rows, {left: -172}, ({note}) => note, {align: 'left', at: 0.7, colour: colour.muted, size: 10}),
    aside(rows, {right: 12}, ({bracket}) => clipped(bracketWords(bracket), 26), {align: 'left'}),
  ];
}

function bracketWords(bracket: Bracket | undefined): string {
  if (bracket === undefined) return 'none shown';
  return Number.isFinite(bracket.breaks)
    ? `${rate(bracket.keeps)} … ${rate(bracket.breaks)}`
    : `≥ ${rate(bracket.keeps)}`;
}

const useStyles: readonly SeriesStyle[] = [
  {colour: colour.limit, shape: 'diamond', filled: true, dash: []},
  {colour: colour.after, shape: 'circle', filled: true, dash: [5, 2]},
  {colour: colour.fourth, shape: 'square', filled: false, dash: [2, 2]},
  {colour: colour.third, shape: 'triangle-up', filled: true, dash: [8, 2, 1, 2]},
  {colour: colour.before, shape: 'circle', filled: false, dash: [1, 2]},
];

/** The fullest resources over the open loop, or over the closed one where nothing else was counted. */
export async function useChart(part: CapacityPart): Promise<Chart | undefined> {
  const {saturation, condition, pattern, limit} = part;
  const all = saturation?.resources ?? [];
  const loop = all.some(({uses}) => uses.some(each => each.loop === 'open')) ? 'open' : 'closed';
  const drawn = chosen(all).flatMap((each, index) => {
    const uses = each.uses.filter(use => use.loop === loop).sort((a, b) => a.load - b.load);
    const style = useStyles[index % useStyles.length];
    return uses.length === 0 || style === undefined ? [] : [{each, uses, style}];
  });
  if (drawn.length === 0) return undefined;
  const keeps = loop === 'open' ? limit?.keeps?.load.amount : undefined;
  const title = `Use of resources, ${conditionWords(condition)}`;
  return plotted({
    id: `use-${condition}-${idOf(pattern)}`,
    title,
    summary: saturation?.says ?? '',
    canvas: {width: 262, height: 190, margin: {left: 50, right: 20, top: 22, bottom: 40}},
    x: loadAxis(
      loop,
      drawn.flatMap(({uses}) => uses.map(({load}) => load)),
    ),
    y: {title: 'use (%)', ticks: [0, 25, 50, 75, 100], log: false, factor: 100, cut: true},
    marks: [
      levels([fullShare], {colour: colour.before, width: 1, dash: [3, 3]}),
      ...(keeps === undefined
        ? []
        : [
            uprights([keeps], {colour: colour.ink, width: 1, dash: [5, 3]}),
            above(9, [{x: keeps, text: `limit ${limitCell(part)}`}], {colour: colour.ink}),
          ]),
      ...drawn.flatMap(({uses, style}) => {
        const at = uses.map(({load, use}) => ({x: load, y: use.value}));
        return [curve(at, {colour: style.colour, width: 1.5, dash: style.dash}), dots(at, style, 22)];
      }),
    ],
    legend: drawn.map(({each, style}) => ({key: seriesKey(style), text: resourceWords(each)})),
    table: useTable(title, all, loop),
  });
}

function loadAxis(loop: Loop, loads: readonly number[]): Axis {
  const most = Math.max(...loads);
  return loop === 'open'
    ? linearAxis(symbol => `arrivals a second (${symbol})`, most, scaleFor('op/s', most), 5)
    : inFlightAxis('accesses in flight', loads);
}

function useTable(caption: string, all: readonly ResourceUse[], loop: Loop): DataTable {
  const loads = useColumns(all, loop);
  const unit = loop === 'open' ? 'op/s' : 'count';
  return {
    caption,
    columns: [{title: 'Resource'}, ...loads.map(load => ({title: `${formatQuantity(load, unit)}`, numeric: true}))],
    rows: all.map(each => [
      resourceWords(each),
      ...loads.map(load => {
        const found = each.uses.find(use => use.loop === loop && use.load === load);
        return found === undefined ? '—' : formatShare(found.use.value);
      }),
    ]),
  };
}

type Loop = 'open' | 'closed';

/** The fullest of each kind first, so that five lines show five different things; then what is full besides. */
function chosen(all: readonly ResourceUse[]): readonly ResourceUse[] {
  const kinds = new Map<string, ResourceUse>();
  for (const each of all) {
    const kind = `${each.resource}${each.host === 'all' ? ' all' : ''}`;
    if (!kinds.has(kind)) kinds.set(kind, each);
  }
  const first = [...kinds.values()];
  return [...first, ...all.filter(each => each.full.length > 0 && !first.includes(each))].slice(0, useStyles.length);
}

function useColumns(all: readonly ResourceUse[], loop: Loop): readonly number[] {
  const loads = all.flatMap(({uses}) => uses.flatMap(each => (each.loop === loop ? [each.load] : [])));
  return [...new Set(loads)].sort((a, b) => a - b);
}

function partsOf({parts}: CapacityReport, pattern: string): readonly CapacityPart[] {
  return parts.filter(part => part.pattern === pattern);
}

function doublings(low: number, high: number): number[] {
  const from = Math.floor(Math.log2(Math.max(1, low)));
  const to = Math.max(from + 1, Math.ceil(Math.log2(high)));
  return Array.from({length: to - from + 1}, (_, index) => 2 ** (from + index));
}

function idOf(pattern: string): string {
  return pattern.replace(/[^a-z0-9]+/gi, '-');
}
