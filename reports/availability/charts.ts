/** The pictures of an assessment. */
import {type Canvas, type Chart, draw, linearTicks} from '../document/charts/draw.ts';
import {
  type Axis,
  blocks,
  type Frame,
  type Layer,
  line,
  segments,
  textAbove,
  textAside,
} from '../document/charts/layers.ts';
import {blockKey, legend, lineKey} from '../document/charts/legend.ts';
import {colour} from '../document/charts/palette.ts';
import {clipped} from '../words/text.ts';
import {formatShare} from '../words/units.ts';
import type {Assessment} from './assess.ts';
import {promiseWords, timeWords} from './phrases.ts';

const mostRows = 12;
const rowHeight = 26;
const margin = {left: 292, right: 96, top: 8, bottom: 40};
const barsWidth = 680 - margin.left - margin.right;

/** Marks of a logarithmic axis of seconds. */
const named: readonly (readonly [number, string])[] = [
  [1, '1 s'],
  [10, '10 s'],
  [60, '1 min'],
  [600, '10 min'],
  [3600, '1 h'],
  [21_600, '6 h'],
  [86_400, '1 day'],
  [604_800, '1 week'],
];

/** How many years stay below which downtime, with the line of the promise. */
export async function distributionChart(assessment: Assessment): Promise<Chart> {
  const rows = assessment.distribution.filter(({upTo}) => upTo >= 1 && upTo <= 604_800 * 1.1);
  const x: Axis = {title: '', ticks: [1, 604_800], log: true, bare: true};
  const y: Axis = {title: 'share of years with at most that downtime (%)', ticks: [0, 25, 50, 75, 100], log: false};
  const frame: Frame = {x, y};
  const canvas: Canvas = {width: 592, height: 240, margin: {left: 60, right: 28, top: 26, bottom: 40}};
  const curve = (of: (row: Assessment['distribution'][number]) => number) =>
    rows.flatMap(row => (row.upTo <= 604_800 ? [{x: row.upTo, y: 100 * of(row)}] : []));
  const layers: Layer[] = [
    segments(
      frame,
      named.map(([at]) => ({x: at, x2: at, y: 0, y2: 100})),
      {colour: colour.grid, width: 1},
    ),
    textAbove(
      frame,
      canvas.height + 14,
      named.map(([at, text]) => ({x: at, text})),
      {align: 'center', colour: colour.muted},
    ),
    textAbove(frame, canvas.height + 32, [{x: 777, text: 'downtime of a year (logarithmic)'}], {
      align: 'center',
      colour: colour.muted,
    }),
    line(
      frame,
      curve(row => row.vmPossible),
      {colour: colour.before, width: 1.5, dash: [1, 2]},
    ),
    line(
      frame,
      curve(row => row.vmAsMeasured),
      {colour: colour.after, width: 1.5, dash: [1, 2]},
    ),
    line(
      frame,
      curve(row => row.possible),
      {colour: colour.before, width: 2, dash: [5, 3]},
    ),
    line(
      frame,
      curve(row => row.asMeasured),
      {colour: colour.after, width: 2},
    ),
    segments(frame, [{x: assessment.budget, x2: assessment.budget, y: 0, y2: 100}], {
      colour: colour.limit,
      width: 1.5,
      dash: [5, 3],
    }),
    textAbove(
      frame,
      -10,
      [{x: assessment.budget, text: `${promiseWords(assessment)}: ${timeWords(assessment.budget)}`}],
      {align: 'center', colour: colour.limit, bold: true},
    ),
  ];
  const title = 'Downtime of single years';
  const [first] = assessment.chances;
  const summary = `Left of the red line a year keeps the promise. ${first ? `It does in ${formatShare(first.asMeasured.value)} of the years if the measured recoveries are all there is, in ${formatShare(first.possible.value)} with all that so few trials leave possible.` : ''}`;
  const shown = [0, 60, 600, 1800, assessment.budget, 7200, 21_600, 86_400];
  return {
    id: 'years',
    title,
    summary,
    svg: await draw('years', canvas, layers, title, summary),
    legend: legend([
      {key: lineKey(colour.after, ''), text: 'mean over VMs, as measured'},
      {key: lineKey(colour.before, '5 3'), text: 'mean over VMs, all that is possible'},
      {key: lineKey(colour.after, '1 2'), text: 'one VM, as measured'},
      {key: lineKey(colour.before, '1 2'), text: 'one VM, all that is possible'},
      {key: lineKey(colour.limit, '5 3'), text: 'the promise'},
    ]),
    table: {
      caption: title,
      columns: [
        {title: 'At most'},
        {title: 'Mean over VMs, as measured', numeric: true},
        {title: 'all that is possible', numeric: true},
        {title: 'One VM, as measured', numeric: true},
        {title: 'all that is possible', numeric: true},
      ],
      rows: shown.flatMap(limit => {
        const row = assessment.distribution.findLast(({upTo}) => upTo <= limit);
        return row === undefined
          ? []
          : [
              [
                timeWords(row.upTo),
                ...[row.asMeasured, row.possible, row.vmAsMeasured, row.vmPossible].map(formatShare),
              ],
            ];
      }),
    },
  };
}

