import type {Chart} from '../../render/charts/draw.ts';
import {sha256Source} from '../../render/digest.ts';
import {artefactHref} from '../../render/links.ts';
import {type Content, html, type Markup, trusted} from '../../render/markup.ts';
import {copyScript, styleSheet} from '../../render/style.ts';
import {figure, table} from '../../render/tables.ts';
import {oneLine} from '../../render/text.ts';
import {formatInstant, formatQuantity, formatShare} from '../../render/units.ts';
import type {LoadTrial} from '../loads.ts';
import {type CapacityPart, type CapacityReport, conditionWords} from '../report.ts';
import {headroomChart, hockeyStick, lawChart, useChart} from './charts.ts';
import {
  aimWords,
  dailySentence,
  hardwareWords,
  headroomSentences,
  lawWords,
  limitCell,
  limitSentence,
  notCountedSentence,
  p99Words,
  partTitle,
  rate,
  roundsSentence,
  standingWord,
  useRows,
  vcpuSentence,
  verdictSentence,
  verdictTitle,
  verdictTone,
} from './words.ts';

/** What a page has beyond the report's own style; shared with the page of a plan. */
export const moreStyle =
  'td.n.wide{white-space:normal}.panels .plot{max-width:26rem}.scroll>.plot{min-width:0}.w680{min-width:42rem!important}';

/**
 * One self-contained page, light and dark, that reads without scripts. The same report gives the same bytes. Links count from the capacity run's
 * own folder.
 */
export async function renderCapacityHtml(report: CapacityReport): Promise<string> {
  const patterns = [...new Set(report.parts.map(({pattern}) => pattern))];
  const sections: {id: string; title: string; body: Content}[] = [];
  for (const pattern of patterns) {
    const parts = report.parts.filter(part => part.pattern === pattern);
    const of = patterns.length > 1 ? `, ${oneLine(pattern)}` : '';
    const id = (name: string) => `${name}-${patterns.indexOf(pattern) + 1}`;
    sections.push({
      id: id('limit'),
      title: `The limit${of}`,
      body: [
        ...parts.map(
          part => html`<p><strong>${sentenceCase(conditionWords(part.condition))}.</strong> ${limitSentence(part)}</p>`,
        ),
        drawn(
          await hockeyStick(report, pattern),
          'No load of the open loop was measured: only there is latency that of a load.',
        ),
        ...parts.map(standings),
      ],
    });
    const headroom = report.headrooms.find(each => each.pattern === pattern);
    if (headroom) {
      sections.push({
        id: id('headroom'),
        title: `Headroom${of}`,
        body: [
          drawn(
            await headroomChart(headroom, report.nodes.length),
            'No limit was shown, so there is no headroom to draw.',
          ),
          html`<ul>${headroomSentences(headroom).map(line => html`<li>${line}</li>\n`)}</ul>`,
        ],
      });
    }
    const uses = await Promise.all(parts.map(useChart));
    sections.push({
      id: id('full'),
      title: `What is full first${of}`,
      body: [
        html`<div class="panels">${uses.map(chart => (chart ? figure(chart) : undefined))}</div>`,
        ...parts.map(saturation),
      ],
    });
    sections.push({
      id: id('day'),
      title: `Utilisation and a day's work${of}`,
      body: parts.map(
        part =>
          html`<h3>${sentenceCase(conditionWords(part.condition))}</h3><p>${vcpuSentence(part)}</p><p>${dailySentence(part)}</p>`,
      ),
    });
    sections.push({
      id: id('law'),
      title: `The scalability law${of}`,
      body: [drawn(await lawChart(report, pattern), 'The closed loop was not measured.'), ...parts.map(law)],
    });
  }
  sections.push({id: 'trials', title: 'Every trial', body: report.parts.map(trials)});
  sections.push({id: 'rounds', title: 'Rounds', body: rounds(report)});
  return page({
    title: `${verdictTitle[report.verdict]}: ${oneLine(report.cluster)}, capacity at ${aimWords(report)}`,
    kicker: `Capacity${report.quick ? ' (quick: a look, not to buy by)' : ''}: offered load raised until the target breaks`,
    heading: `${oneLine(report.cluster)}: ${aimWords(report)}`,
    overall: html`<div class="overall ${verdictTone[report.verdict]}"><p class="word">${verdictTitle[report.verdict]}</p><p class="says">${verdictSentence(report)}</p></div>`,
    notes: [
      hardwareNote(report),
      report.warnings.length === 0
        ? undefined
        : html`<ul class="findings warning">${report.warnings.map(({subject, text, todo}) => html`<li><p><strong>${oneLine(subject)}.</strong> ${oneLine(text)}</p><p class="muted">${oneLine(todo)}</p></li>\n`)}</ul>`,
    ],
    facts: [
      ...report.parts.map((part): [string, string] => [`Limit, ${partTitle(part)}`, limitCell(part)]),
      ['Target', `${aimWords(report)}, at ${formatShare(report.aim.confidence)} confidence`],
      ['Cluster', `${report.nodes.length} nodes, ${report.guests.length} guests, storage ${report.storage}`],
      ['Started', formatInstant(report.startedAt)],
      ['Run', oneLine(report.id)],
    ],
    sections,
    footer: `${roundsSentence(report)} seatrial ${report.seatrialVersion}.`,
  });
}

