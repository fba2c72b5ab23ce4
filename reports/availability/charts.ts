/** The pictures of an assessment. */
import {type Canvas, type Chart, type DataTable, linearTicks} from '../document/charts/draw.ts';
import {bareAxis, type LineStyle} from '../document/charts/layers.ts';
import {blockKey, lineKey} from '../document/charts/legend.ts';
import {colour} from '../document/charts/palette.ts';
import {above, below, namedTicks, plotted, promised, uprights} from '../document/charts/plot.ts';
import {aside, bars} from '../document/charts/rows.ts';
import {curve} from '../document/charts/xy.ts';
import {clipped} from '../words/text.ts';
import {formatShare} from '../words/units.ts';
import type {Assessment} from './assess.ts';
import {promiseWords, timeWords} from './phrases.ts';

const mostRows = 12;
const rowHeight = 26;
const margin = {left: 292, right: 96, top: 8, bottom: 40};
const barsWidth = 680 - margin.left - margin.right;

/** Marks of a logarithmic axis of seconds. */
const named: readonly {x: number; text: string}[] = [
  {x: 1, text: '1 s'},
  {x: 10, text: '10 s'},
  {x: 60, text: '1 min'},
  {x: 600, text: '10 min'},
  {x: 3600, text: '1 h'},
  {x: 21_600, text: '6 h'},
  {x: 86_400, text: '1 day'},
  {x: 604_800, text: '1 week'},
];

type Years = Assessment['distribution'][number];

/** Dashed as their keys are. */
const curves: readonly {of: (row: Years) => number; text: string; style: LineStyle; dash: string}[] = [
  {
    of: row => row.vmPossible,
    text: 'one VM, all that is possible',
    style: {colour: colour.before, width: 1.5, dash: [1, 2]},
    dash: '1 2',
  },
  {
    of: row => row.vmAsMeasured,
    text: 'one VM, as measured',
    style: {colour: colour.after, width: 1.5, dash: [1, 2]},
    dash: '1 2',
  },
  {
    of: row => row.possible,
    text: 'mean over VMs, all that is possible',
    style: {colour: colour.before, width: 2, dash: [5, 3]},
    dash: '5 3',
  },
  {of: row => row.asMeasured, text: 'mean over VMs, as measured', style: {colour: colour.after, width: 2}, dash: ''},
];

/** How many years stay below which downtime, with the line of the promise. */
export async function distributionChart(assessment: Assessment): Promise<Chart> {
  const {budget, distribution, chances} = assessment;
  const rows = distribution.filter(({upTo}) => upTo >= 1 && upTo <= 604_800);
  const title = 'Downtime of single years';
  const [first] = chances;
  return plotted({
    id: 'years',
    title,
    summary: `Left of the red line a year keeps the promise. ${first ? `It does in ${formatShare(first.asMeasured.value)} of the years if the measured recoveries are all there is, in ${formatShare(first.possible.value)} with all that so few trials leave possible.` : ''}`,
    canvas: {width: 592, height: 240, margin: {left: 60, right: 28, top: 26, bottom: 40}},
    x: bareAxis(1, 604_800, true),
    y: {
      title: 'share of years with at most that downtime (%)',
      ticks: [0, 25, 50, 75, 100],
      log: false,
      factor: 100,
    },
    marks: [
      namedTicks(named),
      below(32, [{x: 777, text: 'downtime of a year (logarithmic)'}]),
      ...curves.map(({of, style}) =>
        curve(
          rows.map(row => ({x: row.upTo, y: of(row)})),
          style,
        ),
      ),
      uprights([budget], promised),
      above(10, [{x: budget, text: `${promiseWords(assessment)}: ${timeWords(budget)}`}], {
        colour: colour.limit,
        bold: true,
      }),
    ],
    legend: [
      ...curves.toReversed().map(({text, style, dash}) => ({key: lineKey(style.colour, dash), text})),
      {key: lineKey(colour.limit, '5 3'), text: 'the promise'},
    ],
    table: yearsTable(title, assessment),
  });
}

function yearsTable(caption: string, {budget, distribution}: Assessment): DataTable {
  const rows = [0, 60, 600, 1800, budget, 7200, 21_600, 86_400].flatMap(
    limit => distribution.findLast(({upTo}) => upTo <= limit) ?? [],
  );
  return {
    caption,
    columns: [
      {title: 'At most'},
      {title: 'Mean over VMs, as measured', numeric: true},
      {title: 'all that is possible', numeric: true},
      {title: 'One VM, as measured', numeric: true},
      {title: 'all that is possible', numeric: true},
    ],
    rows: rows.map(({upTo, asMeasured, possible, vmAsMeasured, vmPossible}) => [
      timeWords(upTo),
      ...[asMeasured, possible, vmAsMeasured, vmPossible].map(formatShare),
    ]),
  };
}

