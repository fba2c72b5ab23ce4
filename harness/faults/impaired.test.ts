import {spawnSync} from 'node:child_process';
import test from 'ava';
import {allOnline, fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import type {Parameters} from '../types.ts';
import {faultNamed} from './index.ts';
import {loseCommand} from './packet-loss.ts';
import {heldBack, limitCommand} from './rate-limit.ts';

const queueing = (dropped: number, overlimits: number) => `qdisc noqueue 0: dev lo root refcnt 2
 Sent 0 bytes 0 pkt (dropped 9, overlimits 9 requeues 0)
qdisc tbf 5ea7: dev stor0 root refcnt 3 rate 5Mbit burst 16Kb lat 200ms
 Sent 18210 bytes 41 pkt (dropped ${dropped}, overlimits ${overlimits} requeues 0)
 backlog 0b 0p requeues 0
`;

test('what a queue of ours held back is read, and no other', t => {
  t.is(heldBack(queueing(2, 40)), 42);
  t.is(heldBack(queueing(0, 0)), 0);
  t.is(heldBack(queueing(2, 40).replace('5ea7:', '8001:')), undefined);
});

const kinds = [
  ['packet-loss', {plane: 'storage', percent: 5}],
  ['rate-limit', {plane: 'storage', megabits: 5}],
  ['packet-duplicates', {plane: 'storage', percent: 5}],
] as const;

for (const [name, parameters] of kinds) {
  const faultOn = (answer: (words: string) => {stdout?: string; exit?: number; stderr?: string}) => {
    const {cluster, asked} = fakeCluster((_, words) => answer(words));
    const fault = faultNamed(cluster, name, ['n2'], parameters);
    if (!fault.ok) throw new Error(fault.error);
    return {cluster, asked, fault: fault.value};
  };

  test(`${name}: it strikes the node's interface in the plane, on that node alone, and says so where there is none`, async t => {
    const {cluster, asked, fault} = faultOn(() => ({}));
    await fault.inject(cluster);
    t.deepEqual(
      asked.map(({host}) => host),
      ['n2'],
    );
    t.regex(asked[0]?.words ?? '', /"stor0"/);
    const nodes = cluster.nodes.map(node => ({...node, interfaces: {}}));
    const bare = faultNamed({...cluster, nodes}, name, ['n2'], parameters);
    const injected = bare.ok ? await bare.value.inject({...cluster, nodes}) : undefined;
    t.regex(injected?.stderr ?? '', /n2 has no interface in the storage plane/);
  });

  test(`${name}: nothing that was dropped is no fault that bit`, async t => {
    const counting = (count: number) => (words: string) => ({
      stdout: words.includes('tc -s')
        ? queueing(0, count)
        : words.includes('netdev')
          ? `  numgen random mod 100 < 5 counter packets ${count} bytes 9 dup to "stor0"\n`
          : `${count}\n`,
    });
    const none = faultOn(counting(0));
    t.false((await none.fault.reached(none.cluster)).ok);
    const some = faultOn(counting(7));
    const reached = await some.fault.reached(some.cluster);
    t.regex(reached.ok ? reached.value : '', /7/);
  });

  test(`${name}: healed twice is healed; rules that stay are told`, async t => {
    const {cluster, fault} = faultOn(words => (words.startsWith('crm_mon') ? {stdout: allOnline} : {}));
    for (let time = 0; time < 2; time += 1) t.deepEqual(await fault.heal(cluster), {ok: true, value: undefined});
    const stuck = faultOn(words => (words === 'true' ? {} : {exit: 1, stderr: 'still there: seatrial'}));
    const healed = await stuck.fault.heal(stuck.cluster);
    t.regex(healed.ok ? '' : healed.error, /still there: seatrial/);
  });
}

const links = 'LINK ID 0 udp\n\tnodeid: 1:\tconnected\nLINK ID 1 udp\n\tnodeid: 1:\tconnected\n';
const membersAgain: readonly (readonly [name: string, parameters: Parameters])[] = [
  ...kinds,
  ['packet-delay', {plane: 'storage', delayMs: 20, jitterMs: 5, reorderPercent: 5}],
  ['link-flapping', {plane: 'service', downMs: 200, upMs: 200, times: 3}],
  ['partition', {plane: 'service', shape: 'apart'}],
  ['corosync-link-cut', {link: 0}],
  ['corosync-hung', {}],
  ['cpu-hog', {seconds: 60}],
  ['memory-hog', {seconds: 60}],
  ['clock-step', {seconds: 60}],
];
for (const [name, parameters] of membersAgain) {
  test(`${name}: healed is when the node is a member again, however little was taken from it`, async t => {
    let looks = 0;
    const offline = allOnline.replace('name="n2" online="true"', 'name="n2" online="false"');
    const {cluster, asked} = fakeCluster((_, words) => {
      if (words === 'corosync-cfgtool -s') return {stdout: links};
      if (!words.startsWith('crm_mon')) return {};
      looks += 1;
      return {stdout: looks < 3 ? offline : allOnline};
    });
    const fault = faultNamed(cluster, name, ['n2'], parameters);
    if (!fault.ok) return t.fail(fault.error);
    t.deepEqual(await fault.value.heal(cluster), {ok: true, value: undefined});
    t.true(looks >= 3, `${looks} looks`);
    const first = asked.findIndex(({words}) => words.startsWith('crm_mon'));
    t.true(
      asked.slice(0, first).some(({host, words}) => host === 'n2' && words !== 'true'),
      'it is undone first',
    );
  });
}

test('where tc has no queue to give, nft limits; the scripts are ones that a POSIX shell reads', t => {
  for (const {argv} of [loseCommand('stor0', 5), limitCommand('stor0', 5)])
    t.is(spawnSync('sh', ['-n'], {input: argv[2]}).status, 0);
  t.regex(limitCommand('stor0', 5).argv[2] ?? '', /limit rate over 625 kbytes\/second/);
});

test('on the storage plane every guest is slower, on the cluster plane none notices, and nobody is fenced', t => {
  const {cluster} = fakeCluster(() => ({}));
  t.true(faultNamed(cluster, 'packet-loss', ['n2'], {plane: 'storage', percent: 100}).ok === false);
  t.true(faultNamed(cluster, 'packet-loss', ['n2'], {plane: 'storage', percent: 99}).ok);
});
