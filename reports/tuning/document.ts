/** What came of trying a profile, and which of its settings made the difference, as documents. */
import {
  type Block,
  type Document,
  list,
  numeric,
  paragraph,
  present,
  quiet,
  type Section,
  type Tone,
  table,
  type Words,
} from '../document/document.ts';
import {comparisonBlocks, whereFrom} from '../run/comparisons.ts';
import {changeOf, figures, improvementBlocks} from '../run/improvements.ts';
import {effectText, unitOf} from '../run/phrases.ts';
import type {Comparison, Report} from '../run/report.ts';
import {sourcesOf} from '../run/sources.ts';
import {formatEstimate, formatQuantity, formatShare} from '../words/units.ts';
import {comparisonWord, labelWords, metricTitle, plural} from '../words/words.ts';
import {rankingSheet} from './columns.ts';
import type {Difference, Ranked, RankedSeries, Ranking, Step} from './rank.ts';
import {foundOnly, reservationsOf} from './reservations.ts';

export interface Tried {
  schema: 'seatrial-tune-try/1';
  profile: string;
  verdict: 'none-worse' | 'worse' | 'undecided';
  /** Why "nothing is worse" must not be said, whatever the comparisons say. */
  reasons: readonly string[];
  comparisons: readonly Comparison[];
  report: Report;
}

/** What a run of two states came to: found first, the profile second. */
export function triedOf(report: Report, profile: string): Tried {
  const {comparisons} = report;
  const reasons = [...reservationsOf(report), ...foundOnly(report, profile)];
  const worse = comparisons.some(({verdict}) => verdict === 'worse');
  const noisy = comparisons.some(({verdict}) => verdict === 'too-noisy');
  const open = reasons.length > 0 || comparisons.length === 0 || noisy;
  const verdict = worse ? 'worse' : open ? 'undecided' : 'none-worse';
  return {schema: 'seatrial-tune-try/1', profile, verdict, reasons, comparisons, report};
}

const triedWord = {'none-worse': 'Nothing is worse', worse: 'Worse', undecided: 'Undecided'} as const;
const triedTone = {'none-worse': 'better', worse: 'worse', undecided: 'undecided'} as const;

export function triedDocument(tried: Tried): Document {
  const {profile, verdict, reasons, comparisons, report} = tried;
  const from = whereFrom(report);
  return {
    title: `${triedWord[verdict]}: ${profile} against the cluster as found`,
    kicker: 'Tuning tried',
    heading: `${profile} against the cluster as found`,
    verdict: {tone: triedTone[verdict], word: triedWord[verdict], says: countWords(comparisons)},
    notes: [],
    lead: present(
      reasons.length > 0 && list(reasons, 'undecided'),
      from !== undefined && list(from.says, 'warning'),
      paragraph(
        'Measured in turns (A B B A) and compared in pairs; intervals of 95 %, Holm over all comparisons. What was found is back in force.',
      ),
    ),
    facts: factsOf(report),
    sections: [
      {id: 'difference', title: 'What changed', blocks: [shortTable(tried)]},
      {id: 'documented', title: 'Documented and measured improvement', blocks: besideBlocks(report)},
      {id: 'before-after', title: 'Every comparison', blocks: comparisonBlocks(sourcesOf(report)), only: 'page'},
    ],
    footer: ['A median of few trials has no interval; the ratio of pairs has one from 2 pairs, and claims from 3.'],
    data: {value: () => ({...tried, report: undefined, run: report.header.id})},
  };
}

function countWords(comparisons: readonly Comparison[]): string {
  const count = (verdict: Comparison['verdict']) => comparisons.filter(each => each.verdict === verdict).length;
  return `${plural(comparisons.length, 'comparison')}: ${count('better')} better, ${count('worse')} worse, ${count('no-difference-shown')} with no difference shown, ${count('too-noisy')} too noisy.`;
}

function factsOf({header, ended}: Report): Document['facts'] {
  return [
    ['Cluster', header.cluster],
    ['Run', header.id],
    ['Seed', String(header.seed)],
    ['Hardware', header.hardware.note],
    ['Ended', ended.status],
  ];
}

/** One comparison a line: what a reader wants first. */
function shortTable({comparisons, report: {improvements}}: Tried): Block {
  if (comparisons.length === 0) return quiet('No metric was measured in both states.');
  return table(
    'After ÷ before',
    ['Metric', ...['Before', 'After', 'Ratio', 'Documented'].map(numeric), 'Result'],
    comparisons.map(measured => {
      const unit = unitOf(measured);
      const said = improvements.find(each => each.measured === measured)?.documented;
      return [
        [metricTitle(measured.metric), {below: labelWords(measured.labels)}],
        formatQuantity(measured.before.median, unit),
        formatQuantity(measured.after.median, unit),
        effectText(measured),
        said === undefined
          ? {absent: 'nothing is documented'}
          : [changeOf(said.before, said.after), {below: figures(said.before, said.after, measured)}],
        {tone: measured.verdict, words: comparisonWord[measured.verdict]},
      ];
    }),
  );
}

