/** The report of `seatrial check` as a page: the worst first, found, expected and how to mend it, by host. Pure. */
import {rulesIn, stateSections} from '../../../reports/conformance/sections.ts';
import {type Document, quiet, type Section, table, type Words} from '../../../reports/document/document.ts';
import {plural} from '../../../reports/words/words.ts';
import {type CheckReport, exitCodeOf} from './checked.ts';

const words = {0: ['met', 'Conforms'], 1: ['missed', 'Does not conform'], 2: ['undecided', 'Undecided']} as const;

export function checkDocument(report: CheckReport): Document {
  const {cluster, verdicts} = report;
  const [tone, word] = words[exitCodeOf(report) as 0 | 1 | 2];
  const states = stateSections(verdicts, ({wouldTell}) => wouldTell.join('; '));
  return {
    title: `${word}: ${cluster}`,
    kicker: 'How it is configured, rule by rule',
    heading: cluster,
    verdict: {
      tone,
      word,
      says: `${plural(rulesIn(verdicts, 'violated'), 'rule')} violated, ${plural(rulesIn(verdicts, 'not-known'), 'rule')} not known, of ${rulesIn(verdicts)}.`,
    },
    notes: [],
    facts: [
      ['Hosts', [...new Set(verdicts.map(({host}) => host))].filter(host => host !== 'cluster').join(', ')],
      ['Hold', String(rulesIn(verdicts, 'holds'))],
      ['Not applicable', String(rulesIn(verdicts, 'not-applicable'))],
    ],
    sections: [states.violated, states['not-known'], ...lossSection(report), states['not-applicable'], states.holds],
    footer: [
      'Judged by the rules of docs/rules.md, each with its sources and their versions. No secret is printed: only where it stands.',
    ],
    data: {value: () => report, indent: 1},
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
