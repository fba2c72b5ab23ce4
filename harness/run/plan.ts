import {mulberry32, shuffled} from '../random.ts';
import {storesBeside} from '../storage/stores/beside.ts';
import {
  type Cluster,
  type Monitoring,
  type Needs,
  type Parameters,
  type Plan,
  type Plane,
  type PlannedTrial,
  planes,
  type Result,
  type Scenario,
  type Services,
  type Suite,
  type Tool,
} from '../types.ts';

/** Seconds a change of profile costs: guests restart, daemons reload, the cluster settles. */
const profileSwitchSeconds = 25;
/** Seconds of audit, read-back and healing around every trial. */
const aroundTrialSeconds = 6;
/** More trials than this is a typo, not a plan. */
const maxTrials = 10_000;

/** What the plan needs to know of a cluster; a cluster that is not up yet has this much. */
export interface Shape {
  nodes: readonly {
    addresses: Partial<Record<Plane, string>>;
    interfaces?: Partial<Record<Plane, string>>;
    bmc?: unknown;
  }[];
  guests: readonly unknown[];
  storage: Cluster['storage'];
  stores?: Cluster['stores'];
  services?: Services;
  deploys?: unknown;
  monitoring?: Monitoring;
}

export interface PlanRequest {
  suite: Suite;
  scenarios: readonly Scenario[];
  cluster: Shape;
  /** Any integer; the same seed gives the same plan. */
  seed: number;
  quick: boolean;
  /** Repetitions of every scenario, in place of the suite's own. */
  reps?: number;
  /** Scenario names or families (`failover`); everything else is left out. */
  only?: readonly string[];
}

/**
 * Scenarios × profiles × repetitions. Repetitions are blocks in the order A B, B A, A B …, so that a slow drift of
 * the machine falls on both profiles alike and the nth trial of one is paired with the nth of the other
 * (METHODS.md: blocked order gave 39 % false alarms under drift, ABBA 5 %). The seed decides which profile starts
 * and the order of scenarios in a block; what says that it comes first does, and failovers come last, because a
 * recovering cluster would disturb the others.
 */
export function makePlan(request: PlanRequest): Result<Plan, string> {
  const {suite, seed} = request;
  const read = choose(request);
  if (!read.ok) return read;
  const {chosen, notApplicable} = read.value;
  const repetitions = chosen.reduce((sum, entry) => sum + entry.repetitions, 0);
  if (repetitions * suite.profiles.length > maxTrials) {
    return {ok: false, error: `more than ${maxTrials} trials: lower --reps`};
  }
  const trials = inBlocks(chosen, suite.profiles, mulberry32(seed));
  return {ok: true, value: {seed, profiles: suite.profiles, trials, notApplicable}};
}

/** The same for a run that is told time: what may be drawn. A scenario that the suite tries not at all is left out. */
export function makeWindowPlan(request: PlanRequest, asked: string): Result<Plan, string> {
  const {suite, seed} = request;
  const read = choose(request);
  if (!read.ok) return read;
  const {chosen, notApplicable} = read.value;
  const offers = chosen
    .filter(({repetitions}) => repetitions > 0)
    .map(({scenario, parameters}) => ({
      scenario: scenario.name,
      parameters,
      estimatedSeconds: Math.ceil(scenario.estimateSeconds(parameters) + aroundTrialSeconds),
    }));
  return {ok: true, value: {seed, profiles: suite.profiles, trials: [], notApplicable, window: {asked, offers}}};
}

/** Every trial of a plan; of one that is drawn as it goes, one of each that may be. */
export function possibleTrials({trials, window, profiles}: Plan): readonly PlannedTrial[] {
  if (window === undefined) return trials;
  return window.offers
    .flatMap(offer => profiles.map(profile => ({...offer, profile, repetition: 1})))
    .map((trial, index) => ({slot: index + 1, ...trial}));
}

/** One scenario of the suite, as it is to be run. */
interface Chosen {
  scenario: Scenario;
  parameters: Parameters;
  repetitions: number;
}

