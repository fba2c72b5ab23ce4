/** The pictures of a capacity report. */
import {type Canvas, type Chart, draw, linearTicks, logTicks} from '../document/charts/draw.ts';
import {
  type Axis,
  area,
  blocks,
  type Frame,
  type Layer,
  line,
  points,
  segments,
  textAbove,
  textAside,
  textAt,
} from '../document/charts/layers.ts';
import {blockKey, legend, lineKey, seriesKey} from '../document/charts/legend.ts';
import {colour, type SeriesStyle} from '../document/charts/palette.ts';
import {clipped} from '../words/text.ts';
import {formatBound, formatEstimate, formatQuantity, formatShare, scaleFor} from '../words/units.ts';
import type {Bracket, Headroom} from './headroom.ts';
import type {Condition} from './loads.ts';
import {limitCell, p99Words, rate, sentenceCase, standingWord} from './phrases.ts';
import {type CapacityPart, type CapacityReport, conditionWords} from './report.ts';
import {fullShare, type ResourceUse, resourceWords} from './saturation.ts';

const styles: Readonly<Record<Condition, SeriesStyle>> = {
  whole: {colour: colour.after, shape: 'diamond', filled: true, dash: []},
  'node-lost': {colour: colour.third, shape: 'square', filled: false, dash: [4, 3]},
};
const canvas: Canvas = {width: 560, height: 270, margin: {left: 74, right: 46, top: 30, bottom: 44}};

/** Latency against load: flat, then steep. Undefined where no load of the open loop has an interval. */
export async function hockeyStick(report: CapacityReport, pattern: string): Promise<Chart | undefined> {
  const parts = partsOf(report, pattern);
  const rows = parts.flatMap(part =>
    (part.limit?.standings ?? []).flatMap(standing => {
      const values = standing.load.trials.map(({p99Seconds}) => p99Seconds);
      const p99 = standing.p99 ?? {
        value: Math.exp(values.reduce((a, b) => a + Math.log(b), 0) / values.length),
        low: Math.min(...values),
        high: Math.max(...values),
      };
      return [{part, standing, p99}];
    }),
  );
  if (rows.length === 0) return undefined;
  const {p99Seconds} = report.aim;
  const tops = scaleFor('op/s', Math.max(...rows.map(({standing}) => standing.load.amount)));
  const seconds = scaleFor('s', p99Seconds);
  // An interval over few trials can reach far: the scale follows the values, and the ends are cut there.
  const values = [...rows.map(({p99}) => p99.value), p99Seconds].map(value => value * seconds.factor);
  const y: Axis = {
    title: `P99 (${seconds.symbol}, logarithmic)`,
    ticks: logTicks(Math.min(...values) / 1.15, Math.max(...values) * 1.15),
    log: true,
  };
  const x: Axis = {
    title: `arrivals a second (${tops.symbol})`,
    ticks: linearTicks(Math.max(...rows.map(({standing}) => standing.load.amount)) * tops.factor * 1.02),
    log: false,
  };
  const frame: Frame = {x, y};
  const end = x.ticks.at(-1) ?? 1;
  const [bottom, top] = [y.ticks[0] ?? 0, y.ticks.at(-1) ?? 1];
  const target = p99Seconds * seconds.factor;
  const within = (value: number) => Math.min(top, Math.max(bottom, value));
  const layers: Layer[] = [];
  for (const part of parts) {
    const keeps = part.limit?.keeps?.load.amount;
    const breaks = part.limit?.breaks?.load.amount;
    if (keeps !== undefined && breaks !== undefined) {
      layers.push(
        area(
          frame,
          [
            {x: keeps * tops.factor, y: bottom, y2: top},
            {x: breaks * tops.factor, y: bottom, y2: top},
          ],
          styles[part.condition].colour,
          0.1,
        ),
      );
    }
  }
  layers.push(
    segments(frame, [{x: 0, x2: end, y: target, y2: target}], {colour: colour.limit, width: 1.5, dash: [5, 3]}),
    textAt(frame, [{x: 0, y: target, text: `target ${formatBound(p99Seconds, 's')}`}], {
      align: 'left',
      colour: colour.limit,
      bold: true,
      dx: 6,
      dy: -9,
    }),
  );
  for (const part of parts) {
    const style = styles[part.condition];
    const own = rows.filter(row => row.part === part);
    const at = own.map(({standing, p99}) => ({
      x: standing.load.amount * tops.factor,
      y: within(p99.value * seconds.factor),
    }));
    layers.push(
      segments(
        frame,
        own.map(({standing, p99}) => ({
          x: standing.load.amount * tops.factor,
          x2: standing.load.amount * tops.factor,
          y: within(p99.low * seconds.factor),
          y2: within(p99.high * seconds.factor),
        })),
        {colour: style.colour, width: 1.5},
      ),
      line(frame, at, {colour: style.colour, width: 1.5, dash: style.dash}),
      points(frame, at, style, 46),
    );
    const keeps = part.limit?.keeps?.load.amount;
    if (keeps !== undefined) {
      layers.push(
        textAbove(frame, part.condition === 'whole' ? -18 : -6, [{x: keeps * tops.factor, text: limitCell(part)}], {
          align: 'center',
          colour: style.colour,
          bold: true,
        }),
      );
    }
  }
  const title = 'Latency against load';
  const summary = `P99 with its interval over trials, open loop. ${parts.map(part => `${sentenceCase(conditionWords(part.condition))}: ${limitCell(part)}`).join('; ')}. The tinted stretch lies between the highest load shown to keep the target and the lowest shown to break it.`;
  const id = `hockey-${idOf(pattern)}`;
  return {
    id,
    title,
    summary,
    svg: await draw(id, canvas, layers, title, summary),
    legend: legend([
      ...parts.map(({condition}) => ({key: seriesKey(styles[condition]), text: conditionWords(condition)})),
      {key: lineKey(colour.limit, '5 3'), text: 'target'},
    ]),
    table: {
      caption: title,
      columns: [
        {title: 'Arrivals a second'},
        {title: 'Condition'},
        {title: 'P99', numeric: true},
        {title: 'Against the target'},
      ],
      rows: rows.map(({part, standing}) => [
        rate(standing.load.amount),
        conditionWords(part.condition),
        p99Words(standing),
        `${standingWord(standing.kind)}: ${standing.reason}`,
      ]),
    },
  };
}