function besideBlocks({improvements}: Report): readonly Block[] {
  return improvements.length > 0
    ? improvementBlocks(improvements)
    : [quiet('None of the documented figures was measured in both states.')];
}

// ───────────────────────────── ranking ─────────────────────────────

const differenceWords: Readonly<Record<Difference, string>> = {
  better: 'better',
  worse: 'worse',
  'better-alone': 'better, alone',
  'better-with-others': 'better, with the others',
  'worse-alone': 'worse, alone',
  'worse-with-others': 'worse, with the others',
  depends: 'better one way, worse the other',
  none: 'no difference shown',
  'not-told': 'too noisy to tell',
};

const differenceTones: Readonly<Record<Difference, Tone>> = {
  better: 'better',
  'better-alone': 'better',
  'better-with-others': 'better',
  worse: 'worse',
  'worse-alone': 'worse',
  'worse-with-others': 'worse',
  depends: 'warning',
  none: 'no-difference-shown',
  'not-told': 'too-noisy',
};

function isShown({difference}: Ranked): boolean {
  return difference !== 'none' && difference !== 'not-told';
}

export function rankingDocument(ranking: Ranking, report: Report, profile: string): Document {
  const made = ranking.series.flatMap(series => series.factors.filter(isShown).map(ranked => ({series, ranked})));
  const reasons = reservationsOf(report);
  const untold = ranking.series.some(({factors}) => factors.some(({difference}) => difference === 'not-told'));
  const open = untold || reasons.length > 0;
  const word = made.length > 0 ? 'Ranked' : open ? 'Undecided' : 'No difference shown';
  const tone: Tone = made.length > 0 ? 'better' : open ? 'undecided' : 'no-difference-shown';
  return {
    title: `${word}: which settings of ${profile} made the difference`,
    kicker: 'Tuning ranked',
    heading: `Which settings of ${profile} made the difference`,
    verdict: {tone, word, says: `${plural(made.length, 'difference')} shown, over ${plural(ranking.tests, 'test')}.`},
    notes: [],
    lead: present(
      reasons.length > 0 && list(reasons, 'undecided'),
      list(
        made.length > 0
          ? made.map(({series, ranked}) => madeWords(series, ranked))
          : ['No setting was shown to make a difference.'],
      ),
      paragraph(
        `Each setting was added to what was found, and left out of all of ${profile}; in pairs, intervals of ${formatShare(ranking.confidence)}, Holm over all tests. How two settings work together is told only as far as one helps alone or with all others. What was found is back in force.`,
      ),
    ),
    facts: factsOf(report),
    sections: ranking.series.map(seriesSection),
    footer: ['docs/tuning.md says what this design can tell, and what it cannot.'],
    data: {value: () => ({...ranking, reasons, run: report.header.id, seed: report.header.seed})},
    sheets: {settings: () => rankingSheet(ranking)},
  };
}

function madeWords({metric, labels}: RankedSeries, {factor, added, leftOut, difference}: Ranked): Words {
  return [
    {code: factor.name},
    `: ${differenceWords[difference]} for ${metricTitle(metric)} (${labelWords(labels)}): added ${stepText(added)}, left out ${stepText(leftOut)}`,
  ];
}

function seriesSection({metric, labels, whole, factors}: RankedSeries, index: number): Section {
  return {
    id: `series-${index + 1}`,
    title: `${metricTitle(metric)}, ${labelWords(labels)}`,
    blocks: [
      paragraph(`All of it against what was found: ${stepText(whole)}.`),
      table(
        'With the setting ÷ without it',
        [
          'Setting',
          numeric('Added to what was found'),
          numeric('Put back into the rest'),
          'Result',
          {title: 'Settings in it', small: true},
          {title: 'Notes', small: true},
        ],
        factors.map(({factor, added, leftOut, difference}) => [
          {code: factor.name},
          stepText(added),
          stepText(leftOut),
          {tone: differenceTones[difference], words: differenceWords[difference]},
          factor.settings.join(', '),
          {lines: [...notesOf('added', added), ...notesOf('put back', leftOut)]},
        ]),
      ),
    ],
  };
}

/** What is to be known of a contrast: trials without a partner, outliers, and by what it was judged. */
function notesOf(which: string, step: Step): readonly string[] {
  return 'row' in step ? step.row.notes.map(note => `${which}: ${note}`) : [];
}

/** `1.21× [1.10, 1.33]`, `+3 op/s`, or why there is nothing. */
function stepText(step: Step): string {
  if ('reason' in step) return step.reason;
  const {effect, scale, unit} = step.row;
  const bounded = Number.isFinite(effect.high) && Number.isFinite(effect.low);
  const text = scale === 'ratio' ? formatEstimate(effect, 'ratio', 'factor') : formatEstimate(effect, unit);
  return bounded ? text.text : `${text.value} (no interval)`;
}
