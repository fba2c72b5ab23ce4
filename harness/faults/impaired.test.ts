import {spawnSync} from 'node:child_process';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
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
    const none = faultOn(words => ({stdout: words.includes('tc -s') ? queueing(0, 0) : '0\n'}));
    t.false((await none.fault.reached(none.cluster)).ok);
    const some = faultOn(words => ({stdout: words.includes('tc -s') ? queueing(0, 7) : '7\n'}));
    const reached = await some.fault.reached(some.cluster);
    t.regex(reached.ok ? reached.value : '', /7/);
  });

  test(`${name}: healed twice is healed; rules that stay are told`, async t => {
    const {cluster, fault} = faultOn(() => ({}));
    for (let time = 0; time < 2; time += 1) t.deepEqual(await fault.heal(cluster), {ok: true, value: undefined});
    const stuck = faultOn(words => (words === 'true' ? {} : {exit: 1, stderr: 'still there: seatrial'}));
    const healed = await stuck.fault.heal(stuck.cluster);
    t.regex(healed.ok ? '' : healed.error, /still there: seatrial/);
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
