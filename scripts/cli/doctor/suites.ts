/** What each suite would do to a cluster: its scenarios by class, and the profiles that restart guests. Pure. */
import {unmetNeed} from '../../../harness/run/plan.ts';
import {restartingSettings} from '../../../harness/settings/apply.ts';
import type {Cluster, Profile, Scenario, Suite} from '../../../harness/types.ts';
import type {DoctorReport} from './report.ts';

export function whatSuiteDoes(
  suite: Suite,
  cluster: Omit<Cluster, 'transport'>,
  scenarios: readonly Scenario[],
  profiles: readonly Profile[],
): DoctorReport['suites'][number] {
  return {
    suite: suite.name,
    scenarios: suite.scenarios.flatMap(({scenario: name, parameters}) => {
      const scenario = scenarios.find(each => each.name === name);
      if (scenario === undefined) return [];
      const lacking = unmetNeed(scenario.needs, cluster);
      return [
        {
          scenario: name,
          impact: scenario.impact({...scenario.parameters.full, ...parameters}),
          purpose: scenario.purpose,
          ...(lacking === undefined ? {} : {notApplicable: lacking}),
        },
      ];
    }),
    profiles: suite.profiles.flatMap(name => {
      const profile = profiles.find(each => each.name === name);
      if (profile === undefined) return [];
      const restartsGuestsFor = restartingSettings(cluster, profile).map(({id}) => id);
      return [{profile: name, changes: profile.settings.length, restartsGuestsFor}];
    }),
  };
}
