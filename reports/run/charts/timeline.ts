import type {Sample} from '../../../harness/types.ts';
import {type Chart, linearTicks} from '../../document/charts/draw.ts';
import type {Axis} from '../../document/charts/layers.ts';
import {blockKey, lineKey} from '../../document/charts/legend.ts';
import {colour} from '../../document/charts/palette.ts';
import {ends, type Mark, plotted} from '../../document/charts/plot.ts';
import {
  aside,
  type Bound,
  bars,
  boundLines,
  boundNames,
  boundsHeight,
  dividers,
  nearAndFar,
  texts,
} from '../../document/charts/rows.ts';
import {clipped, oneLine} from '../../words/text.ts';
import {formatBound, formatQuantity, missing} from '../../words/units.ts';
import {plural} from '../../words/words.ts';
import {type Bar, type FailoverTrial, failoverNumbers, failoverTrials, milestones, phases} from '../failovers.ts';
import type {Report} from '../report.ts';
import type {Sources} from '../sources.ts';
import {boundsOf} from './bounds.ts';

const maxTrials = 80;
const rowHeight = 24;
const width = 340;

export async function timelineChart(sources: Sources): Promise<Chart | undefined> {
  const all = failoverTrials(sources);
  if (all.length === 0) return undefined;
  const rows = all.slice(0, maxTrials);
  const longest = rows.flatMap(row => row.bars).reduce((most, bar) => Math.max(most, bar.high), 0);
  const {near, far} = nearAndFar(promisedBounds(sources.report), longest);
  const top = near.reduce((most, {value}) => Math.max(most, value), longest);
  const x = {title: 'seconds since the injection of the fault', ticks: linearTicks(top * 1.02, 8), log: false};
  return plotted({
    id: 'failover-timeline',
    title: 'Failover, phase by phase',
    summary: summaryOf(all, rows.length, far),
    canvas: {
      width,
      height: rows.length * rowHeight,
      margin: {left: 190, right: 150, top: boundsHeight(near), bottom: 38},
    },
    x,
    y: {rows: rows.length},
    marks: [
      dividers(rows, (row, before) => row.fault !== before.fault),
      ...phaseBars(rows, near, x),
      ...endsAndNames(rows),
      boundNames(near, 52),
    ],
    legend: [
      ...phases.flatMap(({fill, letter, name}, phase) =>
        rows.some(({bars: own}) => own.some(bar => bar.phase === phase))
          ? [{key: blockKey(fill, colour['phase-ink'], letter), text: letter === '?' ? name : `until ${name}`}]
          : [],
      ),
      ...(near.length > 0 ? [{key: lineKey(colour.limit, '5 3'), text: 'promised bound'}] : []),
    ],
    table: failoverNumbers(sources),
  });
}

/** Bars, the promised bounds across them, and what is written in them. */
function phaseBars(rows: readonly FailoverTrial[], near: readonly Bound[], x: Axis): readonly Mark[] {
  const px = width / ends(x)[1];
  const of = (phase: number) => (row: FailoverTrial) => row.bars.filter(bar => bar.phase === phase);
  const label = ({low, high, phase}: Bar) => {
    const letter = phases[phase]?.letter ?? '';
    const room = (high - low) * px;
    const text = room >= 46 ? `${letter} ${(high - low).toFixed(1)}` : room >= 14 ? letter : '';
    return text === '' ? [] : [{x: (low + high) / 2, text}];
  };
  return [
    ...phases.map(({fill}, phase) => bars(rows, of(phase), [0.16, 0.84], fill, colour.paper)),
    boundLines(near),
    texts(rows, row => row.bars.flatMap(label), {align: 'center', colour: colour['phase-ink'], size: 10}),
    texts(rows, row => row.bars.filter(({open}) => open).map(({high}) => ({x: high, text: '▷'})), {
      align: 'left',
      colour: colour.limit,
      bold: true,
      dx: 2,
    }),
  ];
}

function endsAndNames(rows: readonly FailoverTrial[]): readonly Mark[] {
  const end = (ended: boolean) => (row: FailoverTrial) => {
    const {never, text} = endOf(row);
    return never === ended ? '' : text;
  };
  return [
    aside(rows, {right: 14}, end(true), {align: 'left'}),
    aside(rows, {right: 14}, end(false), {align: 'left', colour: colour.limit, bold: true}),
    aside(rows, {left: 6}, row => (row.bars.length === 0 ? 'no milestone was seen' : ''), {
      align: 'left',
      colour: colour.muted,
    }),
    aside(rows, {left: -182}, ({fault}) => clipped(oneLine(fault), 16), {align: 'left'}),
    aside(rows, {left: -74}, ({profile}) => clipped(oneLine(profile), 8), {align: 'left', colour: colour.muted}),
    aside(rows, {left: -8}, ({repetition}) => `r${clipped(repetition, 4)}`, {align: 'right', colour: colour.muted}),
  ];
}

function summaryOf(all: readonly FailoverTrial[], drawn: number, far: readonly Bound[]): string {
  const ended = all.filter(({moments}) => [...moments.values()].some(sample => !sample.censored)).length;
  const worst = all
    .flatMap(({moments}) => moments.get('failover.service') ?? [])
    .reduce<Sample | undefined>(
      (most, sample) => (most === undefined || sample.value > most.value ? sample : most),
      undefined,
    );
  return [
    `${plural(all.length, 'failover')}, one row each, from the injection of the fault.`,
    worst
      ? `Longest until the service answered: ${worst.censored ? 'never within ' : ''}${formatQuantity(worst.value, 's')}.`
      : 'No trial saw the service answer again.',
    ended < all.length ? `${all.length - ended} without any milestone.` : '',
    ...far.map(limit => `Not on this scale: ${limit.text}.`),
    all.length > drawn ? `${all.length - drawn} further rows stand only in the table.` : '',
  ]
    .filter(part => part !== '')
    .join(' ');
}

/** The two ends that count for a user, at the right of the row. */
function endOf({moments}: FailoverTrial): {text: string; never: boolean} {
  const [service, durable] = [moments.get('failover.service'), moments.get('failover.durable')];
  const word = (letter: string, sample: Sample | undefined) =>
    sample === undefined
      ? `${letter} ${missing}`
      : sample.censored
        ? `${letter} > ${formatQuantity(sample.value, 's')}`
        : `${letter} ${formatQuantity(sample.value, 's')}`;
  if (service?.censored || durable?.censored)
    return {text: `never ended: ${word('A', service?.censored ? service : durable)}`.replace('A >', '>'), never: true};
  return {text: `${word('A', service)}, ${word('D', durable)}`, never: false};
}

function promisedBounds(report: Report): readonly Bound[] {
  return boundsOf(report, (target, seconds) => {
    const moment = milestones.find(({metric}) => metric === target.metric);
    const phase = phases.find(({of}) => of.some(name => `failover.${name}` === target.metric));
    return moment === undefined || phase === undefined
      ? undefined
      : {
          text: `${phase.name} ≤ ${formatBound(seconds, 's')} (${oneLine(target.claim)})`,
          once: `${seconds}|${moment.metric}`,
        };
  }).slice(0, 6);
}
