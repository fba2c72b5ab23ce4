/**
 * The lab's Prometheus as a stranger's: it calls nodes by address and port, wants a login, watches something that is no
 * part of the cluster and does not answer, and holds messages back. Needs root.
 */
import test from 'ava';
import {idempotent, stdoutOf} from '../../harness/cluster/commands.ts';
import type {Parameters} from '../../harness/types.ts';
import {judgeRun} from '../../scripts/cli/kit/judge-run.ts';
import {type Ground, groundFor, tryOnce} from '../controls/environment.ts';
import {monitoring} from './index.ts';

let ground: Ground;

/** Of `secret-word`, by bcrypt. */
const hash = '$2y$04$LabvpabAu3oYsMWxpQamweBbqa5gXNibOnhepak9ngViw8oBSkm1K';

/** Everything of Prometheus' and Alertmanager's that a lab has easier than others. */
const estrange = `cd /var/lib/seatrial/disk/monitoring
python3 - <<'END'
import json
with open("prometheus.yml") as file:
    read = json.load(file)
for job in read["scrape_configs"]:
    for part in job["static_configs"]:
        part.pop("labels")
read["scrape_configs"].append({"job_name": "shop", "static_configs": [{"targets": ["127.0.0.1:9"]}]})
with open("prometheus.yml", "w") as file:
    json.dump(read, file)
with open("alertmanager.yml") as file:
    read = json.load(file)
read["route"].update(group_wait="2s", group_interval="5s", group_by=["alertname"])
with open("alertmanager.yml", "w") as file:
    json.dump(read, file)
END
echo '{"basic_auth_users": {"reader": "${hash}"}}' >web.yml
kill -HUP "$(pgrep -x prometheus-aler)"
words=$(tr '\\0' ' ' <"/proc/$(pgrep -x prometheus)/cmdline")
kill "$(pgrep -x prometheus)"
while pgrep -x prometheus >/dev/null; do sleep 0.1; done
rm -rf /var/tmp/prometheus
setsid -f $words --web.config.file=web.yml </dev/null >>/var/log/prometheus.log 2>&1
sleep 5`;

test.before('a lab with monitoring and without guests, made strange', async t => {
  t.timeout(300_000);
  ground = await groundFor('strangers', 0, text => t.log(text), 'nbd', {monitoring: '1s'});
  const {client, transport} = ground.cluster;
  const said = await stdoutOf(transport, client, idempotent(['sh', '-ec', estrange], 60_000));
  if (!said.ok) throw new Error(said.error);
});

test.after.always('nothing of the lab is left', async t => {
  if (ground !== undefined) t.deepEqual(await ground.leave(), []);
});

async function tried(t: {log(text: string): void}, name: string, parameters: Parameters, login: object) {
  const scenario = monitoring.find(each => each.name === name);
  const {cluster} = ground;
  if (scenario === undefined || cluster.monitoring === undefined) throw new Error(`there is no ${name} here`);
  const strange = {...ground, cluster: {...cluster, monitoring: {...cluster.monitoring, ...login}}};
  const {run} = await tryOnce(strange, scenario, parameters, 120_000, text => t.log(text));
  const judged = judgeRun(run, [], [scenario]);
  t.log(judged.samples.map(({metric, value, censored}) => `${metric} ${censored ? '> ' : ''}${value}`).join(', '));
  t.log(judged.findings.map(({severity, detail}) => `${severity} ${detail}`).join('\n'));
  return {record: run.trials[0]?.record, ...judged};
}

const reader = {login: {username: 'reader', password: 'secret-word'}};

test.serial('rules are looked at; what is not of the cluster is a warning', async t => {
  t.timeout(150_000);
  const {record, findings} = await tried(t, 'alarm/rules', {}, reader);
  t.is(record?.status, 'done', record?.reason);
  const others = findings.filter(({detail}) => !detail.startsWith('Guest'));
  t.deepEqual(
    others.map(({severity, detail}) => `${severity} ${detail}`),
    ['warning shop of 127.0.0.1:9 does not answer: what it would say sets off no alarm'],
  );
});

test.serial('a drill is whole: the alert, its message, and quiet again', async t => {
  t.timeout(200_000);
  const {record, findings, samples} = await tried(t, 'alarm/storage-low', {graceSeconds: 10}, reader);
  t.is(record?.status, 'done', record?.reason);
  t.deepEqual(findings, []);
  t.deepEqual(
    samples.map(({metric, censored}) => [metric, censored ?? false]),
    ['alarm.fires', 'alarm.message', 'alarm.cleared', 'alarm.held'].map(metric => [metric, false]),
  );
});

test.serial('planted: without the login nothing is known, and nobody is accused', async t => {
  t.timeout(150_000);
  const {samples, findings} = await tried(t, 'alarm/rules', {}, {});
  t.deepEqual([samples, findings], [[], []]);
});
