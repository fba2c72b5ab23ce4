/** The fault on a real kernel: two hosts in network namespaces of their own, and a cable between them. */
import {type ChildProcess, spawn} from 'node:child_process';
import test from 'ava';
import {allOnline, fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {runLocally} from '../transport/local.ts';
import type {Cluster, Command, Host} from '../types.ts';
import {waitFor} from '../wait.ts';
import {packetDelay} from './packet-delay.ts';

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const started: ChildProcess[] = [];
test.after.always(() => {
  for (const child of started) child.kill('SIGKILL');
});

/** Ends with the test. */
async function namespace(): Promise<number> {
  const child = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec sleep 120'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  started.push(child);
  await new Promise(resolve => child.stdout.once('data', resolve));
  return child.pid ?? 0;
}

const within = (pid: number, {argv, ...rest}: Command) =>
  runLocally({argv: ['nsenter', '--net', '--target', String(pid), 'env', path, ...argv], ...rest});

async function linked(): Promise<{cluster: Cluster; node: Host; echo: () => Promise<number>}> {
  const [near, far] = [await namespace(), await namespace()];
  const shell = async (pid: number, script: string) => {
    const said = await within(pid, {argv: ['sh', '-ec', script], timeoutMs: 10_000, idempotent: true});
    if (said.exit.kind !== 'exited' || said.exit.code !== 0) throw new Error(said.stderr);
    return said.stdout;
  };
  await shell(near, `ip link add stor0 type veth peer name stor1; ip link set stor1 netns ${far}`);
  await shell(near, 'ip address add 10.5.0.1/24 dev stor0; ip link set stor0 up');
  await shell(far, 'ip address add 10.5.0.2/24 dev stor1; ip link set stor1 up');
  const nodes = ['n1', 'n2'].map(
    (name, index): Host => ({
      name,
      role: 'node',
      addresses: {storage: `10.5.0.${index + 1}`},
      interfaces: {storage: 'stor0'},
      scratch: [],
    }),
  );
  const [node] = nodes;
  if (node === undefined) throw new Error('no node');
  // Two hosts without Pacemaker: that they are members is said for them.
  const {cluster} = fakeCluster(() => ({stdout: allOnline}));
  const exec: Cluster['transport']['exec'] = (host, command) =>
    command.argv.join(' ').includes('crm_mon') ? cluster.transport.exec(host, command) : within(near, command);
  const echo = async () => {
    const said = await shell(near, 'ping -n -q -c 20 -i 0.05 10.5.0.2');
    return Number(/= [\d.]+\/([\d.]+)\//.exec(said)?.[1]);
  };
  return {cluster: {...cluster, nodes, transport: {...cluster.transport, exec}}, node, echo};
}

test('echoes come late while it is in force, and at once when it is healed', async t => {
  t.timeout(60_000);
  const {cluster, node, echo} = await linked();
  const fault = packetDelay.at([node], {plane: 'storage', delayMs: 60, jitterMs: 20, reorderPercent: 10});
  t.false((await fault.reached(cluster)).ok, 'before it is injected it has not bitten');
  const before = await echo();
  const injected = await fault.inject(cluster);
  t.deepEqual(injected.exit, {kind: 'exited', code: 0}, injected.stderr);
  // The count of frames is told twice a second.
  const reached = await waitFor('the fault to bite', 20_000, async () => {
    const bit = await fault.reached(cluster);
    return bit.ok ? bit.value : undefined;
  });
  t.true(reached.ok, reached.ok ? reached.value : reached.error);
  t.deepEqual(await fault.heal(cluster), {ok: true, value: undefined});
  t.deepEqual(await fault.heal(cluster), {ok: true, value: undefined});
  const after = await echo();
  t.true(after < 30 && before < 30, `${before} ms before, ${after} ms after`);
  t.false((await fault.reached(cluster)).ok);
});
