/** The alert and the fence devices' parameters, on machines made of answers that remember. */
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import type {Cluster, Setting} from '../types.ts';
import {applySettings, asFound, readProfile} from './apply.ts';

const alert: Setting = {id: 'alert', driver: 'alert', key: 'ceph-fenced', value: 'yes', why: 'test', needs: 'ceph'};
const wait: Setting = {id: 'wait', driver: 'fence', key: 'power_wait', value: '0', why: 'test'};
const quiet = () => {};
const agentPath = '/usr/share/pacemaker/alerts/seatrial-ceph-fenced';
const keyPath = '/etc/ceph/ceph.client.seatrial-fenced.keyring';

const online = `<pacemaker-result api-version="2.25"><summary><current_dc present="true" name="n1" with_quorum="true"/><cluster_options stonith-enabled="true" maintenance-mode="false"/></summary><nodes>${[
  'n1',
  'n2',
  'n3',
]
  .map(
    name => `<node name="${name}" online="true" standby="false" maintenance="false" pending="false" unclean="false"/>`,
  )
  .join('')}</nodes><resources/><status code="0" message="OK"/></pacemaker-result>`;

interface Machines {
  files: Map<string, string>;
  alerts: string;
  keys: Set<string>;
  devices: string;
}

/** `lacks`: what a node says that it has not. */
function machines(lacks: Record<string, string> = {}): {cluster: Cluster; state: Machines} {
  const state: Machines = {
    files: new Map(),
    alerts: '<alerts/>',
    keys: new Set(),
    devices:
      '<primitive id="f1" class="stonith" type="fence_ipmilan"><instance_attributes id="p"><nvpair id="a" name="ip" value="10.0.0.9"/></instance_attributes></primitive><primitive id="f2" class="stonith" type="fence_sbd"/>',
  };
  const {cluster} = fakeCluster((host, words, {stdin = ''}) => {
    if (words.startsWith('crm_mon')) return {stdout: online};
    if (words.startsWith('crm_resource')) return {};
    if (words.includes('import rados')) return {stdout: lacks[host] ?? ''};
    if (words.includes('seen'))
      return {stdout: state.files.has(`${host}${keyPath}`) ? (state.files.get(`${host}${agentPath}`) ?? '') : ''};
    if (words.startsWith('sh -ec')) state.files.set(`${host}${words.split(' ').at(-1)}`, stdin);
    else if (words.startsWith('rm -f'))
      for (const path of words.split(' ').slice(2)) state.files.delete(`${host}${path}`);
    else if (words.includes('auth get-or-create')) state.keys.add('client.seatrial-fenced');
    else if (words.includes('auth rm')) state.keys.delete('client.seatrial-fenced');
    else if (words.includes('--delete')) state.alerts = '<alerts/>';
    else if (words.includes('--modify')) state.alerts = stdin.replaceAll("'", '"');
    else if (words.includes('--replace'))
      state.devices = `${stdin}${state.devices.slice(state.devices.indexOf('<primitive id="f2"'))}`;
    else if (words.includes('--scope configuration')) return {stdout: state.alerts};
    else if (words.includes('//resources')) return {stdout: `<resources>${state.devices}</resources>`};
    else return undefined;
    return words.includes('auth get-or-create') ? {stdout: '[client.seatrial-fenced]\n\tkey = SECRET\n'} : {};
  });
  return {cluster: {...cluster, storage: 'ceph', guests: []}, state};
}

async function inForce(cluster: Cluster, setting: Setting): Promise<readonly string[]> {
  const read = await readProfile(cluster, [setting]);
  if (!read.ok) throw new Error(read.error);
  return read.value.map(({where, found}) => `${where} ${found}`);
}

test('the alert comes with all its pieces, is read back piece by piece, and leaves nothing when it goes', async t => {
  const {cluster, state} = machines();
  t.deepEqual(await inForce(cluster, alert), ['cluster no', 'n1 no', 'n2 no', 'n3 no']);
  const before = await readProfile(cluster, [alert]);
  const previous = before.ok ? asFound({name: 'p', title: '', settings: [alert]}, before.value) : [];

  t.true((await applySettings(cluster, [alert], quiet)).ok);
  t.deepEqual(await inForce(cluster, alert), ['cluster yes', 'n1 yes', 'n2 yes', 'n3 yes']);
  t.regex(state.alerts, /name="hosts" value="n1=10\.0\.2\.1 n2=10\.0\.2\.2 n3=10\.0\.2\.3"/);
  t.regex(state.files.get(`n2${keyPath}`) ?? '', /SECRET/);

  t.true((await applySettings(cluster, previous, quiet)).ok);
  t.deepEqual(await inForce(cluster, alert), ['cluster no', 'n1 no', 'n2 no', 'n3 no']);
  t.deepEqual([state.files.size, state.keys.size, state.alerts], [0, 0, '<alerts/>']);
});

test('planted: an agent that somebody has edited, and a key that is gone, are told by node', async t => {
  const {cluster, state} = machines();
  await applySettings(cluster, [alert], quiet);
  state.files.set(`n2${agentPath}`, '#!/bin/sh\n');
  state.files.delete(`n3${keyPath}`);
  t.deepEqual(await inForce(cluster, alert), ['cluster yes', 'n1 yes', 'n2 no', 'n3 no']);
});

test('planted: where a node lacks a piece, nothing is laid down anywhere, and the sentence says what to install', async t => {
  const {cluster, state} = machines({n2: 'python3-rados (it comes with ceph-common)\n'});
  const applied = await applySettings(cluster, [alert], quiet);
  t.regex(applied.ok ? '' : applied.error, /^n2 lacks what the alert .* needs: python3-rados .*; install it there/);
  t.deepEqual([state.files.size, state.keys.size, state.alerts], [0, 0, '<alerts/>']);
});

test('a node whose storage address is not known cannot be told to Ceph', async t => {
  const {cluster, state} = machines();
  const [first, ...others] = cluster.nodes;
  if (first === undefined) return t.fail();
  const nodes = [{...first, addresses: {cluster: '10.0.1.1'}}, ...others];
  const applied = await applySettings({...cluster, nodes}, [alert], quiet);
  t.regex(applied.ok ? '' : applied.error, /^n1 has no address in the storage plane/);
  t.is(state.files.size, 0);
});

test('only devices that speak IPMI get a power_wait, and lose it again', async t => {
  const {cluster, state} = machines();
  t.deepEqual(await inForce(cluster, wait), ['f1 default']);
  t.true((await applySettings(cluster, [wait], quiet)).ok);
  t.deepEqual(await inForce(cluster, wait), ['f1 0']);
  t.regex(state.devices, /10\.0\.0\.9/);
  t.true((await applySettings(cluster, [{...wait, value: 'default'}], quiet)).ok);
  t.deepEqual(await inForce(cluster, wait), ['f1 default']);
  t.notRegex(state.devices, /power_wait/);
});
