/** The first page: how the newest night stands, what is worse and since when, and every series over every night. */
import {table, type Words} from '../../document/document.ts';
import {inline, mark, scroll, tableMarkup} from '../../document/html.ts';
import {type Content, html, type Markup} from '../../document/markup.ts';
import {copyScript} from '../../document/style.ts';
import {oneLine} from '../../words/text.ts';
import {formatInstant, formatQuantity, missing} from '../../words/units.ts';
import {plural} from '../../words/words.ts';
import {figureOf, percent} from '../alarms.ts';
import {nightlyVerdict} from '../document.ts';
import {type NightlyReport, nightlyReport} from '../nightly.ts';
import {jobOf} from '../series.ts';
import type {Trend} from '../trend.ts';
import {
  type Group,
  groups,
  type Heat,
  type Heatmap,
  type Marker,
  type Row,
  referenceAt,
  type SiteInput,
} from './heatmap.ts';
import {
  baselineKey,
  cellKey,
  drawnMarker,
  groundKey,
  heatmapAxis,
  heatmapRow,
  type RowSize,
  rowSize,
} from './heatmap-row.ts';
import {page} from './page.ts';
import {heatmapScript} from './style.ts';
import {groupTitle, groupWord, markWord} from './words.ts';

/** `nameOf` gives the page of a series, relative to this one. */
export async function overviewPage(
  input: SiteInput,
  heatmap: Heatmap,
  nameOf: (trend: Trend) => string,
): Promise<string> {
  const {cluster, decisions, trends, reports} = input;
  const night = heatmap.nights.at(-1);
  if (night === undefined) throw new Error('no night, no page');
  const baseline = decisions.baselines.find(each => each.cluster === cluster);
  const report = nightlyReport({
    night,
    trends,
    nights: heatmap.nights,
    baseline,
    suspectedFirst: [],
    notRemeasured: '',
  });
  const verdict = nightlyVerdict[report.verdict];
  const first = heatmap.nights[0] ?? night;
  const of = (group: Group) => heatmap.rows.filter(row => row.group === group);
  const facts: readonly (readonly [string, Words])[] = [
    ['Newest night', runLink(night.id, reports)],
    ['Started', formatInstant(night.startedAt)],
    ['Nights', `${heatmap.nights.length}, since ${first.startedAt.slice(0, 10)}`],
    ['Series', String(trends.length)],
    [
      'Baseline',
      baseline === undefined
        ? 'none pinned'
        : `${plural(baseline.nights.length, 'night')}, pinned ${baseline.setAt.slice(0, 10)}${baseline.note === '' ? '' : `: ${oneLine(baseline.note)}`}`,
    ],
    ['Length', night.quick ? 'quick' : 'full'],
  ];
  const body = html`<a class="skip" href="#heatmap">To the series</a>
<header>
<p class="kicker">Trends · ${formatInstant(night.startedAt)}</p>
<h1>${oneLine(cluster)}, night by night</h1>
<div class="overall ${verdict.tone}">${mark(verdict.tone)}<p class="word">${verdict.word}</p><p class="says">${oneLine(report.sentence)}.</p></div>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${inline(value)}</dd></div>\n`)}</dl>
</header>
<main>
${alarmList(report, nameOf)}
${holeList(report)}
<section aria-labelledby="heatmap"><h2 id="heatmap">Every series, every night</h2>
<p>Each cell is a night, held against the pinned baseline; without one on the same ground, against the first level there; after a change that somebody acknowledged, against the level that was accepted. The steps are multiples of each metric's own threshold. The most important series come first; each name leads to its page.</p>
${key(heatmap)}
<div class="find" hidden><label>Find <input type="search" placeholder="randread p99, failover, network …"></label> <output class="small muted"></output></div>
${heatmapTable(heatmap, of, nameOf)}</section>
<section aria-labelledby="nights"><h2 id="nights">Nights</h2>
<details><summary>${plural(heatmap.nights.length, 'night')}, the newest first</summary>
${nightTable(heatmap, reports)}</details></section>
</main>
<div id="at" role="presentation" hidden></div>
<footer><p>Made by seatrial of the history of ${oneLine(cluster)}. The same history gives the same pages, byte for byte.</p></footer>`;
  return page(`${verdict.word}: ${oneLine(cluster)}, nights to ${night.startedAt.slice(0, 10)}`, body, {
    scripts: [copyScript, heatmapScript],
    wide: true,
  });
}

/** To the night's report, where there is one. */
export function runLink(night: string, reports: ReadonlyMap<string, string>, up = ''): Words {
  const href = reports.get(night);
  return {href: href === undefined ? undefined : `${up}${href}`, words: {code: night}};
}

/** Figures of one alarm that are linked; the rest are counted. */
const membersShown = 8;
/** Findings that stand open on the page; more are folded. */
const findingsShown = 12;

function alarmList({alarms}: NightlyReport, nameOf: (trend: Trend) => string): Markup | undefined {
  if (alarms.length === 0) return undefined;
  const items = alarms.map(
    ({state, sentence, members}) => html`<li class="${state}"><p>${drawnMarker(state)} ${oneLine(sentence)}</p>
<p class="small">${members.slice(0, membersShown).map(({trend, change}, index) => html`${index === 0 ? '' : ' · '}<a href="${nameOf(trend)}">${figureOf(trend)}</a> ${percent(change.change)}`)}${members.length > membersShown ? ` · and ${members.length - membersShown} more` : undefined}</p></li>
`,
  );
  return html`<section aria-labelledby="stands"><h2 id="stands">What is worse tonight</h2>
