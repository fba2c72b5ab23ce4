import test from 'ava';
import {fakeCluster} from '../../../fixtures/kit/fake-cluster.ts';
import {examplePlan} from '../../../fixtures/kit/guests-plan.ts';
import {markText} from './mark.ts';
import {readNode, surveyGuests, toolOf} from './survey.ts';

const plan = examplePlan();
const [guest] = plan.guests;
if (guest === undefined) throw new Error('no guest');

/** As virsh 9.0 and 11.3 print it. */
const said = `== domains
vm1
web1

== active
Domain: 'vm1'
  balloon.current=524288
  balloon.maximum=524288
  balloon.rss=700000

Domain: 'web1'
  balloon.maximum=1048576

== memory
8388608
== room
1073741824
== bridge
yes
== kvm
== folder
yes
${markText(plan.mark)}
== files
sea-vm1.xml\t${markText(guest.mark)}
other.xml\t
`;

test('what a node says is read, in bytes', t => {
  const {room, files, ...node} = readNode('n1', said);
  t.deepEqual(room, {node: 'n1', freeBytes: 8 * 2 ** 30, running: [2 ** 29, 2 ** 30]});
  t.deepEqual(
    [...files],
    [
      ['sea-vm1.xml', guest.mark],
      ['other.xml', undefined],
    ],
  );
  t.deepEqual(node, {
    node: 'n1',
    domains: ['vm1', 'web1'],
    roomBytes: 2 ** 30,
    hasBridge: true,
    hasKvm: false,
    folder: {mark: plan.mark},
  });
});

test('a node that says nothing has no room, no bridge and no folder', t => {
  const {room, roomBytes, hasBridge, folder} = readNode('n1', '');
  t.deepEqual([room.freeBytes, roomBytes, hasBridge, folder], [0, 0, false, undefined]);
});

const resources = `<resources>
<primitive id="web1" class="ocf" provider="heartbeat" type="VirtualDomain"/>
<group id="g"><primitive id="ip" class="ocf" provider="heartbeat" type="IPaddr2"/></group>
<primitive id="sea-vm1" class="ocf" provider="heartbeat" type="VirtualDomain">
<meta_attributes id="m"><nvpair id="n" name="seatrial" value="${markText(guest.mark)}"/></meta_attributes></primitive>
</resources>`;
const constraints = `<constraints>
<rsc_colocation id="c" rsc="sea-vm1" with-rsc="web1" score="-50"/>
<rsc_order id="o"><resource_set id="s"><resource_ref id="sea-vm1"/><resource_ref id="web1"/></resource_set></rsc_order>
</constraints>`;

const store = {
  title: 'x',
  source: () => ({protocol: 'file', path: '/x'}) as const,
  find: async () => ({ok: true, value: {disks: [], others: 0, freeBytes: 1, troubles: []}}) as const,
  make: () => ['true'] as const,
  remove: () => ['true'] as const,
};

function clusterSaying(silent: string) {
  const {cluster, asked} = fakeCluster((host, words) => {
    if (words.includes('//resources')) return {stdout: resources};
    if (words.includes('//constraints')) return {stdout: constraints};
    if (words.startsWith('ping')) return {exit: words.endsWith('10.0.3.152') ? 0 : 1};
    if (words.includes('== wrapper')) return {stdout: '== version\nfio-3.33\n== wrapper\n== folder\n'};
    if (words.includes('virsh') && host !== silent) return {stdout: said};
    return host === silent ? {exit: 1, stderr: 'error: failed to connect to the hypervisor'} : undefined;
  });
  const [speaker] = cluster.nodes;
  if (speaker === undefined) throw new Error('no node');
  return {asked, sight: {cluster, speaker, store, folder: plan.folder, bridge: 'br0'}};
}

test('resources, constraints and addresses: whose they are, what they name, who answers', async t => {
  const {sight, asked} = clusterSaying('nobody');
  const found = await surveyGuests(
    sight,
    plan.guests.map(({guest}) => guest),
  );
  if (!found.ok) return t.fail(found.error);
  t.deepEqual(found.value.resources.find(({id}) => id === 'sea-vm1')?.mark, guest.mark);
  t.deepEqual(found.value.resources.map(({id}) => id).sort(), ['g', 'ip', 'sea-vm1', 'web1']);
  t.deepEqual(found.value.constraints, [
    {id: 'c', names: ['sea-vm1', 'web1']},
    {id: 'o', names: ['sea-vm1', 'web1']},
  ]);
  // A guest that the cluster has may answer.
  t.deepEqual(found.value.answering, ['10.0.3.152']);
  t.is(asked.filter(({words}) => words.startsWith('ping')).length, 1);
});

test('a node whose libvirt does not answer hides what it has: nothing is decided', async t => {
  const found = await surveyGuests(clusterSaying('n2').sight, []);
  t.regex(found.ok ? '' : found.error, /^sh on n2 exited 1: error: failed to connect/);
});

test("the tool is the site's own", async t => {
  for (const [stdout, tool] of [
    ['pcs\ncrm\n', 'crm'],
    ['pcs\n', 'pcs'],
    ['', 'cibadmin'],
  ] as const) {
    const {cluster} = fakeCluster(() => ({stdout, exit: stdout === '' ? 1 : 0}));
    const [host] = cluster.nodes;
    if (host !== undefined) t.is(await toolOf(cluster, host), tool);
  }
});
