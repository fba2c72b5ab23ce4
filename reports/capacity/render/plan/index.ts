/** The formats of a plan. The same plan gives the same bytes. */
import {encode} from '../../../render/json.ts';
import type {CapacityPlan} from '../../plan.ts';
import {renderPlanCsv} from './csv.ts';
import {renderPlanMarkdown} from './markdown.ts';
import {renderPlanText} from './text.ts';

export type PlanFormat = 'text' | 'md' | 'csv' | 'json' | 'html';

export const exporters: Readonly<Record<PlanFormat, (plan: CapacityPlan) => Promise<string>>> = {
  text: async plan => renderPlanText(plan),
  md: async plan => renderPlanMarkdown(plan),
  csv: async plan => renderPlanCsv(plan),
  json: async plan => `${JSON.stringify(plan, (_key, value: unknown) => encode(value), 2)}\n`,
  // The charts are slow to load: only when they are wanted.
  html: async plan => (await import('./html.ts')).renderPlanHtml(plan),
};
