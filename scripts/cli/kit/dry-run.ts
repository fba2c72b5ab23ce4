/**
 * What a run would do, with nothing started: trials in their order, settings of the profiles, and every command. Pure.
 */
import {impactsOfPlan, type TrialImpact, worstImpact} from '../../../harness/run/impact.ts';
import {possibleTrials} from '../../../harness/run/plan.ts';
import {restartingSettings} from '../../../harness/settings/apply.ts';
import {quoted} from '../../../harness/transport/quote.ts';
import type {Cluster, Plan, Profile, Scenario} from '../../../harness/types.ts';
import {formatDuration} from '../../../reports/words/units.ts';

export interface WhatWouldRun {
  cluster: string;
  plan: Plan;
  profiles: readonly Profile[];
  /** Once for each scenario and set of parameters: every trial of them runs these. */
  commands: readonly {scenario: string; host: string; argv: readonly string[]}[];
  /** What each trial may do, in the order of the trials. */
  impacts: readonly TrialImpact[];
  /** Ids of the settings that stop and start every guest, of each profile. */
  restarting: readonly {profile: string; settings: readonly string[]}[];
}

export function planOf(
  plan: Plan,
  cluster: Cluster,
  scenarios: readonly Scenario[],
  profiles: readonly Profile[],
): WhatWouldRun {
  const seen = new Set<string>();
  const trials = possibleTrials(plan);
  const commands = trials.flatMap(({scenario: name, parameters}) => {
    const key = JSON.stringify([name, parameters]);
    const scenario = scenarios.find(one => one.name === name);
    if (seen.has(key) || scenario === undefined) return [];
    seen.add(key);
    return scenario.preview(cluster, parameters).map(({host, argv}) => ({scenario: name, host, argv}));
  });
  const restarting = profiles.map(profile => ({
    profile: profile.name,
    settings: restartingSettings(cluster, profile).map(({id}) => id),
  }));
  const impacts = impactsOfPlan({trials}, scenarios, profiles);
  return {cluster: cluster.name, plan, profiles, commands, impacts, restarting};
}

export function planLines({cluster, plan, profiles, commands, impacts, restarting}: WhatWouldRun): string {
  const trials = possibleTrials(plan);
  const total = trials.reduce((sum, trial) => sum + trial.estimatedSeconds, 0);
  const length =
    plan.window === undefined
      ? `${trials.length} trials, about ${formatDuration(total)}`
      : `${plan.window.asked}, trials drawn from these as they decide most`;
  const worst = worstImpact(impacts.map(({impact}) => impact));
  const lines = [`cluster ${cluster}, seed ${plan.seed}: ${length}, ${worst}`, ''];
  for (const [index, trial] of trials.entries()) {
    const {slot, scenario, profile, repetition, estimatedSeconds} = trial;
    lines.push(
      `${String(slot).padStart(4)}  ${scenario} ${profile} #${repetition}, ${impacts[index]?.impact}, about ${formatDuration(estimatedSeconds)}`,
    );
  }
  for (const {scenario, reason} of plan.notApplicable) lines.push(`   -  ${scenario}: not applicable, ${reason}`);
  for (const profile of profiles) {
    lines.push('', `profile ${profile.name}: ${profile.title}`);
    const restarts = restarting.find(each => each.profile === profile.name)?.settings ?? [];
    if (restarts.length > 0)
      lines.push(
        `  stops and starts every guest, once a change of profile, where one of these differs: ${restarts.join(', ')}`,
      );
    for (const {driver, key, value} of profile.settings) lines.push(`  ${driver} ${key} = ${value}`);
  }
  for (const name of new Set(commands.map(command => command.scenario))) {
    lines.push('', `commands of each trial of ${name}`);
    for (const {scenario, host, argv} of commands) if (scenario === name) lines.push(`  ${host}$ ${quoted(argv)}`);
  }
  return `${lines.join('\n')}\n`;
}
