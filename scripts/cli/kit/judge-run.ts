/**
 * A stored run → its report: measured by the scenarios, judged by a register. Pure but for what plug-ins are loaded,
 * so that accept and report say the same.
 */
import type {Claim, Measured, Scenario, StoredRun, StoredTrial} from '../../../harness/types.ts';
import type {Provides} from '../../../reports/judge/claims.ts';
import {type LeftOut, pooledRun} from '../../../reports/pool/pooled.ts';
import {buildReport, type ReportInput} from '../../../reports/run/build.ts';
import type {Report} from '../../../reports/run/report.ts';
import {measureEffects} from '../../../suites/expects.ts';
import {requirePluginsOf} from './plugins/loaded.ts';
import {references} from './references.ts';
import {tunings} from './tunings.ts';

export function judgeRun(run: StoredRun, claims: readonly Claim[], scenarios: readonly Scenario[]): Report {
  return buildReport(inputOf(run, claims, scenarios));
}

/** The same of several runs together. */
export function judgePool(
  runs: readonly [StoredRun, ...StoredRun[]],
  leftOut: readonly LeftOut[],
  claims: readonly Claim[],
  scenarios: readonly Scenario[],
): Report {
  const {run, blocks} = pooledRun(runs);
  return buildReport({...inputOf(run, claims, scenarios), pool: {runs: blocks, leftOut}});
}

/** What a report of the run is made of. */
export function inputOf(run: StoredRun, claims: readonly Claim[], scenarios: readonly Scenario[]): ReportInput {
  requirePluginsOf(run.header);
  const measured: Record<number, Measured> = {};
  for (const trial of run.trials) {
    const own = measuredIn(trial, scenarios);
    if (own !== undefined) measured[trial.record.planned.slot] = own;
  }
  const measuredBefore = run.resumed?.interrupted.map(trial => measuredIn(trial, scenarios) ?? nothing) ?? [];
  const {improvements} = tunings;
  return {run, measured, measuredBefore, claims, provides: providesOf(scenarios), references, improvements};
}

export function providesOf(scenarios: readonly Scenario[]): Provides {
  return Object.fromEntries(
    scenarios.map(scenario => [scenario.name, {provides: scenario.provides, claims: scenario.claims}]),
  );
}

const nothing: Measured = {samples: [], problems: [], findings: []};

/** Nothing where the scenario is not known. */
export function measuredIn({record, artefacts}: StoredTrial, scenarios: readonly Scenario[]): Measured | undefined {
  const scenario = scenarios.find(one => one.name === record.planned.scenario);
  if (scenario === undefined) return undefined;
  const parts = [
    measure(scenario, () => scenario.measure(artefacts, record.planned)),
    measure(scenario, () => measureEffects(scenario, artefacts, record.status === 'done')),
  ];
  return {
    samples: parts.flatMap(({samples}) => samples),
    problems: parts.flatMap(({problems}) => problems),
    findings: parts.flatMap(({findings}) => findings),
  };
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