function choose(request: PlanRequest): Result<{chosen: Chosen[]; notApplicable: Plan['notApplicable']}, string> {
  const {suite, cluster, only = []} = request;
  const nowhere = only.find(wanted => !suite.scenarios.some(entry => matches(entry.scenario, wanted)));
  if (nowhere !== undefined) {
    const known = suite.scenarios.map(entry => entry.scenario).join(', ');
    return {
      ok: false,
      error: `--only ${nowhere}: suite ${suite.name} has no such scenario or family; it has ${known}`,
    };
  }
  const chosen: Chosen[] = [];
  const notApplicable: {scenario: string; reason: string}[] = [];
  for (const entry of suite.scenarios) {
    if (only.length > 0 && !only.some(wanted => matches(entry.scenario, wanted))) continue;
    const scenario = request.scenarios.find(candidate => candidate.name === entry.scenario);
    if (!scenario) {
      const known = request.scenarios.map(candidate => candidate.name).join(', ');
      return {
        ok: false,
        error: `suite ${suite.name} names scenario ${entry.scenario}, which does not exist; there are ${known}`,
      };
    }
    const lacking = unmetNeed(scenario.needs, cluster);
    if (lacking) {
      notApplicable.push({scenario: scenario.name, reason: lacking});
      continue;
    }
    const one = chosenFrom(entry, scenario, request);
    if (!one.ok) return one;
    chosen.push(one.value);
  }
  return {ok: true, value: {chosen, notApplicable}};
}

function chosenFrom(
  entry: Suite['scenarios'][number],
  scenario: Scenario,
  {suite, quick, reps, only = []}: PlanRequest,
): Result<Chosen, string> {
  const {full} = scenario.parameters;
  const unknown = Object.keys(entry.parameters).find(key => !(key in full));
  if (unknown) {
    return {
      ok: false,
      error: `suite ${suite.name}, ${scenario.name}: no parameter ${unknown}; it takes ${Object.keys(full).join(', ')}`,
    };
  }
  // A quick run keeps the scenario's own quick parameters: the suite's are meant for the full length.
  const parameters = quick ? scenario.parameters.quick : {...full, ...entry.parameters};
  // What is asked for by name is tried, also where a quick run of everything leaves it out.
  const quickly = only.length > 0 ? Math.max(1, entry.repetitions.quick) : entry.repetitions.quick;
  const repetitions = reps ?? (quick ? quickly : entry.repetitions.full);
  return {ok: true, value: {scenario, parameters, repetitions}};
}

/** The trials in their order; one that finds another profile in force than its own takes the time to change it. */
function inBlocks(chosen: readonly Chosen[], profiles: readonly string[], random: () => number): PlannedTrial[] {
  const order = random() < 0.5 ? [...profiles] : [...profiles].reverse();
  const rounds = Math.max(0, ...chosen.map(entry => entry.repetitions));
  const trials: PlannedTrial[] = [];
  let inForce: string | undefined;
  for (let round = 1; round <= rounds; round++) {
    const active = shuffled(
      chosen.filter(entry => entry.repetitions >= round),
      random,
    ).sort((a, b) => turnOf(a.scenario) - turnOf(b.scenario));
    for (const profile of round % 2 === 1 ? order : [...order].reverse()) {
      for (const {scenario, parameters} of active) {
        const switching = profile === inForce ? 0 : profileSwitchSeconds;
        inForce = profile;
        trials.push({
          slot: trials.length + 1,
          scenario: scenario.name,
          profile,
          repetition: round,
          parameters,
          estimatedSeconds: Math.ceil(scenario.estimateSeconds(parameters) + switching + aroundTrialSeconds),
        });
      }
    }
  }
  return trials;
}

/** Within a block. */
function turnOf({first, family}: Scenario): number {
  if (first) return 0;
  return family === 'failover' ? 2 : 1;
}

function matches(scenario: string, wanted: string): boolean {
  return scenario === wanted || scenario.startsWith(`${wanted}/`);
}

