import type {Claim, ClaimId} from '../../harness/types.ts';

/**
 * What a scenario is for, as the report needs to know it: the metrics a complete trial yields and the claims it speaks
 * to.
 */
export interface ScenarioFacts {
  provides: readonly string[];
  claims: readonly ClaimId[];
}

/** By scenario name. */
export type Provides = Readonly<Record<string, ScenarioFacts>>;

/** How a claim stands in the register, whatever was measured. */
export type Standing =
  | {kind: 'judged'}
  | {kind: 'said-by'; reason: string}
  | {kind: 'not-testable'; reason: string}
  | {kind: 'no-scenario-yet'; reason: string};

/** Exactly one of the four; a claim that carries none of them is one that nothing can judge yet. */
export function standingOf(claim: Claim): Standing {
  if (claim.saidBy !== undefined)
    return {kind: 'said-by', reason: `${claim.saidBy.command} says it, no trial: ${claim.saidBy.why}`};
  if (claim.notTestable !== undefined) return {kind: 'not-testable', reason: claim.notTestable};
  if (claim.noScenarioYet !== undefined) return {kind: 'no-scenario-yet', reason: claim.noScenarioYet};
  if (claim.targets.length === 0) return {kind: 'no-scenario-yet', reason: 'the register gives no target'};
  return {kind: 'judged'};
}

/** The scenarios that could judge a claim, by name: those that name it. */
export function scenariosFor(claim: Claim, provides: Provides): readonly string[] {
  return Object.keys(provides)
    .filter(name => provides[name]?.claims.includes(claim.id))
    .sort();
}
