import {sha256Source} from '../../render/digest.ts';
import {type Content, html, trusted} from '../../render/markup.ts';
import {copyScript, styleSheet} from '../../render/style.ts';
import {figure, table} from '../../render/tables.ts';
import {oneLine} from '../../render/text.ts';
import {formatInstant} from '../../render/units.ts';
import type {Assessment} from '../assess.ts';
import {contributionChart, distributionChart, sensitivityChart} from './charts.ts';
import {
  arithmetic,
  chanceInterval,
  hardwareWords,
  labelled,
  promiseWords,
  shareInterval,
  simulationWords,
  sourceWords,
  timeInterval,
  timeWords,
  verdictSentence,
  verdictTitle,
} from './words.ts';

const more =
  'td.n.wide{white-space:normal}.takes{margin:1rem 0;padding:.65rem 1.1rem;border:1px solid var(--after);border-left:10px solid var(--after)}.takes p{margin:.2rem 0;max-width:none}';

/** One self-contained page, light and dark, that reads without scripts. The same assessment gives the same bytes. */
export async function renderAvailabilityHtml(assessment: Assessment): Promise<string> {
  const {needed, verdict} = assessment;
  const hardware = hardwareWords(assessment);
  const style = `${styleSheet}\n${more}`;
  const policy = `default-src 'none'; style-src '${await sha256Source(style)}'; script-src '${await sha256Source(copyScript)}'; base-uri 'none'; form-action 'none'`;
  const title = `${verdictTitle[verdict.kind]}: ${oneLine(assessment.cluster)}, availability ${promiseWords(assessment)}`;
  const sections: readonly {id: string; title: string; body: Content}[] = [
    {
      id: 'downtime',
      title: 'Downtime of a year',
      body: [
        figure(await distributionChart(assessment)),
        table({
          caption: `The chance that a year keeps ${promiseWords(assessment)}`,
          columns: [
            {title: 'For'},
            {title: 'If the measured recoveries are all there is', numeric: true},
            {title: 'With all that they leave possible', numeric: true},
          ],
          rows: assessment.chances.map(({of, asMeasured, possible}) => [
            oneLine(of),
            chanceInterval(asMeasured),
            chanceInterval(possible),
          ]),
        }),
        table({
          caption: 'In the long run',
          columns: [
            {title: 'What'},
            {title: 'Downtime a year', numeric: true},
            {title: 'How often a year', numeric: true},
          ],
          rows: [
            ['mean over VMs', timeInterval(assessment.downtime), ''],
            ...assessment.states.map(({name, downtime, perYear}) => [
              name,
              timeInterval(downtime),
              perYear === undefined ? '' : perYear.toPrecision(2),
            ]),
          ],
        }),
      ],
    },
    {id: 'causes', title: 'What contributes most', body: figure(await contributionChart(assessment))},
    {
      id: 'needed',
      title: 'What recovery would keep the promise',
      body:
        needed.requirements.length === 0
          ? html`<p>${needed.says}</p>`
          : table(
              {
                caption: 'Any one of these is enough, the assumptions being what they are',
                columns: [
                  {title: 'Recovery within'},
                  {title: 'For at least', numeric: true},
                  {title: 'Kept so far', numeric: true},
                  {title: 'More clean failovers to prove it', numeric: true},
                ],
                rows: needed.requirements.map(({within, share, trials, kept, more}) => [
                  timeWords(within),
                  `${(share * 100).toFixed(2)} % of faults`,
                  `${kept} of ${trials}`,
                  more === undefined ? 'more than 100000' : String(more),
                ]),
              },
              {
                note: `A VM must recover ${Number(needed.hits.toPrecision(3))} times a year; what the recovery time does not change costs ${timeWords(needed.rest)}.`,
              },
            ),
    },
    {id: 'moves', title: 'What each assumption moves', body: figure(await sensitivityChart(assessment))},
    {
      id: 'recoveries',
      title: 'Recoveries',
      body: table({
        caption: 'How long a VM was silent',
        columns: [
          {title: 'Recovery'},
          {title: 'Trials', numeric: true},
          {title: 'Never came back', numeric: true},
          {title: 'Shortest', numeric: true},
          {title: 'Longest', numeric: true},
          {title: 'Mean', numeric: true},
          {title: 'Source'},
        ],
        rows: assessment.recoveries.map(({name, trials, never, shortest, longest, mean, source}) => [
          oneLine(name),
          String(trials),
          String(never),
          timeWords(shortest),
          timeWords(longest),
          timeWords(mean),
          html`<span class="small">${oneLine(source)}</span>`,
        ]),
      }),
    },
    {
      id: 'assumptions',
      title: 'Assumptions',
      body: [
        table({
          caption: 'Stated, not measured',
          columns: [{title: 'Assumption'}, {title: 'Value'}, {title: 'Source'}],
          rows: assessment.assumptions.map(({subject, text, source}) => [
            oneLine(subject),
            oneLine(text),
            html`<span class="small source">${oneLine(source)}</span>`,
          ]),
        }),
        html`<ul class="small">${assessment.notes.map(note => html`<li>${note}</li>\n`)}</ul>`,
      ],
    },
  ];
  const facts: readonly (readonly [string, string])[] = [
    ['Availability', shareInterval(assessment.availability)],
    ['Downtime a year', timeInterval(assessment.downtime)],
    ['Promise', arithmetic(assessment)],
    ['Cluster', `${assessment.size.nodes} nodes, ${assessment.size.racks} racks, ${assessment.size.vms} VMs`],
    ...assessment.sources.map(({run, startedAt}): [string, string] => [
      'Measured in',
      `${oneLine(run)}, ${formatInstant(startedAt)}`,
    ]),
  ];
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
<a class="skip" href="#downtime">To the figures</a>
<div class="page">
<header>
<p class="kicker">Availability: measured recoveries, stated fault rates</p>
<h1>${oneLine(assessment.cluster)}: ${promiseWords(assessment)} a year</h1>
<div class="overall ${verdict.kind}"><p class="word">${verdictTitle[verdict.kind]}</p><p class="says">${verdictSentence(assessment)}</p></div>
${hardware === undefined ? undefined : html`<p class="hardware" role="note"><strong>${hardware}</strong></p>`}
<p class="hardware" role="note"><strong>Assumptions.</strong> ${labelled(assessment)}</p>
<div class="takes"><p><strong>What it takes.</strong> ${needed.says}</p></div>
${assessment.blockers.length === 0 ? undefined : html`<h2 id="holes">Holes in the evidence</h2><p>They forbid a verdict of met.</p><ul class="findings undecided">${assessment.blockers.map(line => html`<li>${oneLine(line)}</li>\n`)}</ul>`}
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
</header>
<main>
${sections.map(
  ({id, title: heading, body}, index) => html`<section id="${id}" aria-labelledby="h-${id}">
<h2 id="h-${id}"><span class="no">${index + 1}</span>${heading}</h2>
${body}
</section>
`,
)}</main>
<footer><p>${sourceWords(assessment)} ${simulationWords(assessment)}</p></footer>
</div>
<script>${trusted(copyScript)}</script>
</body>
</html>
`.markup;
}
