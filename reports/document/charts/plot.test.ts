import test from 'ava';
import {hasValues, type Layer} from './layers.ts';
import {lineKey} from './legend.ts';
import {colour} from './palette.ts';
import {type Mark, namedTicks, type Plot, plotted, uprights} from './plot.ts';
import {aside, bars, beginnings, boundNames, dividers, dots, nearAndFar} from './rows.ts';
import {curve, levels} from './xy.ts';

/** 100 px wide, from 0 to 10 in an axis unit that is a thousandth of the data's. */
function plot(y: Plot['frame']['y'], {cut}: {cut?: true} = {}): Plot {
  const x = {title: 'ms', ticks: [0, 10], log: false, factor: 1000, ...(cut ? {cut} : {})};
  return {
    frame: {x, y},
    canvas: {width: 100, height: 50, margin: {left: 0, right: 0, top: 0, bottom: 0}},
    x: value => (cut ? Math.min(10, value * 1000) : value * 1000),
    y: value => value,
    xEnds: [0, 10],
    yEnds: 'rows' in y ? [0, y.rows] : [0, 1],
  };
}

const valuesOf = (layer: Layer | undefined) =>
  layer?.data && 'values' in layer.data && Array.isArray(layer.data.values) ? layer.data.values : [];
const drawnBy = (mark: Mark, on: Plot) => mark(on).map(valuesOf);

test('a row shows its own, in the unit of the axis, at its own height', t => {
  const rows = [0.001, undefined, 0.004];
  const of = (value: number | undefined) => (value === undefined ? [] : [{low: 0, high: value}]);
  t.deepEqual(drawnBy(bars(rows, of, [0.25, 0.75], colour.after), plot({rows: 3})), [
    [
      {x: 0, x2: 1, y: 0.25, y2: 0.75},
      {x: 0, x2: 4, y: 2.25, y2: 2.75},
    ],
  ]);
});

test('an empty text is none: a missing value has no label of its own', t => {
  const named = aside(['a', '', 'c'], {right: 12}, name => name, {align: 'left'});
  t.deepEqual(drawnBy(named, plot({rows: 3})), [
    [
      {y: 0.5, text: 'a'},
      {y: 2.5, text: 'c'},
    ],
  ]);
});

test('a divider stands above each row that begins something new, and never above the first', t => {
  const begins = (row: string, before: string) => row !== before;
  t.deepEqual(beginnings(['a', 'a', 'b'], begins), [true, false, true]);
  t.deepEqual(drawnBy(dividers(['a', 'a', 'b'], begins), plot({rows: 3})), [[{x: 0, x2: 10, y: 2, y2: 2}]]);
  t.deepEqual(drawnBy(dividers(['a', 'a'], begins), plot({rows: 2})), [[]]);
});

test('bounds that would make the bars small are only told; names lean to where there is room', t => {
  const bounds = [
    {value: 0.003, text: 'near'},
    {value: 0.009, text: 'right'},
    {value: 0.0091, text: 'far'},
  ];
  const {near, far} = nearAndFar(bounds, 0.003);
  t.deepEqual(
    [near, far].map(each => each.map(({text}) => text)),
    [['near', 'right'], ['far']],
  );
  const aligned = boundNames(
    near,
    40,
  )(plot({rows: 1})).map(layer => ('mark' in layer && typeof layer.mark === 'object' ? layer.mark : {}));
  t.like(aligned, [{align: 'left'}, {align: 'right'}]);
});

test('lines reach from edge to edge', t => {
  const axis = {title: '', ticks: [0, 1], log: false};
  const style = {colour: colour.limit, width: 1};
  t.deepEqual(drawnBy(uprights([0.002], style), plot(axis)), [[{x: 2, x2: 2, y: 0, y2: 1}]]);
  t.deepEqual(drawnBy(levels([0.5], style), plot(axis)), [[{x: 0, x2: 10, y: 0.5, y2: 0.5}]]);
  t.deepEqual(drawnBy(namedTicks([{x: 0.001, text: '1'}]), plot(axis)), [
    [{x: 1, x2: 1, y: 0, y2: 1}],
    [{x: 1, text: '1'}],
  ]);
});

const chart = {
  id: 'one',
  title: 'One',
  summary: 'Says so.',
  canvas: {width: 100, height: 50, margin: {left: 20, right: 0, top: 0, bottom: 20}},
  x: {title: 'ms', ticks: [0, 5, 10], log: false, factor: 1000},
  y: {title: 'share', ticks: [0, 1], log: false},
  legend: [{key: lineKey(colour.after, ''), text: 'a line'}],
};
const line = {colour: colour.after, width: 1};

test('what is beyond a cut axis is drawn at its edge, otherwise beyond it', async t => {
  const far = curve(
    [
      {x: 0, y: 0},
      {x: 0.02, y: 1},
    ],
    line,
  );
  const {svg: open} = await plotted({...chart, marks: [far]});
  const {svg: cut} = await plotted({...chart, x: {...chart.x, cut: true}, marks: [far]});
  t.regex(open.markup, /d="M0,50L200,0"/);
  t.regex(cut.markup, /d="M0,50L100,0"/);
});

test('a mark without values leaves nothing behind; a chart without any keeps its axes', async t => {
  const something = uprights([0.005], line);
  const nothing = uprights([], line);
  t.deepEqual(nothing(plot({rows: 1})).map(hasValues), [false]);
  const [with_, without] = [
    await plotted({...chart, marks: [nothing, something, nothing]}),
    await plotted({...chart, marks: [something]}),
  ];
  t.is(with_.svg.markup, without.svg.markup);
  const {svg} = await plotted({...chart, marks: [nothing]});
  t.true(svg.markup.includes('>ms<') && svg.markup.includes('>share<'));
});

test('rows on an axis draw what they are given, and no more', async t => {
  const style = {colour: colour.after, shape: 'circle', filled: true, dash: []} as const;
  const rows = [0.001, 0.002];
  const {svg} = await plotted({...chart, y: {rows: 2}, marks: [dots(rows, value => [value], 0.5, style, 36)]});
  t.deepEqual(svg.markup.match(/translate\([\d.]+,(?:12|37)\.5\)/g), ['translate(10,12.5)', 'translate(20,37.5)']);
});
