/** The page of one series: chart, changes, what people said of them, baseline, what it ran on, and every value. */

import {joined, numeric, type Table, table, type Words} from '../../document/document.ts';
import {inline, scroll, tableMarkup} from '../../document/html.ts';
import {type Content, html, type Markup} from '../../document/markup.ts';
import {copyScript} from '../../document/style.ts';
import {metricNamed} from '../../metrics.ts';
import {byText, oneLine} from '../../words/text.ts';
import {formatInstant, formatProbability, formatQuantity, formatShare, missing} from '../../words/units.ts';
import {plural} from '../../words/words.ts';
import {figureOf, levels, percent} from '../alarms.ts';
import {jobOf} from '../series.ts';
import {isAckOf, type Trend, type TrendChange} from '../trend.ts';
import {seriesChart} from './chart.ts';
import {type Heatmap, markerOf, type Row, referenceAt, type SiteInput} from './heatmap.ts';
import {drawnMarker} from './heatmap-row.ts';
import {runLink} from './overview.ts';
import {page} from './page.ts';
import {groupWord, parameterWords} from './words.ts';

/** Pages of one job that are linked from each other; the overview has the rest. */
const relatedShown = 12;

/** `nameOf` gives the page of another series, relative to this one; `up` leads to the overview's folder. */
export async function seriesPage(
  input: SiteInput,
  heatmap: Heatmap,
  row: Row,
  {nameOf, up}: {nameOf: (trend: Trend) => string; up: string},
): Promise<string> {
  const {trend} = row;
  const {series, points, better, threshold} = trend;
  const job = jobOf(series);
  const chart = await seriesChart('trend', row, heatmap.nights);
  const newest = points.at(-1);
  const related = heatmap.rows
    .filter(other => other.trend !== trend && jobOf(other.trend.series) === job && other.group !== 'gone')
    .map(other => other.trend)
    .sort((a, b) => byText(a.name, b.name));
  const facts: readonly (readonly [string, Content])[] = [
    [
      'Newest',
      newest === undefined ? missing : `${formatQuantity(newest.value, series.unit)}, ${formatInstant(newest.at)}`,
    ],
    ['Level', formatQuantity(trend.segments.at(-1)?.level ?? Number.NaN, series.unit)],
    ['Better is', `${better}; a change counts from ${formatShare(threshold)}`],
    ['Scenario', oneLine(series.scenario)],
    ['Profile', `${oneLine(series.profile)}, ${series.quick ? 'quick' : 'full'}`],
    ...(parameterWords(trend) === '' ? [] : [['Parameters', oneLine(parameterWords(trend))] as const]),
    ['How it is measured', metricNamed(series.metric)?.means ?? missing],
    ['Its name in commands', html`<span class="code">${trend.name}</span>`],
  ];
  const body = html`<a class="skip" href="#values">To the values</a>
<p class="crumbs"><a href="${up}index.html">${oneLine(input.cluster)}, every series</a></p>
<header>
<p class="kicker">${job}</p>
<h1>${figureOf(trend)}</h1>
<p class="${row.group}">${statement(row)}</p>
</header>
<main>
<figure id="${chart.id}"><figcaption>${chart.title}<p>${chart.summary}</p></figcaption>
${chart.legend}
${scroll(chart.title, chart.svg)}</figure>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
<section aria-labelledby="changes"><h2 id="changes">Changes</h2>
${changesTable(trend, input.reports, up)}
${said(input, trend)}</section>
<section aria-labelledby="baseline"><h2 id="baseline">Baseline</h2>
${baselinePart(trend, input.reports, up)}</section>
<section aria-labelledby="ground"><h2 id="ground">What it ran on</h2>
${grounds(trend, input.reports, up)}</section>
${
  related.length === 0
    ? undefined
    : html`<section aria-labelledby="related"><h2 id="related">Measured with it</h2>
<ul>${related.slice(0, relatedShown).map(other => html`<li><a href="${nameOf(other)}">${figureOf(other)}</a></li>\n`)}</ul>${related.length > relatedShown ? html`<p class="small muted">and ${related.length - relatedShown} more on the overview</p>` : undefined}</section>
`
}
<section aria-labelledby="values"><h2 id="values">Values</h2>
${valuesTable(row, input.reports, up)}</section>
</main>
<footer><p>Made by seatrial of the history of ${oneLine(input.cluster)}. The same history gives the same pages, byte for byte.</p></footer>`;
  return page(`${figureOf(trend)}, ${job}: ${groupWord[row.group]}`, body, {scripts: [copyScript]});
}

/** How the series stands, in a sentence. */
function statement({trend, group, missed, marks}: Row): Content {
  const kind = marks.findLast(mark => mark.kind === group);
  const since =
    kind === undefined
      ? ''
      : `: ${levels({trend, change: kind.change})} since ${kind.change.night} (${kind.change.because})`;
  const gap = missed === 0 ? '' : ` The newest ${plural(missed, 'night')} gave no value.`;
  return html`${kind === undefined ? undefined : [drawnMarker(kind.kind), ' ']}<span class="standing">${groupWord[group]}</span>${since}.${gap}`;
}

const standingWord: Readonly<Record<TrendChange['standing'], string>> = {
  open: 'stands, nobody answered for it',
  recovered: 'over',
  rebased: 'before the baseline',
  acknowledged: 'acknowledged',
  better: 'better',
};

function changesTable(trend: Trend, reports: ReadonlyMap<string, string>, up: string): Content {
  const {changes, series} = trend;
  if (changes.length === 0) return html`<p class="muted">No change of level was found.</p>`;
  const columns = ['First night', ...['Before', 'After', 'Change', 'p'].map(numeric), 'Found as', 'Stands'];
  const rows = changes
    .toReversed()
    .map((change): readonly Words[] => [
      runLink(change.night, reports, up),
      formatQuantity(change.before, series.unit),
      formatQuantity(change.after, series.unit),
      percent(change.change),
      formatProbability(change.p),
      [`${change.kind}, ${change.state}`, {below: change.because}],
      standsCell(change),
    ]);
  return tableMarkup(table('Changes of level, the newest first', columns, rows));
}

