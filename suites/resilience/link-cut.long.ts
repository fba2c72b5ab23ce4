/**
 * One of Corosync's two links is cut, and the membership stays. Planted: the other one is dead already, unseen, and the
 * node is fenced, which must be found. Needs root.
 */
import test from 'ava';
import {idempotent, stdoutOf} from '../../harness/cluster/commands.ts';
import {whereRuns} from '../../harness/cluster/pacemaker.ts';
import {judgeRun} from '../../scripts/cli/kit/judge-run.ts';
import {type Ground, groundFor, tryOnce} from '../controls/environment.ts';
import {resilience} from './index.ts';

let ground: Ground;

test.before('a lab with one guest and two links of Corosync', async t => {
  ground = await groundFor('linkcut', 1, text => t.log(text), 'nbd', {links: 2});
});

test.after.always('nothing of the lab is left', async t => {
  if (ground !== undefined) t.deepEqual(await ground.leave(), []);
});

async function tried(t: {log(text: string): void}) {
  const scenario = resilience.find(({name}) => name === 'failover/link-cut');
  if (scenario === undefined) throw new Error('there is no such scenario');
  const {run} = await tryOnce(ground, scenario, scenario.parameters.quick, 250_000, text => t.log(text));
  const judged = judgeRun(run, [], [scenario]);
  for (const {metric, value, labels} of judged.samples) t.log(`${metric} ${JSON.stringify(labels)} ${value}`);
  return {trial: run.trials[0]?.record, judged};
}

test.serial('nobody is fenced, no guest notices, and late tokens and new rings are counted', async t => {
  t.timeout(300_000);
  const {trial, judged} = await tried(t);
  t.is(trial?.status, 'done', trial?.reason);
  t.deepEqual(judged.findings, []);
  const counted = judged.samples.filter(({metric}) => metric.startsWith('corosync.')).map(({metric}) => metric);
  const noticed = ground.cluster.nodes.map(() => 'corosync.link-noticed');
  t.deepEqual(counted.sort(), ['corosync.late-tokens', ...noticed, 'corosync.new-rings']);
});

/** The second link's port; the rules go with the node's power. */
const deaf =
  'nft -f - <<END\ntable inet planted {\n chain in { type filter hook input priority 0; udp dport 5406 drop; }\n chain out { type filter hook output priority 0; udp dport 5406 drop; }\n}\nEND';

test.serial('planted: the second link is dead already, and the cut costs the node', async t => {
  t.timeout(300_000);
  const {cluster} = ground;
  const runs = await whereRuns(cluster, cluster.guests[0]?.resource ?? '');
  const node = cluster.nodes.find(({name}) => runs.ok && name === runs.value[0]);
  if (node === undefined) return t.fail('the guest runs nowhere');
  const planted = await stdoutOf(cluster.transport, node, idempotent(['sh', '-ec', deaf]));
  if (!planted.ok) return t.fail(planted.error);
  const {judged} = await tried(t);
  const fenced = judged.findings.filter(({invariant}) => invariant === 'only expected fences');
  t.is(fenced.length, 1);
  t.regex(fenced[0]?.detail ?? '', new RegExp(`^${node.name} was fenced once, expected 0`));
});