${folded(items)}</section>`;
}

function folded(items: readonly Markup[]): Content {
  const rest = items.slice(findingsShown);
  return [
    html`<ul class="findings">${items.slice(0, findingsShown)}</ul>`,
    rest.length === 0
      ? undefined
      : html`<details><summary>and ${rest.length} more</summary><ul class="findings">${rest}</ul></details>`,
  ];
}

function holeList({holes, notes}: NightlyReport): Content {
  return [
    holes.length === 0
      ? undefined
      : html`<section aria-labelledby="holes"><h2 id="holes">What is missing</h2>
${folded(holes.map(({subject, detail, todo}) => html`<li class="missing"><p><strong>${oneLine(subject)}</strong>: ${oneLine(detail)}.</p><p class="small muted">To do: ${oneLine(todo)}.</p></li>\n`))}</section>
`,
    notes.length === 0
      ? undefined
      : html`<ul class="small muted">${notes.map(note => html`<li>${oneLine(note)}</li>\n`)}</ul>`,
  ];
}

const heatWords: readonly (readonly [Heat, string])[] = [
  [0, 'within the threshold'],
  [1, 'worse, more than once'],
  [2, 'twice'],
  [3, 'four times the threshold'],
  [-1, 'better, more than once'],
  [-2, 'twice'],
  [-3, 'four times'],
];
const markKinds: readonly Marker['kind'][] = ['confirmed', 'suspected', 'acknowledged', 'past', 'better'];

function key({nights}: Heatmap): Markup {
  return html`<ul class="legend">${heatWords.map(([heat, words]) => html`<li>${cellKey(heat)} ${words}</li>`)}<li>${cellKey('missing')} missing</li></ul>
<ul class="legend">${markKinds.map(kind => html`<li>${drawnMarker(kind)} ${markWord[kind]}</li>`)}<li>${groundKey} hardware, tools or settings changed: a new series begins</li><li>${baselineKey} nights of the baseline</li>${nights.some(({counts}) => !counts) ? html`<li><span class="verdict missed">×</span> above: a run that was aborted and gave no figures</li>` : undefined}</ul>`;
}

function heatmapTable(
  heatmap: Heatmap,
  of: (group: Group) => readonly Row[],
  nameOf: (trend: Trend) => string,
): Markup {
  const size = rowSize(heatmap.nights.length);
  const axis = heatmapAxis(heatmap, size);
  const bodies = groups.flatMap(group => {
    const rows = of(group);
    if (rows.length === 0) return [];
    return html`<tbody class="${group}"><tr class="group"><th scope="rowgroup"><h3>${groupTitle[group]} <span class="small muted">${rows.length}</span></h3></th><td class="map">${axis}</td><td></td><td></td><td></td></tr>
${rows.map(row => rowOf(row, heatmap, size, nameOf))}</tbody>
`;
  });
  const nights = heatmap.nights.map(({id}) => oneLine(id).replaceAll(' ', '_')).join(' ');
  return scroll(
    'Series by night',
    html`<table class="heatmap" data-nights="${nights}"><thead><tr><th scope="col">Series</th><th scope="col">Nights, the newest at the right</th><th scope="col" class="n">Newest</th><th scope="col" class="n">Against</th><th scope="col">Stands</th></tr></thead>
${bodies}</table>`,
  );
}

function rowOf(row: Row, {nights}: Heatmap, size: RowSize, nameOf: (trend: Trend) => string): Markup {
  const {trend, group, missed} = row;
  const {points, series} = trend;
  const newest = points.at(-1);
  const against = referenceAt(trend, points.length - 1);
  const change =
    newest === undefined ? undefined : against.level === newest.value ? 0 : newest.value / against.level - 1;
  const word = group === 'missing' ? `missing, ${plural(missed, 'night')}` : groupWord[group];
  const also = group !== 'missing' && missed > 0 ? `, missing ${missed}` : '';
  return html`<tr data-n="${trend.name}"><th scope="row"><a href="${nameOf(trend)}">${figureOf(trend)}</a><br><span class="small muted">${jobOf(series)}</span></th><td class="map">${heatmapRow(row, size, nights)}</td><td class="n">${newest === undefined ? missing : formatQuantity(newest.value, series.unit)}</td><td class="n" title="${against.what}, ${formatQuantity(against.level, series.unit)}">${change === undefined || Number.isNaN(change) ? missing : percent(change)}</td><td><span class="standing">${word}${also}</span></td></tr>
`;
}

function nightTable({nights}: Heatmap, reports: ReadonlyMap<string, string>): Markup {
  const rows = nights
    .toReversed()
    .map(({id, startedAt, quick, only, status, reason, fingerprint}): readonly Words[] => [
      runLink(id, reports),
      formatInstant(startedAt),
      `${quick ? 'quick' : 'full'}${only === undefined ? '' : `, only ${only.join(', ')}`}`,
      status === 'complete' ? 'complete' : [{tone: 'missed', words: status}, ` ${reason}`],
      {code: fingerprint.slice(0, 8)},
    ]);
  return tableMarkup(table('Nights', ['Run', 'Started', 'Length', 'Ended', 'Ground'], rows));
}
