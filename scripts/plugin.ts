/**
 * What a plug-in is, and what it may use: `import {…} from 'seatrial/plugin'`. A plug-in is a file `*.ts`, `*.js` or
 * `*.mjs` in a folder of the user's own, with a `Plugin` as its default export.
 */
import type {FaultKind} from '../harness/faults/fault.ts';
import type {Scenario} from '../harness/types.ts';
import type {Metric} from '../reports/metrics.ts';
import type {Rule} from '../suites/conformance/rule.ts';

/** The default export of a plug-in's file. Names must not be those of anything that there is already. */
export interface Plugin {
  scenarios?: readonly Scenario[];
  /** Kinds of fault, for scenarios and for `heal`, which undoes them by name. */
  faults?: readonly FaultKind[];
  /** Conformance rules; they are tried with `conformance/rules`. */
  rules?: readonly Rule[];
  /** What the scenarios' samples measure, where none of `seatrial claims --metrics` does. */
  metrics?: readonly Metric[];
}

export {z} from 'zod';
export {idempotent, readOnly, stdoutOf} from '../harness/cluster/commands.ts';
export {defineFault, type FaultKind, type FaultSpec, notInjected, only} from '../harness/faults/fault.ts';
export type * from '../harness/types.ts';
export {waitFor} from '../harness/wait.ts';
export type {Metric} from '../reports/metrics.ts';
export type {Reading, Readings, Rule, RuleState} from '../suites/conformance/rule.ts';
export {expectsNothing} from '../suites/expects.ts';
export {type ResilienceScenario, scenarioOf} from '../suites/resilience/index.ts';
export {jsonArtefact, keepJson, parsedArtefact, toolOutput} from '../suites/steps/artefacts.ts';
export {onlyProblems, together} from '../suites/steps/measured.ts';
export {parametersOf, readParameters} from '../suites/steps/parameters.ts';
export {pause} from '../suites/steps/pause.ts';
export {nodesOfGuests} from '../suites/steps/placement.ts';
