import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import type {Host, Trial} from '../../harness/types.ts';
import {untilOver} from './recovery.ts';

const recorded = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../fixtures/pacemaker-2.1.5', name), 'utf8');
const [whole, crashed] = ['crm_mon-healthy.xml', 'host-crash/crm_mon.xml'].map(recorded);

/** A fault that took n3 from the cluster, which is back after so many looks of its peers. */
function taken(looks: number) {
  const {cluster, asked} = fakeCluster((_, words) => {
    if (!words.startsWith('crm_mon')) return undefined;
    return {stdout: (asked.length > looks * cluster.nodes.length ? whole : crashed) ?? ''};
  });
  const signal = new AbortController();
  const trial = {cluster, signal: signal.signal} as unknown as Trial;
  const n3 = cluster.nodes.find(({name}) => name === 'n3');
  return {trial, asked, signal, nodes: n3 === undefined ? [] : ([n3] as readonly Host[])};
}

async function secondsOf(wait: Promise<void>): Promise<number> {
  const began = performance.now();
  await wait;
  return (performance.now() - began) / 1000;
}

test('a fault that is over before its time is held no longer: the node it took is a member again', async t => {
  const {trial, nodes, asked} = taken(1);
  const seconds = await secondsOf(untilOver(trial, nodes, 30));
  t.true(seconds >= 0.9 && seconds < 10, `${seconds} s`);
  t.true(asked.every(({words}) => words.startsWith('crm_mon')));
});

test('planted: as long as the node is no member, the fault is held for all of its time', async t => {
  const {trial, nodes} = taken(1000);
  const seconds = await secondsOf(untilOver(trial, nodes, 2));
  t.true(seconds > 1.9, `${seconds} s`);
});

test('a fault that took no node is held for all of its time, and nobody is asked', async t => {
  const {trial, asked} = taken(0);
  const seconds = await secondsOf(untilOver(trial, [], 1.2));
  t.true(seconds > 1.1, `${seconds} s`);
  t.deepEqual(asked, []);
});

test('one that was held long enough is not waited for; an interrupted trial ends at once', async t => {
  const {trial, nodes, asked, signal} = taken(1000);
  t.true((await secondsOf(untilOver(trial, nodes, -3))) < 0.5);
  t.deepEqual(asked, []);
  setTimeout(() => signal.abort(), 200);
  t.true((await secondsOf(untilOver(trial, nodes, 30))) < 5);
});
