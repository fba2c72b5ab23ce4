import {type Chart, logTicks} from '../../document/charts/draw.ts';
import {lineKey, seriesKey} from '../../document/charts/legend.ts';
import {colour, type SeriesStyle} from '../../document/charts/palette.ts';
import {plotted, uprights} from '../../document/charts/plot.ts';
import {aside, dots, ruled, spans} from '../../document/charts/rows.ts';
import {clipped} from '../../words/text.ts';
import {comparisonWord, plural} from '../../words/words.ts';
import {changeOf, figures} from '../improvements.ts';
import {effectText} from '../phrases.ts';
import type {Improved} from '../report.ts';

const rowHeight = 46;
const documentedStyle: SeriesStyle = {colour: colour.limit, shape: 'diamond', filled: false, dash: []};
const measuredStyle: SeriesStyle = {colour: colour.after, shape: 'circle', filled: true, dash: []};
const height = {documented: 0.3, measured: 0.68} as const;

/** After ÷ before, documented above measured with its interval, around "no change". */
export async function improvementChart(rows: readonly Improved[]): Promise<Chart | undefined> {
  if (rows.length === 0) return undefined;
  const said = ({documented: {before, after}}: Improved) => after / before;
  const title = 'Documented and measured improvement';
  const shown = rows.filter(({measured: {effect}}) => effect !== undefined).length;
  return plotted({
    id: 'documented-measured',
    title,
    summary: `${plural(rows.length, 'figure')}, ${shown} of them measured with an interval.`,
    canvas: {
      width: 286,
      height: rows.length * rowHeight,
      margin: {left: 214, right: 210, top: 8, bottom: 38},
    },
    x: {title: 'after ÷ before (logarithmic)', ticks: ticksFor(rows), log: true, cut: true},
    y: {rows: rows.length},
    marks: [
      ruled(rows),
      uprights([1], {colour: colour.muted, width: 1}),
      dots(rows, row => [said(row)], height.documented, documentedStyle, 64),
      spans(rows, intervalOf, height.measured, {colour: measuredStyle.colour, width: 2.5, opacity: 0.6}),
      dots(rows, ratioOf, height.measured, measuredStyle, 64),
      aside(rows, {left: -206}, ({documented}) => clipped(documented.title, 34), {align: 'left', at: 0.34, bold: true}),
      aside(rows, {left: -206}, ({measured}) => comparisonWord[measured.verdict], {
        align: 'left',
        at: 0.68,
        colour: colour.muted,
        size: 10,
      }),
      aside(
        rows,
        {right: 14},
        ({documented, measured}) =>
          clipped(
            `${changeOf(documented.before, documented.after)}, ${figures(documented.before, documented.after, measured)}`,
            40,
          ),
        {align: 'left', at: 0.34, size: 10},
      ),
      aside(rows, {right: 14}, ({measured}) => clipped(effectText(measured), 34), {align: 'left', at: 0.6, size: 10}),
      aside(
        rows,
        {right: 14},
        ({measured}) => clipped(figures(measured.before.median, measured.after.median, measured), 34),
        {align: 'left', at: 0.84, size: 10, colour: colour.muted},
      ),
    ],
    legend: [
      {key: seriesKey(documentedStyle), text: 'documented, without an interval'},
      {key: seriesKey(measuredStyle), text: 'measured here, with its interval'},
      {key: lineKey(colour.muted, ''), text: 'no change'},
    ],
    table: {
      caption: title,
      columns: [
        {title: 'Figure'},
        {title: 'Documented', numeric: true},
        {title: 'Measured', numeric: true},
        {title: 'Result'},
      ],
      rows: rows.map(({documented, measured}) => [
        documented.title,
        `${changeOf(documented.before, documented.after)}, ${figures(documented.before, documented.after, measured)}`,
        `${effectText(measured)}, ${figures(measured.before.median, measured.after.median, measured)}`,
        comparisonWord[measured.verdict],
      ]),
    },
  });
}

function intervalOf({measured: {effect}}: Improved) {
  return effect === undefined ? [] : [effect];
}

/** Without an interval the medians say where it lies. */
function ratioOf({measured: {effect, before, after}}: Improved): readonly number[] {
  const ratio = effect?.value ?? after.median / before.median;
  return Number.isFinite(ratio) && ratio > 0 ? [ratio] : [];
}

function ticksFor(rows: readonly Improved[]): number[] {
  const values = rows.flatMap(row => [
    row.documented.after / row.documented.before,
    ...ratioOf(row),
    ...intervalOf(row).flatMap(({low, high}) => [low, high]),
  ]);
  // An interval that goes on for ever is cut: the rest should still be told apart.
  const usable = values.filter(value => value > 0.1 && value < 10);
  const [low, high] = [Math.min(0.5, ...usable), Math.max(2, ...usable)];
  if (high / low > 8) return logTicks(low, high);
  return [0.25, 0.33, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 4].filter((tick, index, all) => {
    const [before = 0, after = Number.POSITIVE_INFINITY] = [all[index - 1], all[index + 1]];
    return (tick >= low || after > low) && (tick <= high || before < high);
  });
}
