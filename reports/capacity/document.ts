/** What a capacity run found, as a document. Links count from the capacity run's own folder. */
import {
  type Block,
  chart,
  type Document,
  heading,
  list,
  numeric,
  paragraph,
  present,
  quiet,
  type Section,
  table,
  type Words,
} from '../document/document.ts';
import {artefactHref} from '../run/links.ts';
import {formatInstant, formatQuantity, formatShare} from '../words/units.ts';
import {capacitySheet} from './columns.ts';
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
  sentenceCase,
  standingTone,
  standingWord,
  useRows,
  vcpuSentence,
  verdictSentence,
  verdictTitle,
  verdictTone,
} from './phrases.ts';
import {type CapacityPart, type CapacityReport, conditionWords} from './report.ts';

export function capacityDocument(report: CapacityReport): Document {
  const patterns = [...new Set(report.parts.map(({pattern}) => pattern))];
  const hardware = hardwareWords(report);
  return {
    title: `${verdictTitle[report.verdict]}: ${report.cluster}, capacity at ${aimWords(report)}`,
    kicker: `Capacity${report.quick ? ' (quick: a look, not to buy by)' : ''}: offered load raised until the target breaks`,
    heading: `${report.cluster}: ${aimWords(report)}`,
    verdict: {
      tone: verdictTone[report.verdict],
      word: verdictTitle[report.verdict],
      says: verdictSentence(report),
    },
    notes: hardware === undefined ? [] : [{headline: hardware.headline || 'Hardware.', words: hardware.note}],
    lead: present(report.warnings.length > 0 && warnings(report)),
    facts: [
      ...report.parts.map((part): [string, string] => [`Limit, ${partTitle(part)}`, limitCell(part)]),
      ['Target', `${aimWords(report)}, at ${formatShare(report.aim.confidence)} confidence`],
      ['Cluster', `${report.nodes.length} nodes, ${report.guests.length} guests, storage ${report.storage}`],
      ['Started', formatInstant(report.startedAt)],
      ['Run', report.id],
    ],
    sections: [
      ...patterns.flatMap((pattern, index) =>
        sectionsOf(report, pattern, index + 1, patterns.length > 1 ? `, ${pattern}` : ''),
      ),
      {id: 'trials', title: 'Every trial', blocks: report.parts.flatMap(trials), only: 'page'},
      {id: 'rounds', title: 'Rounds', blocks: [rounds(report)], only: 'page'},
    ],
    footer: [`${roundsSentence(report)} seatrial ${report.seatrialVersion}.`],
    data: {value: () => report},
    sheets: {numbers: () => capacitySheet(report)},
  };
}

function warnings({warnings: all}: CapacityReport): Block {
  const items = all.map(({subject, text, todo}) => ({
    tone: 'warning' as const,
    words: [{strong: [subject, '.']}, ` ${text}`],
    more: [{small: todo}],
  }));
  return {kind: 'list', items};
}

/** `of` names the pattern where there are several. */
function sectionsOf(report: CapacityReport, pattern: string, index: number, of: string): readonly Section[] {
  const parts = report.parts.filter(part => part.pattern === pattern);
  const headroom = report.headrooms.find(each => each.pattern === pattern);
  const charts = () => import('./charts.ts');
  return present<Section>(
    {
      id: `limit-${index}`,
      title: `The limit${of}`,
      blocks: [
        ...parts.map(part => paragraph([conditionHead(part), ' ', limitSentence(part)])),
        chart(
          async () => (await charts()).hockeyStick(report, pattern),
          'No load of the open loop was measured: only there is latency that of a load.',
        ),
        ...parts.flatMap(standings),
      ],
    },
    headroom && {
      id: `headroom-${index}`,
      title: `Headroom${of}`,
      blocks: [
        chart(
          async () => (await charts()).headroomChart(headroom, report.nodes.length),
          'No limit was shown, so there is no headroom to draw.',
        ),
        list(headroomSentences(headroom)),
      ],
    },
    {
      id: `full-${index}`,
      title: `What is full first${of}`,
      blocks: [
        {kind: 'panels', blocks: parts.map(part => chart(async () => (await charts()).useChart(part)))},
        ...parts.flatMap(saturation),
      ],
    },
    {
      id: `day-${index}`,
      title: `Utilisation and a day's work${of}`,
      blocks: parts.flatMap(part => [
        heading(sentenceCase(conditionWords(part.condition))),
        paragraph(vcpuSentence(part)),
        paragraph(dailySentence(part)),
      ]),
    },
    {
      id: `law-${index}`,
      title: `The scalability law${of}`,
      blocks: [
        chart(async () => (await charts()).lawChart(report, pattern), 'The closed loop was not measured.'),
        ...parts.flatMap(law),
      ],
    },
  );
}

