/** The pictures of a plan. */

import {sentenceCase} from '../capacity/phrases.ts';
import {type Canvas, type Chart, draw, linearTicks} from '../document/charts/draw.ts';
import {
  type Axis,
  area,
  blocks,
  type Frame,
  type Layer,
  line,
  segments,
  textAbove,
  textAside,
  textAt,
} from '../document/charts/layers.ts';
import {blockKey, legend, lineKey} from '../document/charts/legend.ts';
import {colour} from '../document/charts/palette.ts';
import {formatShare} from '../words/units.ts';
import {forecastWords, lostWords, resourceTitle} from './phrases.ts';
import {type CapacityPlan, dateAfter, type Fan} from './plan.ts';

/** The use of one resource over the months: median, half of the draws, nine tenths. */
export async function fanChart(plan: CapacityPlan, fan: Fan): Promise<Chart> {
  const {months, survive} = plan.input;
  // What is far beyond full need not be seen.
  const top = Math.min(250, Math.max(110, ...fan.points.map(({p95}) => p95 * 100)));
  const x: Axis = {title: '', ticks: [0, months], log: false, bare: true};
  const y: Axis = {title: 'of what may be used (%)', ticks: linearTicks(top, 5), log: false};
  const frame: Frame = {x, y};
  const canvas: Canvas = {width: 250, height: 170, margin: {left: 54, right: 28, top: 10, bottom: 26}};
  const end = y.ticks.at(-1) ?? 100;
  const within = (share: number) => Math.min(end, share * 100);
  const years = yearMarks(plan, 3);
  const layers: Layer[] = [
    segments(
      frame,
      years.map(({x: at}) => ({x: at, x2: at, y: 0, y2: end})),
      {colour: colour.grid, width: 1},
    ),
    textAbove(frame, canvas.height + 14, years, {align: 'center', colour: colour.muted}),
    area(
      frame,
      fan.points.map(({month, p5, p95}) => ({x: month, y: within(p5), y2: within(p95)})),
      colour.after,
      0.16,
    ),
    area(
      frame,
      fan.points.map(({month, p25, p75}) => ({x: month, y: within(p25), y2: within(p75)})),
      colour.after,
      0.28,
    ),
    line(
      frame,
      fan.points.map(({month, p50}) => ({x: month, y: within(p50)})),
      {colour: colour.after, width: 2},
    ),
    segments(frame, [{x: 0, x2: months, y: 100, y2: 100}], {colour: colour.limit, width: 1.5, dash: [5, 3]}),
  ];
  const out = plan.runOuts.find(({name, failures}) => name === fan.name && failures === survive);
  const title = sentenceCase(resourceTitle(fan.name));
  const summary = `With ${lostWords(survive)}, full ${out ? forecastWords(plan, out.forecast) : '—'}.`;
  const id = `fan-${fan.name}`;
  return {
    id,
    title,
    summary,
    svg: await draw(id, canvas, layers, title, summary),
    legend: fanLegend(),
    table: {
      caption: `${title}: share of what may be used`,
      columns: [
        {title: 'Month'},
        ...['5 %', '25 %', 'likely', '75 %', '95 %'].map(name => ({title: name, numeric: true})),
      ],
      rows: fan.points
        .filter(({month}) => month % 6 === 0)
        .map(({month, p5, p25, p50, p75, p95}) => [
          dateAfter(plan.input.from, month)?.slice(0, 7) ?? '—',
          ...[p5, p25, p50, p75, p95].map(formatShare),
        ]),
    },
  };
}

const fanLegend = () =>
  legend([
    {key: lineKey(colour.after, ''), text: 'likely'},
    {key: blockKey(colour.blackout, colour.ink), text: 'half of the draws, and nine tenths'},
    {key: lineKey(colour.limit, '5 3'), text: 'full'},
  ]);