/** Throughput against accesses in flight, with the law through it. */
export async function lawChart(report: CapacityReport, pattern: string): Promise<Chart | undefined> {
  const parts = partsOf(report, pattern).filter(({law}) => (law?.points.length ?? 0) > 0);
  const all = parts.flatMap(({law}) => law?.points ?? []);
  if (all.length === 0) return undefined;
  const curves = parts.flatMap(({law}) => (law?.fit.ok ? law.fit.value.curve : []));
  const tops = scaleFor('op/s', Math.max(...all.map(({throughput}) => throughput)));
  // A band over few trials can reach far: the scale follows the points.
  const most =
    Math.max(...all.map(({throughput}) => throughput), ...curves.map(({throughput}) => throughput)) * tops.factor;
  const x: Axis = {
    title: 'accesses in flight, all guests (logarithmic)',
    ticks: doublings(Math.min(...all.map(({load}) => load)), Math.max(...all.map(({load}) => load))),
    log: true,
  };
  const y: Axis = {title: `throughput (${tops.symbol})`, ticks: linearTicks(most * 1.12), log: false};
  const frame: Frame = {x, y};
  const top = y.ticks.at(-1) ?? 1;
  const lastTick = x.ticks.at(-1) ?? 1;
  const within = (value: number) => Math.min(top, Math.max(0, value * tops.factor));
  const layers: Layer[] = [];
  for (const {condition, law} of parts) {
    const {colour: stroke} = styles[condition];
    if (!law?.fit.ok) continue;
    const {curve, peak} = law.fit.value;
    layers.push(
      area(
        frame,
        curve.map(({load, low, high}) => ({x: load, y: within(low), y2: within(high)})),
        stroke,
        0.16,
      ),
      line(
        frame,
        curve.map(({load, throughput}) => ({x: load, y: within(throughput)})),
        {colour: stroke, width: 2, dash: styles[condition].dash},
      ),
    );
    if (peak && peak.load.value <= lastTick) {
      layers.push(
        segments(frame, [{x: peak.load.value, x2: peak.load.value, y: 0, y2: within(peak.throughput.value)}], {
          colour: stroke,
          width: 1,
          dash: [2, 2],
        }),
        textAt(frame, [{x: peak.load.value, y: 0, text: `peak at ${Math.round(peak.load.value)}`}], {
          align: 'left',
          colour: stroke,
          dx: 5,
          dy: condition === 'whole' ? -10 : -24,
        }),
      );
    }
  }
  for (const {condition, law} of parts) {
    layers.push(
      points(
        frame,
        (law?.points ?? []).map(({load, throughput}) => ({x: load, y: within(throughput)})),
        styles[condition],
        30,
        0.9,
      ),
    );
  }
  const title = 'Throughput against accesses in flight';
  const summary = `Closed loop, every trial a point; the curve is the scalability law, its band the interval of the curve. ${parts.map(part => `${sentenceCase(conditionWords(part.condition))}: ${lawSays(part)}`).join(' ')}`;
  const id = `law-${idOf(pattern)}`;
  return {
    id,
    title,
    summary,
    svg: await draw(id, canvas, layers, title, summary),
    legend: legend(parts.map(({condition}) => ({key: seriesKey(styles[condition]), text: conditionWords(condition)}))),
    table: {
      caption: title,
      columns: [
        {title: 'In flight'},
        {title: 'Condition'},
        {title: 'Trials, op/s', numeric: true},
        {title: 'By the law', numeric: true},
      ],
      rows: parts.flatMap(part => {
        const {law, condition} = part;
        return [...Map.groupBy(law?.points ?? [], ({load}) => load)].map(([load, own]) => [
          String(load),
          conditionWords(condition),
          own.map(({throughput}) => rate(throughput)).join(', '),
          lawAt(part, load),
        ]);
      }),
    },
  };
}