function standsCell(change: TrendChange): Words {
  const kind = markerOf(change);
  return [
    ...(kind === undefined ? [] : [{drawn: drawnMarker(kind), words: ''}, ' ']),
    change.state === 'dropped' ? 'nothing stands' : standingWord[change.standing],
    ...(change.ack === undefined ? [] : [{below: change.ack.reason}]),
  ];
}

/**
 * Acknowledgements with their reasons, those that answer for nothing any more too; and how to acknowledge what stands.
 */
function said({decisions}: SiteInput, trend: Trend): Content {
  const acks = decisions.acks.filter(ack => isAckOf(ack, trend.series));
  // The newest answers for those before it, too.
  const open = trend.changes.findLast(change => change.standing === 'open' && change.state !== 'dropped');
  return [
    acks.length === 0 ? undefined : tableMarkup(acknowledged(acks, trend)),
    open === undefined
      ? undefined
      : html`<p class="small muted">If this is as it should be: <span class="code">seatrial ack ${quoted(trend.name)} --night ${quoted(open.night)} --reason "…"</span></p>`,
  ];
}

function acknowledged(acks: SiteInput['decisions']['acks'], {series}: Trend): Table {
  return table(
    'Acknowledged',
    ['Night', numeric('Accepted up to'), 'Reason', 'When'],
    acks.map(({night, level, reason, setAt}) => [
      {code: night},
      formatQuantity(level, series.unit),
      reason,
      formatInstant(setAt),
    ]),
  );
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w.:=,/@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function baselinePart({baseline, series}: Trend, reports: ReadonlyMap<string, string>, up: string): Content {
  if (baseline === undefined)
    return html`<p class="muted">None is pinned that has a value of this series: a slow drift would not be seen.</p>`;
  const {comparison} = baseline;
  const note = baseline.note === '' ? '' : `: ${oneLine(baseline.note)}`;
  const held =
    comparison === undefined
      ? html`<p>It ran on other ground than the newest nights, and nothing can be held against it.</p>`
      : html`<p>${formatQuantity(comparison.baseline, series.unit)} then, ${comparison.verdict === 'too-few-nights' ? 'too few nights since to tell' : `${formatQuantity(comparison.now, series.unit)} now, ${percent(comparison.change)}: ${comparison.verdict.replaceAll('-', ' ')}`} (${oneLine(comparison.note)}${comparison.p === undefined ? '' : `, p ${formatProbability(comparison.p)}`}).</p>`;
  return html`<p>Pinned ${formatInstant(baseline.setAt)}${note}. ${plural(baseline.points.length, 'night')} of it with a value of this series.</p>
${held}
<details><summary>Its nights</summary><p class="small">${inline(
    joined(
      baseline.nights.map(night => runLink(night, reports, up)),
      ', ',
    ),
  )}</p></details>`;
}

function grounds({eras, points}: Trend, reports: ReadonlyMap<string, string>, up: string): Content {
  const rows = eras
    .toReversed()
    .map(({start, end, changed, fingerprint}): readonly Words[] => [
      runLink(points[start]?.night ?? '', reports, up),
      String(end - start),
      start === 0 ? {small: 'the first'} : changed.length === 0 ? missing : changed.join('; '),
      {code: fingerprint.slice(0, 12)},
    ]);
  return [
    tableMarkup(table('Grounds, the newest first', ['Since', numeric('Nights'), 'What changed', 'Fingerprint'], rows)),
    factsOf(eras.at(-1)?.facts ?? {}),
  ];
}

function factsOf(facts: Readonly<Record<string, string>>): Markup | undefined {
  const rows = Object.entries(facts).sort(([a], [b]) => byText(a, b));
  if (rows.length === 0) return undefined;
  return html`<details><summary>All that is known of the newest ground</summary>
${tableMarkup(table('Newest ground', ['Fact', 'Value'], rows))}</details>`;
}

function valuesTable({trend}: Row, reports: ReadonlyMap<string, string>, up: string): Markup {
  const {points, series, changes, eras, baseline} = trend;
  const pinned = new Set(baseline?.points);
  const notesOf = (index: number) => [
    ...(eras.some(({start}) => start > 0 && start === index) ? ['new ground'] : []),
    ...(pinned.has(index) ? ['baseline'] : []),
    ...(points[index]?.censored ? ['a lower bound'] : []),
    ...(points[index]?.again === undefined
      ? []
      : [`measured again: ${points[index].again.map(value => formatQuantity(value, series.unit)).join(', ')}`]),
    ...changes
      .filter(change => change.index === index)
      .map(change => `${change.kind} ${percent(change.change)}, ${change.state}`),
  ];
  const rows = points.map(({night, value, trials}, index): readonly Words[] => {
    const {level} = referenceAt(trend, index);
    return [
      runLink(night, reports, up),
      formatQuantity(value, series.unit),
      String(Number(value.toPrecision(9))),
      level === value ? percent(0) : Number.isFinite(value / level) ? percent(value / level - 1) : missing,
      String(trials),
      notesOf(index).join('; '),
    ];
  });
  return tableMarkup(
    table(
      'Values, the newest first',
      ['Night', ...['Value', `In ${series.unit}`, 'Against', 'Trials'].map(numeric), 'Notes'],
      rows.reverse(),
      `Median over the trials of the night. Against ${referenceAt(trend, points.length - 1).what} where that applies.`,
    ),
  );
}