export interface Page {
  title: string;
  kicker: string;
  heading: string;
  overall: Content;
  notes: Content;
  facts: readonly (readonly [string, string])[];
  sections: readonly {id: string; title: string; body: Content}[];
  footer: string;
}

/** The frame of a page: head with its policy, verdict, facts, numbered sections. */
export async function page({title, kicker, heading, overall, notes, facts, sections, footer}: Page): Promise<string> {
  const style = `${styleSheet}\n${moreStyle}`;
  const policy = `default-src 'none'; style-src '${await sha256Source(style)}'; script-src '${await sha256Source(copyScript)}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#main">To the figures</a>
<div class="page">
<header>
<p class="kicker">${kicker}</p>
<h1>${heading}</h1>
${overall}
${notes}
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
</header>
<main id="main">
${sections.map(
  ({id, title: name, body}, index) => html`<section id="${id}" aria-labelledby="h-${id}">
<h2 id="h-${id}"><span class="no">${index + 1}</span>${name}</h2>
${body}
</section>
`,
)}</main>
<footer><p>${footer}</p></footer>
</div>
<script>${trusted(copyScript)}</script>
</body>
</html>
`.markup;
}

/** Emulated or shared hardware, on the face of a page. */
export function hardwareNote(report: Pick<CapacityReport, 'hardware'>): Markup | undefined {
  const hardware = hardwareWords(report);
  return hardware === undefined
    ? undefined
    : html`<p class="hardware" role="note"><strong>${hardware.headline || 'Hardware.'}</strong> ${hardware.note}</p>`;
}

function drawn(chart: Chart | undefined, otherwise: string): Content {
  return chart === undefined ? html`<p class="muted">${otherwise}</p>` : figure(chart);
}

function standings(part: CapacityPart): Content {
  const rows = part.limit?.standings ?? [];
  if (rows.length === 0) return undefined;
  return table({
    caption: `Loads of the open loop, ${conditionWords(part.condition)}`,
    columns: [{title: 'Arrivals a second'}, {title: 'P99', numeric: true}, {title: 'Against the target'}],
    rows: rows.map(each => [
      rate(each.load.amount),
      p99Words(each),
      html`<span class="verdict ${{keeps: 'met', breaks: 'missed', undecided: 'undecided'}[each.kind]}">${sentenceCase(standingWord(each.kind))}</span>: ${each.reason}`,
    ]),
  });
}

