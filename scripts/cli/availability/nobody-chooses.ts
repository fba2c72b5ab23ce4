/**
 * Times from several runs are of one cluster, and from all of its nights: who may leave a night out, or take one of
 * another cluster in, can make any availability of them.
 */
import type {Scenario, StoredRun} from '../../../harness/types.ts';
import type {Topology} from '../../../reports/availability/topology.ts';
import {type GivenRun, knownRuns} from '../kit/pool/known.ts';
import {selectRuns} from '../kit/pool/select.ts';

/**
 * Why these runs do not speak for the cluster, as sentences: one that is known, comparable with the
 * newest and was not given, and one that was given and is of something else. Of runs that tried nothing of what the
 * topology asks for nothing is said.
 */
export async function notForAll(
  given: readonly [GivenRun, ...GivenRun[]],
  topology: Topology,
  scenarios: readonly Scenario[],
  histories: readonly string[],
): Promise<readonly string[]> {
  const known = await knownRuns(given, newestOf(given).header.cluster, histories);
  const asked = providersOf(topology, scenarios);
  const [first, ...more] = given;
  const {leftOut} = selectRuns(
    [first.run, ...more.map(({run}) => run)],
    known.filter(({run}) => run === undefined || run.damage.length > 0 || triedSome(run, asked)),
  );
  const ids = new Set(given.map(({run}) => run.header.id));
  return leftOut.filter(({id, forbids}) => forbids || ids.has(id)).map(({id, reason}) => `run ${id}: ${reason}`);
}

function newestOf(given: readonly [GivenRun, ...GivenRun[]]): StoredRun {
  return given.reduce((last, one) => (one.run.header.startedAt > last.run.header.startedAt ? one : last)).run;
}

function triedSome({plan}: StoredRun, asked: ReadonlySet<string>): boolean {
  return plan.trials.some(({scenario}) => asked.has(scenario));
}

/** Scenarios that measure one of the times that the topology takes from runs. */
function providersOf(topology: Topology, scenarios: readonly Scenario[]): ReadonlySet<string> {
  const metrics = topology.recoveries.flatMap(one => (one.kind === 'measured' ? [one.metric] : []));
  return new Set(
    scenarios.filter(({provides}) => provides.some(metric => metrics.includes(metric))).map(({name}) => name),
  );
}
