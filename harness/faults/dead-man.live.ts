/**
 * A harness that dies with its fault in force, and is never started again: the hosts undo it. Planted: without timers
 * it stays. The hosts of the lab have no systemd; that way is tried where there is one. Needs root.
 */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {killedWhenItSpeaks} from '../../fixtures/kit/killed-child.ts';
import {raised} from '../../fixtures/kit/lab.ts';
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import {waitUntilOnline} from '../cluster/pacemaker.ts';
import {labDown} from '../lab/index.ts';
import type {Cluster, Host} from '../types.ts';
import {waitFor} from '../wait.ts';
import {armDeadMan, disarmAll} from './dead-man.ts';
import {hostCrash, partition} from './index.ts';
import {waitUntilBack} from './recovery.ts';

const lab = `deadman${process.pid}`;
let cluster: Cluster;

test.before(async t => {
  t.timeout(120_000);
  cluster = await raised({name: lab, nodes: 3, storage: 'nbd', guests: 1});
  writeFileSync(`/var/lib/seatrial/labs/${lab}/post`, '3\n');
});

test.after.always(async () => {
  await labDown(lab);
});

function node(index: number): Host {
  const host = cluster.nodes[index];
  if (host === undefined) throw new Error(`no node ${index}`);
  return host;
}

const onHost = (host: Host, ...argv: [string, ...string[]]) => stdoutOf(cluster.transport, host, readOnly(argv));

/** Whether a host drops packets for the partition. */
async function isParted(host: Host): Promise<boolean> {
  const rules = await onHost(host, 'sh', '-c', 'nft list tables; iptables -w 5 -S');
  return rules.ok && rules.value.includes('seatrial-partition');
}

async function timersOn(host: Host): Promise<string> {
  const listed = await onHost(host, 'sh', '-c', 'ls /run/seatrial-heal 2>/dev/null || true');
  return listed.ok ? listed.value.trim() : listed.error;
}

const module = (path: string) => JSON.stringify(join(import.meta.dirname, path));

/** Another process arms, injects, and is killed with the fault in force. */
async function killedInMidPartition(delaySeconds: number | undefined): Promise<void> {
  const arm =
    delaySeconds === undefined
      ? ''
      : `const armed = await armDeadMan(value, fault, ${delaySeconds}); if (!armed.ok) throw new Error(armed.error);`;
  const harness = `const {openLab} = await import(${module('../lab/index.ts')});
    const {armDeadMan} = await import(${module('./dead-man.ts')});
    const {partition} = await import(${module('./index.ts')});
    const {value} = await openLab(${JSON.stringify(lab)});
    const fault = partition.at([value.nodes[0]], {plane: 'cluster', shape: 'apart'});
    ${arm}
    await fault.inject(value);
    console.log('in force');
    setInterval(() => {}, 1000);`;
  await killedWhenItSpeaks(harness);
}

test.serial('planted: a partition without timers outlives the harness', async t => {
  t.timeout(60_000);
  await killedInMidPartition(undefined);
  await sleep(5_000);
  t.true(await isParted(node(1)));
  t.true(await isParted(node(2)));
  const healed = await partition.at([node(0)], {plane: 'cluster', shape: 'apart'}).heal(cluster);
  t.true(healed.ok, healed.ok ? '' : healed.error);
});

test.serial(
  'a partition with timers: the hosts end it in time, and the cluster is whole without a harness',
  async t => {
    t.timeout(120_000);
    const delaySeconds = 20;
    const at = performance.now();
    await killedInMidPartition(delaySeconds);
    t.true(await isParted(node(1)));
    t.regex(await timersOn(node(1)), /^seatrial-heal-partition-[0-9a-f]{8}-2$/);
    const opened = await waitFor('the rules to be gone', 40_000, async () =>
      (await isParted(node(1))) || (await isParted(node(2))) ? undefined : true,
    );
    const seconds = (performance.now() - at) / 1000;
    t.true(opened.ok, opened.ok ? '' : opened.error);
    t.true(seconds >= delaySeconds - 1, `they fired after ${seconds} s, while the fault was meant to be in force`);
    t.log(`rules gone after ${seconds.toFixed(1)} s`);
    for (const {name} of cluster.nodes) {
      const back = await waitUntilOnline(cluster, name, 60_000);
      t.true(back.ok, back.ok ? '' : back.error);
    }
    t.log(`every node online after ${((performance.now() - at) / 1000).toFixed(1)} s`);
    t.is(await timersOn(node(1)), '');
  },
);

test.serial(
  'a node that was switched off is powered on by its peers, through the fence device of the cluster',
  async t => {
    t.timeout(120_000);
    const armed = await armDeadMan(cluster, hostCrash.at([node(1)], {}), 12);
    if (!armed.ok) return t.fail(armed.error);
    const fenced = await stdoutOf(cluster.transport, node(0), idempotent(['stonith_admin', '--fence', 'n2'], 60_000));
    t.true(fenced.ok, fenced.ok ? '' : fenced.error);
    t.false((await onHost(node(1), 'true')).ok, 'it is still on');
    // The host first: just after the fencing the cluster may still show it as it was.
    const back = await waitUntilBack(cluster, node(1));
    t.true(back.ok, back.ok ? '' : back.error);
  },
);

test.serial('disarmed timers do not fire; disarming twice, or for nothing, is fine', async t => {
  t.timeout(60_000);
  const fault = partition.at([node(0)], {plane: 'storage', shape: 'apart'});
  const armed = await armDeadMan(cluster, fault, 6);
  if (!armed.ok) return t.fail(armed.error);
  await fault.inject(cluster);
  t.true(await isParted(node(1)));
  t.deepEqual(await disarmAll(cluster), []);
  t.deepEqual(await disarmAll(cluster), []);
  for (const each of cluster.nodes) t.is(await timersOn(each), '');
  await sleep(8_000);
  t.true(await isParted(node(1)), 'a timer has fired');
  const healed = await fault.heal(cluster);
  t.true(healed.ok, healed.ok ? '' : healed.error);
});
