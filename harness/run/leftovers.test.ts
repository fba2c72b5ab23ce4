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

test('a host that is gone, or does not answer, keeps it in the journal', async t => {
  const {cluster} = fakeCluster(() => undefined);
  t.false((await clearLeftover(cluster, {what: 'file', host: 'n9', path})).ok);
  t.false((await clearLeftover(cluster, {what: 'file', host: 'n1', path})).ok);
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
  let [held, refreshed] = [true, false];
  const {cluster, asked} = fakeCluster((host, words) => {
    if (words.endsWith(' list')) return {stdout: host === 'n3' ? ' 1   vm1   running\n' : ''};
    if (words.startsWith('crm_mon')) return {stdout: xml(!held, refreshed ? 'n3' : 'n1')};
    if (words.startsWith('cibadmin')) return {stdout: primitive(held)};
    if (words.includes('--refresh')) refreshed = true;
    if (words.includes('--delete-parameter maintenance')) held = false;
    return {};
  });
  const leftover = {what: 'moved-guest', host: 'n1', guest: 'vm1'} as const;
  t.deepEqual(await clearLeftover(cluster, leftover), {ok: true, value: undefined});
  t.deepEqual([held, refreshed], [false, true]);
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
