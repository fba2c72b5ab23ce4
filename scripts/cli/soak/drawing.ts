/** The steps of a soak: which faults are drawn from, and each step's trial. */
import {unmetNeed} from '../../../harness/run/plan.ts';
import type {Cluster, Plan, PlannedTrial, Profile, Suite} from '../../../harness/types.ts';
import {asFound} from '../../../reports/judge/as-found.ts';
import {scenarios} from '../../../suites/index.ts';
import {choices} from '../../../suites/resilience/index.ts';
import {drawTimeline, type Timeline} from '../../../suites/resilience/soak/draw.ts';
import {timelineName, timelineParameters} from '../../../suites/resilience/soak/scenario.ts';
import {CommandError} from '../kit/command-error.ts';
import {suiteNamed} from '../kit/suite-named.ts';

export interface SoakStep {
  step: number;
  timeline: Timeline;
  planned: PlannedTrial;
}

/** The suite, with only the scenarios that can be drawn and that this cluster can take. */
export function drawable(named: string, profiles: readonly Profile[], cluster: Cluster): Suite {
  const suite = suiteNamed(named, profiles);
  const taken = suite.scenarios.filter(({scenario}) => {
    const needs = scenarios.find(({name}) => name === scenario)?.needs;
    return choices.some(each => each.scenario === scenario) && needs !== undefined && !unmetNeed(needs, cluster);
  });
  if (taken.length > 0) return {...suite, scenarios: taken};
  throw new CommandError(
    `suite ${suite.name} has no fault that this cluster can take`,
    'Name another with --suite, or another cluster.',
  );
}

/** From a step on, without an end; `only`: that one alone. */
export function stepsFor(suite: Suite, seed: number, only: number | undefined): (from: number) => Iterable<SoakStep> {
  const drawn = choices.filter(each => suite.scenarios.some(({scenario}) => scenario === each.scenario));
  return function* (from) {
    for (let step = only ?? from; only === undefined || step === only; step++) {
      const timeline = drawTimeline(drawn, seed, step);
      yield {step, timeline, planned: trialOf(timeline)};
    }
  };
}

/** The one trial of a run. Throws where there is no such timeline. */
export function trialOf(timeline: Timeline): PlannedTrial {
  const scenario = scenarios.find(({name}) => name === timelineName);
  if (scenario === undefined) throw new Error(`there is no ${timelineName}`);
  const parameters = timelineParameters(timeline, scenario.parameters.full);
  const estimatedSeconds = Math.ceil(scenario.estimateSeconds(parameters)) + aroundSeconds;
  return {slot: 1, scenario: timelineName, profile: asFound.name, repetition: 1, parameters, estimatedSeconds};
}

/** Audits, healing and storing around a trial that is a run of its own. */
const aroundSeconds = 20;

/** All that may be drawn, and the time for which leave is asked; without one, that of a single trial. */
export function trialsToPermit(suite: Suite, seed: number, seconds: number | undefined): Plan {
  const single = suite.scenarios.map(({scenario}) => trialOf({parts: [{scenario, at: 0}], holdSeconds: 40}));
  const whole = seconds ?? Math.max(...single.map(({estimatedSeconds}) => estimatedSeconds));
  const trials = single.map((trial, index) => ({...trial, slot: index + 1, estimatedSeconds: index === 0 ? whole : 0}));
  return {seed, profiles: suite.profiles, trials, notApplicable: []};
}