function lawAt({law}: CapacityPart, load: number): string {
  if (!law?.fit.ok) return '—';
  const {alpha, beta, gamma} = law.fit.value;
  return rate((gamma.value * load) / (1 + alpha.value * (load - 1) + beta.value * load * (load - 1)));
}

function lawSays({law}: CapacityPart): string {
  if (law === undefined) return 'not measured.';
  if (!law.fit.ok) return `no curve, ${law.fit.error.need} are needed.`;
  const {peak} = law.fit.value;
  return peak === undefined
    ? 'no peak.'
    : `peak ${formatEstimate(peak.throughput, 'op/s').text} at ${Math.round(peak.load.value)} in flight${peak.beyondTried ? ', beyond what was tried' : ''}.`;
}

/** The limit whole, with a node lost (measured), with two lost (arithmetic). */
export async function headroomChart(headroom: Headroom, nodes: number): Promise<Chart | undefined> {
  const {whole, lost, second, pattern} = headroom;
  if (!whole && !lost) return undefined;
  const measured = (what: string, note: string, bracket: Bracket | undefined) => ({
    what,
    note,
    bracket,
    fill: colour.after,
  });
  const rows = [
    measured(`all ${nodes} nodes`, 'measured', whole),
    measured('one node lost', 'measured', lost),
    ...(second.kind === 'arithmetic'
      ? [
          {
            what: 'two nodes lost',
            note: 'arithmetic, not measured',
            bracket: {keeps: second.limit.low, breaks: second.limit.high},
            fill: colour['phase-membership'],
          },
        ]
      : []),
  ];
  const finite = rows.flatMap(({bracket}) => (bracket ? [bracket.keeps, bracket.breaks] : [])).filter(Number.isFinite);
  const scale = scaleFor('op/s', Math.max(...finite));
  const x: Axis = {
    title: `load within the target (${scale.symbol})`,
    ticks: linearTicks(Math.max(...finite) * scale.factor),
    log: false,
  };
  const frame: Frame = {x, y: {rows: rows.length}};
  const size: Canvas = {width: 340, height: rows.length * 38, margin: {left: 180, right: 160, top: 8, bottom: 40}};
  const end = x.ticks.at(-1) ?? 1;
  const bars = rows.flatMap((row, index) => (row.bracket ? [{...row, bracket: row.bracket, index}] : []));
  const high = (bracket: Bracket) => Math.min(end, bracket.breaks * scale.factor);
  const layers: Layer[] = [
    ...bars.map(({bracket, index, fill}) =>
      blocks(frame, [{x: 0, x2: bracket.keeps * scale.factor, y: index + 0.2, y2: index + 0.8}], fill),
    ),
    segments(
      frame,
      bars.map(({bracket, index}) => ({
        x: bracket.keeps * scale.factor,
        x2: high(bracket),
        y: index + 0.5,
        y2: index + 0.5,
      })),
      {colour: colour.ink, width: 1.5},
    ),
    segments(
      frame,
      bars.flatMap(({bracket, index}) =>
        Number.isFinite(bracket.breaks)
          ? [{x: high(bracket), x2: high(bracket), y: index + 0.36, y2: index + 0.64}]
          : [],
      ),
      {colour: colour.ink, width: 1.5},
    ),
    textAside(
      frame,
      -172,
      rows.map(({what}, index) => ({y: index + 0.34, text: what})),
      {align: 'left'},
    ),
    textAside(
      frame,
      -172,
      rows.map(({note}, index) => ({y: index + 0.7, text: note})),
      {align: 'left', colour: colour.muted, size: 10},
    ),
    textAside(
      frame,
      size.width + 12,
      rows.map(({bracket}, index) => ({y: index + 0.5, text: clipped(bracketWords(bracket), 26)})),
      {align: 'left'},
    ),
  ];
  const title = 'Headroom';
  const summary = `The bar is the highest load shown to keep the target, the line reaches to the lowest shown to break it. ${headroom.limitRatio ? `One lost node leaves ${formatShare(headroom.limitRatio.value)}.` : ''}`;
  const id = `headroom-${idOf(pattern)}`;
  return {
    id,
    title,
    summary,
    svg: await draw(id, size, layers, title, summary),
    legend: legend([
      {key: blockKey(colour.after, colour.paper), text: 'measured'},
      ...(second.kind === 'arithmetic'
        ? [{key: blockKey(colour['phase-membership'], colour.ink), text: 'arithmetic'}]
        : []),
    ]),
    table: {
      caption: title,
      columns: [{title: 'Cluster'}, {title: 'How'}, {title: 'Load', numeric: true}],
      rows: rows.map(({what, note, bracket}) => [what, note, bracketWords(bracket)]),
    },
  };
}

