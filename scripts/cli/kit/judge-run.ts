/**
 * A stored run → its report: measured by the scenarios, judged by a register. Pure but for what plug-ins are loaded,
 * so that accept and report say the same.
 */
import type {Claim, Measured, Scenario, StoredRun} from '../../../harness/types.ts';
import type {Provides} from '../../../reports/judge/claims.ts';
import {buildReport} from '../../../reports/run/build.ts';
import type {Report} from '../../../reports/run/report.ts';
import {measureEffects} from '../../../suites/expects.ts';
import {requirePluginsOf} from './plugins/loaded.ts';

export function judgeRun(run: StoredRun, claims: readonly Claim[], scenarios: readonly Scenario[]): Report {
  requirePluginsOf(run.header);
  const measured: Record<number, Measured> = {};
  for (const {record, artefacts} of run.trials) {
    const scenario = scenarios.find(one => one.name === record.planned.scenario);
    if (scenario !== undefined) {
      const parts = [
        measure(scenario, () => scenario.measure(artefacts, record.planned)),
        measure(scenario, () => measureEffects(scenario, artefacts, record.status === 'done')),
      ];
      measured[record.planned.slot] = {
        samples: parts.flatMap(({samples}) => samples),
        problems: parts.flatMap(({problems}) => problems),
        findings: parts.flatMap(({findings}) => findings),
      };
    }
  }
  const provides: Provides = Object.fromEntries(
    scenarios.map(scenario => [scenario.name, {provides: scenario.provides, claims: scenario.claims}]),
  );
  return buildReport({run, measured, claims, provides});
}

/** A scenario that stumbles over its own artefacts measured nothing; the rest of the run is judged all the same. */
function measure(scenario: Scenario, take: () => Measured): Measured {
  try {
    return take();
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return {
      samples: [],
      problems: [{artefact: '', path: scenario.name, expected: 'artefacts that the scenario can measure', found}],
      findings: [],
    };
  }
}
