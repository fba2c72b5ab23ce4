import test from 'ava';
import {XMLValidator} from 'fast-xml-parser';
import {exampleSite} from '../../../fixtures/kit/trend.ts';
import type {Trend} from '../trend.ts';
import {ticksBetween} from './chart.ts';
import {type Heatmap, heatmapOf, heatOf, markerOf, type Row, referenceAt, type SiteInput} from './heatmap.ts';
import {dateMarks, heatmapRow, rowSize} from './heatmap-row.ts';
import {trendSite} from './index.ts';

/** In every free text. */
const untrusted = `"><script>alert(1)</script><img src=x onerror="alert(2)">' \u202e`;

const input = exampleSite({nights: 40, series: 56, seed: 1});
const heatmap = heatmapOf(input);

async function pagesOf(site: SiteInput): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  for await (const {name, text} of trendSite(site)) pages.set(name, text);
  return pages;
}

const pages = await pagesOf(input);
const index = pages.get('index.html') ?? '';

function row(fits: (trend: Trend) => boolean, of: Heatmap = heatmap): Row {
  const found = of.rows.find(({trend}) => fits(trend));
  if (found === undefined) throw new Error('no such row');
  return found;
}

const withLabels = (metric: string, labels: Readonly<Record<string, string>>) => (trend: Trend) =>
  trend.series.metric === metric &&
  trend.series.labels.guest === undefined &&
  Object.entries(labels).every(([name, value]) => trend.series.labels[name] === value);

test('the most important rows come first, each where it belongs', t => {
  const order = heatmap.rows.map(({group}) => group);
  t.deepEqual(
    [...new Set(order)],
    ['confirmed', 'suspected', 'missing', 'acknowledged', 'too-short', 'better', 'steady', 'gone'],
  );
  t.is(row(withLabels('storage.iops', {pattern: 'randread'})).group, 'confirmed');
  t.is(row(withLabels('network.throughput', {path: 'storage', direction: 'forward'})).group, 'suspected');
  t.is(row(withLabels('storage.iops', {pattern: 'randwrite'})).group, 'acknowledged');
  t.is(row(withLabels('failover.service', {})).group, 'better');
  t.is(row(withLabels('network.jitter', {path: 'service', direction: 'forward'})).group, 'too-short');
  t.is(row(withLabels('network.throughput', {path: 'management', direction: 'forward'})).group, 'gone');
  const blackout = row(withLabels('migration.blackout', {}));
  t.is(blackout.group, 'missing');
  t.is(blackout.missed, 2);
  t.deepEqual(
    blackout.cells.slice(-3).map(({kind}) => kind),
    ['value', 'missing', 'missing'],
  );
});

test('back where it was is not better', t => {
  const over = row(
    withLabels('storage.iops', {pattern: 'write'}),
    heatmapOf(exampleSite({nights: 150, series: 20, seed: 1})),
  );
  t.deepEqual(
    over.marks.map(({kind}) => kind),
    ['past', 'better'],
  );
  t.is(over.group, 'steady');
});

test('a night that gave no figures, or was not to give any, is no hole of a series', t => {
  const lost = input.nights.findIndex(({counts}) => !counts);
  t.true(lost > 0);
  for (const {cells} of heatmap.rows) t.is(cells[lost]?.kind, 'absent');
  const only = input.nights.map((night, column) => (column >= 38 ? {...night, only: ['storage']} : night));
  t.is(row(withLabels('migration.blackout', {}), heatmapOf({...input, nights: only})).missed, 0);
  const quick = input.nights.map((night, column) => (column >= 38 ? {...night, quick: true} : night));
  t.is(row(withLabels('migration.blackout', {}), heatmapOf({...input, nights: quick})).missed, 0);
});

test('a series under other parameters takes the place of the old one: that is no hole', t => {
  const blackout = row(withLabels('migration.blackout', {})).trend;
  const other = row(withLabels('migration.downtime', {})).trend;
  const next: Trend = {...other, name: blackout.name, series: {...blackout.series, parameters: {seconds: 31}}};
  t.is(row(trend => trend === blackout, heatmapOf({...input, trends: [...input.trends, next]})).group, 'gone');
});

test('worse and better go by the metric, in steps of its threshold', t => {
  const lower = {better: 'lower', threshold: 0.1} as const;
  const higher = {better: 'higher', threshold: 0.05} as const;
  t.deepEqual(
    [0, 0.1, 0.11, 0.21, 0.41, Number.POSITIVE_INFINITY].map(change => heatOf(change, lower)),
    [0, 0, 1, 2, 3, 3],
  );
  t.deepEqual(
    [-0.11, -0.3, -0.9].map(change => heatOf(change, lower)),
    [-1, -2, -3],
  );
  t.deepEqual(
    [0.06, -0.06, -0.11, -0.21].map(change => heatOf(change, higher)),
    [-1, 1, 2, 3],
  );
});

