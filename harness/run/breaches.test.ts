import {readFileSync} from 'node:fs';
import test from 'ava';
import {defaultLimits} from '../config/limits.ts';
import {type ClusterState, parseCrmMon, type ResourceState} from '../parse/crm-mon.ts';
import {baselineOf, breachesIn, type Look} from './breaches.ts';
import {still} from './guard.ts';

const text = readFileSync(new URL('../../fixtures/pacemaker-2.1.5/crm_mon-healthy.xml', import.meta.url), 'utf8');
const parsed = parseCrmMon(text, 'crm_mon.xml', {lenient: true});
if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
const healthy = parsed.value;

const foreign: ResourceState = {
  id: 'web',
  agent: 'ocf:pacemaker:Dummy',
  role: 'Started',
  active: true,
  failed: false,
  blocked: false,
  managed: true,
  orphaned: false,
  nodes: ['n1'],
};
const stopped: ResourceState = {...foreign, role: 'Stopped', active: false, nodes: []};
const withForeign = (resource: ResourceState, more: Partial<ClusterState> = {}): ClusterState => ({
  ...healthy,
  resources: [...healthy.resources, resource],
  ...more,
});
const well = {rank: 0, words: 'HEALTH_OK'} as const;
const warns = {rank: 1, words: 'HEALTH_WARN, 1 osds down'} as const;
const fails = {rank: 2, words: 'HEALTH_ERR'} as const;
const guests = ['vm1', 'vm2'].map(name => ({
  name,
  resource: name,
  address: '',
  memoryBytes: 0,
  vcpus: 1,
  ports: {fio: 1, iperf3: 1, beacon: 1},
  scratchDevice: '/dev/scratch',
}));
const whole: Required<Look> = {state: withForeign(foreign), domains: ['vm1', 'vm2', 'desktop'], storage: well};
const baseline = baselineOf(whole, guests);
const offline = (...names: string[]) =>
  withForeign(foreign, {nodes: healthy.nodes.map(node => ({...node, online: !names.includes(node.name)}))});
const found = (look: Look, struck: readonly string[] = [], limits = defaultLimits, from = baseline) =>
  breachesIn({...look}, {slow: true}, from, new Set(struck), limits).map(({key}) => key);

test('what is none of ours is what is neither a guest nor a fence device', t => {
  t.deepEqual(baseline, {resources: ['web'], domains: ['desktop'], storage: well, quorumMargin: 1});
  t.deepEqual(found(whole), []);
});

test('planted: a foreign resource that is stopped, failed away or gone, and a foreign domain', t => {
  t.deepEqual(found({...whole, state: withForeign(stopped)}), ['resource web']);
  t.deepEqual(found({...whole, state: healthy}), ['resource web']);
  t.deepEqual(found({...whole, domains: ['vm1', 'vm2']}), ['domain desktop']);
  // Whoever is to blame: also by our own fault on its node.
  t.deepEqual(found({...whole, state: withForeign(stopped)}, ['n1']), ['resource web']);
  const [breach] = breachesIn(
    {...whole, state: withForeign(stopped)},
    {slow: true},
    baseline,
    new Set(),
    defaultLimits,
  );
  t.is(breach?.sentence, 'resource web, which is none of ours, is out of service (Stopped)');
});

test('our own guests are not foreign, nor is one that moves or was stopped before', t => {
  const without = {...healthy, resources: healthy.resources.filter(({id}) => id !== 'vm1')};
  t.deepEqual(found({...whole, state: {...without, resources: [...without.resources, foreign]}}), []);
  t.deepEqual(found({...whole, state: withForeign({...foreign, nodes: ['n2', 'n3'], role: 'Migrating'})}), []);
  const from = baselineOf({...whole, state: withForeign(stopped)}, guests);
  t.deepEqual(found({...whole, state: withForeign(stopped)}, [], defaultLimits, from), []);
});

test('planted: the quorum margin is gone; what our own fault struck counts as there', t => {
  t.deepEqual(found({...whole, state: offline('n2')}), ['quorum margin']);
  t.deepEqual(found({...whole, state: offline('n2')}, ['n2']), []);
  t.deepEqual(found({...whole, state: offline('n2', 'n3')}, ['n2']), ['quorum margin']);
  t.deepEqual(found({...whole, state: offline('n2')}, [], {...defaultLimits, quorumMargin: 0}), []);
  // Two nodes of two have no margin to lose.
  const two = {...healthy, nodes: healthy.nodes.slice(0, 2)};
  t.deepEqual(
    found({...whole, state: {...two, resources: [foreign]}}, [], defaultLimits, {...baseline, quorumMargin: 0}),
    [],
  );
});

test('planted: nobody answers with quorum', t => {
  t.deepEqual(found({domains: [], storage: well}), ['quorum', 'domain desktop']);
});

test('planted: storage that is worse than at the start, beyond what our own fault explains', t => {
  t.deepEqual(found({...whole, storage: warns}), ['storage']);
  t.deepEqual(found({...whole, storage: warns}, ['n2']), []);
  t.deepEqual(found({...whole, storage: fails}, ['n2']), ['storage']);
  const {storage: _, ...silent} = whole;
  t.deepEqual(found(silent), ['storage']);
  const warned = {...baseline, storage: warns};
  t.deepEqual(found({...whole, storage: warns}, [], defaultLimits, warned), []);
  t.deepEqual(found({...whole, storage: fails}, [], defaultLimits, warned), ['storage']);
});

test('a breach lasts from its first look; one that ends begins anew; quick looks do not end what only slow ones see', t => {
  const breach = (key: string) => ({key, sentence: key, allowedSeconds: 10});
  const since = (map: ReturnType<typeof still>) =>
    Object.fromEntries([...map].map(([key, {sinceMs}]) => [key, sinceMs]));
  const first = still(new Map(), [breach('quorum'), breach('storage')], true, 1000);
  t.deepEqual(since(first), {quorum: 1000, storage: 1000});
  const quick = still(first, [breach('quorum')], false, 6000);
  t.deepEqual(since(quick), {quorum: 1000, storage: 1000});
  const better = still(quick, [], true, 16_000);
  t.deepEqual(since(better), {});
  t.deepEqual(since(still(better, [breach('quorum')], false, 21_000)), {quorum: 21_000});
});
