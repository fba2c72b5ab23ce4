/** What trials may do to a cluster, put in order: no more is done to a real one than its owner has allowed. Pure. */
import type {Impact, Parameters, Plan, Profile, Scenario} from '../types.ts';

/** The mildest first; each allows all before it. */
export const impacts = ['read-only', 'load', 'disruptive', 'destructive'] as const satisfies readonly Impact[];

export function worstImpact(of: readonly Impact[]): Impact {
  return impacts[Math.max(0, ...of.map(impact => impacts.indexOf(impact)))] ?? 'read-only';
}

export function isBeyond(impact: Impact, allowed: Impact): boolean {
  return impacts.indexOf(impact) > impacts.indexOf(allowed);
}

/** Settings that are changed restart guests and daemons, whatever the scenario does. */
function impactOfTrial(
  scenario: Pick<Scenario, 'impact'>,
  parameters: Parameters,
  profile: Pick<Profile, 'settings'>,
): Impact {
  return worstImpact([scenario.impact(parameters), profile.settings.length > 0 ? 'disruptive' : 'read-only']);
}

export interface TrialImpact {
  scenario: string;
  profile: string;
  impact: Impact;
}

/** In the order of the plan's trials. What is not known may do anything. */
export function impactsOfPlan(
  plan: Pick<Plan, 'trials'>,
  scenarios: readonly Scenario[],
  profiles: readonly Profile[],
): readonly TrialImpact[] {
  return plan.trials.map(({scenario: name, profile: profileName, parameters}) => {
    const scenario = scenarios.find(each => each.name === name);
    const profile = profiles.find(each => each.name === profileName);
    const impact = scenario && profile ? impactOfTrial(scenario, parameters, profile) : 'destructive';
    return {scenario: name, profile: profileName, impact};
  });
}
