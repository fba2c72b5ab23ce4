import {html} from '../../../render/markup.ts';
import {figure, table} from '../../../render/tables.ts';
import {oneLine} from '../../../render/text.ts';
import {formatShare} from '../../../render/units.ts';
import type {CapacityPlan} from '../../plan.ts';
import {page} from '../html.ts';
import {fanChart, fanLegend, runOutChart} from './charts.ts';
import {
  costRows,
  factsWords,
  headline,
  inputHead,
  inputRows,
  lostHead,
  methodSentence,
  neededRows,
  priceSentence,
  runOutRows,
  whatIfHead,
  whatIfRows,
} from './words.ts';

/** One self-contained page, light and dark. The same plan gives the same bytes. */
export async function renderPlanHtml(plan: CapacityPlan): Promise<string> {
  const of = lostHead(plan);
  const {input} = plan;
  const fans = await Promise.all(plan.fans.map(fan => fanChart(plan, fan)));
  const grid = (caption: string, head: readonly string[], rows: readonly (readonly string[])[], words = 1) =>
    table({caption, columns: head.map((title, index) => ({title, numeric: index >= words})), rows});
  return page({
    title: `${oneLine(input.cluster)}: capacity plan`,
    kicker: 'Capacity plan: stated growth, ranges in and ranges out',
    heading: `${oneLine(input.cluster)}: when it runs out`,
    overall: html`<div class="overall not-testable"><p class="word">Forecast</p><p class="says">${headline(plan)}</p></div>`,
    notes: html`<p class="hardware" role="note"><strong>Assumptions.</strong> Growth and use are stated, not measured: ${factsWords(plan)}</p>`,
    facts: [
      ['Nodes', String(input.nodes)],
      ['VMs', String(input.vms)],
      ['To survive', `${input.survive} lost`],
      ['Use up to', formatShare(input.ceiling)],
      ['From', input.from],
    ],
    sections: [
      {
        id: 'run-out-dates',
        title: 'When it runs out',
        body: [figure(await runOutChart(plan)), grid('Run-out dates', ['Resource', ...of], runOutRows(plan))],
      },
      {
        id: 'forecast',
        title: 'Forecast',
        body: [fanLegend(), html`<div class="panels">${fans.map(figure)}</div>`],
      },
      {id: 'nodes', title: 'Nodes needed', body: grid('Nodes that carry the load', ['At', ...of], neededRows(plan))},
      {
        id: 'what-if',
        title: 'What if',
        body: grid('The first resource to run out', whatIfHead, whatIfRows(plan), whatIfHead.length),
      },
      ...(plan.costs.length === 0
        ? []
        : [
            {
              id: 'costs',
              title: 'Costs',
              body: [
                grid('Spent, all together', ['Until', ...of], costRows(plan)),
                html`<p class="small muted">${priceSentence(plan)}</p>`,
              ],
            },
          ]),
      {
        id: 'inputs',
        title: 'What went in',
        body: [
          grid('Use, capacity, growth', inputHead, inputRows(plan)),
          html`<ul class="small">${plan.notes.map(note => html`<li>${note}</li>\n`)}</ul>`,
        ],
      },
    ],
    footer: methodSentence(plan),
  });
}
