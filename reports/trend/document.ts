/** One night judged against those before, as a document. */
import {type Document, type Item, numeric, present, type Section, table, type Words} from '../document/document.ts';
import {formatInstant, formatQuantity, missing} from '../words/units.ts';
import {plural} from '../words/words.ts';
import {type Alarm, figureOf, levels, percent} from './alarms.ts';
import {nightlyCases} from './cases.ts';
import {nightlyData} from './json.ts';
import {type NightlyReport, remeasuredLines} from './nightly.ts';

/** Tone and title of a night's verdict. */
export const nightlyVerdict = {
  regression: {tone: 'missed', word: 'Regression'},
  undecided: {tone: 'undecided', word: 'Undecided'},
  'nothing-found': {tone: 'met', word: 'Nothing found'},
  aborted: {tone: 'aborted', word: 'Aborted'},
} as const;

export function nightlyDocument(report: NightlyReport): Document {
  const {night, baseline} = report;
  const verdict = nightlyVerdict[report.verdict];
  return {
    title: `Night ${night.id}: ${verdict.word.toLowerCase()}`,
    kicker: `Night · ${formatInstant(night.startedAt)}`,
    heading: `${night.cluster}, night ${night.id}`,
    verdict: {...verdict, says: `${report.sentence}.`},
    notes: [],
    facts: [
      ['Cluster', night.cluster],
      ['Length', night.quick ? 'quick' : 'full'],
      ['Started', formatInstant(night.startedAt)],
      ['Run', {code: night.folder}],
      [
        'Baseline',
        baseline === undefined
          ? 'none'
          : `${plural(baseline.nights.length, 'night')}, pinned ${formatInstant(baseline.setAt)}${baseline.note === '' ? '' : `, ${baseline.note}`}`,
      ],
    ],
    sections: sectionsOf(report),
    footer: report.notes,
    data: {value: () => nightlyData(report), indent: 1},
    cases: () => nightlyCases(report),
  };
}

function sectionsOf(report: NightlyReport): readonly Section[] {
  const section = (id: string, title: string, items: readonly Item[]): Section | undefined =>
    items.length === 0 ? undefined : {id, title, blocks: [{kind: 'list', items}]};
  return present<Section>(
    section('regressions', 'Regressions', report.alarms.map(alarmItem)),
    section(
      'again',
      'Measured again',
      remeasuredLines(report).map(words => ({words})),
    ),
    section(
      'missing',
      'What is missing',
      report.holes.map(({subject, detail, todo}) => ({
        tone: 'undecided',
        words: [{strong: subject}, `: ${detail}.`],
        more: [`To do: ${todo}.`],
      })),
    ),
    section('better', 'Changes for the better', betterItems(report)),
    {id: 'figures', title: 'Figures', blocks: [figures(report)]},
  );
}

/** Members of one alarm that are listed; the rest are counted. */
const membersShown = 8;

function alarmItem({state, sentence, members}: Alarm): Item {
  const [only] = members;
  const rest = members.length - membersShown;
  return {
    tone: state === 'confirmed' ? 'missed' : 'undecided',
    words: [{strong: state}, ` ${sentence}`],
    more:
      members.length === 1 && only !== undefined
        ? [{code: only.trend.name}]
        : [
            ...members
              .slice(0, membersShown)
              .map(
                (member): Words => [`${figureOf(member.trend)}: ${levels(member)} (`, {code: member.trend.name}, ')'],
              ),
            ...(rest > 0 ? [`and ${rest} more`] : []),
          ],
  };
}

function betterItems({trends}: NightlyReport): readonly Item[] {
  return trends.flatMap(({trend}): Item[] => {
    const change = trend.changes.findLast(({standing}) => standing === 'better');
    if (change === undefined) return [];
    const says = `: ${levels({trend, change})} since ${change.night} (${change.state})`;
    return [{words: [`${figureOf(trend)}, `, {code: trend.name}, says]}];
  });
}

function figures({trends}: NightlyReport) {
  const titles = ['Tonight', 'Level before', 'Change', 'Seen from', 'Against the baseline'];
  return table(
    'Every series of tonight',
    ['Series', ...titles.map(numeric), 'Standing'],
    trends.map(({trend, standing}): readonly Words[] => {
      const value = trend.points.at(-1)?.value;
      const {unit} = trend.series;
      const before = previousLevel(
        trend.points.map(point => point.value),
        trend.eras.at(-1)?.start ?? 0,
      );
      const comparison = trend.baseline?.comparison;
      return [
        {code: trend.name},
        value === undefined ? missing : formatQuantity(value, unit),
        before === undefined ? missing : formatQuantity(before, unit),
        before === undefined || value === undefined || before === 0 ? missing : percent(value / before - 1),
        trend.visible === undefined ? missing : percent(trend.visible),
        comparison === undefined
          ? missing
          : `${percent(comparison.change)}, ${comparison.verdict.replaceAll('-', ' ')}`,
        standing.replaceAll('-', ' '),
      ];
    }),
  );
}

/** Median of up to seven nights before tonight on the same ground. */
function previousLevel(values: readonly number[], start: number): number | undefined {
  const before = values.slice(Math.max(start, values.length - 8), -1).toSorted((a, b) => a - b);
  return before.length === 0 ? undefined : before[Math.floor(before.length / 2)];
}
