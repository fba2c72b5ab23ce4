/** The suite that `--suite` names. */
import type {Profile, Suite} from '../../../harness/types.ts';
import {scenarios} from '../../../suites/index.ts';
import {loadSuite} from '../../../suites/read/suite.ts';
import {unfitFor} from '../../../suites/read/unfit.ts';
import {readSuite} from './claims-register.ts';
import {accepted, readText, shippedSuites} from './package-files.ts';
import {withPluginScenarios} from './plugins/loaded.ts';

/** A shipped suite, with whatever plug-ins bring where it tries everything; or the user's own file. */
export function suiteNamed(named: string, profiles: readonly Profile[]): Suite {
  const known = {
    scenarios: scenarios.map(scenario => scenario.name),
    profiles: profiles.map(profile => profile.name),
    unfit: unfitFor(scenarios),
  };
  if (named === 'acceptance') return withPluginScenarios(readSuite(named, known));
  if (shippedSuites.includes(named)) return readSuite(named, known);
  return accepted(loadSuite(readText(named), named, known));
}
