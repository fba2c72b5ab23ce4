import type {Sample, Target} from '../../../harness/types.ts';
import {type Canvas, type Chart, draw, linearTicks} from '../../document/charts/draw.ts';
import {blocks, type Frame, type Layer, segments, textAbove, textAside, textAt} from '../../document/charts/layers.ts';
import {blockKey, legend, lineKey} from '../../document/charts/legend.ts';
import {colour} from '../../document/charts/palette.ts';
import {byText, clipped, oneLine} from '../../words/text.ts';
import {formatBound, formatQuantity, missing} from '../../words/units.ts';
import {plural} from '../../words/words.ts';
import {type FailoverTrial, failoverNumbers, failoverTrials, phases} from '../failovers.ts';
import type {Report} from '../report.ts';
import type {Sources} from '../sources.ts';

const maxTrials = 80;
const rowHeight = 24;

interface Bar {
  phase: number;
  from: number;
  to: number;
  open: boolean;
}

/**
 * A bar for every phase whose end was seen, from the end of the last phase seen before it. A milestone that was
 * passed out of order has no
 * length of its own; its time stands in the table. A censored one is open: it never ended while we waited.
 */
export function barsOf(milestones: readonly (Sample | undefined)[]): Bar[] {
  const bars: Bar[] = [];
  let reached = 0;
  for (const [phase, sample] of milestones.entries()) {
    if (!sample || !Number.isFinite(sample.value) || sample.value <= reached) continue;
    bars.push({phase, from: reached, to: sample.value, open: sample.censored === true});
    reached = sample.value;
    if (sample.censored) break;
  }
  return bars;
}

