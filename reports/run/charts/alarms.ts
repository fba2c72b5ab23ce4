/** The alarm timeline: a row for each drill, from its cause until it is quiet again. */
import type {Sample} from '../../../harness/types.ts';
import {linearAxis} from '../../document/charts/axes.ts';
import type {Chart} from '../../document/charts/draw.ts';
import {blockKey} from '../../document/charts/legend.ts';
import {colour} from '../../document/charts/palette.ts';
import {type Mark, plotted} from '../../document/charts/plot.ts';
import {aside, bars, dividers, strokes, texts} from '../../document/charts/rows.ts';
import {clipped, oneLine} from '../../words/text.ts';
import {formatQuantity, scaleFor} from '../../words/units.ts';
import {plural} from '../../words/words.ts';
import {type AlarmMoment, alarmNumbers, type Drill, drillsOf} from '../alarms.ts';
import type {Sources} from '../sources.ts';

const maxRows = 80;
const rowHeight = 34;
const width = 400;

/** Letters stand above their strokes. */
const letters: readonly {metric: AlarmMoment; letter: string; text: string; stroke: string}[] = [
  {metric: 'alarm.fires', letter: 'F', text: 'the rule fires', stroke: colour.unsure},
  {metric: 'alarm.message', letter: 'M', text: 'its message is there', stroke: colour.after},
  {metric: 'alarm.action', letter: 'A', text: 'its action is done', stroke: colour.good},
];
const bar: readonly [number, number] = [0.46, 0.86];
/** Letters nearer than this share of the width are written side by side, each with its own colour. */
const nearShare = 0.025;

export async function alarmChart(sources: Sources): Promise<Chart | undefined> {
  const all = drillsOf(sources);
  if (all.length === 0) return undefined;
  const rows = all.slice(0, maxRows);
  const top = rows.flatMap(({moments}) => [...moments.values()]).reduce((most, {value}) => Math.max(most, value), 1);
  return plotted({
    id: 'alarm-timeline',
    title: 'Alarms, from cause to quiet',
    summary: summaryOf(all, rows.length),
    canvas: {
      width,
      height: rows.length * rowHeight,
      margin: {left: 190, right: 190, top: 12, bottom: 38},
    },
    x: {...linearAxis(() => 'seconds since the cause', top * 1.02, scaleFor('s', 1)), title: 'seconds since the cause'},
    y: {rows: rows.length},
    marks: [
      dividers(rows, (row, before) => row.alarm !== before.alarm),
      bars(rows, until('alarm.cleared'), bar, colour['phase-fenced'], colour.paper),
      bars(rows, until('alarm.held'), bar, colour['phase-storage'], colour.paper),
      ...letters.map(({metric, stroke}) => strokes(rows, at(metric), [0.4, 0.9], {colour: stroke, width: 2.5})),
      ...letterMarks(rows, top),
      ...namesAndEnds(rows),
    ],
    legend: [
      {key: blockKey(colour['phase-storage'], colour['phase-ink']), text: 'the cause lasts'},
      {key: blockKey(colour['phase-fenced'], colour['phase-ink']), text: 'until it is quiet again'},
      ...letters
        .filter(({metric}) => rows.some(({moments}) => moments.has(metric)))
        .map(({letter, text, stroke}) => ({key: blockKey(colour.paper, stroke, letter), text})),
    ],
    table: alarmNumbers(sources),
  });
}

function until(metric: AlarmMoment) {
  return ({moments}: Drill) => finite(moments.get(metric)).map(high => ({low: 0, high}));
}

function at(metric: AlarmMoment) {
  return ({moments}: Drill) => {
    const sample = moments.get(metric);
    return sample?.censored ? [] : finite(sample);
  };
}

function finite(sample: Sample | undefined): readonly number[] {
  return sample && Number.isFinite(sample.value) ? [sample.value] : [];
}

/** Above the strokes; those that would lie on one another stand side by side. */
function letterMarks(rows: readonly Drill[], top: number): readonly Mark[] {
  return letters.map(
    ({metric, letter, stroke}) =>
      ({frame, canvas, ...plot}) =>
        texts(rows, row => at(metric)(row).map(x => ({x: x + shift(row, metric, top), text: letter})), {
          align: 'center',
          colour: stroke,
          size: 11,
          bold: true,
          dy: -10,
        })({frame, canvas, ...plot}),
  );
}

/** To the right of those that come before it. */
function shift({moments}: Drill, metric: AlarmMoment, top: number): number {
  const near = top * nearShare;
  const placed: number[] = [];
  const seen = letters
    .flatMap(({metric: own}) => {
      const sample = moments.get(own);
      return sample === undefined || sample.censored ? [] : [{own, value: sample.value}];
    })
    .sort((one, two) => one.value - two.value);
  for (const {own, value} of seen) {
    const last = placed.at(-1);
    const x = last === undefined || value - last >= near ? value : last + near;
    placed.push(x);
    if (own === metric) return x - value;
  }
  return 0;
}

function namesAndEnds(rows: readonly Drill[]): readonly Mark[] {
  const ends = (row: Drill) => letters.find(({metric}) => row.moments.get(metric)?.censored);
  const word = (row: Drill) => {
    const never = ends(row);
    if (never !== undefined) return `never: ${never.text}`;
    const cleared = row.moments.get('alarm.cleared');
    const told = row.moments.get('alarm.message');
    const first = told === undefined ? '' : `M ${formatQuantity(told.value, 's')}`;
    if (cleared === undefined) return first;
    return `${first}, quiet ${cleared.censored ? 'never' : formatQuantity(cleared.value, 's')}`;
  };
  const bad = (row: Drill) => ends(row) !== undefined || row.moments.get('alarm.cleared')?.censored === true;
  return [
    aside(rows, {right: 14}, row => (bad(row) ? '' : word(row)), {align: 'left', at: 0.66}),
    aside(rows, {right: 14}, row => (bad(row) ? word(row) : ''), {
      align: 'left',
      at: 0.66,
      colour: colour.limit,
      bold: true,
    }),
    aside(rows, {left: -182}, ({alarm}) => clipped(oneLine(alarm), 16), {align: 'left', at: 0.66}),
    aside(rows, {left: -74}, ({looks}) => clipped(oneLine(looks), 7), {align: 'left', at: 0.66, colour: colour.muted}),
    aside(rows, {left: -8}, ({repetition}) => `r${clipped(repetition, 4)}`, {
      align: 'right',
      at: 0.66,
      colour: colour.muted,
    }),
  ];
}

function summaryOf(all: readonly Drill[], drawn: number): string {
  const told = all.flatMap(({moments}) => moments.get('alarm.message') ?? []);
  const never = told.filter(({censored}) => censored).length;
  const worst = told.reduce<Sample | undefined>(
    (most, sample) => (sample.censored || (most !== undefined && sample.value <= most.value) ? most : sample),
    undefined,
  );
  return [
    `${plural(all.length, 'fire drill')}, one row each, from its cause.`,
    worst ? `Longest until a message: ${formatQuantity(worst.value, 's')}.` : '',
    never > 0 ? `${never} without any message.` : '',
    all.length > drawn ? `${all.length - drawn} further rows stand only in the table.` : '',
  ]
    .filter(part => part !== '')
    .join(' ');
}
