import test from 'ava';
import {fakeCluster, type Script} from '../../fixtures/kit/fake-cluster.ts';
import {aimAt, countOf, type TargetName} from './targets.ts';

const nodes = ['n1', 'n2', 'n3', 'n4'];
const guest = (name: string, node: string) =>
  `<resource id="${name}" resource_agent="ocf:heartbeat:VirtualDomain" role="Started" active="true" orphaned="false" blocked="false" managed="true" failed="false" failure_ignored="false" nodes_running_on="1"><node name="${node}" id="1" cached="true"/></resource>`;
const running = `<pacemaker-result api-version="2.25"><summary><current_dc present="true" name="n1" with_quorum="true"/>
<cluster_options stonith-enabled="true" maintenance-mode="false"/></summary><nodes>${nodes
  .map(
    name => `<node name="${name}" online="true" standby="false" maintenance="false" pending="false" unclean="false"/>`,
  )
  .join('')}</nodes><resources>${guest('vm1', 'n3')}${guest('vm2', 'n1')}</resources>
<status code="0" message="OK"/></pacemaker-result>`;

const ceph: Script = (_, words) => {
  if (words.startsWith('crm_mon')) return {stdout: running};
  if (words.includes('quorum_status')) return {stdout: '{"quorum_leader_name": "b"}'};
  if (words.includes('mgr dump')) return {stdout: '{"active_name": "x.kqjwui"}'};
  if (words.includes('mon metadata'))
    return {stdout: '[{"name": "a", "hostname": "n1"}, {"name": "b", "hostname": "n4.example.org"}]'};
  if (words.includes('mgr metadata')) return {stdout: '[{"name": "x.kqjwui", "hostname": "n2"}]'};
  return {};
};

async function struck(target: TargetName, script: Script = ceph): Promise<string> {
  const {cluster} = fakeCluster(script, nodes);
  const {nodes: found} = await aimAt(cluster, [target]);
  return (found.get(target) ?? []).map(({name}) => name).join();
}

test('every target begins at the node of the first guest, and takes as many as it says', async t => {
  t.is(await struck('node-of-first-guest'), 'n3');
  t.is(await struck('two-nodes'), 'n3,n4');
  t.is(await struck('half'), 'n3,n4');
  t.is(await struck('all'), 'n3,n4,n1,n2');
  t.deepEqual([countOf('half', 5), countOf('two-nodes', 5), countOf('all', 5)], [2, 2, 5]);
});

test("Ceph's own services are struck where they are, whatever they are called", async t => {
  t.is(await struck('node-of-leading-monitor'), 'n4');
  t.is(await struck('node-of-active-manager'), 'n2');
});

test('a manager that is on no node of the inventory is a sentence', async t => {
  const elsewhere: Script = (host, words, command) =>
    words.includes('mgr metadata') ? {stdout: '[{"name": "x.kqjwui", "hostname": "n22"}]'} : ceph(host, words, command);
  await t.throwsAsync(struck('node-of-active-manager', elsewhere), {message: /manager runs on n22, which is no node/});
});
