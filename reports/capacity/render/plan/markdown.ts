import {grid, text} from '../../../render/markdown-text.ts';
import type {CapacityPlan} from '../../plan.ts';
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

/** For a merge request or a chat. */
export function renderPlanMarkdown(plan: CapacityPlan): string {
  const of = lostHead(plan);
  const section = (title: string, head: readonly string[], rows: readonly (readonly string[])[]) => [
    `## ${title}`,
    '',
    ...grid(
      head.map(text),
      rows.map(row => row.map(text)),
    ),
  ];
  const lines = [
    `# ${text(plan.input.cluster)}: capacity plan`,
    '',
    `**${text(headline(plan))}**`,
    '',
    text(factsWords(plan)),
    '',
    ...section('When it runs out', ['Resource', ...of], runOutRows(plan)),
    ...section('Nodes needed', ['At', ...of], neededRows(plan)),
    ...section('What if', whatIfHead, whatIfRows(plan)),
    ...(plan.costs.length === 0
      ? []
      : [...section('Costs', ['Spent until', ...of], costRows(plan)), text(priceSentence(plan)), '']),
    ...section('What went in', inputHead, inputRows(plan)),
    ...plan.notes.map(note => `- ${text(note)}`),
    '',
    text(methodSentence(plan)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
