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
import {type AlarmMoment, alarmNumbers, type Drill, drillsOf, drillsWithoutValue} from '../alarms.ts';
import type {Sources} from '../sources.ts';

const maxRows = 80;
const rowHeight = 44;
const width = 300;
/** Px from the plot's edges at which columns begin or end. */
const alarmAt = -182;
const runAt = -10;
const firstColumn = 66;
const columnStep = 70;

/** Letters and words are the same colour as their strokes; letters stand above the bar or below it. */
const moments: readonly {metric: AlarmMoment; letter: string; word: string; stroke: string; below?: true}[] = [
  {metric: 'alarm.fires', letter: 'F', word: 'fires', stroke: colour.unsure},
  {metric: 'alarm.message', letter: 'M', word: 'message', stroke: colour.after, below: true},
  {metric: 'alarm.action', letter: 'A', word: 'action', stroke: colour.good},
];
const columns: readonly {metric: AlarmMoment; title: string; ink: string}[] = [
  ...moments.map(({metric, letter, word, stroke}) => ({metric, title: `${letter} ${word}`, ink: stroke})),
  {metric: 'alarm.held', title: 'cause gone', ink: colour.ink},
  {metric: 'alarm.cleared', title: 'quiet', ink: colour.ink},
];
const bar: readonly [number, number] = [0.34, 0.68];
/** Letters nearer than this share of the width are written side by side. */
const nearShare = 0.035;

export async function alarmChart(sources: Sources): Promise<Chart | undefined> {
  const all = drillsOf(sources);
  if (all.length === 0) return undefined;
  const rows = all.slice(0, maxRows);
  const top = rows.flatMap(({moments: own}) => [...own.values()]).reduce((most, {value}) => Math.max(most, value), 1);
  return plotted({
    id: 'alarm-timeline',
    title: 'Alarms, from cause to quiet',
    summary: summaryOf(sources, all, rows.length),
    canvas: {
      width,
      height: rows.length * rowHeight,
      margin: {left: 190, right: firstColumn + (columns.length - 1) * columnStep + 8, top: 30, bottom: 38},
    },
    x: {...linearAxis(() => 'seconds since the cause', top * 1.02, scaleFor('s', 1)), title: 'seconds since the cause'},
    y: {rows: rows.length},
    marks: [
      dividers(rows, (row, before) => row.alarm !== before.alarm),
      bars(rows, until('alarm.cleared'), bar, colour['phase-fenced'], colour.paper),
      bars(rows, until('alarm.held'), bar, colour['phase-storage'], colour.paper),
      ...moments.map(({metric, stroke, below}) =>
        strokes(rows, at(metric), below ? [0.5, 0.76] : [0.26, 0.52], {colour: stroke, width: 2.5}),
      ),
      ...letterMarks(rows, top),
      ...names(rows),
      ...columns.flatMap((column, index) => columnMarks(rows, column, firstColumn + index * columnStep)),
    ],
    legend: [
      {key: blockKey(colour['phase-storage'], colour['phase-ink']), text: 'the cause is in force'},
      {key: blockKey(colour['phase-fenced'], colour['phase-ink']), text: 'the cause is gone, the alert not yet quiet'},
      ...legendTexts
        .filter(({metric}) => rows.some(({moments: own}) => own.has(metric)))
        .map(({metric, text}) => {
          const {letter = '', stroke = ''} = moments.find(each => each.metric === metric) ?? {};
          return {key: blockKey(colour.paper, stroke, letter), text};
        }),
    ],
    table: alarmNumbers(sources),
  });
}

const legendTexts: readonly {metric: AlarmMoment; text: string}[] = [
  {metric: 'alarm.fires', text: 'the rule fires'},
  {metric: 'alarm.message', text: 'its message is there'},
  {metric: 'alarm.action', text: 'its action is done'},
];

function until(metric: AlarmMoment) {
  return ({moments: own}: Drill) => finite(own.get(metric)).map(high => ({low: 0, high}));
}

