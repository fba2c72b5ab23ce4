/**
 * Two lives at once: a partition of a cluster that does not fence starts a guest that still runs. It must be seen
 * by the beacon, by the hosts and by the audit; and the same partition of a cluster that fences must show nothing.
 * Needs root.
 */
import test, {type ExecutionContext} from 'ava';
import {audit} from '../../harness/cluster/audit/index.ts';
import {idempotent, stdoutOf} from '../../harness/cluster/commands.ts';
import {setClusterProperty} from '../../harness/cluster/pacemaker.ts';
import {partition} from '../../harness/faults/index.ts';
import type {Claim, Cluster, Fault, Finding, Host, Parameters, Scenario} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {judgeRun} from '../../scripts/cli/kit/judge-run.ts';
import {hostCrashScenario} from '../resilience/index.ts';
import {driveResilience, resilienceOptions} from '../resilience/scenario.ts';
import {drillWith} from '../resilience/timeline.ts';
import {type Ground, groundFor, tryOnce} from './environment.ts';

const twice = 'no guest lives twice';
let ground: Ground;

test.before('a lab with one guest', async t => {
  ground = await groundFor('two-lives', 1, text => t.log(text));
});

test.after.always('nothing of the lab is left', async t => {
  if (ground !== undefined) t.deepEqual(await ground.leave(), []);
});

/** As some are run: with neither fencing nor quorum. */
const careless = {'stonith-enabled': 'false', 'no-quorum-policy': 'ignore'} as const;
const sound = {'stonith-enabled': 'true', 'no-quorum-policy': 'stop'} as const;

async function setProperties(cluster: Cluster, properties: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(properties)) {
    const set = await setClusterProperty(cluster, name, value);
    if (!set.ok) throw new Error(set.error);
  }
}

/** The partition, with every request of the client going to all lives for as long. */
function parted(node: Host): Fault {
  const fault = partition.at([node], {plane: 'cluster', shape: 'apart'});
  return {
    ...fault,
    async inject(cluster) {
      await requestsToAll(cluster);
      return fault.inject(cluster);
    },
    async heal(cluster) {
      const healed = await fault.heal(cluster);
      await requestsToOne(cluster);
      return healed;
    },
  };
}

/** The partition, on a cluster that is careless for as long. */
function partedCarelessly(node: Host): Fault {
  const fault = parted(node);
  return {
    ...fault,
    async inject(cluster) {
      await setProperties(cluster, careless);
      return fault.inject(cluster);
    },
    async heal(cluster) {
      const healed = await fault.heal(cluster);
      await setProperties(cluster, sound);
      return healed;
    },
  };
}

/**
 * A switch that does not know where an address lives sends its frames to all, and every life answers. One that
 * knows sends them to the life it heard last, and the beacon may never hear the other again: that is why the hosts
 * are asked too. Here every request goes to all. Only while the partition lasts: a guest takes no TCP from a
 * broadcast, and counts as ready only when it takes load.
 */
async function requestsToAll(cluster: Cluster): Promise<void> {
  await setNeighbours(cluster, 'replace', ['lladdr', 'ff:ff:ff:ff:ff:ff', 'nud', 'permanent']);
}

async function requestsToOne(cluster: Cluster): Promise<void> {
  await setNeighbours(cluster, 'del', []);
}

async function setNeighbours(
  {transport, client, guests}: Cluster,
  verb: string,
  words: readonly string[],
): Promise<void> {
  for (const {address} of guests) {
    const set = await stdoutOf(
      transport,
      client,
      idempotent(['ip', 'neigh', verb, address, ...words, 'dev', client.interfaces.service ?? '']),
    );
    if (!set.ok) throw new Error(set.error);
  }
}

const quick = {intervalMs: 10, recoverySeconds: 90, holdSeconds: 0};

/** One trial, looked at by the audit all the while. */
async function tried(t: ExecutionContext, faultOn: (node: Host) => Fault, parameters: Parameters) {
  const scenario: Scenario = {
    ...hostCrashScenario,
    name: 'failover/partition',
    run: trial => driveResilience(trial, drillWith(faultOn), resilienceOptions(trial.planned.parameters)),
  };
  const over = new AbortController();
  const seen: Finding[] = [];
  const looking = waitFor(
    'the trial to end',
    240_000,
    async () => {
      seen.push(...(await audit(ground.cluster)));
      return undefined;
    },
    {intervalMs: 500, signal: over.signal},
  );
  try {
    const {run, end} = await tryOnce(ground, scenario, parameters, 200_000, text => t.log(text));
    return {
      run,
      end,
      seen: seen.filter(({invariant}) => invariant === twice),
      report: judgeRun(run, [served], [scenario]),
    };
  } finally {
    over.abort();
    await looking;
  }
}

/** Generous, and of a single trial: only an invariant can keep it from being met. */
const served: Claim = {
  id: 'ha.switch',
  title: 'served elsewhere',
  figure: '',
  source: 'this test',
  targets: [
    {
      id: 'ha.switch.partition',
      claim: 'ha.switch',
      metric: 'failover.service',
      unit: 's',
      where: {scenario: 'failover/partition'},
      statistic: 'worst',
      relation: 'at-most',
      bound: 300,
      confidence: 0.95,
      reliability: 0.05,
      source: 'this test',
    },
  ],
};

test.serial('long: with fencing, a partition leaves one life, and nobody finds two', async t => {
  t.timeout(300_000);
  const {run, end, seen, report} = await tried(t, parted, quick);
  t.deepEqual(end, {status: 'complete', reason: ''});
  t.deepEqual(run.trials[0]?.record.reason, '');
  t.deepEqual(seen, []);
  t.deepEqual(report.findings, []);
  t.is(report.verdicts[0]?.kind, 'met', report.verdicts[0]?.reason);
});

test.serial('without fencing, a partition makes two lives, and beacon, hosts and audit all find them', async t => {
  t.timeout(300_000);
  const {run, end, seen, report} = await tried(t, partedCarelessly, quick);
  t.deepEqual(end, {status: 'complete', reason: ''});
  t.true(seen.length > 0, 'the audit saw no second life');
  const found = report.findings.filter(({invariant}) => invariant === twice);
  t.log(
    seen[0]?.detail,
    found.map(({detail}) => detail),
  );
  t.true(
    found.some(({artefact}) => artefact?.endsWith('/beacon.log')),
    'the beacon saw no second life',
  );
  t.true(
    found.some(({artefact}) => artefact?.endsWith('/domains.json')),
    'the hosts saw no second life',
  );
  t.true(found.every(({severity}) => severity === 'critical'));
  t.is(report.verdicts[0]?.kind, 'undecided');
  t.regex(report.verdicts[0]?.reason ?? '', /no guest lives twice|lived at once|is active on/);
  t.deepEqual(run.trials[0]?.record.auditAfter, []);
});
