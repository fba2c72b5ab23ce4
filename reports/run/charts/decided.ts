/** Promises decided over time. */
import {linearAxis} from '../../document/charts/axes.ts';
import type {Canvas, Chart} from '../../document/charts/draw.ts';
import {seriesKey} from '../../document/charts/legend.ts';
import {colour, type SeriesStyle} from '../../document/charts/palette.ts';
import {type Mark, plotted} from '../../document/charts/plot.ts';
import {dots, steps} from '../../document/charts/xy.ts';
import {formatDuration} from '../../words/units.ts';
import {plural} from '../../words/words.ts';
import {type Decision, decisionsOf} from '../decisions.ts';
import type {Report} from '../report.ts';

const canvas: Canvas = {width: 560, height: 240, margin: {left: 60, right: 24, top: 20, bottom: 44}};
const styles: Readonly<Record<'all' | Decision['kind'], SeriesStyle>> = {
  all: {colour: colour.ink, shape: 'circle', filled: true, dash: []},
  met: {colour: colour.after, shape: 'diamond', filled: true, dash: []},
  missed: {colour: colour.limit, shape: 'square', filled: false, dash: [4, 3]},
};

/** None where nothing was decided trial by trial. */
export async function decidedChart(report: Report): Promise<readonly Chart[]> {
  const decisions = decisionsOf(report);
  const last = decisions.at(-1);
  if (last === undefined) return [];
  const started = Date.parse(report.header.startedAt);
  const end = Math.max(last.seconds, ((Date.parse(report.ended.at ?? '') || started) - started) / 1000);
  const lines = (['all', 'met', 'missed'] as const).map(kind => ({
    kind,
    own: kind === 'all' ? decisions : decisions.filter(each => each.kind === kind),
  }));
  const hours = end > 2 * 3600;
  const scale = hours ? {factor: 1 / 3600, symbol: 'h'} : {factor: 1 / 60, symbol: 'min'};
  const chart = await plotted({
    id: 'decided-over-time',
    title: 'Promises decided over time',
    summary: `${plural(decisions.length, 'promise')} decided, the last after ${formatDuration(last.seconds)}; the run ended after ${formatDuration(end)}.`,
    canvas,
    x: linearAxis(symbol => `since the run began (${symbol})`, end, scale),
    y: linearAxis(() => 'promises', decisions.length, {factor: 1, symbol: ''}, 5),
    marks: lines.flatMap(({kind, own}) => stairs(own, end, styles[kind])),
    legend: lines.map(({kind, own}) => ({
      key: seriesKey(styles[kind]),
      text: `${kind === 'all' ? 'decided' : kind}: ${own.length}`,
    })),
  });
  return [chart];
}

function stairs(decisions: readonly Decision[], end: number, style: SeriesStyle): readonly Mark[] {
  const places = decisions.map(({seconds}, index) => ({x: seconds, y: index + 1}));
  const flats = [{x: 0, y: 0}, ...places].map(({x, y}, index) => ({x, x2: places[index]?.x ?? end, y}));
  return [steps(flats, {colour: style.colour, width: 2, dash: [...style.dash]}), dots(places, style, 40)];
}