function at(metric: AlarmMoment) {
  return ({moments: own}: Drill) => {
    const sample = own.get(metric);
    return sample?.censored ? [] : finite(sample);
  };
}

function finite(sample: Sample | undefined): readonly number[] {
  return sample && Number.isFinite(sample.value) ? [sample.value] : [];
}

/** Beside their strokes; those above the bar that would lie on one another stand side by side. */
function letterMarks(rows: readonly Drill[], top: number): readonly Mark[] {
  return moments.map(({metric, letter, stroke, below}) =>
    texts(rows, row => at(metric)(row).map(x => ({x: x + (below ? 0 : shift(row, metric, top)), text: letter})), {
      align: 'center',
      colour: stroke,
      size: 11,
      bold: true,
      dy: below ? 17 : -16,
    }),
  );
}

/** Of an action that hardly comes later, or earlier, than its alert fires. */
function shift(row: Drill, metric: AlarmMoment, top: number): number {
  const [fires] = at('alarm.fires')(row);
  const [own] = at(metric)(row);
  if (metric !== 'alarm.action' || fires === undefined || own === undefined) return 0;
  const near = top * nearShare;
  const apart = own - fires;
  return Math.abs(apart) >= near ? 0 : (apart < 0 ? -near : near) - apart;
}

function names(rows: readonly Drill[]): readonly Mark[] {
  const first = rows.slice(0, 1);
  const faint = {colour: colour.muted, size: 10} as const;
  return [
    aside(first, {left: alarmAt}, () => 'alarm', {align: 'left', at: headAt, ...faint}),
    aside(first, {left: runAt}, () => 'looked every, run', {align: 'right', at: headAt, ...faint}),
    aside(rows, {left: alarmAt}, ({alarm}) => clipped(oneLine(alarm), 16), {align: 'left'}),
    aside(rows, {left: runAt}, ({looks, repetition}) => `${clipped(oneLine(looks), 7)}, ${clipped(repetition, 4)}`, {
      align: 'right',
      colour: colour.muted,
    }),
  ];
}

/** Above the first row. */
const headAt = -0.32;

/** A number a row, under what it is: never came, or is not asked for. */
function columnMarks(
  rows: readonly Drill[],
  {metric, title, ink}: (typeof columns)[number],
  right: number,
): readonly Mark[] {
  const never = ({moments: own}: Drill) => own.get(metric)?.censored === true;
  const said = ({moments: own}: Drill) => {
    const sample = own.get(metric);
    return sample === undefined ? '–' : formatQuantity(sample.value, 's');
  };
  return [
    aside(rows.slice(0, 1), {right}, () => title, {align: 'right', at: headAt, colour: ink, size: 10, bold: true}),
    aside(rows, {right}, row => (never(row) ? '' : said(row)), {align: 'right', size: 11}),
    aside(rows, {right}, row => (never(row) ? 'never' : ''), {
      align: 'right',
      size: 11,
      colour: colour.limit,
      bold: true,
    }),
  ];
}

function summaryOf(sources: Sources, all: readonly Drill[], drawn: number): string {
  const told = all.flatMap(({moments: own}) => own.get('alarm.message') ?? []);
  const never = told.filter(({censored}) => censored).length;
  const worst = told.reduce<Sample | undefined>(
    (most, sample) => (sample.censored || (most !== undefined && sample.value <= most.value) ? most : sample),
    undefined,
  );
  const without = drillsWithoutValue(sources).map(({alarm, slot}) => `${alarm} (#${slot})`);
  return [
    `${plural(all.length, 'fire drill')}, one row each, from its cause.`,
    worst ? `Longest until a message: ${formatQuantity(worst.value, 's')}.` : '',
    never > 0 ? `${never} without any message.` : '',
    without.length > 0 ? `Without a value: ${clipped(without.join(', '), 160)}.` : '',
    all.length > drawn ? `${all.length - drawn} further rows stand only in the table.` : '',
  ]
    .filter(part => part !== '')
    .join(' ');
}
