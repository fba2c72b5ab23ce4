import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {parseCrmMon} from './crm-mon.ts';

const folder = new URL('../../fixtures/pacemaker-2.1.5/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
function state(text: string) {
  const parsed = parseCrmMon(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}
const healthy = read('crm_mon-healthy.xml');

test('a healthy cluster', t => {
  const {quorate, dc, stonithEnabled, nodes, resources, failures, fencing} = state(healthy);
  t.deepEqual({quorate, dc, stonithEnabled}, {quorate: true, dc: 'n1', stonithEnabled: true});
  t.deepEqual(
    nodes.map(node => node.name),
    ['n1', 'n2', 'n3'],
  );
  t.true(nodes.every(node => node.online && !node.unclean && !node.standby && !node.pending && !node.maintenance));
  t.like(
    resources.find(resource => resource.id === 'vm1'),
    {agent: 'ocf:heartbeat:VirtualDomain', role: 'Started', active: true, failed: false, nodes: ['n3']},
  );
  t.is(resources.filter(resource => resource.agent === 'stonith:fence_ipmilan').length, 3);
  t.deepEqual([failures, fencing], [[], []]);
});

test('a guest in the middle of a migration is on two nodes', t => {
  t.like(
    state(read('crm_mon-migrating.xml')).resources.find(resource => resource.id === 'vm1'),
    {role: 'Migrating', nodes: ['n1', 'n3']},
  );
});

test('failed starts, each with its node and reason', t => {
  const {failures, resources} = state(read('crm_mon-failed-start.xml'));
  t.is(failures.length, 6);
  t.like(failures[0], {
    operation: 'vm1_start_0 on n2',
    resource: 'vm1',
    node: 'n2',
    exitReason: 'error: Failed to start virtual domain vm1.',
  });
  t.like(
    resources.find(resource => resource.id === 'vm1'),
    {role: 'Stopped', active: false, nodes: []},
  );
});

test('a node that is down, and the fencing that made sure of it', t => {
  const {nodes, fencing, bans} = state(read('host-crash/crm_mon.xml'));
  t.like(
    nodes.find(node => node.name === 'n3'),
    {online: false, unclean: false},
  );
  t.like(fencing[0], {
    action: 'reboot',
    target: 'n3',
    status: 'success',
    delegate: 'n1',
    completed: '2026-11-24 15:54:52Z',
  });
  t.is(bans.length, 3);
});

test('no coordinator is no quorum', t => {
  const election = healthy.replace(/<current_dc[^>]*>/, '<current_dc present="false"/>');
  t.like(state(election), {quorate: false});
  t.is(state(election).dc, undefined);
  t.false(state(healthy.replace('with_quorum="true"', 'with_quorum="false"')).quorate);
});

test('a failed call is an error with what it said', t => {
  const said =
    '<pacemaker-result api-version="2.25" request="crm_mon"><status code="102" message="Not connected"><errors><error>crm_mon: Connection to cluster failed</error></errors></status></pacemaker-result>';
  const parsed = parseCrmMon(said);
  t.is(parsed.ok ? '' : parsed.error.found, 'Not connected: crm_mon: Connection to cluster failed');
});

test('a report that is cut off, anywhere, is an error', t => {
  for (let length = 0; length < healthy.trimEnd().length; length += 101)
    t.false(parseCrmMon(healthy.slice(0, length)).ok, `${length}`);
});

test('any text gives a state or an error', t => {
  t.notThrows(() => fc.assert(fc.property(fc.string(), text => typeof parseCrmMon(text).ok === 'boolean')));
});

test('words where an element should be are an error, not a node less', t => {
  const damaged = parseCrmMon(healthy.replace('<node name="n3"', 'xnode name="n3"'));
  t.false(damaged.ok);
});