function conditionHead({condition}: CapacityPart): Words {
  return {strong: `${sentenceCase(conditionWords(condition))}.`};
}

function standings({condition, limit}: CapacityPart): readonly Block[] {
  const rows = limit?.standings ?? [];
  if (rows.length === 0) return [];
  return [
    table(
      `Loads of the open loop, ${conditionWords(condition)}`,
      ['Arrivals a second', numeric('P99'), 'Against the target'],
      rows.map(each => [
        rate(each.load.amount),
        p99Words(each),
        [{tone: standingTone[each.kind], words: sentenceCase(standingWord(each.kind))}, `: ${each.reason}`],
      ]),
    ),
  ];
}

function saturation(part: CapacityPart): readonly Block[] {
  const rows = useRows(part);
  return present(
    heading(sentenceCase(conditionWords(part.condition))),
    paragraph(part.saturation?.says ?? 'No resource was counted.'),
    rows.length > 0 &&
      table(
        `Resources, ${conditionWords(part.condition)}`,
        ['Resource', numeric('Use at the limit'), numeric('At most'), 'Full (90 %)'],
        rows.map(({resource, atLimit, most, full}) => [resource, atLimit, most, full]),
      ),
    part.saturation && quiet(notCountedSentence(part)),
  );
}

function law(part: CapacityPart): readonly Block[] {
  if (part.law === undefined) return [];
  const {heldBack} = part;
  return present<Block>(
    table(
      `Throughput over accesses in flight, ${conditionWords(part.condition)}`,
      ['Parameter', numeric('Value and interval')],
      lawWords(part),
    ),
    part.law.remarks.length > 0 && list(part.law.remarks),
    heldBack && paragraph([{strong: 'Held back.'}, ` ${heldBack.says}`]),
    heldBack &&
      heldBack.rows.length > 0 &&
      table(
        `Fitted to ${heldBack.fittedTo.join(', ')} in flight, predicted above, ${conditionWords(part.condition)}`,
        [
          'In flight',
          numeric('Measured'),
          numeric('Predicted'),
          numeric(`Interval (all together ${formatShare(heldBack.confidence)})`),
          'Inside',
        ],
        heldBack.rows.map(({load, measured, predicted, low, high, inside}) => [
          String(load),
          rate(measured),
          rate(predicted),
          `${rate(low)} … ${rate(high)}`,
          inside ? {tone: 'met', words: 'inside'} : {tone: 'missed', words: 'outside'},
        ]),
      ),
  );
}

function trials(part: CapacityPart): readonly Block[] {
  const rows = part.loads.flatMap(({loop, amount, trials: own}) => own.map(trial => ({loop, amount, trial})));
  if (rows.length === 0) return [];
  const measurements = table(
    partTitle(part),
    ['Load', 'Trial', numeric('Completed'), numeric('P99'), 'Artefact'],
    rows.map(({loop, amount, trial: {trial, throughput, p99Seconds, censored, from}}) => [
      loop === 'closed' ? `${amount} in flight` : `${formatQuantity(amount, 'op/s')} offered`,
      trial,
      rate(throughput),
      `${censored ? '≥ ' : ''}${formatQuantity(p99Seconds, 's')}`,
      link(from.artefact, from.artefact.split('/').at(-1) ?? from.artefact),
    ]),
  );
  const summary = `${partTitle(part)}: ${rows.length} measurements, each leads to its artefact`;
  return [{kind: 'details', summary, blocks: [measurements]}];
}

/** The document stands in the folder that the rounds stand in, one above where a run's own report does. */
function link(path: string, words: string): Words {
  const href = artefactHref(path)?.replace(/^\.\.\//, '');
  return href === undefined ? path : {href, words};
}

function rounds(report: CapacityReport): Block {
  return table(
    'Each round is an ordinary run',
    ['Round', 'Run', 'Started', 'Ended'],
    report.rounds.map(({folder, id, status, reason, startedAt}) => {
      const href = artefactHref(`${folder}/report/report.html`)?.replace(/^\.\.\//, '');
      return [
        href === undefined ? folder : {href, words: folder},
        id,
        formatInstant(startedAt),
        `${status}${reason === '' ? '' : `: ${reason}`}`,
      ];
    }),
  );
}
