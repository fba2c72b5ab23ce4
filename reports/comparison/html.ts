import {sha256Source} from '../render/digest.ts';
import {mark, verdictSign} from '../render/html.ts';
import {type Content, html, type Markup, trusted} from '../render/markup.ts';
import {copyScript, styleSheet} from '../render/style.ts';
import {figure, table} from '../render/tables.ts';
import {oneLine} from '../render/text.ts';
import {formatQuantity, formatShare} from '../render/units.ts';
import {metricTitle} from '../render/words.ts';
import {forestChart} from './forest.ts';
import type {Row, SideBySide} from './side-by-side.ts';
import {rankHead} from './text.ts';
import {
  arrow,
  changeText,
  countSentence,
  countText,
  methodSentence,
  probability,
  remarks,
  rowNotes,
  seriesText,
  sideText,
  verdictHeadline,
  verdictText,
} from './words.ts';

/** One self-contained HTML file: no request leaves it, and it reads without scripts. The same comparison gives the same bytes. */
export async function renderHtml(comparison: SideBySide): Promise<string> {
  const chart = await forestChart(comparison);
  const {above, below} = remarks(comparison);
  const policy = `default-src 'none'; style-src '${await sha256Source(styleSheet)}'; script-src '${await sha256Source(copyScript)}'; base-uri 'none'; form-action 'none'`;
  const {verdict, reasons, paired, confidence} = comparison;
  const tone = {'none-worse': 'better', worse: 'worse', undecided: 'undecided'}[verdict];
  const {markup} = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${verdictHeadline[verdict]}: before and after</title>
<style>${trusted(styleSheet)}</style>
</head>
<body>
<div class="page">
<header>
<p class="kicker">Comparison${paired ? ', paired' : ''}</p>
<h1>Before and after</h1>
<div class="overall ${tone}">${mark(tone)}<p class="word">${verdictHeadline[verdict]}</p><p class="says">${countSentence(comparison)}</p></div>
${reasons.length === 0 ? undefined : html`<ul class="findings">${reasons.map(reason => html`<li class="undecided">${oneLine(reason)}</li>\n`)}</ul>`}
<p>${methodSentence(comparison)}</p>
</header>
<main>
${above.map(({title, lines}) => section(title, list(lines)))}
${chart && figure(chart)}
${rowTable(comparison)}
${below.map(({title, lines}) => section(title, list(lines)))}
<h2>What was compared</h2>
${inputs('Before', comparison.before)}
${inputs('After', comparison.after)}
${
  comparison.rows.length === 0
    ? undefined
    : html`<details><summary>The single values</summary>
${valuesTable(comparison)}</details>`
}
</main>
<footer><p>Intervals at ${formatShare(confidence)}. The same input gives the same page, byte for byte.</p></footer>
</div>
<script>${trusted(copyScript)}</script>
</body>
</html>
`;
  return markup;
}

function section(title: string, body: Content): Markup {
  return html`<section><h3>${title}</h3>
${body}</section>
`;
}

function list(lines: readonly string[]): Markup {
  return html`<ul class="findings">${lines.map(line => html`<li class="warning">${line}</li>\n`)}</ul>`;
}

function rowTable(comparison: SideBySide): Content {
  if (comparison.rows.length === 0) return undefined;
  return table({
    caption: 'Every comparison',
    columns: [
      {title: 'Metric'},
      {title: 'Before', numeric: true},
      {title: 'After', numeric: true},
      {title: 'n', numeric: true},
      {title: 'After ÷ before', numeric: true},
      {title: 'p', numeric: true},
      {title: 'p Holm', numeric: true},
      {title: rankHead(comparison), numeric: true},
      {title: 'Verdict'},
    ],
    rows: comparison.rows.map(row => cells(row, comparison)),
  });
}

function cells(row: Row, comparison: SideBySide): Content[] {
  const notes = rowNotes(row, comparison);
  return [
    html`<span class="nb">${metricTitle(row.metric)} ${arrow(row)}</span><br><span class="small muted">${seriesText(row)}</span>`,
    sideText(row.before, row.unit),
    sideText(row.after, row.unit),
    countText(row, comparison.paired),
    twoLines(changeText(row)),
    probability(row.p),
    probability(row.pHolm),
    probability(row.ranks?.p),
    html`${verdictSign(row.verdict, verdictText(row))}${notes.map(note => html`<br><span class="small muted">${note}</span>`)}`,
  ];
}

/** The value, and below it its interval. */
function twoLines(change: string): Markup {
  const at = change.search(/ [[(]/);
  if (at < 0) return html`${change}`;
  return html`${change.slice(0, at)}<br><span class="small muted">${change.slice(at + 1)}</span>`;
}

function inputs(title: string, trials: SideBySide['before']): Markup {
  return html`<h3>${title}: ${trials.length}</h3>
<ul>${trials.map(({name, unfit}) => html`<li><span class="code">${oneLine(name)}</span>${unfit === undefined ? undefined : html` <span class="verdict warning">left out</span> ${oneLine(unfit)}`}</li>\n`)}</ul>
`;
}

function valuesTable({rows}: SideBySide): Markup {
  return table({
    caption: 'One value a trial, in the order given',
    columns: [{title: 'Series'}, {title: 'Side'}, {title: 'Values', numeric: true}],
    rows: rows.flatMap(row =>
      (['before', 'after'] as const).map(side => [
        `${row.metric}, ${seriesText(row)}`,
        side,
        row[side].values.map(({trial, value}, index) => [
          index === 0 ? '' : ', ',
          html`<span title="${oneLine(trial)}">${formatQuantity(value, row.unit)}${row[side].outliers.includes(index) ? ' (outlier)' : ''}</span>`,
        ]),
      ]),
    ),
  });
}
