/** An assessment of availability, as a document. */
import {
  type Block,
  type Column,
  chart,
  type Document,
  heading,
  list,
  numeric,
  paragraph,
  type Section,
  table,
  type Words,
} from '../document/document.ts';
import {formatInstant, formatShare} from '../words/units.ts';
import type {Assessment} from './assess.ts';
import {availabilitySheet} from './columns.ts';
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
} from './phrases.ts';

export function availabilityDocument(assessment: Assessment): Document {
  const {verdict, needed, blockers, cluster, size, sources} = assessment;
  const hardware = hardwareWords(assessment);
  return {
    title: `${verdictTitle[verdict.kind]}: ${cluster}, availability ${promiseWords(assessment)}`,
    kicker: 'Availability: measured recoveries, stated fault rates',
    heading: `${cluster}: ${promiseWords(assessment)} a year`,
    verdict: {tone: verdict.kind, word: verdictTitle[verdict.kind], says: verdictSentence(assessment)},
    notes: [
      ...(hardware === undefined ? [] : [{headline: hardware, words: ''}]),
      {headline: 'Assumptions.', words: labelled(assessment)},
      {headline: 'What it takes.', words: needed.says, tone: 'takes'},
    ],
    lead:
      blockers.length === 0
        ? []
        : [heading('Holes in the evidence'), paragraph('They forbid a verdict of met.'), list(blockers, 'undecided')],
    facts: [
      ['Availability', shareInterval(assessment.availability)],
      ['Downtime a year', timeInterval(assessment.downtime)],
      ['Promise', arithmetic(assessment)],
      ['Cluster', `${size.nodes} nodes, ${size.racks} racks, ${size.vms} VMs`],
      ...sources.map(({run, startedAt}): [string, string] => ['Measured in', `${run}, ${formatInstant(startedAt)}`]),
    ],
    sections: sectionsOf(assessment),
    footer: [`${sourceWords(assessment)} ${simulationWords(assessment)}`],
    data: {value: () => assessment},
    sheets: {numbers: () => availabilitySheet(assessment)},
  };
}

function sectionsOf(assessment: Assessment): readonly Section[] {
  const charts = () => import('./charts.ts');
  return [
    {
      id: 'downtime',
      title: 'Downtime of a year',
      blocks: [
        chart(async () => (await charts()).distributionChart(assessment)),
        chances(assessment),
        states(assessment),
      ],
    },
    {
      id: 'causes',
      title: 'What contributes most',
      blocks: [
        chart(async () => (await charts()).contributionChart(assessment), undefined, [contributions(assessment)]),
      ],
    },
    {id: 'needed', title: 'What recovery would keep the promise', blocks: [needed(assessment)]},
    {
      id: 'moves',
      title: 'What each assumption moves',
      blocks: [
        chart(async () => (await charts()).sensitivityChart(assessment), undefined, [sensitivities(assessment)]),
      ],
    },
    {id: 'recoveries', title: 'Recoveries', blocks: [recoveries(assessment)]},
    {id: 'assumptions', title: 'Assumptions', blocks: [assumptions(assessment), list(assessment.notes)]},
  ];
}

function chances(assessment: Assessment): Block {
  return table(
    `The chance that a year keeps ${promiseWords(assessment)}`,
    ['For', numeric('If the measured recoveries are all there is'), numeric('With all that they leave possible')],
    assessment.chances.map(({of, asMeasured, possible}) => [of, chanceInterval(asMeasured), chanceInterval(possible)]),
  );
}

function states({downtime, states: all}: Assessment): Block {
  return table(
    'In the long run',
    ['What', numeric('Downtime a year'), numeric('How often a year')],
    [
      ['mean over VMs', timeInterval(downtime), ''],
      ...all.map(({name, downtime: own, perYear}) => [name, timeInterval(own), perYear?.toPrecision(2) ?? '']),
    ],
  );
}

/** As many as the charts draw. */
const mostRows = 12;

function contributions({contributions: all}: Assessment): Block {
  return table(
    'The largest first',
    ['Cause', 'How', numeric('Downtime per VM and year'), numeric('Share')],
    all.slice(0, mostRows).map(({cause, way, seconds, share}) => [cause, way, timeWords(seconds), formatShare(share)]),
  );
}

function sensitivities({sensitivities: all}: Assessment): Block {
  return table(
    'One at a time, the others left as they are',
    ['Assumption', numeric('Downtime a year when halved'), numeric('When doubled')],
    all.slice(0, mostRows).map(({subject, halved, doubled}) => [subject, timeWords(halved), timeWords(doubled)]),
  );
}

function needed({needed: {requirements, hits, rest, says}}: Assessment): Block {
  if (requirements.length === 0) return paragraph(says);
  return table(
    'Any one of these is enough, the assumptions being what they are',
    ['Recovery within', numeric('For at least'), numeric('Kept so far'), numeric('More clean failovers to prove it')],
    requirements.map(({within, share, trials, kept, more}) => [
      timeWords(within),
      `${(share * 100).toFixed(2)} % of faults`,
      `${kept} of ${trials}`,
      more === undefined ? 'more than 100000' : String(more),
    ]),
    `A VM must recover ${Number(hits.toPrecision(3))} times a year; what the recovery time does not change costs ${timeWords(rest)}.`,
  );
}

const source: Column = {title: 'Source', small: true};

function recoveries({recoveries: all}: Assessment): Block {
  const titles = ['Trials', 'Never came back', 'Shortest', 'Longest', 'Mean'];
  return table(
    'How long a VM was silent',
    ['Recovery', ...titles.map(numeric), source],
    all.map((each): readonly Words[] => [
      each.name,
      String(each.trials),
      String(each.never),
      ...[each.shortest, each.longest, each.mean].map(timeWords),
      each.source,
    ]),
  );
}

function assumptions({assumptions: all}: Assessment): Block {
  return table(
    'Stated, not measured',
    ['Assumption', 'Value', source],
    all.map(({subject, text, source: from}) => [subject, text, from]),
  );
}
