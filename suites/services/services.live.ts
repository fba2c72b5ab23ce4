/**
 * A virtual address and etcd on a real cluster: what is planted is found, and nothing of a trial is left on any node,
 * also where it was stopped in the middle. Needs root.
 */
import test from 'ava';
import {readOnly, stdoutOf} from '../../harness/cluster/commands.ts';
import {clusterView} from '../../harness/cluster/pacemaker.ts';
import type {Cluster, Scenario} from '../../harness/types.ts';
import {judgeRun} from '../../scripts/cli/kit/judge-run.ts';
import {type Ground, groundFor, tryOnce} from '../controls/environment.ts';
import {addressScenarios} from './address.ts';
import {etcdScenarios} from './etcd.ts';

let ground: Ground;

test.before('a lab without guests', async t => {
  ground = await groundFor('services', 0, text => t.log(text));
});

test.after.always('nothing of the lab is left', async t => {
  if (ground !== undefined) t.deepEqual(await ground.leave(), []);
});

function named(name: string): Scenario {
  const scenario = [...addressScenarios, ...etcdScenarios].find(each => each.name === name);
  if (scenario === undefined) throw new Error(`no scenario is named ${name}`);
  return scenario;
}

async function tried(t: {log(text: string): void}, name: string, deadlineMs = 120_000) {
  const scenario = named(name);
  const {run, end} = await tryOnce(ground, scenario, scenario.parameters.quick, deadlineMs, text => t.log(text));
  return {end, trial: run.trials[0]?.record, judged: judgeRun(run, [], [scenario])};
}

/** What a trial may have put on a node: a sentence each. */
const look = `for p in keepalived etcd; do ! pgrep -x $p >/dev/null || echo "a $p runs"; done
ls -d /run/seatrial-keepalived /run/seatrial-etcd /var/tmp/seatrial-etcd 2>/dev/null || true
ip -o -4 address | grep -E ' 10[.]77[.]3[.]20[01]/' || true`;

async function remains(cluster: Cluster): Promise<readonly string[]> {
  const view = await clusterView(cluster);
  const said = await Promise.all(
    cluster.nodes.map(node => stdoutOf(cluster.transport, node, readOnly(['sh', '-c', look]))),
  );
  return [
    ...(view.ok ? view.value.state.resources.filter(({id}) => id === 'seatrial-vip').map(({id}) => id) : [view.error]),
    ...said.flatMap(each => (each.ok ? each.value.split('\n').filter(line => line !== '') : [each.error])),
  ];
}

test.serial('planted: Keepalived that is killed leaves two nodes with one address', async t => {
  t.timeout(180_000);
  const {trial, judged} = await tried(t, 'failover/keepalived-killed');
  t.is(trial?.status, 'done', trial?.reason);
  t.deepEqual(
    judged.findings.map(({severity, invariant}) => [severity, invariant]),
    [['critical', 'one node holds the virtual address']],
  );
  t.deepEqual(judged.samples.map(({metric}) => metric).sort(), ['vip.announced', 'vip.announcements', 'vip.outage']);
  t.deepEqual(await remains(ground.cluster), []);
});

test.serial("etcd's leader is killed: another is elected, and no acknowledged write is lost", async t => {
  t.timeout(180_000);
  const {trial, judged} = await tried(t, 'failover/etcd-leader-killed');
  t.is(trial?.status, 'done', trial?.reason);
  t.deepEqual(judged.findings, []);
  const value = (metric: string) => judged.samples.find(sample => sample.metric === metric)?.value ?? Number.NaN;
  t.log(judged.samples.map(sample => `${sample.metric} ${sample.value}`));
  t.true(value('etcd.leader') > 0.1 && value('etcd.write') < 20);
  t.is(value('etcd.lost-writes'), 0);
  t.deepEqual(await remains(ground.cluster), []);
});

test.serial('a trial that is stopped in the middle leaves nothing either', async t => {
  t.timeout(180_000);
  const {trial} = await tried(t, 'failover/ipaddr2-address-removed', 7_000);
  t.is(trial?.status, 'aborted', trial?.reason);
  t.deepEqual(await remains(ground.cluster), []);
});
