import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {clearLeftover} from './leftovers.ts';

const path = '/var/tmp/seatrial-beacon-1.log';

test('a file is taken away on its host, and nowhere else', async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  t.deepEqual(await clearLeftover(cluster, {what: 'file', host: 'client', path}), {ok: true, value: undefined});
  t.deepEqual(asked, [{host: 'client', words: `rm -f ${path}`}]);
});

test('what is no file of ours is left alone, whatever a journal says', async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  for (const wrong of [
    '/etc/passwd',
    '/var/tmp/other',
    '/var/tmp/seatrial-x/../../../etc/passwd',
    '/var/tmp/seatrial-',
  ])
    t.false((await clearLeftover(cluster, {what: 'file', host: 'n1', path: wrong})).ok, wrong);
  t.deepEqual(asked, []);
});

test('a file of ours on scratch of the host is taken away, and only there', async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  const nodes = cluster.nodes.map(node => ({...node, scratch: ['/srv/scratch']}));
  const own = {what: 'file', host: 'n1', path: '/srv/scratch/seatrial-uniformity'} as const;
  t.true((await clearLeftover({...cluster, nodes}, own)).ok);
  t.false((await clearLeftover(cluster, own)).ok);
  for (const wrong of ['/srv/scratch/other', '/srv/scratch/seatrial-x/../../../etc/passwd', '/srv/scratch'])
    t.false((await clearLeftover({...cluster, nodes}, {...own, path: wrong})).ok, wrong);
  t.deepEqual(asked, [{host: 'n1', words: 'rm -f /srv/scratch/seatrial-uniformity'}]);
});

test('snapshots and images of ours are taken away where they are still there, and no others', async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  const snapshot = {what: 'snapshot', pool: 'guests', image: 'vm1', snapshot: 'seatrial-1-1'} as const;
  t.true((await clearLeftover(cluster, snapshot)).ok);
  t.regex(asked.at(-1)?.words ?? '', /rbd snap ls.*rbd snap rm.*guests\/vm1 seatrial-1-1$/s);
  t.true((await clearLeftover(cluster, {what: 'image', pool: 'guests', image: 'seatrial-rollback-1'})).ok);
  t.regex(asked.at(-1)?.words ?? '', /rbd ls.*rbd rm.*guests seatrial-rollback-1$/s);
  const before = asked.length;
  t.false((await clearLeftover(cluster, {...snapshot, snapshot: 'nightly'})).ok);
  t.false((await clearLeftover(cluster, {what: 'image', pool: 'guests', image: 'vm1'})).ok);
  t.is(asked.length, before);
});

test('a host that is gone, or does not answer, keeps it in the journal', async t => {
  const {cluster} = fakeCluster(() => undefined);
  t.false((await clearLeftover(cluster, {what: 'file', host: 'n9', path})).ok);
  t.false((await clearLeftover(cluster, {what: 'file', host: 'n1', path})).ok);
});

test('the etcd and the Keepalived of a trial end on every node, by the folder that is theirs alone', async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  t.true((await clearLeftover(cluster, {what: 'etcd'})).ok);
  t.deepEqual(
    asked.map(({host, words}) => [host, /remove \/run\/seatrial-etcd \/var\/tmp\/seatrial-etcd$/.test(words)]),
    [
      ['n1', true],
      ['n2', true],
      ['n3', true],
    ],
  );
  asked.length = 0;
  t.true((await clearLeftover(cluster, {what: 'zabbix'})).ok);
  t.deepEqual(
    asked.map(({host, words}) => [host, / remove \/var\/tmp\/seatrial-zabbix$/.test(words)]),
    ['n1', 'n2', 'n3', cluster.client.name].map(host => [host, true]),
  );
  asked.length = 0;
  const address = {what: 'virtual-address', address: '10.0.3.200', prefixLength: 24} as const;
  t.true((await clearLeftover(cluster, {...address, by: 'keepalived'})).ok);
  t.is(asked.filter(({words}) => words.endsWith('remove /run/seatrial-keepalived 10.0.3.200/24')).length, 3);
});

