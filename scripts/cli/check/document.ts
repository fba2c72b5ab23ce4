/** The report of `seatrial check` as a page: the worst first, found, expected and how to mend it, by host. Pure. */
import {type Document, quiet, type Section, table, type Words} from '../../../reports/document/document.ts';
import {plural} from '../../../reports/words/words.ts';
import {type CheckReport, exitCodeOf} from './checked.ts';

type Verdict = CheckReport['verdicts'][number];

const words = {0: ['met', 'Conforms'], 1: ['missed', 'Does not conform'], 2: ['undecided', 'Undecided']} as const;

export function checkDocument(report: CheckReport): Document {
  const {cluster, verdicts} = report;
  const of = (state: Verdict['state']) => verdicts.filter(each => each.state === state);
  const [tone, word] = words[exitCodeOf(report) as 0 | 1 | 2];
  const [violated, open] = [of('violated'), of('not-known')];
  return {
    title: `${word}: ${cluster}`,
    kicker: 'How it is configured, rule by rule',
    heading: cluster,
    verdict: {
      tone,
      word,
      says: `${plural(rulesIn(violated), 'rule')} violated, ${plural(rulesIn(open), 'rule')} not known, of ${rulesIn(verdicts)}.`,
    },
    notes: [],
    facts: [
      ['Hosts', [...new Set(verdicts.map(({host}) => host))].filter(host => host !== 'cluster').join(', ')],
      ['Hold', String(rulesIn(of('holds')))],
      ['Not applicable', String(rulesIn(of('not-applicable')))],
    ],
    sections: [
      section('violated', 'Violated', violated, ({mend}) => mend, 'To mend'),
      section('not-known', 'Not known', open, ({wouldTell}) => wouldTell.join('; '), 'Would tell'),
      ...lossSection(report),
      section('not-applicable', 'Not applicable', of('not-applicable'), ({source}) => source, 'Source'),
      section('holds', 'Holds', of('holds'), ({source}) => source, 'Source'),
    ],
    footer: [
      'Judged by the rules of docs/rules.md, each with its sources and their versions. No secret is printed: only where it stands.',
    ],
    data: {value: () => report, indent: 1},
  };
}

function rulesIn(verdicts: readonly Verdict[]): number {
  return new Set(verdicts.map(({rule}) => rule)).size;
}

/** Hosts that say the same share a line. */
function section(
  id: string,
  title: string,
  verdicts: readonly Verdict[],
  last: (verdict: Verdict) => string,
  lastTitle: string,
): Section {
  const lines = Map.groupBy(verdicts, ({rule, found}) => JSON.stringify([rule, found]));
  const rows = [...lines.values()].flatMap((some): Words[][] => {
    const [first] = some;
    if (first === undefined) return [];
    const speaks: Words = first.claim === undefined ? '' : {below: first.claim};
    const hosts = some.map(({host}) => host).join(', ');
    return [[[{strong: first.rule}, {below: first.severity}, speaks], hosts, first.found, first.title, last(first)]];
  });
  const columns = ['Rule', 'Where', 'Found', 'Expected', {title: lastTitle, small: true as const}];
  return {
    id,
    title,
    blocks:
      rows.length === 0 ? [quiet('None.')] : [table('The critical first, then the major and the minor', columns, rows)],
  };
}

function lossSection({losses, noLosses}: CheckReport): Section[] {
  const title = 'Where each virtual machine goes';
  if (losses === undefined) return noLosses === undefined ? [] : [{id: 'losses', title, blocks: [quiet(noLosses)]}];
  const guests = Object.keys(losses[0]?.guests ?? {});
  const rows = losses.map(({lost, quorate, guests: placed}) => [
    `${lost.join(' and ')}${quorate ? '' : ', no quorum'}`,
    ...guests.map((guest): Words => placed[guest]?.join(' and ') || {tone: 'critical', words: 'nowhere'}),
  ]);
  const caption = 'By crm_simulate, of the CIB that was given: after each loss of one node, and of two at once';
  return [{id: 'losses', title, blocks: [table(caption, ['Lost', ...guests], rows)]}];
}
