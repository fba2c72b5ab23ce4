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
import {type FailoverTrial, failoverNumbers, failoverTrials, phases} from '../failovers.ts';
import type {Report} from '../report.ts';
import type {Sources} from '../sources.ts';
import {boundsOf} from './bounds.ts';

const maxTrials = 80;
const rowHeight = 24;
const width = 340;

interface Bar {
  phase: number;
  low: number;
  high: number;
  open: boolean;
}

/**
 * A bar for every phase whose end was seen, from the end of the last phase seen before it. A milestone that was
 * passed out of order has no
 * length of its own; its time stands in the table. A censored one is open: it never ended while we waited.
 */
export function barsOf(milestones: readonly (Sample | undefined)[]): Bar[] {
  const found: Bar[] = [];
  let reached = 0;
  for (const [phase, sample] of milestones.entries()) {
    if (!sample || !Number.isFinite(sample.value) || sample.value <= reached) continue;
    found.push({phase, low: reached, high: sample.value, open: sample.censored === true});
    reached = sample.value;
    if (sample.censored) break;
  }
  return found;
}

type TrialRow = FailoverTrial & {bars: readonly Bar[]};

export async function timelineChart(sources: Sources): Promise<Chart | undefined> {
  const all = failoverTrials(sources);
  if (all.length === 0) return undefined;
  const rows = all.slice(0, maxTrials).map(trial => ({...trial, bars: barsOf(trial.milestones)}));
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
      ...phases.map(({fill, letter, name}) => ({
        key: blockKey(fill, colour['phase-ink'], letter),
        text: `until ${name}`,
      })),
      ...(near.length > 0 ? [{key: lineKey(colour.limit, '5 3'), text: 'promised bound'}] : []),
    ],
    table: failoverNumbers(sources),
  });
}

/** Bars, the promised bounds across them, and what is written in them. */
function phaseBars(rows: readonly TrialRow[], near: readonly Bound[], x: Axis): readonly Mark[] {
  const px = width / ends(x)[1];
  const of = (phase: number) => (row: TrialRow) => row.bars.filter(bar => bar.phase === phase);
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

function endsAndNames(rows: readonly TrialRow[]): readonly Mark[] {
  const end = (ended: boolean) => (row: TrialRow) => {
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
  const ended = all.filter(row => row.milestones.some(sample => sample && !sample.censored)).length;
  const worst = all
    .flatMap(row => row.milestones[3] ?? [])
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
function endOf({milestones}: FailoverTrial): {text: string; never: boolean} {
  const [service, durable] = [milestones[3], milestones[4]];
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
    const phase = phases.find(({metric}) => metric === target.metric);
    return phase === undefined
      ? undefined
      : {
          text: `${phase.name} ≤ ${formatBound(seconds, 's')} (${oneLine(target.claim)})`,
          once: `${seconds}|${phase.metric}`,
        };
  }).slice(0, 6);
}