function saturation(part: CapacityPart): Content {
  const rows = useRows(part);
  return [
    html`<h3>${sentenceCase(conditionWords(part.condition))}</h3><p>${part.saturation?.says ?? 'No resource was counted.'}</p>`,
    rows.length === 0
      ? undefined
      : table({
          caption: `Resources, ${conditionWords(part.condition)}`,
          columns: [
            {title: 'Resource'},
            {title: 'Use at the limit', numeric: true},
            {title: 'At most', numeric: true},
            {title: 'Full (90 %)'},
          ],
          rows: rows.map(({resource, atLimit, most, full}) => [resource, atLimit, most, full]),
        }),
    part.saturation ? html`<p class="small muted">${notCountedSentence(part)}</p>` : undefined,
  ];
}

function law(part: CapacityPart): Content {
  if (part.law === undefined) return undefined;
  const {heldBack} = part;
  return [
    table({
      caption: `Throughput over accesses in flight, ${conditionWords(part.condition)}`,
      columns: [{title: 'Parameter'}, {title: 'Value and interval', numeric: true}],
      rows: lawWords(part).map(([name, value]) => [name, value]),
    }),
    part.law.remarks.length === 0
      ? undefined
      : html`<ul class="small">${part.law.remarks.map(line => html`<li>${line}</li>\n`)}</ul>`,
    heldBack === undefined ? undefined : html`<p><strong>Held back.</strong> ${heldBack.says}</p>`,
    heldBack === undefined || heldBack.rows.length === 0
      ? undefined
      : table({
          caption: `Fitted to ${heldBack.fittedTo.join(', ')} in flight, predicted above, ${conditionWords(part.condition)}`,
          columns: [
            {title: 'In flight'},
            {title: 'Measured', numeric: true},
            {title: 'Predicted', numeric: true},
            {title: `Interval (all together ${formatShare(heldBack.confidence)})`, numeric: true},
            {title: 'Inside'},
          ],
          rows: heldBack.rows.map(({load, measured, predicted, low, high, inside}) => [
            String(load),
            rate(measured),
            rate(predicted),
            `${rate(low)} … ${rate(high)}`,
            html`<span class="verdict ${inside ? 'met' : 'missed'}">${inside ? 'inside' : 'outside'}</span>`,
          ]),
        }),
  ];
}

function trials(part: CapacityPart): Content {
  if (part.loads.length === 0) return undefined;
  const rows = part.loads.flatMap(({loop, amount, trials: own}) => own.map(trial => ({loop, amount, trial})));
  return html`<details><summary>${partTitle(part)}: ${rows.length} measurements, each leads to its artefact</summary>
${table({
  caption: partTitle(part),
  columns: [
    {title: 'Load'},
    {title: 'Trial'},
    {title: 'Completed', numeric: true},
    {title: 'P99', numeric: true},
    {title: 'Artefact'},
  ],
  rows: rows.map(({loop, amount, trial}) => [
    loop === 'closed' ? `${amount} in flight` : `${formatQuantity(amount, 'op/s')} offered`,
    oneLine(trial.trial),
    rate(trial.throughput),
    `${trial.censored ? '≥ ' : ''}${formatQuantity(trial.p99Seconds, 's')}`,
    artefact(trial),
  ]),
})}</details>`;
}

/** The page stands in the folder that the rounds stand in, one above where a run's own report does. */
function hrefOf(path: string): string | undefined {
  return artefactHref(path)?.replace(/^\.\.\//, '');
}

function artefact({from}: LoadTrial): Content {
  const href = hrefOf(from.artefact);
  const name = from.artefact.split('/').at(-1) ?? from.artefact;
  return href === undefined ? oneLine(from.artefact) : html`<a href="${href}">${oneLine(name)}</a>`;
}

function rounds(report: CapacityReport): Content {
  return table({
    caption: 'Each round is an ordinary run',
    columns: [{title: 'Round'}, {title: 'Run'}, {title: 'Started'}, {title: 'Ended'}],
    rows: report.rounds.map(({folder, id, status, reason, startedAt}) => {
      const href = hrefOf(`${folder}/report/report.html`);
      return [
        href === undefined ? oneLine(folder) : html`<a href="${href}">${oneLine(folder)}</a>`,
        oneLine(id),
        formatInstant(startedAt),
        `${status}${reason === '' ? '' : `: ${oneLine(reason)}`}`,
      ];
    }),
  });
}

export function sentenceCase(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