test('a node that does not answer may have them still', async t => {
  const {cluster} = fakeCluster(host => (host === 'n2' ? {exit: {kind: 'unreachable', reason: 'no power'}} : {}));
  t.regex(JSON.stringify(await clearLeftover(cluster, {what: 'etcd'})), /n2 cannot be reached/);
});

test('an ordered guest is taken back as the inventory orders it, and stays in the journal where it no longer says how', async t => {
  const {cluster} = fakeCluster(() => ({}));
  const leftover = {what: 'ordered-guest', guest: 'seatrial-order-1'} as const;
  t.regex(JSON.stringify(await clearLeftover(cluster, leftover)), /no longer says how seatrial-order-1 was ordered/);
  const [guest] = cluster.guests;
  if (guest === undefined) return t.fail();
  const fine = {ok: true, value: undefined} as const;
  const takeBack = async () => fine;
  const order = async () => ({ok: false, error: 'not asked'}) as const;
  t.true((await clearLeftover({...cluster, deploys: {guest, order, serves: async () => fine, takeBack}}, leftover)).ok);
});

/** As `crm_mon` prints a cluster with a resource of this name, or with none. */
const mon = (resource: string) => `<pacemaker-result api-version="2.25"><summary>
<current_dc present="true" name="n1" with_quorum="true"/><cluster_options stonith-enabled="true" maintenance-mode="false"/>
</summary><nodes>${['n1', 'n2', 'n3'].map(name => `<node name="${name}" online="true" standby="false" maintenance="false" pending="false" unclean="false"/>`).join('')}</nodes>
<resources>${resource}</resources><status code="0" message="OK"/></pacemaker-result>`;
const vip = `<resource id="seatrial-vip" resource_agent="ocf:heartbeat:IPaddr2" role="Started" active="true" orphaned="false"
 blocked="false" managed="true" failed="false" failure_ignored="false" nodes_running_on="1"><node name="n1" id="1" cached="true"/></resource>`;

test('a virtual address of Pacemaker is taken out of the configuration, and is gone when the cluster says so', async t => {
  let there = true;
  const {cluster, asked} = fakeCluster((_, words) => {
    if (words.startsWith('crm_mon')) return {stdout: mon(there ? vip : '')};
    if (words.startsWith('cibadmin --delete')) there = false;
    return {};
  });
  const leftover = {what: 'virtual-address', by: 'ipaddr2', address: '10.0.3.200', prefixLength: 24} as const;
  t.deepEqual(await clearLeftover(cluster, leftover), {ok: true, value: undefined});
  t.deepEqual(await clearLeftover(cluster, leftover), {ok: true, value: undefined});
  const deleted = asked.filter(({words}) => words.startsWith('cibadmin'));
  t.deepEqual(
    deleted.map(({words}) => words),
    ["cibadmin --delete --xpath //primitive[@id='seatrial-vip']"],
  );
});
const xml = (managed: boolean, node: string | undefined) =>
  `<pacemaker-result api-version="2.25"><summary><current_dc present="true" name="n1" with_quorum="true"/>
<cluster_options stonith-enabled="true" maintenance-mode="false"/></summary><nodes/><resources><resource id="vm1"
resource_agent="ocf:heartbeat:VirtualDomain" role="${node === undefined ? 'Stopped' : 'Started'}" active="${node !== undefined}" orphaned="false"
blocked="false" managed="${managed}" failed="false" failure_ignored="false" nodes_running_on="${node === undefined ? 0 : 1}">${
    node === undefined ? '' : `<node name="${node}" id="1" cached="true"/>`
  }</resource></resources><status code="0" message="OK"/></pacemaker-result>`;
const primitive = (maintenance: boolean) =>
  `<primitive id="vm1" class="ocf" type="VirtualDomain"><meta_attributes id="a">${
    maintenance ? '<nvpair id="b" name="maintenance" value="true"/>' : ''
  }</meta_attributes></primitive>`;

