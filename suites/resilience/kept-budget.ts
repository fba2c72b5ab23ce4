/** The timing budget as a trial keeps it. */
import {z} from 'zod';
import {type Budget, phaseIds} from '../../harness/doctor/budget.ts';

const phaseId = z.enum(phaseIds);
/** As it stands in `failover.json`; the doctor says what each means. */
export const budgetSchema = z.object({
  phases: z.array(z.object({id: phaseId, name: z.string(), seconds: z.number(), from: z.string()})),
  totalSeconds: z.number(),
  unknown: z.array(z.string()),
  advice: z.array(
    z.object({phase: phaseId, setting: z.string(), now: z.string(), better: z.string(), savesSeconds: z.number()}),
  ),
});
export type KeptBudget = z.infer<typeof budgetSchema>;

export function kept({phases, totalSeconds, unknown, advice}: Omit<Budget, 'boundSeconds'>): KeptBudget {
  return {
    phases: phases.map(({id, name, seconds, from}) => ({id, name, seconds, from})),
    totalSeconds,
    unknown: [...unknown],
    advice: [...advice],
  };
}