function bracketWords(bracket: Bracket | undefined): string {
  if (bracket === undefined) return 'none shown';
  return Number.isFinite(bracket.breaks)
    ? `${rate(bracket.keeps)} … ${rate(bracket.breaks)}`
    : `≥ ${rate(bracket.keeps)}`;
}

const useStyles: readonly SeriesStyle[] = [
  {colour: colour.limit, shape: 'diamond', filled: true, dash: []},
  {colour: colour.after, shape: 'circle', filled: true, dash: [5, 2]},
  {colour: colour.fourth, shape: 'square', filled: false, dash: [2, 2]},
  {colour: colour.third, shape: 'triangle-up', filled: true, dash: [8, 2, 1, 2]},
  {colour: colour.before, shape: 'circle', filled: false, dash: [1, 2]},
];

/** The fullest resources over the open loop, or over the closed one where nothing else was counted. */
export async function useChart(part: CapacityPart): Promise<Chart | undefined> {
  const {saturation, condition, pattern, limit} = part;
  const all = saturation?.resources ?? [];
  const loop = all.some(({uses}) => uses.some(each => each.loop === 'open')) ? 'open' : 'closed';
  const drawn = chosen(all).filter(({uses}) => uses.some(each => each.loop === loop));
  if (drawn.length === 0) return undefined;
  const amounts = drawn.flatMap(({uses}) => uses.flatMap(each => (each.loop === loop ? [each.load] : [])));
  const unit = loop === 'open' ? 'op/s' : 'count';
  const scale = scaleFor(unit, Math.max(...amounts));
  const x: Axis =
    loop === 'open'
      ? {
          title: `arrivals a second (${scale.symbol})`,
          ticks: linearTicks(Math.max(...amounts) * scale.factor, 5),
          log: false,
        }
      : {
          title: 'accesses in flight (logarithmic)',
          ticks: doublings(Math.min(...amounts), Math.max(...amounts)),
          log: true,
        };
  const factor = loop === 'open' ? scale.factor : 1;
  const y: Axis = {title: 'use (%)', ticks: [0, 25, 50, 75, 100], log: false};
  const frame: Frame = {x, y};
  const [start, end] = [x.ticks[0] ?? 0, x.ticks.at(-1) ?? 1];
  const size: Canvas = {width: 262, height: 190, margin: {left: 50, right: 20, top: 22, bottom: 40}};
  const layers: Layer[] = [
    segments(frame, [{x: start, x2: end, y: fullShare * 100, y2: fullShare * 100}], {
      colour: colour.before,
      width: 1,
      dash: [3, 3],
    }),
  ];
  const keeps = limit?.keeps?.load.amount;
  if (loop === 'open' && keeps !== undefined) {
    layers.push(
      segments(frame, [{x: keeps * factor, x2: keeps * factor, y: 0, y2: 100}], {
        colour: colour.ink,
        width: 1,
        dash: [5, 3],
      }),
      textAbove(frame, -9, [{x: keeps * factor, text: `limit ${limitCell(part)}`}], {align: 'center'}),
    );
  }
  const styled = drawn.map((each, index) => ({each, style: useStyles[index % useStyles.length] ?? useStyles[0]}));
  for (const {each, style} of styled) {
    if (style === undefined) continue;
    const at = each.uses
      .filter(use => use.loop === loop)
      .sort((a, b) => a.load - b.load)
      .map(({load, use}) => ({x: load * factor, y: Math.min(100, use.value * 100)}));
    layers.push(line(frame, at, {colour: style.colour, width: 1.5, dash: style.dash}), points(frame, at, style, 22));
  }
  const title = `Use of resources, ${conditionWords(condition)}`;
  const summary = saturation?.says ?? '';
  const id = `use-${condition}-${idOf(pattern)}`;
  return {
    id,
    title,
    summary,
    svg: await draw(id, size, layers, title, summary),
    legend: legend(
      styled.flatMap(({each, style}) => (style ? [{key: seriesKey(style), text: resourceWords(each)}] : [])),
    ),
    table: {
      caption: title,
      columns: [
        {title: 'Resource'},
        ...useColumns(all, loop).map(load => ({title: `${formatQuantity(load, unit)}`, numeric: true})),
      ],
      rows: all.map(each => [
        resourceWords(each),
        ...useColumns(all, loop).map(load => {
          const found = each.uses.find(use => use.loop === loop && use.load === load);
          return found === undefined ? '—' : formatShare(found.use.value);
        }),
      ]),
    },
  };
}

