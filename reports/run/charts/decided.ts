/** Promises decided over time. */
import {linearAxis} from '../../document/charts/axes.ts';
import type {Canvas, Chart} from '../../document/charts/draw.ts';
import type {LineStyle} from '../../document/charts/layers.ts';
import {lineKey, seriesKey} from '../../document/charts/legend.ts';
import {colour, type SeriesStyle} from '../../document/charts/palette.ts';
import {type Mark, plotted} from '../../document/charts/plot.ts';
import {curve, dots, type Place, steps} from '../../document/charts/xy.ts';
import {formatDuration} from '../../words/units.ts';
import {plural} from '../../words/words.ts';
import {type Decision, decisionsOf, secondsBefore, secondsOf} from '../decisions.ts';
import type {Report} from '../report.ts';

const canvas: Canvas = {width: 560, height: 240, margin: {left: 60, right: 24, top: 20, bottom: 44}};
const styles: Readonly<Record<'all' | Decision['kind'], SeriesStyle>> = {
  all: {colour: colour.ink, shape: 'circle', filled: true, dash: []},
  met: {colour: colour.after, shape: 'diamond', filled: true, dash: []},
  missed: {colour: colour.limit, shape: 'square', filled: false, dash: [4, 3]},
};
const foreseenStyle: LineStyle = {colour: colour.muted, width: 2, dash: [2, 3]};

/** None where nothing was decided trial by trial, and nothing foreseen. */
export async function decidedChart(report: Report): Promise<readonly Chart[]> {
  const decisions = decisionsOf(report);
  const last = decisions.at(-1);
  const ran = Math.max(last?.seconds ?? 0, secondsOf(report));
  const expected = foreseenLine(report, decisions, ran);
  const ahead = expected.at(-1);
  if (last === undefined && ahead === undefined) return [];
  const end = Math.max(ran, ahead?.x ?? 0);
  const lines = (['all', 'met', 'missed'] as const).map(kind => ({
    kind,
    own: kind === 'all' ? decisions : decisions.filter(each => each.kind === kind),
  }));
  const hours = end > 2 * 3600;
  const scale = hours ? {factor: 1 / 3600, symbol: 'h'} : {factor: 1 / 60, symbol: 'min'};
  const after = last === undefined ? '' : `, the last after ${formatDuration(last.seconds)}`;
  const told = ahead === undefined ? '' : ` Foreseen: ${Number(ahead.y.toFixed(1))} after ${formatDuration(ahead.x)}.`;
  const key = (text: string) => ({key: lineKey(foreseenStyle.colour, '2 3'), text});
  const chart = await plotted({
    id: 'decided-over-time',
    title: 'Promises decided over time',
    summary: `${plural(decisions.length, 'promise')} decided${after}; the last trial ended after ${formatDuration(ran)}.${told}`,
    canvas,
    x: linearAxis(symbol => `since the run began (${symbol})`, end, scale),
    y: linearAxis(() => 'promises', Math.max(1, decisions.length, ahead?.y ?? 0), {factor: 1, symbol: ''}, 5),
    marks: [
      ...(ahead === undefined ? [] : [curve(expected, foreseenStyle)]),
      ...lines.flatMap(({kind, own}) => stairs(own, ran, styles[kind])),
    ],
    legend: [
      ...lines.map(({kind, own}) => ({
        key: seriesKey(styles[kind]),
        text: `${kind === 'all' ? 'decided' : kind}: ${own.length}`,
      })),
      ...(ahead === undefined ? [] : [key('foreseen when it began')]),
    ],
  });
  return [chart];
}

/** What the newest run foresaw, from its start on, beside what was decided by then; without an end, not far. */
function foreseenLine({foreseen, ...report}: Report, decisions: readonly Decision[], ran: number): readonly Place[] {
  if (foreseen === undefined) return [];
  const began = secondsBefore(report);
  const already = decisions.filter(({seconds}) => seconds <= began).length;
  const end = foreseen.windowSeconds ?? 2 * ran;
  const shown = foreseen.over.filter(({seconds}) => seconds <= end);
  return shown.length < 2 ? [] : shown.map(({seconds, decided}) => ({x: began + seconds, y: already + decided}));
}

function stairs(decisions: readonly Decision[], end: number, style: SeriesStyle): readonly Mark[] {
  const places = decisions.map(({seconds}, index) => ({x: seconds, y: index + 1}));
  const flats = [{x: 0, y: 0}, ...places].map(({x, y}, index) => ({x, x2: places[index]?.x ?? end, y}));
  return [steps(flats, {colour: style.colour, width: 2, dash: [...style.dash]}), dots(places, style, 40)];
}
