/** What the rules found, as every report tells it. Pure. */
import type {RuleResult} from '../../harness/types.ts';
import type {RuleState} from './rule.ts';
import type {RuleVerdict} from './verdicts.ts';

export function ruleResult({rule, host, verdict}: RuleVerdict): RuleResult {
  const {id, title, claim, severity, why, source, mend} = rule;
  const speaks = claim === undefined ? {} : {claim};
  return {rule: id, title, ...speaks, severity, host, state: verdict.state, found: wordsOf(verdict), why, source, mend};
}

function wordsOf(verdict: RuleState): string {
  if ('found' in verdict) return verdict.found;
  return 'fact' in verdict ? verdict.fact : verdict.why;
}
