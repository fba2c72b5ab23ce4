import {spawnSync} from 'node:child_process';
import test from 'ava';
import {allOnline, fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {faultNamed} from './index.ts';
import {delayCommand} from './packet-delay.ts';

const parameters = {plane: 'storage', delayMs: 20, jitterMs: 50, reorderPercent: 5} as const;

function faultOn(answer: (words: string) => {stdout?: string; exit?: number; stderr?: string}) {
  const {cluster, asked} = fakeCluster((_, words) => answer(words));
  const fault = faultNamed(cluster, 'packet-delay', ['n2'], parameters);
  if (!fault.ok) throw new Error(fault.error);
  return {cluster, asked, fault: fault.value};
}

test('it strikes the interface in the plane, on that node alone, and says so where there is none', async t => {
  const {cluster, asked, fault} = faultOn(() => ({}));
  await fault.inject(cluster);
  t.deepEqual(
    asked.map(({host}) => host),
    ['n2'],
  );
  t.regex(asked[0]?.words ?? '', /"stor0" root handle 5ea7: netem delay 20ms 20ms reorder 5%/);
  t.regex(asked[0]?.words ?? '', /egress device "stor0"/);
  const nodes = cluster.nodes.map(node => ({...node, interfaces: {}}));
  const bare = faultNamed({...cluster, nodes}, 'packet-delay', ['n2'], parameters);
  const injected = bare.ok ? await bare.value.inject({...cluster, nodes}) : undefined;
  t.regex(injected?.stderr ?? '', /n2 has no interface in the storage plane/);
});

test('no frame that was held, and echoes that come at once, are no fault that bit', async t => {
  const reachedWith = async (held: string, meanMs: string) => {
    const ping = `rtt min/avg/max/mdev = 0.1/${meanMs}/40.1/3.0 ms\n`;
    const {cluster, fault} = faultOn(words => ({stdout: words.startsWith('ping') ? ping : `${held}\n`}));
    return fault.reached(cluster);
  };
  t.false((await reachedWith('0', '25.0')).ok);
  t.false((await reachedWith('', '25.0')).ok);
  const prompt = await reachedWith('300', '0.9');
  t.regex(prompt.ok ? '' : prompt.error, /an echo took 0.9 ms on average, 13.3 ms were wanted/);
  t.deepEqual(await reachedWith('300', '19.2'), {ok: true, value: '300 frames held; an echo took 19.2 ms on average'});
});

test('healed twice is healed; rules that stay are told', async t => {
  const {cluster, fault} = faultOn(words => (words.startsWith('crm_mon') ? {stdout: allOnline} : {}));
  for (let time = 0; time < 2; time += 1) t.deepEqual(await fault.heal(cluster), {ok: true, value: undefined});
  const stuck = faultOn(words => (words === 'true' ? {} : {exit: 1, stderr: 'still there: seatrial-delay'}));
  const healed = await stuck.fault.heal(stuck.cluster);
  t.regex(healed.ok ? '' : healed.error, /still there: seatrial-delay/);
});

test('the script is one that a POSIX shell reads, and its program one that Python does', t => {
  const {argv, stdin = ''} = delayCommand('stor0', {...parameters, jitterMs: 0, reorderPercent: 0});
  t.is(spawnSync('sh', ['-n'], {input: argv[2]}).status, 0);
  t.regex(argv[2] ?? '', /netem delay 20ms$/m);
  const compiles = 'import sys; compile(sys.stdin.read(), "cable", "exec")';
  t.is(spawnSync('python3', ['-c', compiles], {input: stdin}).status, 0);
});