/** The plan without what needs a tool that some node lacks; slots count anew. Pure. */
export function withoutLacking(
  plan: Plan,
  scenarios: readonly Pick<Scenario, 'name' | 'needs'>[],
  lacking: ReadonlyMap<Tool, string>,
): Plan {
  const reasonOf = (name: string) => {
    const tools = scenarios.find(scenario => scenario.name === name)?.needs.tools ?? [];
    return tools.flatMap(tool => lacking.get(tool) ?? [])[0];
  };
  const more = [...new Set(possibleTrials(plan).map(trial => trial.scenario))].flatMap(scenario => {
    const reason = reasonOf(scenario);
    return reason === undefined ? [] : [{scenario, reason}];
  });
  if (more.length === 0) return plan;
  const trials = plan.trials
    .filter(trial => reasonOf(trial.scenario) === undefined)
    .map((trial, index) => ({...trial, slot: index + 1}));
  const {window} = plan;
  return {
    ...plan,
    trials,
    notApplicable: [...plan.notApplicable, ...more],
    ...(window === undefined
      ? {}
      : {window: {...window, offers: window.offers.filter(({scenario}) => reasonOf(scenario) === undefined)}}),
  };
}

/** The first need that the cluster does not meet, as a sentence. */
export function unmetNeed(needs: Needs, cluster: Shape): string | undefined {
  if (needs.nodes !== undefined && cluster.nodes.length < needs.nodes)
    return `needs ${needs.nodes} nodes, the cluster has ${cluster.nodes.length}`;
  if (needs.evenNodes && cluster.nodes.length % 2 === 1)
    return `needs an even number of nodes, the cluster has ${cluster.nodes.length}`;
  if (needs.guests !== undefined && cluster.guests.length < needs.guests)
    return `needs ${needs.guests} guests, the cluster has ${cluster.guests.length}`;
  if (needs.bmc && cluster.nodes.some(node => !node.bmc)) return 'needs a BMC on every node';
  for (const plane of needs.planes ?? []) {
    if (cluster.nodes.some(node => node.addresses[plane] === undefined))
      return `needs the ${plane} plane on every node`;
  }
  for (const plane of needs.interfaces ?? []) {
    if (cluster.nodes.some(node => node.interfaces?.[plane] === undefined))
      return `needs the name of every node's ${plane} interface (interfaces.${plane} in the inventory)`;
  }
  for (const plane of needs.alone ?? []) {
    const shared = sharedWith(cluster, plane, needs.interfaces?.includes(plane) === true);
    if (shared !== undefined) return `needs the ${plane} plane to itself, and it has ${shared} in common with another`;
  }
  if (needs.storage && !needs.storage.includes(cluster.storage))
    return `needs ${needs.storage.join(' or ')} storage, the cluster has ${cluster.storage}`;
  if (needs.stores && storesBeside(cluster.stores ?? []).length === 0)
    return 'needs a null disk and stores beside it in one guest (stores in the inventory; --stores of a lab)';
  const kinds = needs.stores === true ? [] : (needs.stores ?? []);
  if (kinds.length > 0 && !storesBeside(cluster.stores ?? []).some(({kind}) => kinds.includes(kind)))
    return `needs a store ${kinds.join(' or ')} beside the null disk (stores in the inventory; --stores of a lab)`;
  for (const service of needs.services ?? []) {
    if (cluster.services?.[service] === undefined) return `needs services.${service} in the inventory`;
  }
  if (needs.deploys && cluster.deploys === undefined)
    return 'needs provision.guests.trial in the inventory: how a further guest is ordered';
  return unmetMonitoring(needs.monitoring, cluster.monitoring);
}

function unmetMonitoring(needed: Needs['monitoring'], there: Monitoring | undefined): string | undefined {
  if (needed === undefined) return undefined;
  if (there === undefined) return 'needs monitoring in the inventory (of a lab: seatrial lab up --monitoring)';
  const unnamed = needed.alerts.find(kind => there.alerts[kind] === undefined);
  if (unnamed !== undefined) return `needs the name of a rule: monitoring.alerts.${unnamed} in the inventory`;
  const {folder} = needed;
  if (folder !== undefined && there.folders[folder] === undefined)
    return `needs monitoring.folders.${folder} in the inventory`;
  return undefined;
}

/** What a node has in common between this plane and another. */
function sharedWith({nodes}: Shape, plane: Plane, byInterface: boolean): string | undefined {
  for (const {addresses, interfaces = {}} of nodes) {
    for (const words of byInterface ? [addresses, interfaces] : [addresses]) {
      const own = words[plane];
      const others = planes.filter(each => each !== plane && words[each] === own);
      if (own !== undefined && others.length > 0) return own;
    }
  }
  return undefined;
}
