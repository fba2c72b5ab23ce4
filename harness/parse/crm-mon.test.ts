import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {type CrmMonOptions, parseCrmMon} from './crm-mon.ts';

const folder = new URL('../../fixtures/pacemaker-2.1.5/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
function state(text: string, options: CrmMonOptions = {}) {
  const parsed = parseCrmMon(text, 'crm_mon.xml', options);
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
  const parsed = parseCrmMon(said, 'x');
  t.is(parsed.ok ? '' : parsed.error.found, 'Not connected: crm_mon: Connection to cluster failed');
});

test('a report that is cut off, anywhere, is an error', t => {
  for (let length = 0; length < healthy.trimEnd().length; length += 101)
    t.false(parseCrmMon(healthy.slice(0, length), 'x').ok, `${length}`);
});

test('any text gives a state or an error', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(
        fc.string(),
        text => typeof parseCrmMon(`<${text}`, 'x', {lenient: text.length % 2 === 0}).ok === 'boolean',
      ),
    ),
  );
});

test('words where an element should be are an error, not a node less', t => {
  const damaged = parseCrmMon(healthy.replace('<node name="n3"', 'xnode name="n3"'), 'x', {lenient: true});
  t.false(damaged.ok);
});

/** What is wrong with a text: its path, what was expected and what was found. */
function wrong(text: string, options: CrmMonOptions = {}): string {
  const report = parseCrmMon(text, 'crm_mon.xml', options);
  return report.ok ? '' : `${report.error.path}: expected ${report.error.expected}; found ${report.error.found}`;
}

test('an element that was damaged out of sight, a flag that is none, a count that contradicts: errors', t => {
  t.regex(
    wrong(healthy.replace('<node name="n3" id="3" online', '<nodd name="n3" id="3" online')),
    /nodes: expected <node>/,
  );
  t.regex(wrong(healthy.replace('standby="false"', 'standby="falze"')), /@standby:/);
  t.regex(wrong(healthy.replace('resources_running="2"', 'resources_running="3"')), /@resources_running:/);
  t.regex(wrong(healthy.replace('nodes_running_on="1"', 'nodes_running_on="2"')), /fence-n1/);
  t.regex(wrong(healthy.replace('stonith-enabled="true"', 'stonith-enablex="true"')), /@stonith-enabled:/);
  t.regex(wrong(healthy.replace('with_quorum="true"', 'with_quorum="tru"')), /@with_quorum:/);
  t.regex(wrong(healthy.replaceAll('bans>', 'banz>')), /found <banz>/);
});

test('of a live cluster, whose version may be newer, only what is printed is read as strictly', t => {
  const lenient = {lenient: true};
  t.deepEqual(state(healthy, lenient), state(healthy));
  const newer = healthy
    .replace('<nodes>', '<news/><nodes>')
    .replace(/ (?:standby|maintenance|pending|resources_running|nodes_running_on|failed|orphaned)="[^"]*"/g, '');
  t.deepEqual(state(newer, lenient), state(healthy));
  t.not(wrong(newer), '');
  t.regex(wrong(healthy.replace('standby="false"', 'standby="falze"'), lenient), /@standby:/);
  // A history under a new name would be a cluster in which nothing was fenced; a node without a name is no place.
  const renamed = healthy.replace('</pacemaker-result>', '<fencing_history status="0"/></pacemaker-result>');
  t.regex(wrong(renamed, lenient), /expected <fence_history>; found <fencing_history>/);
  t.regex(wrong(healthy.replace(/(<node )name="n3"( id="\d+" cached)/, '$1$2'), lenient), /@name: .*found nothing/);
  t.regex(wrong(healthy.replace(/ online="true"/, ''), lenient), /@online:/);
  t.deepEqual(state(`a warning on the same stream\n${healthy}`, lenient), state(healthy));
});

