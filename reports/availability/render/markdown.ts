import {grid, text} from '../../render/markdown-text.ts';
import {formatShare} from '../../render/units.ts';
import type {Assessment} from '../assess.ts';
import {
  arithmetic,
  chanceInterval,
  hardwareWords,
  labelled,
  promiseWords,
  simulationWords,
  sourceWords,
  timeInterval,
  timeWords,
  verdictSentence,
  verdictTitle,
} from './words.ts';

/** For a merge request or a chat: the same order and words as the page, without charts. */
export function renderAvailabilityMarkdown(assessment: Assessment): string {
  const hardware = hardwareWords(assessment);
  const {needed} = assessment;
  const lines = [
    `# ${verdictTitle[assessment.verdict.kind]}: ${text(assessment.cluster)}, availability ${promiseWords(assessment)}`,
    '',
    text(verdictSentence(assessment)),
    '',
    ...(hardware === undefined ? [] : [`> **${text(hardware)}**`, '']),
    `> **Assumptions.** ${text(labelled(assessment))}`,
    '',
    text(arithmetic(assessment)),
    '',
    `**What it takes.** ${text(needed.says)}`,
    '',
    ...(assessment.blockers.length === 0
      ? []
      : [
          '## Holes in the evidence',
          '',
          'They forbid a verdict of met.',
          '',
          ...assessment.blockers.map(line => `- ${text(line)}`),
          '',
        ]),
    '## Downtime a year',
    '',
    ...grid(
      ['What', 'Downtime a year', 'How often a year'],
      [
        ['mean over VMs', text(timeInterval(assessment.downtime)), ''],
        ...assessment.states.map(({name, downtime, perYear}) => [
          text(name),
          text(timeInterval(downtime)),
          perYear === undefined ? '' : perYear.toPrecision(2),
        ]),
      ],
    ),
    `## The chance that a year keeps ${promiseWords(assessment)}`,
    '',
    ...grid(
      ['For', 'If the measured recoveries are all there is', 'With all that they leave possible'],
      assessment.chances.map(({of, asMeasured, possible}) => [
        text(of),
        text(chanceInterval(asMeasured)),
        text(chanceInterval(possible)),
      ]),
    ),
    '## What contributes most',
    '',
    ...grid(
      ['Cause', 'How', 'Downtime per VM and year', 'Share'],
      assessment.contributions
        .slice(0, 12)
        .map(({cause, way, seconds, share}) => [text(cause), text(way), timeWords(seconds), formatShare(share)]),
    ),
    '## What each assumption moves',
    '',
    ...grid(
      ['Assumption', 'Downtime a year when halved', 'When doubled'],
      assessment.sensitivities
        .slice(0, 12)
        .map(({subject, halved, doubled}) => [text(subject), timeWords(halved), timeWords(doubled)]),
    ),
    '## What recovery would keep the promise',
    '',
    ...grid(
      ['Recovery within', 'For at least', 'Kept so far', 'More clean failovers to prove it'],
      needed.requirements.map(({within, share, trials, kept, more}) => [
        timeWords(within),
        `${(share * 100).toFixed(2)} % of faults`,
        `${kept} of ${trials}`,
        more === undefined ? 'more than 100000' : String(more),
      ]),
    ),
    '## Recoveries',
    '',
    ...grid(
      ['Recovery', 'Trials', 'Never came back', 'Shortest', 'Longest', 'Mean', 'Source'],
      assessment.recoveries.map(({name, trials, never, shortest, longest, mean, source}) => [
        text(name),
        String(trials),
        String(never),
        timeWords(shortest),
        timeWords(longest),
        timeWords(mean),
        text(source),
      ]),
    ),
    '## Assumptions',
    '',
    ...grid(
      ['Assumption', 'Value', 'Source'],
      assessment.assumptions.map(one => [text(one.subject), text(one.text), text(one.source)]),
    ),
    ...assessment.notes.map(note => `- ${text(note)}`),
    '',
    text(sourceWords(assessment)),
    text(simulationWords(assessment)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
