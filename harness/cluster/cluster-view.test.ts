import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import type {Cluster} from '../types.ts';
import {clusterView} from './pacemaker.ts';

const quorate = readFileSync(new URL('../../fixtures/pacemaker-2.1.5/crm_mon-healthy.xml', import.meta.url), 'utf8');
const lonely = quorate.replace('with_quorum="true"', 'with_quorum="false"');
const off = {exit: {kind: 'unreachable', reason: 'off'}} as const;

async function spokesman(cluster: Cluster): Promise<string> {
  const view = await clusterView(cluster);
  return view.ok ? view.value.seenBy.name : view.error;
}

test('who spoke last is asked alone, and the others once it has nothing to say', async t => {
  const saying: Record<string, object> = {n1: off, n2: {stdout: quorate}, n3: {stdout: lonely}};
  const {cluster, asked} = fakeCluster(host => saying[host]);
  const askedSince = async (): Promise<readonly string[]> => {
    const before = asked.length;
    await spokesman(cluster);
    return asked.slice(before).map(({host}) => host);
  };
  t.deepEqual(await askedSince(), ['n1', 'n2', 'n3'], 'nobody has spoken yet');
  t.deepEqual(await askedSince(), ['n2']);
  Object.assign(saying, {n2: {stdout: lonely}, n3: {stdout: quorate}});
  t.deepEqual(await askedSince(), ['n2', 'n1', 'n3'], 'it is on the wrong side now');
  t.deepEqual(await askedSince(), ['n3']);
  saying.n3 = off;
  t.is(
    await spokesman(cluster),
    'no node answers with quorum: n1 cannot be reached: off; n2 has no quorum; n3 cannot be reached: off',
  );
});

test('planted: who spoke last hangs, and delays the others by less than a second', async t => {
  const {cluster} = fakeCluster(() => ({stdout: quorate}));
  t.is(await spokesman(cluster), 'n1');
  const {exec} = cluster.transport;
  const hung: Cluster = {
    ...cluster,
    transport: {
      ...cluster.transport,
      exec: async (host, command) => {
        if (host.name === 'n1') await sleep(5000, undefined, {ref: false});
        return exec(host, command);
      },
    },
  };
  const startedMs = performance.now();
  t.is(await spokesman(hung), 'n2');
  t.true(performance.now() - startedMs < 1000);
});
