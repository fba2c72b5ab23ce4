/**
 * Planted on a real Prometheus and Alertmanager: a rule that cannot fire is found by a look at it, a silence by a
 * drill; nothing of either is left. Without a queue log lines are lost. Needs root.
 */
import test from 'ava';
import {idempotent, stdoutOf} from '../../harness/cluster/commands.ts';
import type {Parameters, Scenario} from '../../harness/types.ts';
import {judgeRun} from '../../scripts/cli/kit/judge-run.ts';
import {type Ground, groundFor, tryOnce} from '../controls/environment.ts';
import {monitoring} from './index.ts';

let ground: Ground;

test.before('a lab with monitoring and without guests', async t => {
  ground = await groundFor('monitoring', 0, text => t.log(text), 'nbd', {monitoring: '1s'});
});

test.after.always('nothing of the lab is left', async t => {
  if (ground !== undefined) t.deepEqual(await ground.leave(), []);
});

function named(name: string): Scenario {
  const scenario = monitoring.find(each => each.name === name);
  if (scenario === undefined) throw new Error(`no scenario is named ${name}`);
  return scenario;
}

async function tried(t: {log(text: string): void}, name: string, parameters: Parameters = {}) {
  const scenario = named(name);
  const {run} = await tryOnce(ground, scenario, parameters, 90_000, text => t.log(text));
  const judged = judgeRun(run, [], [scenario]);
  t.log(judged.samples.map(({metric, value, censored}) => `${metric} ${censored ? '> ' : ''}${value}`).join(', '));
  return {record: run.trials[0]?.record, findings: judged.findings.map(({detail}) => detail), samples: judged.samples};
}

async function onClient(script: string, ...words: string[]): Promise<string> {
  const {client, transport} = ground.cluster;
  const said = await stdoutOf(transport, client, idempotent(['sh', '-ec', script, 'plant', ...words]));
  if (!said.ok) throw new Error(said.error);
  return said.value;
}

/** Changes the rules, and has Prometheus read them anew. */
const change = `sed -i "$1" /var/lib/seatrial/disk/monitoring/rules.yml
kill -HUP "$(pgrep -x prometheus)"
sleep 2`;

test.serial('planted: a rule with a wrong label is found by a look at it', async t => {
  t.timeout(120_000);
  // Of guests, which this lab has none of, there are no series either.
  const others = (findings: readonly string[]) => findings.filter(detail => !detail.startsWith('Guest'));
  const before = await tried(t, 'alarm/rules');
  t.deepEqual([before.record?.status, others(before.findings)], ['done', []], before.record?.reason);
  t.is(before.findings.length, 2, before.findings.join('\n'));
  await onClient(change, '/StorageLow/s#/srv/store#/srv/stores#g');
  const seen = await tried(t, 'alarm/rules');
  t.is(others(seen.findings).length, 1, seen.findings.join('\n'));
  t.regex(
    others(seen.findings)[0] ?? '',
    /^StorageLow cannot: it asks for series that do not exist: node_filesystem_avail/,
  );
  await onClient(change, '/StorageLow/s#/srv/stores#/srv/store#g');
});

test.serial('long: planted, an alarm that is silenced fires, and is found not to be told', async t => {
  t.timeout(120_000);
  const silence = `amtool --alertmanager.url="$1" silence add alertname=StorageLow --author=ops --comment='too loud' --duration=10m`;
  await onClient(silence, ground.cluster.monitoring?.alertmanager ?? '');
  const drill = await tried(t, 'alarm/storage-low', {graceSeconds: 5});
  t.is(drill.record?.status, 'done', drill.record?.reason);
  t.deepEqual(
    drill.samples.filter(({censored}) => censored).map(({metric}) => metric),
    ['alarm.message'],
  );
  t.is(drill.findings.length, 1, drill.findings.join('\n'));
  t.regex(drill.findings[0] ?? '', /fired and no message of it came .* it is silenced \(.* by ops .*: too loud\)$/);
});

test.serial('long: planted, a sender without a queue loses lines while the collector is gone', async t => {
  t.timeout(120_000);
  const drill = await tried(t, 'alarm/log-pipeline', {goneSeconds: 3, settleSeconds: 5, queue: 'none'});
  t.is(drill.record?.status, 'done', drill.record?.reason);
  const lost = drill.samples.find(({metric}) => metric === 'logs.lost');
  t.true((lost?.value ?? 0) > 5, String(lost?.value));
  t.is(drill.findings.length, 1, drill.findings.join('\n'));
  t.regex(drill.findings[0] ?? '', /lines that logger took on n1 are not in the store on n3/);
});
