import {readFileSync} from 'node:fs';
import test from 'ava';
import {fakeCluster} from '../../../fixtures/kit/fake-cluster.ts';
import {parseCrmMon} from '../../parse/crm-mon.ts';
import {audit, auditAtRest, digestOf, invariants, judge} from './index.ts';
import type {Observed} from './invariant.ts';

const healthy = readFileSync(new URL('../../../fixtures/pacemaker-2.1.5/crm_mon-healthy.xml', import.meta.url), 'utf8');

function view(change: (text: string) => string = text => text) {
  const parsed = parseCrmMon(change(healthy), 'crm_mon.xml', {lenient: true});
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return {ok: true as const, value: {state: parsed.value}};
}
const nodes = ['n1', 'n2', 'n3'];
const fine: Observed = {
  nodes,
  guests: [
    {name: 'vm1', resource: 'vm1'},
    {name: 'vm2', resource: 'vm2'},
  ],
  views: nodes.map(node => ({node, view: view()})),
  active: [
    {domain: 'vm1', node: 'n3', state: 'running'},
    {domain: 'vm2', node: 'n2', state: 'running'},
  ],
  silent: [],
  unreached: [],
  constraints: {ok: true, value: []},
  storage: undefined,
  configurations: nodes.map(node => ({node, digest: {ok: true, value: 'aaaaaaaa1'}})),
  remains: nodes.map(node => ({node, found: {ok: true, value: []}})),
};
const all = (change: (text: string) => string) => nodes.map(node => ({node, view: view(change)}));
const found = (planted: Partial<Observed>) =>
  judge({...fine, ...planted}).map(finding => `${finding.invariant}: ${finding.detail}`);

test('a healthy cluster at rest has no findings', t => {
  t.deepEqual(judge(fine), []);
});