test('a value is held against what was acknowledged, the baseline, or the first level on its ground', t => {
  const steady = row(withLabels('storage.iops', {pattern: 'read'})).trend;
  const last = steady.points.length - 1;
  t.is(referenceAt(steady, last).what, 'the baseline');
  t.is(referenceAt(steady, last).level, steady.baseline?.comparison?.baseline ?? Number.NaN);
  t.is(referenceAt(steady, 0).what, 'the first level on this ground');
  const encrypted = row(withLabels('storage.iops', {pattern: 'randwrite'}));
  const change = encrypted.trend.changes.find(({standing}) => standing === 'acknowledged');
  t.is(referenceAt(encrypted.trend, last).level, change?.ack?.level ?? Number.NaN);
  t.is(referenceAt(encrypted.trend, (change?.index ?? 0) - 1).what, 'the baseline');
  t.is(encrypted.cells.at(-1)?.heat, 0, 'what was accepted is no longer worse');
});

test('a change that was dropped has no mark; every other has one of its own', t => {
  t.is(markerOf({standing: 'open', state: 'dropped'}), undefined);
  t.is(markerOf({standing: 'open', state: 'confirmed'}), 'confirmed');
  t.is(markerOf({standing: 'open', state: 'suspected'}), 'suspected');
  t.is(markerOf({standing: 'rebased', state: 'confirmed'}), 'past');
  t.is(markerOf({standing: 'recovered', state: 'confirmed'}), 'past');
  t.is(markerOf({standing: 'acknowledged', state: 'confirmed'}), 'acknowledged');
});

test('a row of the heat map draws every night: cells, marks, grounds, baseline; runs of nights are one path', t => {
  const worse = row(withLabels('storage.iops', {pattern: 'randread'}));
  const drawn = heatmapRow(worse, rowSize(40), heatmap.nights).markup;
  t.is(XMLValidator.validate(drawn), true);
  for (const one of ['m-confirmed', 'class="ground"', 'class="pinned"', 'class="w', 'class="k0"'])
    t.true(drawn.includes(one), one);
  t.regex(
    drawn,
    /aria-label="39 nights with a value; \d+ worse; confirmed regression on 2025-04-04T02-00-00-prod-a, −2\d %"/,
  );
  t.is(/data-c="([^"]*)"/.exec(drawn)?.[1]?.split(',').length, 40);
  const missing = heatmapRow(row(withLabels('migration.blackout', {})), rowSize(40), heatmap.nights).markup;
  t.regex(missing, /class="gap"/);
  t.regex(missing, /2 missing, the newest 2 of them/);
  const steady = row(withLabels('storage.iops', {pattern: 'read'}));
  const narrow = heatmapRow(
    {...steady, cells: [...steady.cells, ...steady.cells, ...steady.cells]},
    rowSize(365),
    heatmap.nights,
  ).markup;
  t.true((/class="k0" d="([^"]*)"/.exec(narrow)?.[1]?.match(/M/g)?.length ?? 99) <= 4);
  t.deepEqual(rowSize(365), {pitch: 2, width: 742});
  t.is(rowSize(2000).pitch, 1);
});

test('dates: every few nights where they are few, else months; the year where it begins', t => {
  const from = (count: number) =>
    Array.from({length: count}, (_, day) => ({startedAt: new Date(Date.UTC(2025, 10, 20 + day)).toISOString()}));
  t.deepEqual(
    dateMarks(from(8), 3).map(({text}) => text),
    ['20 Nov', '23 Nov', '26 Nov'],
  );
  t.deepEqual(
    dateMarks(from(100), 5).map(({text}) => text),
    ['Nov 25', 'Dec', 'Jan 26', 'Feb'],
  );
});

test('ticks lie around the values, evenly', t => {
  t.deepEqual(ticksBetween(1.7, 2.6), [1.6, 1.8, 2, 2.2, 2.4, 2.6]);
  t.deepEqual(ticksBetween(-3, 3), [-4, -2, 0, 2, 4]);
});

test('a page a series and an overview; the same history, the same bytes', async t => {
  t.is(pages.size, 57);
  t.is([...pages.keys()].at(-1), 'index.html');
  const few = async () => pagesOf(exampleSite({nights: 40, series: 6, seed: 1}));
  t.deepEqual(await few(), await few());
});

test('every link leads to a page of the site, a place on the page, or a report', t => {
  const reports = new Set(input.reports.values());
  for (const [name, text] of pages) {
    const up = name.includes('/') ? '../' : '';
    const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    for (const [, href = ''] of text.matchAll(/href="([^"]+)"/g)) {
      if (href.startsWith('#')) t.true(ids.has(href.slice(1)), `${name}: ${href}`);
      else if (href.includes('/report/'))
        t.true(href.startsWith(up) && reports.has(href.slice(up.length)), `${name}: ${href}`);
      else
        t.true(
          pages.has(up === '' ? href : href.startsWith('../') ? href.slice(3) : `series/${href}`),
          `${name}: ${href}`,
        );
    }
  }
  const thrown = input.nights[2]?.id ?? '';
  t.true(index.includes(`<span class="code">${thrown}</span>`), 'a night without a report is named, and not linked');
});

