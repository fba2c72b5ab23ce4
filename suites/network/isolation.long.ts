/**
 * Planes as VLANs of real switches: none reaches another, from hosts and from inside a guest. Planted: the client's
 * port of the management plane in the VLAN of storage; a node's would cut its fencing, and so end the trial. Needs
 * root.
 */
import test from 'ava';
import {labPlace} from '../../harness/lab/state.ts';
import {rackTransport} from '../../harness/transport/lab.ts';
import {judgeRun} from '../../scripts/cli/kit/judge-run.ts';
import {type Ground, groundFor, tryOnce} from '../controls/environment.ts';
import {isolation} from './isolation.ts';

let ground: Ground;

test.before('a lab with one guest, on switches', async t => {
  t.timeout(180_000);
  ground = await groundFor('isolated', 1, text => t.log(text), 'nbd', {fabric: 'ovs'});
});

test.after.always('nothing of the lab is left', async t => {
  if (ground !== undefined) t.deepEqual(await ground.leave(), []);
});

async function tried(t: {log(text: string): void}) {
  const {run} = await tryOnce(ground, isolation, {}, 120_000, text => t.log(text));
  const [trial] = run.trials;
  if (trial?.record.status !== 'done') throw new Error(trial?.record.reason);
  t.log(`${trial.record.durationSeconds} s`);
  const {samples, findings} = judgeRun(run, [], [isolation]);
  const leaks = samples.filter(({metric, value}) => metric === 'network.leaks' && value > 0);
  return {
    counted: samples.filter(({metric}) => metric === 'network.leaks').length,
    leaks: leaks.map(({labels: {by, from, to}}) => `${by} ${from} to ${to}`).sort(),
    unreached: samples.filter(({metric, value}) => metric === 'network.unreached' && value > 0),
    critical: findings.filter(({severity}) => severity === 'critical').map(({detail}) => detail),
  };
}

test.serial('as built no plane reaches another, and each reaches itself', async t => {
  t.timeout(120_000);
  const {counted, leaks, unreached, critical} = await tried(t);
  t.true(counted >= 12, `${counted} pairs of planes were tried`);
  t.deepEqual([leaks, unreached, critical], [[], [], []]);
});

test.serial('planted: one port in the wrong VLAN is found, both ways, by the names of its planes', async t => {
  t.timeout(120_000);
  const place = labPlace(ground.name, ground.folder);
  if (!place.ok) return t.fail(place.error.sentence);
  const database = `unix:${place.value.state}/run/ovs/db.sock`;
  const words = ['ovs-vsctl', `--db=${database}`, 'set', 'port', 'client-mgmt', 'tag=30'] as const;
  const planted = await rackTransport(place.value)({argv: words, timeoutMs: 10_000, idempotent: true});
  t.deepEqual(planted.exit, {kind: 'exited', code: 0}, planted.stderr);
  const {leaks, critical} = await tried(t);
  t.deepEqual(leaks, ['host management to storage', 'host storage to management']);
  t.true(
    critical.some(detail => /^client\/management reaches .*storage|reaches client\/management/.test(detail)),
    critical.join('\n'),
  );
});