const planted: readonly [string, Partial<Observed>, string][] = [
  [
    'a node that holds another configuration',
    {
      configurations: fine.configurations.map(({node, digest}) =>
        node === 'n2' ? {node, digest: {ok: true, value: 'bbbbbbbb2'}} : {node, digest},
      ),
    },
    'the same CIB on every node: 2 configurations are in force: aaaaaaaa on n1, n3; bbbbbbbb on n2',
  ],
  [
    'a node whose configuration cannot be read',
    {
      configurations: [
        ...fine.configurations.slice(0, 2),
        {node: 'n3', digest: {ok: false, error: 'cibadmin on n3 exited 102'}},
      ],
    },
    'the same CIB on every node: n3: cibadmin on n3 exited 102',
  ],
  [
    'a rule of a fault that nobody knows of any more',
    {remains: [{node: 'n2', found: {ok: true, value: ['table inet seatrial-loss']}}]},
    'no fault is left in force: n2: table inet seatrial-loss',
  ],
  [
    'a load that nobody stopped, on the client',
    {remains: [{node: 'client', found: {ok: true, value: ['a process: 77 fio fio --client=10.0.3.21']}}]},
    'no process of a trial is left: client: a process: 77 fio fio --client=10.0.3.21',
  ],
  [
    'a node on which nobody could look for faults',
    {remains: [{node: 'n2', found: {ok: false, error: 'sh on n2 exited 1'}}]},
    'no fault is left in force: n2: sh on n2 exited 1',
  ],
  [
    'a second copy, running',
    {active: [...fine.active, {domain: 'vm1', node: 'n1', state: 'running'}]},
    'no guest lives twice: vm1 is active on n3 (running) and n1 (running)',
  ],
  [
    'a second copy, paused',
    {active: [...fine.active, {domain: 'vm1', node: 'n1', state: 'paused'}]},
    'no guest lives twice: vm1 is active on n3 (running) and n1 (paused)',
  ],
  [
    "a double life of somebody else's guest",
    {
      active: [
        ...fine.active,
        {domain: 'web', node: 'n1', state: 'running'},
        {domain: 'web', node: 'n2', state: 'running'},
      ],
    },
    'no guest lives twice: web is active on n1 and n2',
  ],
  [
    'a guest the cluster has and libvirt has not',
    {active: fine.active.slice(1)},
    'the cluster and libvirt agree: vm1 is Started on n3, and libvirt has vm1 active nowhere',
  ],
  [
    'a paused guest',
    {active: [{domain: 'vm1', node: 'n3', state: 'paused'}, ...fine.active.slice(1)]},
    'the cluster and libvirt agree: vm1 is Started on n3, and libvirt has vm1 paused on n3',
  ],
  [
    'a node in standby',
    {
      views: all(text =>
        text.replace('name="n2" id="2" online="true" standby="false"', 'name="n2" id="2" online="true" standby="true"'),
      ),
    },
    'every node is online and clean: n2 is online, standby',
  ],
  [
    'a node that is gone',
    {views: all(text => text.replace('name="n2" id="2" online="true"', 'name="n2" id="2" online="false"'))},
    'every node is online and clean: n2 is offline',
  ],
  [
    'an unclean node',
    {views: all(text => text.replace(/(name="n2"[^>]*unclean=)"false"/, '$1"true"'))},
    'every node is online and clean: n2 is online, unclean',
  ],
  [
    'a node the cluster does not know',
    {nodes: [...nodes, 'n4']},
    'every node is a member: the cluster knows no node n4',
  ],
  [
    'a node that does not answer',
    {views: [...fine.views.slice(0, 2), {node: 'n3', view: {ok: false, error: 'n3 cannot be reached: off'}}]},
    'every node answers: n3: n3 cannot be reached: off',
  ],
  [
    'a node without quorum',
    {
      views: [
        ...fine.views.slice(0, 2),
        {node: 'n3', view: view(text => text.replace('with_quorum="true"', 'with_quorum="false"'))},
      ],
    },
    'one quorate partition: n3 has no quorum',
  ],
  [
    'two quorate partitions',
    {
      views: [
        ...fine.views.slice(0, 2),
        {node: 'n3', view: view(text => text.replace(/(current_dc[^>]*name=)"n1"/, '$1"n3"'))},
      ],
    },
    'one quorate partition: 2 partitions claim quorum, coordinated by n1 and n3',
  ],
  [
    'maintenance mode',
    {views: all(text => text.replace('maintenance-mode="false"', 'maintenance-mode="true"'))},
    'the cluster is in charge: maintenance-mode is on: nothing would be recovered',
  ],
  [
    'fencing switched off',
    {views: all(text => text.replace('stonith-enabled="true"', 'stonith-enabled="false"'))},
    'fencing is in service: stonith-enabled is false',
  ],
  [
    'a fence device that is stopped',
    {views: all(text => text.replace(/(<resource id="fence-n2"[^>]*role=)"Started"/, '$1"Stopped"'))},
    'fencing is in service: fence-n2 is Stopped',
  ],
  [
    'a constraint left by a move',
    {constraints: {ok: true, value: ['cli-prefer-vm1']}},
    'no constraint is left: cli-prefer-vm1 keeps a resource where a move has put it',
  ],
  [
    'constraints that cannot be read',
    {constraints: {ok: false, error: 'no answer'}},
    'no constraint is left: constraints cannot be read: no answer',
  ],
  [
    'storage that is not whole',
    {storage: 'PG 2.1 is active+undersized'},
    'storage is whole: PG 2.1 is active+undersized',
  ],
  [
    'a node whose libvirt is silent',
    {silent: [{node: 'n1', reason: 'virsh on n1 exited 1'}]},
    'libvirt answers: n1: virsh on n1 exited 1',
  ],
  [
    'a guest without a resource',
    {guests: [...fine.guests, {name: 'vm3', resource: 'vm3'}]},
    'every guest is started: the cluster has no resource vm3',
  ],
];
for (const [what, change, sentence] of planted) {
  test(`planted: ${what}`, t => {
    t.deepEqual(found(change), [sentence]);
    t.true(judge({...fine, ...change}).every(finding => finding.severity === 'critical'));
  });
}

test('failed starts and guests that are stopped are found, each by name', t => {
  const text = readFileSync(
    new URL('../../../fixtures/pacemaker-2.1.5/crm_mon-failed-start.xml', import.meta.url),
    'utf8',
  );
  const sentences = found({views: all(() => text), active: []});
  t.is(sentences.filter(sentence => sentence.startsWith('no failed action: vm1_start_0 on n')).length, 3);
  t.true(sentences.includes('every guest is started: vm1 is Stopped on no node'));
});

test('a migration under way is not rest', t => {
  const text = readFileSync(
    new URL('../../../fixtures/pacemaker-2.1.5/crm_mon-migrating.xml', import.meta.url),
    'utf8',
  );
  t.true(found({views: all(() => text)}).includes('every guest is started: vm1 is Migrating on n1 and n3'));
});

test('nothing that answers is no health', t => {
  const dead = nodes.map(node => ({node, view: {ok: false as const, error: 'off'}}));
  t.true(
    found({views: dead, active: [], silent: nodes.map(node => ({node, reason: 'off'}))}).includes(
      'one quorate partition: no node has quorum',
    ),
  );
});

test('each invariant has an id and a sentence of its own', t => {
  for (const word of ['id', 'sentence'] as const)
    t.is(new Set(invariants.map(invariant => invariant[word])).size, invariants.length);
});

