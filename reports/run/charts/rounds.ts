/** How a storage load settled: every round of each point of a matrix, and the window that its figures are of. */
import type {Sample} from '../../../harness/types.ts';
import {linearAxis, valueAxis} from '../../document/charts/axes.ts';
import type {Canvas, Chart} from '../../document/charts/draw.ts';
import {lineKey, seriesKey} from '../../document/charts/legend.ts';
import {colour, type SeriesStyle, seriesStyles} from '../../document/charts/palette.ts';
import {type Mark, plotted} from '../../document/charts/plot.ts';
import {curve, dots, patch} from '../../document/charts/xy.ts';
import {byText, oneLine} from '../../words/text.ts';
import {formatQuantity} from '../../words/units.ts';
import {labelWords, plural, trialLabels} from '../../words/words.ts';
import type {Sources} from '../sources.ts';

const canvas: Canvas = {width: 258, height: 150, margin: {left: 62, right: 14, top: 14, bottom: 42}};
/** Points of a matrix that are drawn; the others stand in the tables of their trials. */
const most = 24;
/** What a window may span around its mean. */
const halfRange = 0.1;

interface Round {
  x: number;
  y: number;
  measured: boolean;
  sample: Sample;
}

/** One trial of one point. */
interface Series {
  profile: string;
  trial: string;
  rounds: readonly Round[];
}

export async function roundCharts(sources: Sources): Promise<readonly Chart[]> {
  const points = Map.groupBy(sources.ofMetric('storage.round'), pointOf);
  const charts: Chart[] = [];
  for (const [point, samples] of [...points].sort(([a], [b]) => byText(a, b)).slice(0, most))
    charts.push(await pointChart(`rounds-${charts.length + 1}`, point, samples, sources));
  return charts;
}

function pointOf({labels}: Sample): string {
  const own = Object.entries(labels).filter(
    ([name]) => !trialLabels.has(name) && name !== 'round' && name !== 'window',
  );
  return labelWords(Object.fromEntries(own.sort(([a], [b]) => byText(a, b))));
}

async function pointChart(id: string, point: string, samples: readonly Sample[], sources: Sources): Promise<Chart> {
  const trials = [...Map.groupBy(samples, ({labels}) => labels.trial ?? '').values()].map(seriesOf);
  const styles = seriesStyles(sources.report.header.profiles.map(({name}) => name));
  const all = trials.flatMap(({rounds}) => rounds);
  const last = Math.max(1, ...all.map(({x}) => x));
  const profiles = [...new Set(trials.map(({profile}) => profile))];
  return plotted({
    id,
    title: `Rounds, ${oneLine(point)}`,
    summary: trials.map(settledTo).join(' '),
    canvas,
    x: linearAxis(() => 'round', last + 0.5, {factor: 1, symbol: ''}, Math.min(6, last)),
    y: valueAxis(
      all.map(({y}) => y),
      'op/s',
      false,
    ),
    marks: trials.flatMap(series => marksOf(series, styles.get(series.profile))),
    legend: [
      ...profiles.flatMap(profile => {
        const style = styles.get(profile);
        return style === undefined ? [] : [{key: seriesKey({...style, dash: []}), text: oneLine(profile)}];
      }),
      ...(all.some(({measured}) => measured)
        ? [{key: lineKey(colour.grid, ''), text: 'ground: the rounds that count, ± 10 % of their mean'}]
        : []),
    ],
    table: {
      caption: `Rounds, ${point} (${plural(all.length, 'round')})`,
      columns: [
        {title: 'Trial'},
        {title: 'Profile'},
        {title: 'Rounds, in their order', numeric: 'list'},
        {title: 'Counted'},
      ],
      rows: trials.map(({trial, profile, rounds}) => [
        {href: `#trial-${trial}`, words: `#${trial}`},
        oneLine(profile),
        rounds.map(({sample}, index) => [index === 0 ? '' : ', ', sources.number(sample)]),
        countedIn(rounds),
      ]),
    },
  });
}

function seriesOf(samples: readonly Sample[]): Series {
  const rounds = samples
    .map((sample): Round => {
      const {round = '', window} = sample.labels;
      return {x: Number(round), y: sample.value, measured: window !== undefined, sample};
    })
    .filter(({x, y}) => Number.isFinite(x) && Number.isFinite(y))
    .sort((a, b) => a.x - b.x);
  const {profile = '', trial = ''} = samples[0]?.labels ?? {};
  return {profile, trial, rounds};
}

function marksOf({rounds}: Series, style: SeriesStyle | undefined): readonly Mark[] {
  if (style === undefined) return [];
  const measured = rounds.filter(round => round.measured);
  const mean = measured.reduce((sum, {y}) => sum + y, 0) / measured.length;
  const [first, last] = [measured[0], measured.at(-1)];
  const ground =
    first === undefined || last === undefined
      ? []
      : [
          patch(
            {x: first.x - 0.3, x2: last.x + 0.3},
            {low: mean * (1 - halfRange), high: mean * (1 + halfRange)},
            colour.grid,
          ),
        ];
  return [...ground, curve(rounds, {colour: style.colour, width: 1.25, dash: style.dash}), dots(rounds, style, 32)];
}

function countedIn(rounds: readonly Round[]): string {
  const measured = rounds.filter(round => round.measured);
  const [first, last] = [measured[0], measured.at(-1)];
  return first === undefined || last === undefined ? 'none: not steady' : `${first.x} to ${last.x}`;
}

function settledTo({trial, rounds}: Series): string {
  const measured = rounds.filter(round => round.measured);
  if (measured.length === 0) return `Trial ${trial}: not steady in ${plural(rounds.length, 'round')}.`;
  const mean = measured.reduce((sum, {y}) => sum + y, 0) / measured.length;
  return `Trial ${trial}: steady in rounds ${countedIn(rounds)}, ${formatQuantity(mean, 'op/s')}.`;
}
