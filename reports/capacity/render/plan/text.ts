import {aligned} from '../../../render/aligned.ts';
import {oneLine} from '../../../render/text.ts';
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

/** For a terminal. */
export function renderPlanText(plan: CapacityPlan): string {
  const of = lostHead(plan);
  const lines = [
    `${oneLine(plan.input.cluster)}: ${headline(plan)}`,
    factsWords(plan),
    '',
    aligned(['runs out', ...of], runOutRows(plan), 1),
    aligned(['nodes needed', ...of], neededRows(plan), 1),
    aligned(whatIfHead, whatIfRows(plan), 2),
    ...(plan.costs.length === 0 ? [] : [aligned(['spent until', ...of], costRows(plan), 1), priceSentence(plan), '']),
    aligned(inputHead, inputRows(plan), 1),
    ...plan.notes,
    methodSentence(plan),
  ];
  return `${lines.join('\n').replace(/\n{3,}/g, '\n\n')}\n`;
}