/** When each resource runs out, for each number of lost nodes. */
export async function runOutChart(plan: CapacityPlan): Promise<Chart> {
  const {months} = plan.input;
  const rows = plan.input.resources.flatMap(({name}) => plan.runOuts.filter(each => each.name === name));
  const x: Axis = {title: '', ticks: [0, months], log: false, bare: true};
  const frame: Frame = {x, y: {rows: rows.length}};
  const canvas: Canvas = {width: 290, height: rows.length * 22, margin: {left: 190, right: 200, top: 8, bottom: 28}};
  const within = (at: number) => Math.min(months, Math.max(0, at));
  const years = yearMarks(plan, 7);
  const fills = [colour['phase-started'], colour.after, colour['phase-membership']];
  const failures = [...new Set(rows.map(each => each.failures))];
  const fillOf = (lost: number) =>
    lost === plan.input.survive ? colour.after : (fills[failures.indexOf(lost) === 0 ? 0 : 2] ?? colour.after);
  const heads = rows.map(({name}, index) => name !== rows[index - 1]?.name);
  const layers: Layer[] = [
    segments(
      frame,
      years.map(({x: at}) => ({x: at, x2: at, y: 0, y2: rows.length})),
      {colour: colour.grid, width: 1},
    ),
    textAbove(frame, canvas.height + 14, years, {align: 'center', colour: colour.muted}),
    segments(
      frame,
      heads.flatMap((head, index) => (head && index > 0 ? [{x: 0, x2: months, y: index, y2: index}] : [])),
      {colour: colour.rule, width: 1},
    ),
    ...rows.flatMap(({failures: lost, forecast}, index) =>
      forecast.earliest > months
        ? []
        : [
            blocks(
              frame,
              [
                {
                  x: within(forecast.earliest),
                  x2: Math.max(within(forecast.latest), within(forecast.earliest) + months / 200),
                  y: index + 0.25,
                  y2: index + 0.75,
                },
              ],
              fillOf(lost),
            ),
          ],
    ),
    segments(
      frame,
      rows.flatMap(({forecast}, index) =>
        forecast.likely > months
          ? []
          : [{x: within(forecast.likely), x2: within(forecast.likely), y: index + 0.12, y2: index + 0.88}],
      ),
      {colour: colour.ink, width: 2},
    ),
    textAside(
      frame,
      -182,
      rows.flatMap(({name}, index) => (heads[index] ? [{y: index + 0.5, text: resourceTitle(name)}] : [])),
      {align: 'left'},
    ),
    textAside(
      frame,
      -8,
      rows.map(({failures: lost}, index) => ({y: index + 0.5, text: lostWords(lost)})),
      {align: 'right', colour: colour.muted, size: 10},
    ),
    textAside(
      frame,
      canvas.width + 12,
      rows.map(({forecast}, index) => ({
        y: index + 0.5,
        text: forecastWords(plan, forecast).replaceAll('after ', '> '),
      })),
      {align: 'left', size: 10},
    ),
  ];
  if (rows.length === 0) layers.push(textAt(frame, [], {align: 'left'}));
  const title = 'When each resource runs out';
  const summary = `Bar: 5 % to 95 % of the draws, stroke: likely. ${plan.input.nodes} nodes, use up to ${formatShare(plan.input.ceiling)} of what is left.`;
  return {
    id: 'run-out',
    title,
    summary,
    svg: await draw('run-out', canvas, layers, title, summary),
    legend: undefined,
    table: {
      caption: title,
      columns: [
        {title: 'Resource'},
        {title: 'Nodes lost'},
        {title: 'Runs out', numeric: true},
        {title: 'First to run out', numeric: true},
      ],
      rows: rows.map(({name, failures: lost, forecast, first}) => [
        resourceTitle(name),
        lostWords(lost),
        forecastWords(plan, forecast),
        `${formatShare(first)} of the draws`,
      ]),
    },
  };
}

function yearMarks({input}: CapacityPlan, most: number): readonly {x: number; text: string}[] {
  const years = Math.max(1, Math.ceil(input.months / 12 / most));
  const step = input.months < 12 ? input.months : 12 * years;
  return Array.from({length: Math.floor(input.months / step) + 1}, (_, index) => ({
    x: index * step,
    text: dateAfter(input.from, index * step)?.slice(0, 7) ?? '',
  }));
}