export async function timelineChart(sources: Sources): Promise<Chart | undefined> {
  const all = failoverTrials(sources);
  if (all.length === 0) return undefined;
  const rows = all.slice(0, maxTrials);
  const bars = rows.map(row => barsOf(row.milestones));
  const limits = limitLines(sources.report);
  const longest = bars.flat().reduce((most, bar) => Math.max(most, bar.to), 0);
  const near = limits.filter(limit => limit.seconds <= longest * 3);
  const far = limits.filter(limit => limit.seconds > longest * 3);
  const top = near.reduce((most, limit) => Math.max(most, limit.seconds), longest);
  const frame: Frame = {
    x: {title: 'seconds since the injection of the fault', ticks: linearTicks(top * 1.02, 8), log: false},
    y: {rows: rows.length},
  };
  const headroom = 10 + near.length * 14;
  const canvas: Canvas = {
    width: 340,
    height: rows.length * rowHeight,
    margin: {left: 190, right: 150, top: headroom, bottom: 38},
  };
  const end = frame.x.ticks.at(-1) ?? 1;
  const px = canvas.width / end;

  const layers: Layer[] = [];
  const breaks = rows.flatMap((row, index) =>
    index > 0 && rows[index - 1]?.fault !== row.fault ? [{x: 0, x2: end, y: index, y2: index}] : [],
  );
  layers.push(segments(frame, breaks, {colour: colour.rule, width: 1}));
  for (const [phase, {fill}] of phases.entries()) {
    const placed = bars.flatMap((list, index) => list.filter(bar => bar.phase === phase).map(bar => ({...bar, index})));
    if (placed.length === 0) continue;
    layers.push(
      blocks(
        frame,
        placed.map(bar => ({x: bar.from, x2: bar.to, y: bar.index + 0.16, y2: bar.index + 0.84})),
        fill,
        colour.paper,
      ),
    );
  }
  layers.push(
    segments(
      frame,
      near.map(limit => ({x: limit.seconds, x2: limit.seconds, y: 0, y2: rows.length})),
      {colour: colour.limit, width: 1.5, dash: [5, 3]},
    ),
  );
  for (const [phase, {letter}] of phases.entries()) {
    const labels = bars.flatMap((list, index) =>
      list.flatMap(bar => {
        const room = (bar.to - bar.from) * px;
        const text =
          bar.phase !== phase
            ? ''
            : room >= 46
              ? `${letter} ${(bar.to - bar.from).toFixed(1)}`
              : room >= 14
                ? letter
                : '';
        return text === '' ? [] : [{x: (bar.from + bar.to) / 2, y: index + 0.5, text}];
      }),
    );
    layers.push(textAt(frame, labels, {align: 'center', colour: colour['phase-ink'], size: 10}));
  }
  const opens = bars.flatMap((list, index) =>
    list.filter(bar => bar.open).map(bar => ({x: bar.to, y: index + 0.5, text: '▷'})),
  );
  layers.push(textAt(frame, opens, {align: 'left', colour: colour.limit, bold: true, dx: 2}));
  const ends = rows.map((row, index) => ({y: index + 0.5, ...endOf(row)}));
  layers.push(
    textAside(
      frame,
      canvas.width + 14,
      ends.filter(({never}) => !never).map(({y, text}) => ({y, text})),
      {align: 'left'},
    ),
    textAside(
      frame,
      canvas.width + 14,
      ends.filter(({never}) => never).map(({y, text}) => ({y, text})),
      {align: 'left', colour: colour.limit, bold: true},
    ),
  );
  const empty = bars.flatMap((list, index) =>
    list.length === 0 ? [{y: index + 0.5, text: 'no milestone was seen'}] : [],
  );
  if (empty.length > 0) layers.push(textAside(frame, 6, empty, {align: 'left', colour: colour.muted}));
  layers.push(
    textAside(
      frame,
      -182,
      rows.map((row, index) => ({y: index + 0.5, text: clipped(oneLine(row.fault), 16)})),
      {align: 'left'},
    ),
    textAside(
      frame,
      -74,
      rows.map((row, index) => ({y: index + 0.5, text: clipped(oneLine(row.profile), 8)})),
      {align: 'left', colour: colour.muted},
    ),
    textAside(
      frame,
      -8,
      rows.map((row, index) => ({y: index + 0.5, text: `r${clipped(row.repetition, 4)}`})),
      {align: 'right', colour: colour.muted},
    ),
  );
  for (const [index, limit] of near.entries()) {
    const right = limit.seconds * px > canvas.width * 0.6;
    layers.push(
      textAbove(frame, -6 - index * 14, [{x: limit.seconds, text: clipped(limit.text, 52)}], {
        align: right ? 'right' : 'left',
        colour: colour.limit,
        size: 10,
        dx: right ? 3 : -3,
      }),
    );
  }

  const ended = all.filter(row => row.milestones.some(sample => sample && !sample.censored)).length;
  const worst = all
    .flatMap(row => row.milestones[3] ?? [])
    .reduce<Sample | undefined>(
      (most, sample) => (most === undefined || sample.value > most.value ? sample : most),
      undefined,
    );
  const title = 'Failover, phase by phase';
  const summary = [
    `${plural(all.length, 'failover')}, one row each, from the injection of the fault.`,
    worst
      ? `Longest until the service answered: ${worst.censored ? 'never within ' : ''}${formatQuantity(worst.value, 's')}.`
      : 'No trial saw the service answer again.',
    ended < all.length ? `${all.length - ended} without any milestone.` : '',
    ...far.map(limit => `Not on this scale: ${limit.text}.`),
    all.length > rows.length ? `${all.length - rows.length} further rows stand only in the table.` : '',
  ]
    .filter(part => part !== '')
    .join(' ');
  return {
    id: 'failover-timeline',
    title,
    summary,
    svg: await draw('failover-timeline', canvas, layers, title, summary),
    legend: legend([
      ...phases.map(phase => ({
        key: blockKey(phase.fill, colour['phase-ink'], phase.letter),
        text: `until ${phase.name}`,
      })),
      ...(near.length > 0 ? [{key: lineKey(colour.limit, '5 3'), text: 'promised bound'}] : []),
    ]),
    table: failoverNumbers(sources),
  };
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

interface Limit {
  seconds: number;
  text: string;
}

/** The promised bounds on failover times, each once. */
function limitLines(report: Report): Limit[] {
  const found = new Map<string, Limit>();
  for (const {targets} of report.verdicts) {
    for (const {target} of targets) {
      const seconds = secondsOf(target);
      if (seconds === undefined) continue;
      const phase = phases.find(candidate => candidate.metric === target.metric);
      if (!phase) continue;
      const key = `${seconds}|${phase.metric}`;
      if (!found.has(key))
        found.set(key, {seconds, text: `${phase.name} ≤ ${formatBound(seconds, 's')} (${oneLine(target.claim)})`});
    }
  }
  return [...found.values()].sort((a, b) => a.seconds - b.seconds || byText(a.text, b.text)).slice(0, 6);
}

function secondsOf(target: Target): number | undefined {
  if (target.unit !== 's' || target.statistic === 'ratio') return undefined;
  const seconds = target.statistic === 'proportion' ? target.limit : target.bound;
  return seconds !== undefined && Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}