test('a digest knows values and order of resources, not the order of attributes or blanks', t => {
  const of = (xml: string) => digestOf(`<configuration>${xml}</configuration>`, 'n1');
  const same = of('<a id="1" x="2"/><b/>');
  t.true(same.ok);
  t.deepEqual(of('\n  <a x="2"   id="1"/>\n <b/>'), same);
  for (const other of ['<a id="1" x="3"/><b/>', '<b/><a id="1" x="2"/>', '<a id="1" x="2"/>'])
    t.notDeepEqual(of(other), same);
  t.false(digestOf('<configuration>', 'n1').ok);
});

const cut = {ok: false as const, error: 'n3 cannot be reached: Connection closed'};
const lost = {
  unreached: [{node: 'n3', reason: 'Connection closed'}],
  views: [...fine.views.slice(0, 2), {node: 'n3', view: cut}],
  active: fine.active.filter(({node}) => node !== 'n3'),
  silent: [{node: 'n3', reason: cut.error}],
  configurations: [...fine.configurations.slice(0, 2), {node: 'n3', digest: cut}],
};

test('a lost connection is told as such, and breaks no invariant', t => {
  t.deepEqual(judge({...fine, ...lost}), [
    {severity: 'critical', invariant: 'every node can be reached', detail: 'n3: Connection closed', unknown: true},
  ]);
  const view = {ok: false as const, error: 'no way'};
  const nobody: Partial<Observed> = {
    unreached: nodes.map(node => ({node, reason: 'no way'})),
    views: nodes.map(node => ({node, view})),
    active: [],
    constraints: {ok: false, error: 'no node answers with quorum: no way'},
    storage: 'no node answers',
  };
  t.deepEqual(
    judge({...fine, ...nobody}).map(({invariant, unknown}) => [invariant, unknown]),
    nodes.map(() => ['every node can be reached', true]),
  );
});

test('what was seen beside a lost connection still counts', t => {
  const twice = [...lost.active, {domain: 'vm2', node: 'n1', state: 'running'}];
  t.deepEqual(
    judge({...fine, ...lost, active: twice}).map(({invariant, unknown}) => [invariant, unknown]),
    [
      ['every node can be reached', true],
      ['no guest lives twice', undefined],
    ],
  );
});

test('a libvirt that does not answer has not said that a guest is nowhere', t => {
  const silent = [{node: 'n3', reason: 'virsh on n3 did not end within 10 s'}];
  t.deepEqual(found({silent, active: lost.active}), ['libvirt answers: n3: virsh on n3 did not end within 10 s']);
});

test('the audit itself tells a host that cannot be reached from one whose tools fail', async t => {
  const exit = {kind: 'unreachable', reason: 'Connection closed'} as const;
  const {cluster} = fakeCluster((host, words) =>
    host === 'n3' ? {exit} : words.startsWith('crm_mon') ? {stdout: healthy} : undefined,
  );
  const findings = await audit(cluster);
  t.deepEqual(
    findings.filter(({unknown}) => unknown).map(({detail}) => detail),
    ['n3: Connection closed'],
  );
  t.false(findings.some(({detail, unknown}) => !unknown && detail.includes('cannot be reached')));
});

/** A whole cluster whose scheduler is about to move a fence device, until it has been waited for. */
function fenceOnItsWay() {
  let [begun, ended] = [false, false];
  const stopped = healthy.replace(
    /(<resource id="fence-n3"[^>]*?)role="Started" active="true"/,
    '$1role="Stopped" active="false"',
  );
  return fakeCluster((host, words) => {
    if (words.startsWith('crm_resource --wait')) ended = true;
    if (words.startsWith('cibadmin')) return {stdout: '<cib><constraints/></cib>'};
    if (words.endsWith(' list')) {
      const guest = {n2: 'vm2', n3: 'vm1'}[host];
      return {stdout: guest === undefined ? '' : ` 1 ${guest} running\n`};
    }
    if (!words.startsWith('crm_mon')) return {};
    // The first look sees it in service, every one from then on until the end does not.
    const seen = begun && !ended ? stopped : healthy;
    if (host === 'n3') begun = true;
    return {stdout: seen};
  });
}

test('a cluster that is whole is at rest only when its scheduler has nothing left to do', async t => {
  const {cluster, asked} = fenceOnItsWay();
  t.deepEqual(await auditAtRest(cluster), []);
  t.is(asked.filter(({words}) => words.startsWith('crm_resource --wait')).length, 1);
  const other = fenceOnItsWay();
  t.deepEqual(await audit(other.cluster), []);
  t.deepEqual(
    (await audit(other.cluster)).map(({detail}) => detail),
    ['fence-n3 is Stopped'],
    'a look alone is too early',
  );
});