function barsCanvas(rows: number, top = margin.top): Canvas {
  return {width: barsWidth, height: rows * rowHeight, margin: {...margin, top}};
}

/** What the downtime is made of, the largest first. */
export async function contributionChart({contributions}: Assessment): Promise<Chart> {
  const rows = contributions.slice(0, mostRows);
  const top = Math.max(...rows.map(({share}) => share * 100), 1);
  const title = 'What contributes most';
  const [most] = rows;
  return plotted({
    id: 'contributions',
    title,
    summary: most
      ? `${most.cause} (${most.way}) makes ${formatShare(most.share)} of the downtime, if the measured recoveries are all there is. Right: downtime per VM and year.`
      : 'Nothing contributed any downtime.',
    canvas: barsCanvas(rows.length),
    x: {title: 'share of the downtime (%)', ticks: linearTicks(top), log: false, factor: 100},
    y: {rows: rows.length},
    marks: [
      bars(rows, ({share}) => [{low: 0, high: share}], [0.2, 0.8], colour.after),
      aside(rows, {left: -284}, ({cause}) => clipped(cause, 44), {align: 'left', at: 0.3}),
      aside(rows, {left: -284}, ({way}) => clipped(way, 50), {
        align: 'left',
        at: 0.74,
        colour: colour.muted,
        size: 10,
      }),
      aside(rows, {right: 12}, ({seconds}) => timeWords(seconds), {align: 'left'}),
    ],
    legend: [],
    table: {
      caption: title,
      columns: [
        {title: 'Cause'},
        {title: 'How'},
        {title: 'Downtime per VM and year', numeric: true},
        {title: 'Share', numeric: true},
      ],
      rows: contributions.map(({cause, way, seconds, share}) => [cause, way, timeWords(seconds), formatShare(share)]),
    },
  });
}

/** What each assumption moves when it is halved and when it is doubled. */
export async function sensitivityChart({sensitivities, budget, downtime}: Assessment): Promise<Chart> {
  const rows = sensitivities.slice(0, mostRows);
  const middle = downtime.value;
  const minutes = Math.max(...rows.map(({doubled}) => doubled / 60), budget / 60, 1e-3);
  const towards = (value: number) => [{low: Math.min(middle, value), high: Math.max(middle, value)}];
  const title = 'What each assumption moves';
  return plotted({
    id: 'sensitivity',
    title,
    summary:
      'One at a time, the others left as they are: halved to the left, doubled to the right of the line of the result. Failures that meet are simulated anew.',
    canvas: barsCanvas(rows.length, 24),
    x: {title: 'downtime per VM and year (min)', ticks: linearTicks(minutes), log: false, factor: 1 / 60},
    y: {rows: rows.length},
    marks: [
      bars(rows, ({halved}) => towards(halved), [0.22, 0.78], colour['phase-service']),
      bars(rows, ({doubled}) => towards(doubled), [0.22, 0.78], colour['phase-fenced']),
      uprights([middle], {colour: colour.ink, width: 1.5}),
      uprights([budget], promised),
      above(10, [{x: budget, text: timeWords(budget)}], {colour: colour.limit, bold: true}),
      aside(rows, {left: -284}, ({subject}) => clipped(subject, 50), {align: 'left'}),
      aside(rows, {right: 12}, ({halved, doubled}) => `${short(halved)} … ${short(doubled)} min`, {
        align: 'left',
        size: 10,
      }),
    ],
    legend: [
      {key: blockKey(colour['phase-service'], colour['phase-ink']), text: 'halved'},
      {key: blockKey(colour['phase-fenced'], colour['phase-ink']), text: 'doubled'},
      {key: lineKey(colour.limit, '5 3'), text: 'what the promise leaves'},
    ],
    table: {
      caption: title,
      columns: [
        {title: 'Assumption'},
        {title: 'Downtime a year when halved', numeric: true},
        {title: 'When doubled', numeric: true},
      ],
      rows: sensitivities.map(({subject, halved, doubled}) => [subject, timeWords(halved), timeWords(doubled)]),
    },
  });
}

function short(seconds: number): string {
  return String(Number((seconds / 60).toPrecision(3)));
}