/** What the downtime is made of, the largest first. */
export async function contributionChart(assessment: Assessment): Promise<Chart> {
  const drawn = assessment.contributions.slice(0, mostRows);
  const top = Math.max(...drawn.map(({share}) => share * 100), 1);
  const frame: Frame = {
    x: {title: 'share of the downtime (%)', ticks: linearTicks(top), log: false},
    y: {rows: drawn.length},
  };
  const canvas: Canvas = {width: barsWidth, height: drawn.length * rowHeight, margin};
  const layers: Layer[] = [
    blocks(
      frame,
      drawn.map(({share}, index) => ({x: 0, x2: share * 100, y: index + 0.2, y2: index + 0.8})),
      colour.after,
    ),
    textAside(
      frame,
      -284,
      drawn.map(({cause}, index) => ({y: index + 0.3, text: clipped(cause, 44)})),
      {align: 'left'},
    ),
    textAside(
      frame,
      -284,
      drawn.map(({way}, index) => ({y: index + 0.74, text: clipped(way, 50)})),
      {align: 'left', colour: colour.muted, size: 10},
    ),
    textAside(
      frame,
      canvas.width + 12,
      drawn.map(({seconds}, index) => ({y: index + 0.5, text: timeWords(seconds)})),
      {align: 'left'},
    ),
  ];
  const title = 'What contributes most';
  const [most] = drawn;
  const summary = most
    ? `${most.cause} (${most.way}) makes ${formatShare(most.share)} of the downtime, if the measured recoveries are all there is. Right: downtime per VM and year.`
    : 'Nothing contributed any downtime.';
  return {
    id: 'contributions',
    title,
    summary,
    svg: await draw('contributions', canvas, layers, title, summary),
    legend: undefined,
    table: {
      caption: title,
      columns: [
        {title: 'Cause'},
        {title: 'How'},
        {title: 'Downtime per VM and year', numeric: true},
        {title: 'Share', numeric: true},
      ],
      rows: assessment.contributions.map(({cause, way, seconds, share}) => [
        cause,
        way,
        timeWords(seconds),
        formatShare(share),
      ]),
    },
  };
}

/** What each assumption moves when it is halved and when it is doubled. */
export async function sensitivityChart(assessment: Assessment): Promise<Chart> {
  const drawn = assessment.sensitivities.slice(0, mostRows);
  const minutes = (seconds: number) => seconds / 60;
  const top = Math.max(...drawn.map(({doubled}) => minutes(doubled)), minutes(assessment.budget), 1e-3);
  const frame: Frame = {
    x: {title: 'downtime per VM and year (min)', ticks: linearTicks(top), log: false},
    y: {rows: drawn.length},
  };
  const canvas: Canvas = {width: barsWidth, height: drawn.length * rowHeight, margin: {...margin, top: 24}};
  const middle = minutes(assessment.downtime.value);
  const budget = minutes(assessment.budget);
  const bar = (from: (one: Assessment['sensitivities'][number]) => number) =>
    drawn.map((one, index) => ({
      x: Math.min(middle, minutes(from(one))),
      x2: Math.max(middle, minutes(from(one))),
      y: index + 0.22,
      y2: index + 0.78,
    }));
  const layers: Layer[] = [
    blocks(
      frame,
      bar(one => one.halved),
      colour['phase-service'],
    ),
    blocks(
      frame,
      bar(one => one.doubled),
      colour['phase-fenced'],
    ),
    segments(frame, [{x: middle, x2: middle, y: 0, y2: drawn.length}], {colour: colour.ink, width: 1.5}),
    segments(frame, [{x: budget, x2: budget, y: 0, y2: drawn.length}], {
      colour: colour.limit,
      width: 1.5,
      dash: [5, 3],
    }),
    textAbove(frame, -10, [{x: budget, text: timeWords(assessment.budget)}], {
      align: 'center',
      colour: colour.limit,
      bold: true,
    }),
    textAside(
      frame,
      -284,
      drawn.map(({subject}, index) => ({y: index + 0.5, text: clipped(subject, 50)})),
      {align: 'left'},
    ),
    textAside(
      frame,
      canvas.width + 12,
      drawn.map(({halved, doubled}, index) => ({y: index + 0.5, text: `${short(halved)} … ${short(doubled)} min`})),
      {align: 'left', size: 10},
    ),
  ];
  const title = 'What each assumption moves';
  const summary =
    'One at a time, the others left as they are: halved to the left, doubled to the right of the line of the result. Failures that meet are simulated anew.';
  return {
    id: 'sensitivity',
    title,
    summary,
    svg: await draw('sensitivity', canvas, layers, title, summary),
    legend: legend([
      {key: blockKey(colour['phase-service'], colour['phase-ink']), text: 'halved'},
      {key: blockKey(colour['phase-fenced'], colour['phase-ink']), text: 'doubled'},
      {key: lineKey(colour.limit, '5 3'), text: 'what the promise leaves'},
    ]),
    table: {
      caption: title,
      columns: [
        {title: 'Assumption'},
        {title: 'Downtime a year when halved', numeric: true},
        {title: 'When doubled', numeric: true},
      ],
      rows: assessment.sensitivities.map(({subject, halved, doubled}) => [
        subject,
        timeWords(halved),
        timeWords(doubled),
      ]),
    },
  };
}

function short(seconds: number): string {
  return String(Number((seconds / 60).toPrecision(3)));
}