test('nothing is loaded from anywhere', t => {
  for (const [name, text] of pages) {
    t.notRegex(
      text.replaceAll('http://www.w3.org/2000/svg', ''),
      /https?:|url\((?!#)|<link|<img|@import|fetch\(|src="/,
      name,
    );
    t.regex(
      text,
      /http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;|content="default-src 'none'/,
    );
  }
});

test('each page is well-formed, names what it shows, and has one main heading', t => {
  for (const [name, text] of pages) {
    const body = text
      .slice(text.indexOf('<body>'), text.indexOf('<script>'))
      .replaceAll('<br>', '<br/>')
      .replace(/<input [^>]*>/g, '');
    t.is(XMLValidator.validate(`${body}</body>`, {allowBooleanAttributes: true}), true, name);
    t.is(text.match(/<h1>/g)?.length, 1, name);
    t.regex(text, /<title>[^<]+<\/title>/);
  }
});

test('the overview says what stands, what is missing, and leads to each series', t => {
  t.regex(index, /<p class="word">Regression<\/p>/);
  for (const words of [
    'What is worse tonight',
    'What is missing',
    'encryption switched on, change 4711',
    'after the kernel update',
  ])
    t.true(index.includes(words), words);
  t.is(index.match(/<tr data-n=/g)?.length, 56);
});

test('a page has the chart, the changes, the reason, the grounds, and every value', t => {
  const encrypted = row(withLabels('storage.iops', {pattern: 'randwrite'})).trend;
  const text =
    [...pages].find(([name]) => name.startsWith('series/storage.iops-direction-write-pattern-randwrite'))?.[1] ?? '';
  t.regex(text, /<svg role="img" aria-labelledby="trend-title"/);
  t.true(text.includes('encryption switched on, change 4711'));
  t.true(text.includes('kernel: 6.1.0-38-amd64 → 6.1.0-40-amd64; qemu: 7.2.15 → 7.2.17'));
  const values = text.slice(text.indexOf('id="values"'));
  t.is(values.match(/<tr>/g)?.length, encrypted.points.length + 1);
  for (const {value} of encrypted.points) t.true(values.includes(`>${Number(value.toPrecision(9))}<`), String(value));
  const open =
    [...pages].find(([name]) => name.startsWith('series/storage.iops-direction-read-pattern-randread'))?.[1] ?? '';
  t.regex(
    open,
    /seatrial ack storage\.iops:direction=read,pattern=randread,\S+ --night 2025-04-04T02-00-00-prod-a --reason/,
  );
});

test('foreign text does no harm, and keeps its links and its command whole', async t => {
  const {trend} = row(withLabels('storage.iops', {pattern: 'randread'}));
  const labels = {...trend.series.labels, pattern: `${untrusted}'$(reboot)`};
  const bad: Trend = {
    ...trend,
    name: `storage.iops:pattern=${labels.pattern}`,
    series: {...trend.series, labels, parameters: {note: untrusted}},
  };
  const nights = input.nights.map((night, at) =>
    at === 3 ? {...night, status: 'aborted' as const, reason: untrusted, counts: false} : night,
  );
  const site = {...input, cluster: untrusted, nights, trends: [bad]};
  for (const [name, text] of await pagesOf(site)) {
    t.regex(name, /^(?:index\.html|series\/[a-z0-9.-]+\.html)$/);
    t.notRegex(text, /<script>alert|onerror="|<img/);
    t.is(text.match(/<script>/g)?.length, name === 'index.html' ? 2 : 1);
    if (name !== 'index.html') t.regex(text, /seatrial ack &#39;storage\.iops:[^ ]*/);
  }
});

test('one night, values of zero, nothing but bad nights: a page all the same', async t => {
  const [night] = input.nights;
  if (night === undefined) return t.fail();
  const zero = row(withLabels('failover.lost-writes', {})).trend;
  t.true(zero.points.every(({value}) => value === 0));
  const one = {
    ...input,
    nights: [night],
    trends: [
      {
        ...zero,
        points: zero.points.slice(0, 1),
        eras: zero.eras.slice(0, 1).map(era => ({...era, end: 1})),
        segments: [{start: 0, end: 1, level: 0}],
        changes: [],
      },
    ],
  };
  t.is((await pagesOf(one)).size, 2);
  const none = await pagesOf({
    ...input,
    nights: [{...night, counts: false, status: 'aborted', reason: 'no quorum'}],
    trends: [],
    decisions: {baselines: [], acks: []},
  });
  t.regex(none.get('index.html') ?? '', /<p class="word">Aborted<\/p>[\s\S]*no quorum/);
});