/** The fullest of each kind first, so that five lines show five different things; then what is full besides. */
function chosen(all: readonly ResourceUse[]): readonly ResourceUse[] {
  const kinds = new Map<string, ResourceUse>();
  for (const each of all) {
    const kind = `${each.resource}${each.host === 'all' ? ' all' : ''}`;
    if (!kinds.has(kind)) kinds.set(kind, each);
  }
  const first = [...kinds.values()];
  return [...first, ...all.filter(each => each.full.length > 0 && !first.includes(each))].slice(0, useStyles.length);
}

function useColumns(all: readonly ResourceUse[], loop: 'open' | 'closed'): readonly number[] {
  const loads = all.flatMap(({uses}) => uses.flatMap(each => (each.loop === loop ? [each.load] : [])));
  return [...new Set(loads)].sort((a, b) => a - b);
}

function partsOf({parts}: CapacityReport, pattern: string): readonly CapacityPart[] {
  return parts.filter(part => part.pattern === pattern);
}

function doublings(low: number, high: number): number[] {
  const from = Math.floor(Math.log2(Math.max(1, low)));
  const to = Math.max(from + 1, Math.ceil(Math.log2(high)));
  return Array.from({length: to - from + 1}, (_, index) => 2 ** (from + index));
}

function idOf(pattern: string): string {
  return pattern.replace(/[^a-z0-9]+/gi, '-');
}
