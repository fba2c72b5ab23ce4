/** A capacity plan, as a document. */

import {
  type Block,
  type Column,
  chart,
  type Document,
  list,
  numeric,
  present,
  quiet,
  type Section,
  table,
} from '../document/document.ts';
import {formatShare} from '../words/units.ts';
import {planSheet} from './columns.ts';
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
} from './phrases.ts';
import type {CapacityPlan} from './plan.ts';

export function planDocument(plan: CapacityPlan): Document {
  const {input} = plan;
  return {
    title: `${input.cluster}: capacity plan`,
    kicker: 'Capacity plan: stated growth, ranges in and ranges out',
    heading: `${input.cluster}: when it runs out`,
    verdict: {tone: 'not-testable', word: 'Forecast', says: headline(plan)},
    notes: [{headline: 'Assumptions.', words: `Growth and use are stated, not measured: ${factsWords(plan)}`}],
    facts: [
      ['Nodes', String(input.nodes)],
      ['VMs', String(input.vms)],
      ['To survive', `${input.survive} lost`],
      ['Use up to', formatShare(input.ceiling)],
      ['From', input.from],
    ],
    sections: sectionsOf(plan),
    footer: [methodSentence(plan)],
    data: {value: () => plan},
    sheets: {forecasts: () => planSheet(plan)},
  };
}

function sectionsOf(plan: CapacityPlan): readonly Section[] {
  const charts = () => import('./charts.ts');
  const of = lostHead(plan);
  return present<Section>(
    {
      id: 'run-out-dates',
      title: 'When it runs out',
      blocks: [
        chart(async () => (await charts()).runOutChart(plan)),
        grid('Run-out dates', ['Resource', ...of], runOutRows(plan)),
      ],
    },
    {
      id: 'forecast',
      title: 'Forecast',
      blocks: [
        {
          kind: 'panels',
          blocks: plan.fans.map(fan => chart(async () => (await charts()).fanChart(plan, fan))),
        },
      ],
    },
    {
      id: 'nodes',
      title: 'Nodes needed',
      blocks: [grid('Nodes that carry the load', ['At', ...of], neededRows(plan))],
    },
    {
      id: 'what-if',
      title: 'What if',
      blocks: [table('The first resource to run out', whatIfHead, whatIfRows(plan))],
    },
    plan.costs.length > 0 && {
      id: 'costs',
      title: 'Costs',
      blocks: [grid('Spent, all together', ['Until', ...of], costRows(plan)), quiet(priceSentence(plan))],
    },
    {
      id: 'inputs',
      title: 'What went in',
      blocks: [grid('Use, capacity, growth', inputHead, inputRows(plan)), list(plan.notes)],
    },
  );
}

/** Figures after the first column. */
function grid(
  caption: string,
  [first = '', ...others]: readonly string[],
  rows: readonly (readonly string[])[],
): Block {
  return table(caption, [first, ...others.map((title): Column => numeric(title))], rows);
}
