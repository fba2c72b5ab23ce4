/** With the real crm_simulate, on a CIB as a cluster had it. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {parseSimulated} from '../parse/crm-simulate.ts';
import {runLocally} from '../transport/local.ts';
import {foretell, foretellAll, foretellLive, lossesOf, nodesOfCib, survivableLosses} from './foretell.ts';

const cib = readFileSync(join(import.meta.dirname, '../../fixtures/pacemaker-2.1.5/simulate/cib.xml'), 'utf8');

test('every single and double loss, once each', t => {
  t.deepEqual(lossesOf(['a', 'b', 'c']), [['a'], ['b'], ['c'], ['a', 'b'], ['a', 'c'], ['b', 'c']]);
  t.deepEqual(nodesOfCib(cib), {ok: true, value: ['n1', 'n2', 'n3']});
});

test('planted: a remote node, which crm_attribute lists among the others, is none that is lost or votes', t => {
  const planted = cib.replace('</nodes>', '<node type="remote" id="r1" uname="r1"/></nodes>');
  t.not(planted, cib);
  t.deepEqual(nodesOfCib(planted), {ok: true, value: ['n1', 'n2', 'n3']});
});

test('a guest goes elsewhere when its node is lost, stays where another is, and is nowhere without quorum', async t => {
  const all = await foretellAll(runLocally, cib);
  if (!all.ok) throw new Error(all.error);
  const where = new Map(all.value.map(({lost, guests}) => [lost.join(), guests.vm1]));
  t.deepEqual(where.get('n1'), ['n3']);
  t.deepEqual(where.get('n2'), ['n3']);
  t.is(where.get('n3')?.length, 1);
  t.false(where.get('n3')?.includes('n3'));
  for (const pair of ['n1,n2', 'n1,n3', 'n2,n3']) t.deepEqual(where.get(pair), []);
  t.deepEqual(
    all.value.filter(({quorate}) => !quorate).map(({lost}) => lost.length),
    [2, 2, 2],
  );
});

test('planted: a constraint that keeps the guest from every other node shows as nowhere', async t => {
  const bans = ['n1', 'n2'].map(
    node => `<rsc_location id="ban-vm1-${node}" rsc="vm1" node="${node}" score="-INFINITY"/>`,
  );
  const planted = cib.includes('<constraints/>')
    ? cib.replace('<constraints/>', `<constraints>${bans.join('')}</constraints>`)
    : cib.replace('<constraints>', `<constraints>${bans.join('')}`);
  t.not(planted, cib);
  const lost = await foretell(runLocally, planted, ['n3']);
  t.deepEqual(lost, {ok: true, value: {lost: ['n3'], quorate: true, guests: {vm1: []}}});
});

test('planted: a guest that is ordered to be stopped is nowhere by right', async t => {
  const order = '<nvpair id="vm1-meta-target-role" name="target-role" value="Stopped"/>';
  const planted = cib.replace('<meta_attributes id="vm1-meta">', `$&${order}`);
  t.not(planted, cib);
  const lost = await foretell(runLocally, planted, ['n3']);
  t.deepEqual(lost, {ok: true, value: {lost: ['n3'], quorate: true, guests: {}}});
});

test('planted: half a CIB, a node that is none, and half an answer are sentences', async t => {
  t.false((await foretell(runLocally, cib.slice(0, 4000), ['n1'])).ok);
  const stranger = await foretell(runLocally, cib, ['n9']);
  t.deepEqual(stranger, {ok: false, error: 'the CIB has no node n9; it has n1, n2, n3'});
  t.false(parseSimulated('<pacemaker-result><cluster_status/></pacemaker-result>', 'x').ok);
});

test('a resource or a node without a name is no place where a guest runs', t => {
  const text = (resource: string) =>
    `<pacemaker-result><revised_cluster_status><resources>${resource}</resources></revised_cluster_status><status code="0"/></pacemaker-result>`;
  const whole = '<resource id="vm1" resource_agent="ocf:heartbeat:VirtualDomain"><node name="n1"/></resource>';
  t.true(parseSimulated(text(whole), 'x').ok);
  for (const left of [' id="vm1"', ' resource_agent="ocf:heartbeat:VirtualDomain"', ' name="n1"'])
    t.false(parseSimulated(text(whole.replace(left, '')), 'x').ok, left);
  t.false(parseSimulated(text(whole.replace('n1', '')), 'x').ok);
});

test('an order to be stopped is read whatever its letters, and no other is one', t => {
  for (const [role, stopped] of [
    ['Stopped', true],
    ['stopped', true],
    ['Started', false],
    ['Unpromoted', false],
  ] as const) {
    const resource = `<resource id="vm1" resource_agent="ocf:heartbeat:VirtualDomain" target_role="${role}"/>`;
    const text = `<pacemaker-result><revised_cluster_status>${resource}</revised_cluster_status><status code="0"/></pacemaker-result>`;
    const read = parseSimulated(text, 'x');
    t.deepEqual(read.ok && read.value, [{id: 'vm1', agent: 'ocf:heartbeat:VirtualDomain', nodes: [], stopped}], role);
  }
});

test('what a cluster survives: nothing lost, one, and two of five', t => {
  t.deepEqual(survivableLosses(['a', 'b', 'c', 'd']), [[], ['a'], ['b'], ['c'], ['d']]);
  t.is(survivableLosses(['a', 'b', 'c', 'd', 'e']).length, 1 + 5 + 10);
});

const fenced = readFileSync(
  join(import.meta.dirname, '../../fixtures/pacemaker-2.1.5/conformance/crm_mon-fenced-n1-n3.xml'),
  'utf8',
);

test('a cluster as it is now is asked on the first node that has the tool', async t => {
  const {cluster, asked} = fakeCluster((host, words) => {
    if (words.startsWith('crm_mon')) return {stdout: fenced};
    if (words.startsWith('cibadmin')) return {stdout: cib};
    if (host !== 'n2') return undefined;
    return words.includes('--version')
      ? {}
      : {stdout: '<pacemaker-result><revised_cluster_status/><status code="0"/></pacemaker-result>'};
  });
  const all = await foretellLive(cluster, survivableLosses);
  if (!all.ok) throw new Error(all.error);
  t.deepEqual(
    all.value.map(({lost}) => lost.join()),
    ['', 'n1', 'n2', 'n3'],
  );
  const simulated = asked.filter(({words}) => words.includes('--simulate'));
  t.deepEqual([simulated.length, new Set(simulated.map(({host}) => host)).size, simulated[0]?.host], [4, 1, 'n2']);
  t.true(simulated.every(({stdin}) => stdin === cib));
});

test('planted: a cluster that cannot be asked, and a tool that is missing, are sentences', async t => {
  const silent = await foretellLive(fakeCluster(() => undefined).cluster);
  t.false(silent.ok);
  const without = await foretell(
    async () => ({stdout: '', stderr: '', durationMs: 1, exit: {kind: 'exited', code: 127}}),
    cib,
    ['n1'],
  );
  t.regex(without.ok ? '' : without.error, /no crm_simulate on this machine: it comes with pacemaker-cli-utils/);
});
