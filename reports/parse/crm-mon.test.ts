import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {parseCrmMon as ofHarness} from '../../harness/cluster/crm-mon.ts';
import {type CrmReport, parseCrmMon} from './crm-mon.ts';

const recorded = (name: string): string =>
  readFileSync(new URL(`../../fixtures/pacemaker-2.1.5/${name}.xml`, import.meta.url), 'utf8');
const healthy = recorded('crm_mon-healthy');

function read(text: string): CrmReport {
  const report = parseCrmMon(text, 'crm_mon.xml');
  if (!report.ok) throw new Error(`${report.error.path}: ${report.error.expected}`);
  return report.value;
}

const wrong = (text: string): string => {
  const report = parseCrmMon(text, 'crm_mon.xml');
  return report.ok ? '' : report.error.path;
};

test('a healthy cluster', t => {
  const report = read(healthy);
  t.like(report, {quorate: true, coordinator: 'n1', stonithEnabled: true, maintenance: false, failures: []});
  t.like(report.bans[0], {id: 'fence-n3-not-on-n3', resource: 'fence-n3', node: 'n3'});
  t.deepEqual(
    report.nodes.map(one => [one.name, one.online, one.resourcesRunning]),
    [
      ['n1', true, 2],
      ['n2', true, 2],
      ['n3', true, 1],
    ],
  );
  t.like(
    report.resources.find(one => one.id === 'vm1'),
    {agent: 'ocf:heartbeat:VirtualDomain', role: 'Started'},
  );
});

test('a failed start, and the fencing of a lost host', t => {
  t.like(read(recorded('crm_mon-failed-start')).failures[0], {
    operation: 'vm1_start_0',
    node: 'n2',
    exitStatus: 'error',
  });
  const crashed = read(recorded('host-crash/crm_mon'));
  t.false(crashed.nodes.find(one => one.name === 'n3')?.online);
  t.like(crashed.fencing[0], {target: 'n3', status: 'success'});
});

test("the harness's reader says the same", t => {
  for (const name of ['crm_mon-healthy', 'crm_mon-migrating', 'crm_mon-failed-start', 'host-crash/crm_mon']) {
    const other = ofHarness(recorded(name));
    const own = read(recorded(name));
    t.true(other.ok);
    if (!other.ok) continue;
    t.deepEqual(
      own.nodes.map(({resourcesRunning: _, ...node}) => node),
      [...other.value.nodes],
    );
    t.deepEqual(own.resources, other.value.resources);
    t.deepEqual(
      [own.quorate, own.coordinator, own.stonithEnabled],
      [other.value.quorate, other.value.dc, other.value.stonithEnabled],
    );
    t.is(own.failures.length, other.value.failures.length);
    t.is(own.fencing.length, other.value.fencing.length);
  }
});

test('an element that was damaged out of sight, a flag that is none, a count that contradicts: errors', t => {
  t.regex(wrong(healthy.replace('<node name="n3" id="3" online', 'xnode name="n3" id="3" online')), /./);
  t.regex(wrong(healthy.replace('<node name="n3" id="3" online', '<nodd name="n3" id="3" online')), /nodes$/);
  t.regex(wrong(healthy.replace('standby="false"', 'standby="falze"')), /@standby$/);
  t.regex(wrong(healthy.replace('resources_running="2"', 'resources_running="3"')), /@resources_running$/);
  t.regex(wrong(healthy.replace('nodes_running_on="1"', 'nodes_running_on="2"')), /fence-n1/);
  t.regex(wrong(healthy.replace('stonith-enabled="true"', 'stonith-enablex="true"')), /@stonith-enabled$/);
  t.regex(wrong(healthy.replace('with_quorum="true"', 'with_quorum="tru"')), /@with_quorum$/);
});

test('a failure of crm_mon itself, text for people, a document type and a cut are errors', t => {
  t.regex(wrong(healthy.replace(/<status code="0"[^>]*>/, '<status code="102" message="Not connected"/>')), /status$/);
  t.is(wrong('Cluster Summary:\n  * Stack: corosync\n'), '/');
  t.is(wrong(`<!DOCTYPE x [<!ENTITY a "b">]>${healthy.slice(healthy.indexOf('<pacemaker-result'))}`), '/');
  for (let length = 0; length < healthy.trimEnd().length; length += 31)
    t.not(wrong(healthy.slice(0, length)), '', `${length}`);
});

test('any text gives a report or an error', t => {
  t.notThrows(() => fc.assert(fc.property(fc.string(), text => typeof parseCrmMon(`<${text}`, 'x').ok === 'boolean')));
});