test('a guest that the cluster was to leave alone is looked for where it is, and only then given back', async t => {
  let [held, refreshed, quiet] = [true, false, 0];
  const {cluster, asked} = fakeCluster((host, words) => {
    if (words.includes('domstate')) return host === 'n3' ? {stdout: 'running\n\n'} : {exit: 1};
    if (words.includes('guest-exec-status')) return {stdout: '{"return":{"exited":true,"exitcode":0}}\n'};
    if (words.includes('"guest-exec"')) {
      if (words.includes('seatrial-writer') && words.includes('seatrial-pattern')) quiet++;
      return {stdout: '{"return":{"pid":7}}\n'};
    }
    if (words.endsWith(' list')) return {stdout: host === 'n3' ? ' 1   vm1   running\n' : ''};
    if (words.startsWith('crm_mon')) return {stdout: xml(!held, refreshed ? 'n3' : 'n1')};
    if (words.startsWith('cibadmin')) return {stdout: primitive(held)};
    if (words.includes('--refresh')) refreshed = true;
    if (words.includes('--delete-parameter maintenance')) held = false;
    return {};
  });
  const leftover = {what: 'moved-guest', host: 'n1', guest: 'vm1'} as const;
  t.deepEqual(await clearLeftover(cluster, leftover), {ok: true, value: undefined});
  t.deepEqual([held, refreshed, quiet], [false, true, 1]);
  const order = asked.flatMap(({words}) => /--refresh|--delete-parameter/.exec(words)?.[0] ?? []);
  t.deepEqual(order, ['--refresh', '--delete-parameter']);
  // Twice, or for nothing, it asks and changes nothing of the cluster.
  asked.length = 0;
  t.deepEqual(await clearLeftover(cluster, leftover), {ok: true, value: undefined});
  t.false(asked.some(({words}) => words.startsWith('crm_resource')));
});

test('a guest that the inventory does not have is a sentence', async t => {
  const {cluster} = fakeCluster(() => ({}));
  t.regex(
    JSON.stringify(await clearLeftover(cluster, {what: 'moved-guest', host: 'n1', guest: 'vm9'})),
    /no guest vm9/,
  );
});

test('standby is taken back', async t => {
  const {cluster, asked} = fakeCluster((_, words) => (words.startsWith('crm_mon') ? {stdout: xml(true, 'n1')} : {}));
  t.deepEqual(await clearLeftover(cluster, {what: 'standby', host: 'n2'}), {ok: true, value: undefined});
  t.true(asked.some(({words}) => words === 'crm_attribute --node n2 --name standby --delete'));
});

test('page merging and processors are put back as they were, on the node and for the guest that they are of', async t => {
  const {cluster, asked} = fakeCluster((host, words) => ({
    stdout: words.endsWith(' list') && host === 'n2' ? ' Id   Name   State\n-----\n 1    vm1    running\n' : '',
  }));
  t.true((await clearLeftover(cluster, {what: 'page-merging', host: 'n1', was: {pages_to_scan: '100', run: '0'}})).ok);
  t.regex(asked[0]?.words ?? '', /pages_to_scan=100 run=0$/);
  const groups = {cpuset: '/', memory: '/'};
  t.true((await clearLeftover(cluster, {what: 'held-guest', host: 'n1', guest: 'vm1', was: groups})).ok);
  t.false((await clearLeftover(cluster, {what: 'held-guest', host: 'n9', guest: 'vm1', was: groups})).ok);
  t.false((await clearLeftover(cluster, {what: 'page-merging', host: 'n9', was: {run: '0'}})).ok);
  t.true((await clearLeftover(cluster, {what: 'pinned-guest', guest: 'vm1', was: {emulator: '0-1', '0': '0-1'}})).ok);
  t.deepEqual(
    asked.filter(({words}) => words.includes('pin ')).map(({host}) => host),
    ['n2', 'n2'],
  );
});
