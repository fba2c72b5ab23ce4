/**
 * The requirement matrix: each promise, what was tried and looked at for it, and what came of it; signed below. Pure.
 */
import type {RuleResult} from '../../harness/types.ts';
import {type Block, table, type Words} from '../document/document.ts';
import {plural, untried, verdictWord} from '../words/words.ts';
import type {ClaimVerdict, Report, TrialRow} from './report.ts';

export function requirementMatrix(report: Report): Block {
  return table(
    'Every promise of the register: what was tried and looked at for it, and the verdict that is signed for',
    [
      {title: 'Promise', width: 38},
      {title: 'Trials', width: 26},
      {title: 'Rules looked at', width: 24},
      {title: 'Verdict', width: 12},
    ],
    report.verdicts.map(verdict => [
      [verdict.claim.title, {below: {code: verdict.claim.id}}],
      trialsFor(verdict, report),
      rulesFor(verdict, report),
      {tone: verdict.kind, words: verdictWord[verdict.kind]},
    ]),
    'Trials: done, of those that ran, by scenario, both profiles together. A promise without trials and without rules was not looked at in this run.',
  );
}

/** The scenarios whose samples stand behind a promise's targets, with how many of their trials were done. */
function trialsFor(verdict: ClaimVerdict, {samples, trials}: Report): Words {
  const slots = new Set(
    verdict.targets.flatMap(({samples: own}) => own.map(index => samples[index]?.labels.trial ?? '')),
  );
  const scenarios = new Set(trials.filter(({slot}) => slots.has(String(slot))).map(({scenario}) => scenario));
  if (scenarios.size === 0) return {absent: untried(verdict) ? 'not tried' : 'no trial gave a figure'};
  return {lines: [...scenarios].sort().map(name => `${name}: ${doneOf(trials, name)}`)};
}

function doneOf(trials: readonly TrialRow[], name: string): string {
  const own = trials.filter(({scenario}) => scenario === name);
  return `${own.filter(({status}) => status === 'done').length} of ${own.length}`;
}

/** The worst state of each rule that speaks to the promise, over hosts and profiles. */
function rulesFor({claim}: ClaimVerdict, {conformance}: Report): Words {
  const own = conformance.flatMap(({results}) => results).filter(result => result.claim === claim.id);
  const byRule = Map.groupBy(own, ({rule}) => rule);
  if (byRule.size === 0) return {absent: 'no rule speaks to it'};
  return {lines: [...byRule].map(([rule, results]) => ruleLine(rule, results))};
}

const worst = ['violated', 'not-known', 'holds', 'not-applicable'] as const;

function ruleLine(rule: string, results: readonly RuleResult[]): Words {
  const state = worst.find(each => results.some(result => result.state === each)) ?? 'not-known';
  if (state === 'holds' || state === 'not-applicable') return `${rule} ${state.replace('-', ' ')}`;
  const hosts = new Set(results.filter(result => result.state === state).map(({host}) => host));
  const where = hosts.has('cluster') ? '' : ` on ${plural(hosts.size, 'host')}`;
  return {tone: state === 'violated' ? 'missed' : 'undecided', words: `${rule} ${state.replace('-', ' ')}${where}`};
}
