/** Every rule on every place that it is for, judged on what was read. Pure. */
import {rules} from './index.ts';
import type {Readings, Rule, RuleState} from './rule.ts';

/** A verdict of one rule on one host, or on the cluster. */
export interface RuleVerdict {
  rule: Rule;
  /** The host's name, or `cluster`. */
  host: string;
  verdict: RuleState;
}

export interface WasRead {
  hosts: readonly string[];
  /** Rules for which the cluster lacks something. */
  notApplicable: readonly {rule: string; fact: string}[];
  /** Without a host: of the cluster as a whole. */
  read: Readings;
}

/** In the order of the rules, and of the hosts. */
export function ruleVerdicts({hosts, notApplicable, read}: WasRead): readonly RuleVerdict[] {
  return rules.flatMap(rule => {
    const lacking = notApplicable.find(each => each.rule === rule.id);
    return (rule.where === 'host' ? hosts : ['cluster']).map(host => {
      if (lacking !== undefined) return {rule, host, verdict: {state: 'not-applicable' as const, fact: lacking.fact}};
      const readings: Readings = rule.where === 'host' ? name => read(name, host) : read;
      return {rule, host, verdict: rule.check(readings, hosts)};
    });
  });
}
