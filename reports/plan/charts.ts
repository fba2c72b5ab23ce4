/** The pictures of a plan. */

import {sentenceCase} from '../capacity/phrases.ts';
import {type Chart, linearTicks} from '../document/charts/draw.ts';
import {bareAxis} from '../document/charts/layers.ts';
import {blockKey, lineKey} from '../document/charts/legend.ts';
import {colour} from '../document/charts/palette.ts';
import {type Mark, namedTicks, plotted, promised} from '../document/charts/plot.ts';
import {aside, bars, beginnings, dividers, strokes} from '../document/charts/rows.ts';
import {band, curve, levels} from '../document/charts/xy.ts';
import {formatShare} from '../words/units.ts';
import {forecastWords, lostWords, resourceTitle} from './phrases.ts';
import {type CapacityPlan, dateAfter, type Fan, type RunOut} from './plan.ts';

/** The use of one resource over the months: median, half of the draws, nine tenths. */
export async function fanChart(plan: CapacityPlan, fan: Fan): Promise<Chart> {
  const {months, survive} = plan.input;
  // What is far beyond full need not be seen.
  const top = Math.min(250, Math.max(110, ...fan.points.map(({p95}) => p95 * 100)));
  const out = plan.runOuts.find(({name, failures}) => name === fan.name && failures === survive);
  const title = sentenceCase(resourceTitle(fan.name));
  const {points} = fan;
  return plotted({
    id: `fan-${fan.name}`,
    title,
    summary: `With ${lostWords(survive)}, full ${out ? forecastWords(plan, out.forecast) : '—'}.`,
    canvas: {width: 250, height: 170, margin: {left: 54, right: 28, top: 10, bottom: 26}},
    x: bareAxis(0, months),
    y: {title: 'of what may be used (%)', ticks: linearTicks(top, 5), log: false, factor: 100, cut: true},
    marks: [
      namedTicks(yearMarks(plan, 3)),
      band(
        points.map(({month: x, p5: low, p95: high}) => ({x, low, high})),
        colour.after,
        0.16,
      ),
      band(
        points.map(({month: x, p25: low, p75: high}) => ({x, low, high})),
        colour.after,
        0.28,
      ),
      curve(
        points.map(({month: x, p50: y}) => ({x, y})),
        {colour: colour.after, width: 2},
      ),
      levels([1], promised),
    ],
    legend: fanLegend,
    table: {
      caption: `${title}: share of what may be used`,
      columns: [
        {title: 'Month'},
        ...['5 %', '25 %', 'likely', '75 %', '95 %'].map(name => ({title: name, numeric: true})),
      ],
      rows: points
        .filter(({month}) => month % 6 === 0)
        .map(({month, p5, p25, p50, p75, p95}) => [
          dateAfter(plan.input.from, month)?.slice(0, 7) ?? '—',
          ...[p5, p25, p50, p75, p95].map(formatShare),
        ]),
    },
  });
}

const fanLegend = [
  {key: lineKey(colour.after, ''), text: 'likely'},
  {key: blockKey(colour.blackout, colour.ink), text: 'half of the draws, and nine tenths'},
  {key: lineKey(colour.limit, '5 3'), text: 'full'},
];

/** When each resource runs out, for each number of lost nodes. */
export async function runOutChart(plan: CapacityPlan): Promise<Chart> {
  const {months, resources, nodes, ceiling} = plan.input;
  const rows = resources.flatMap(({name}) => plan.runOuts.filter(each => each.name === name));
  const title = 'When each resource runs out';
  return plotted({
    id: 'run-out',
    title,
    summary: `Bar: 5 % to 95 % of the draws, stroke: likely. ${nodes} nodes, use up to ${formatShare(ceiling)} of what is left.`,
    canvas: {width: 290, height: rows.length * 22, margin: {left: 190, right: 200, top: 8, bottom: 28}},
    x: {...bareAxis(0, months), cut: true},
    y: {rows: rows.length},
    marks: [
      namedTicks(yearMarks(plan, 7)),
      dividers(rows, (row, before) => row.name !== before.name),
      ...forecastMarks(plan, rows),
      ...forecastNames(plan, rows),
    ],
    legend: [],
    table: {
      caption: title,
      columns: [
        {title: 'Resource'},
        {title: 'Nodes lost'},
        {title: 'Runs out', numeric: true},
        {title: 'First to run out', numeric: true},
      ],
      rows: rows.map(({name, failures, forecast, first}) => [
        resourceTitle(name),
        lostWords(failures),
        forecastWords(plan, forecast),
        `${formatShare(first)} of the draws`,
      ]),
    },
  });
}

/** A bar wide enough to be seen, dark for the losses that the plan is to survive, and a stroke for what is likely. */
function forecastMarks({input: {months, survive}}: CapacityPlan, rows: readonly RunOut[]): readonly Mark[] {
  const failures = [...new Set(rows.map(each => each.failures))];
  const fillOf = (lost: number) =>
    lost === survive ? colour.after : lost === failures[0] ? colour['phase-started'] : colour['phase-membership'];
  const clamped = (at: number) => Math.min(months, Math.max(0, at));
  const bar = ({forecast: {earliest, latest}}: RunOut) =>
    earliest > months ? [] : [{low: earliest, high: Math.max(clamped(latest), clamped(earliest) + months / 200)}];
  return [
    ...failures.map(lost => bars(rows, row => (row.failures === lost ? bar(row) : []), [0.25, 0.75], fillOf(lost))),
    strokes(rows, ({forecast: {likely}}) => (likely > months ? [] : [likely]), [0.12, 0.88], {
      colour: colour.ink,
      width: 2,
    }),
  ];
}

function forecastNames(plan: CapacityPlan, rows: readonly RunOut[]): readonly Mark[] {
  const heads = beginnings(rows, (row, before) => row.name !== before.name);
  return [
    aside(rows, {left: -182}, ({name}, index) => (heads[index] ? resourceTitle(name) : ''), {align: 'left'}),
    aside(rows, {left: -8}, ({failures}) => lostWords(failures), {align: 'right', colour: colour.muted, size: 10}),
    aside(rows, {right: 12}, ({forecast}) => forecastWords(plan, forecast).replaceAll('after ', '> '), {
      align: 'left',
      size: 10,
    }),
  ];
}

function yearMarks({input}: CapacityPlan, most: number): readonly {x: number; text: string}[] {
  const years = Math.max(1, Math.ceil(input.months / 12 / most));
  const step = input.months < 12 ? input.months : 12 * years;
  return Array.from({length: Math.floor(input.months / step) + 1}, (_, index) => ({
    x: index * step,
    text: dateAfter(input.from, index * step)?.slice(0, 7) ?? '',
  }));
}