test('Pacemaker 3.0.2 says fencing-enabled beside stonith-enabled, and removed beside orphaned', t => {
  const both = healthy.replace(
    'stonith-enabled="true"',
    'fencing-enabled="true" fencing-timeout-ms="60000" stonith-enabled="true"',
  );
  t.deepEqual(state(both), state(healthy));
  t.deepEqual(state(both.replace(' stonith-enabled="true"', '').replaceAll('orphaned=', 'removed=')), state(healthy));
  t.false(
    state(both.replace(' stonith-enabled="true"', '').replace('fencing-enabled="true"', 'fencing-enabled="false"'))
      .stonithEnabled,
  );
  t.regex(
    wrong(both.replace('stonith-enabled="true"', 'stonith-enabled="false"')),
    /@stonith-enabled: expected true, as fencing-enabled/,
  );
});

test('fences: all of them or an error', t => {
  const crashed = read('host-crash/crm_mon.xml');
  t.like(state(crashed).fencing[0], {action: 'reboot', target: 'n3', origin: 'n1', status: 'success'});
  t.is(state(crashed).fencing.length, [...crashed.matchAll(/<fence_event /g)].length);
  t.regex(
    wrong(crashed.replace('<fence_history>', '<fence_history status="-103">')),
    /fence_history\/@status: .*gave its history/,
  );
  t.regex(
    wrong(crashed.replace(/(<fence_event [^>]*status=")success/, '$1succes')),
    /fence_event\/@status: expected success, failed, pending/,
  );
  t.regex(wrong(crashed.replace(/(<fence_event [^>]*)target="n3"/, '$1tarjet="n3"')), /action and target/);
});

const caseOf = (name: string) => read(`../cases/crm_mon-${name}.xml`);

test('--group-by-node: resources stand below their nodes, one on two nodes below both', t => {
  const text = caseOf('group-by-node');
  t.deepEqual(
    state(text).resources.map(({id, nodes}) => [id, ...nodes]),
    [
      ['vm-a', 'alpha'],
      ['vm-b', 'beta'],
    ],
  );
  const [migrating = ''] = /<resource id="vm-a"[\s\S]*?<\/resource>/.exec(text) ?? [];
  const on = migrating
    .replace('nodes_running_on="1"', 'nodes_running_on="2"')
    .replace(/(<node [^>]*>)/, '$1<node name="beta" id="2" cached="true"/>');
  const both = text
    .replace(migrating, on)
    .replace(/(<node name="beta" [^>]*)resources_running="1"([^>]*>)/, `$1resources_running="2"$2${on}`);
  t.deepEqual(state(both).resources.map(({id, nodes}) => [id, ...nodes])[0], ['vm-a', 'alpha', 'beta']);
  t.is(state(both).resources.length, 2);
  t.regex(wrong(text.replace('resources_running="1"', 'resources_running="2"')), /@resources_running/);
});

test('a part of a report is refused, with the option to drop', t => {
  for (const [text, option] of [
    [caseOf('one-resource'), '--resource=vm-b'],
    [caseOf('one-resource').replace('--resource=vm-b', '--node beta'), '--node beta'],
    [caseOf('no-nodes'), '--exclude=nodes'],
    [caseOf('no-nodes').replace('--exclude=nodes', '--include=none,nodes'), '--include=none,nodes'],
  ] as const) {
    for (const lenient of [false, true])
      t.true(wrong(text, {lenient}).endsWith(`run crm_mon without ${option}; found a part of it (${option})`), option);
  }
});

test('a failure of crm_mon itself, text for people, the old format, a document type: errors', t => {
  t.regex(
    wrong(healthy.replace(/<status code="0"[^>]*>/, '<status code="102" message="Not connected"/>')),
    /status: .*Not connected/,
  );
  t.regex(wrong('Cluster Summary:\n  * Stack: corosync\n'), /run crm_mon with --output-as=xml/);
  t.regex(wrong('<crm_mon version="2.0.3"><summary/></crm_mon>'), /run crm_mon with --output-as=xml/);
  t.regex(
    wrong(`<!DOCTYPE x [<!ENTITY a "b">]>${healthy.slice(healthy.indexOf('<pacemaker-result'))}`),
    /no document type/,
  );
});
