/**
 * The local reference cluster on this very machine. Needs root. Labs of these tests keep their state in a folder of
 * their own.
 */
import {spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import anyTest, {type TestFn} from 'ava';
import {setPower} from '../cluster/bmc.ts';
import {clusterView, waitUntilOnline, whereRuns} from '../cluster/pacemaker.ts';
import {runLocally} from '../transport/local.ts';
import type {Cluster, Host, Outcome} from '../types.ts';
import {waitFor} from '../wait.ts';
import {bmcPower, type LabOptions, labDown, labNames, labStatus, labUp, openLab} from './index.ts';
import {processesMarked} from './proc.ts';

const test = anyTest.serial as TestFn;
const root = mkdtempSync('/var/tmp/seatrial-labs-');
const quiet = () => undefined;
const never = new AbortController().signal;
const options = (name: string, guests: number): LabOptions => ({
  name,
  nodes: 3,
  storage: 'nbd',
  guests,
  stateRoot: root,
  postSeconds: 8,
});

test.after.always('no lab of these tests remains', async () => {
  for (const name of labNames(root)) await labDown(name, root);
  rmSync(root, {recursive: true, force: true});
});

async function up(name: string, guests: number): Promise<Cluster> {
  const result = await labUp(options(name, guests), quiet, never);
  if (!result.ok) throw new Error(result.error.sentence);
  return result.value;
}

const run = (cluster: Cluster, host: Host, ...argv: [string, ...string[]]): Promise<Outcome> =>
  cluster.transport.exec(host, {argv, timeoutMs: 20_000, idempotent: true});

const code = (outcome: Outcome): number | undefined => (outcome.exit.kind === 'exited' ? outcome.exit.code : undefined);

function nodeOf(cluster: Cluster, index: number): Host {
  const node = cluster.nodes[index];
  if (node === undefined) throw new Error(`the lab has no node ${index}`);
  return node;
}

/**
 * Everything on this machine that could be a lab's left-over, as far as it can be told apart from other labs running.
 */
async function remains(name: string): Promise<string[]> {
  const state = path.join(root, name);
  const links = await runLocally({argv: ['ip', '-br', 'link'], timeoutMs: 5_000, idempotent: true});
  return [
    ...processesMarked(`SEATRIAL_RACK=${state}`).map(({pid}) => `process ${pid}`),
    ...(existsSync(state) ? [`folder ${state}`] : []),
    ...readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter(line => line.includes(state))
      .map(line => `mount ${line}`),
    ...links.stdout.split('\n').filter(line => /^(n\d|client|storage)-|^(management|cluster|service)\b/.test(line)),
  ];
}

/** A building harness in a process of its own, killed without warning after `afterMs`. */
async function killedUp(name: string, afterMs: number): Promise<void> {
  const module = JSON.stringify(new URL('index.ts', import.meta.url).href);
  const program = `const {labUp} = await import(${module});
    await labUp(${JSON.stringify(options(name, 1))}, () => undefined, new AbortController().signal);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {stdio: 'ignore'});
  const ended = new Promise(resolve => child.once('exit', resolve));
  await waitFor('the lab to be begun', 20_000, async () => (existsSync(path.join(root, name)) ? true : undefined), {
    intervalMs: 5,
  });
  await sleep(afterMs);
  child.kill('SIGKILL');
  await ended;
}

test('from nothing to a quorate cluster with fencing and a guest that answers, and back', async t => {
  const interfaces = readdirSync('/sys/class/net');
  const cluster = await up('one', 1);
  const [n1, n2] = [nodeOf(cluster, 0), nodeOf(cluster, 1)];

  const view = await clusterView(cluster);
  t.true(view.ok && view.value.state.quorate && view.value.state.stonithEnabled);
  const runs = await whereRuns(cluster, 'vm1');
  t.is(runs.ok ? runs.value.length : runs.error, 1);
  const status = await labStatus('one', root);
  if (!status.ok) return t.fail(status.error.sentence);
  if (status.value.kind !== 'cluster') return t.fail('these hosts are a cluster');
  t.is(status.value.postSeconds, 8);
  t.true(status.value.storage.healthy, status.value.storage.detail);
  t.deepEqual(
    status.value.hosts.map(({name, power, reachable}) => [name, power, reachable]),
    ['n1', 'n2', 'n3', 'client', 'storage'].map(name => [name, 'on', true]),
  );
  t.true(status.value.cluster.quorate && status.value.cluster.fencing.every(({inService}) => inService));

  // Each plane is a network of its own, and the planes are not connected.
  for (const [plane, address] of Object.entries(n2.addresses)) {
    t.is(code(await run(cluster, n1, 'ping', '-c1', '-W1', address)), 0, plane);
  }
  t.is(code(await run(cluster, cluster.client, 'ping', '-c1', '-W1', n1.addresses.service ?? '')), 0);
  t.not(code(await run(cluster, cluster.client, 'ping', '-c1', '-W1', n1.addresses.storage ?? '')), 0);
  t.not(code(await run(cluster, cluster.client, 'ping', '-c1', '-W1', n1.addresses.cluster ?? '')), 0);
  t.deepEqual(readdirSync('/sys/class/net'), interfaces);

  // The name is taken.
  const second = await labUp(options('one', 1), quiet, never);
  t.deepEqual(second.ok ? 'up' : [second.error.exitCode, second.error.sentence], [3, 'lab one is up already']);
  const found = await openLab('one', root);
  t.deepEqual(found.ok ? found.value.guests : found.error, cluster.guests);

  const start = performance.now();
  t.deepEqual(await labDown('one', root), {ok: true, value: undefined});
  t.true(performance.now() - start < 5_000);
  t.deepEqual(await remains('one'), []);
  t.false((await openLab('one', root)).ok);
  t.true((await labDown('one', root)).ok, 'down twice is no error');
});

test('commands: stdin, signals, deadlines, process groups, files', async t => {
  const cluster = await up('two', 0);
  const n1 = nodeOf(cluster, 0);
  const {transport} = cluster;
  const sh = (script: string, timeoutMs = 10_000) => ({
    argv: ['sh', '-c', script] as const,
    timeoutMs,
    idempotent: false,
  });
  t.is((await transport.exec(n1, {...sh('hostname; cat'), stdin: 'ö'})).stdout, 'n1\nö');
  t.is(code(await transport.exec(n1, sh('exit 7'))), 7);
  t.deepEqual((await transport.exec(n1, sh('kill -TERM $$'))).exit, {kind: 'signalled', signal: 'SIGTERM'});
  const nothing = await run(cluster, n1, 'no-such-program');
  t.is(code(nothing), 127);

  // A deadline ends the children too; a daemon that keeps the pipe open delays nobody.
  const late = await transport.exec(n1, sh('sleep 4321 & sleep 4321', 300));
  t.deepEqual(late.exit, {kind: 'timed-out'});
  t.is((await run(cluster, n1, 'pgrep', '-f', 'sleep 4321')).stdout, '');
  const daemon = await transport.exec(n1, sh('setsid sleep 6 & echo started'));
  t.is(daemon.stdout, 'started\n');
  t.true(daemon.durationMs < 5_000, `${daemon.durationMs} ms`);

  // The last words of a command that is stopped arrive.
  const running = await transport.start(
    n1,
    sh('trap "echo caught; exit 3" INT; echo ready; while :; do sleep 0.1; done', 60_000),
  );
  await sleep(500);
  const stopped = await running.stop();
  t.deepEqual([stopped.stdout, code(stopped)], ['ready\ncaught\n', 3]);
  t.is(await running.stop(), stopped);

  const [here, back] = [path.join(root, 'sent'), path.join(root, 'received')];
  const bytes = Buffer.from(Array.from({length: 70_000}, (_, i) => i % 256));
  writeFileSync(here, bytes);
  t.is(code(await transport.upload(n1, here, '/etc/new/folder/file', 0o640)), 0);
  t.is((await run(cluster, n1, 'stat', '-c', '%a %s', '/etc/new/folder/file')).stdout, '640 70000\n');
  t.is(code(await transport.download(n1, '/etc/new/folder/file', back)), 0);
  t.deepEqual(readFileSync(back), bytes);
  t.false(existsSync('/etc/new/folder'), 'a node writes to its own disk only');

  // A host that loses its power takes its commands with it, and the next one is told at once.
  const lost = await transport.start(n1, sh('sleep 4321', 60_000));
  await sleep(300);
  const {bmc} = n1;
  t.truthy(bmc);
  t.deepEqual(await setPower(cluster, n1, 'off', 20_000), {ok: true, value: undefined});
  t.is((await lost.outcome).exit.kind, 'unreachable');
  const after = await run(cluster, n1, 'true');
  t.is(after.exit.kind, 'unreachable');
  t.true(after.durationMs < 200);
  await labDown('two', root);
  t.deepEqual(await remains('two'), []);
});

test('long: a node boots by itself: after its controller, after a reboot of its own; its disk survives', async t => {
  const cluster = await up('three', 0);
  const [n2, n3] = [nodeOf(cluster, 1), nodeOf(cluster, 2)];
  await run(cluster, n3, 'sh', '-c', 'echo kept >/etc/kept; echo lost >/run/lost');
  const ports = () => run(cluster, n3, 'ip', '-br', 'link').then(({stdout}) => stdout.match(/02(:[0-9a-f]{2}){5}/g));
  const known = await ports();
  // A peer that remembers another address in hardware would not reach the host for half a minute.
  t.is(known?.length, 5, 'four planes, and the bridge of the guests');

  // The cluster fences it and gives it back; nobody of ours takes part.
  t.true((await setPower(cluster, n3, 'off', 20_000)).ok);
  const back = await waitUntilOnline(cluster, n3.name, 1_000);
  t.false(back.ok && (await run(cluster, n3, 'true')).exit.kind === 'exited', 'it was off');
  const fenced = await waitFor('n3 to be fenced', 60_000, async () => {
    const view = await clusterView(cluster);
    return view.ok && view.value.state.fencing.some(each => each.target === 'n3' && each.status === 'success')
      ? true
      : undefined;
  });
  t.true(fenced.ok);
  const booted = await waitFor('n3 to boot', 60_000, async () =>
    code(await run(cluster, n3, 'test', '-e', '/run/seatrial/booted')) === 0 ? true : undefined,
  );
  t.true(booted.ok);
  t.deepEqual(await ports(), known);
  t.true((await waitUntilOnline(cluster, n3.name, 60_000)).ok);
  t.is((await run(cluster, n3, 'cat', '/etc/kept')).stdout, 'kept\n');
  t.not(code(await run(cluster, n3, 'test', '-e', '/run/lost')), 0);
  t.is(code(await run(cluster, n3, 'virsh', 'list')), 0);

  // reboot(): what Pacemaker does when it panics.
  const boot = () => run(cluster, n2, 'stat', '-c', '%Y %Z', '/proc/1').then(outcome => outcome.stdout);
  const before = await boot();
  await run(cluster, n2, 'busybox', 'reboot', '-f');
  const again = await waitFor('n2 to reboot', 30_000, async () => {
    const now = await boot();
    return now !== '' && now !== before ? true : undefined;
  });
  t.true(again.ok);

  // A controller without power is silent, whatever its host does.
  t.true((await waitUntilOnline(cluster, n2.name, 60_000)).ok);
  t.true((await bmcPower('three', 'n2', 'off', root)).ok);
  t.false((await setPower(cluster, n2, 'off', 3_000)).ok);
  t.is(code(await run(cluster, n2, 'true')), 0);
  t.true((await bmcPower('three', 'n2', 'on', root)).ok);
  t.true((await setPower(cluster, n2, 'off', 20_000)).ok);
  await labDown('three', root);
  t.deepEqual(await remains('three'), []);
});

test('long: two labs side by side, of the same addresses, know nothing of each other', async t => {
  const [a, b] = await Promise.all([up('left', 0), up('right', 0)]);
  t.deepEqual(
    a.nodes.map(node => node.addresses),
    b.nodes.map(node => node.addresses),
  );
  t.is((await run(a, nodeOf(a, 0), 'sh', '-c', 'echo left >/etc/side; cat /etc/side')).stdout, 'left\n');
  t.not(code(await run(b, nodeOf(b, 0), 'test', '-e', '/etc/side')), 0);
  t.not(nodeOf(a, 0).bmc?.password, nodeOf(b, 0).bmc?.password);
  t.deepEqual(labNames(root), ['left', 'right']);
  t.true((await labDown('left', root)).ok);
  t.is(code(await run(b, nodeOf(b, 0), 'true')), 0);
  t.true((await clusterView(b)).ok);
  t.true((await labDown('right', root)).ok);
  t.deepEqual([...(await remains('left')), ...(await remains('right'))], []);
});

for (const afterMs of [0, 15, 40, 80, 150, 400, 1_500, 6_000]) {
  test(`a harness killed ${afterMs} ms into building leaves what down clears away`, async t => {
    await killedUp('cut', afterMs);
    t.true(existsSync(path.join(root, 'cut')));
    const refused = await labUp(options('cut', 0), quiet, never);
    t.is(refused.ok ? 'up' : refused.error.sentence, 'lab cut was left half-built');
    const start = performance.now();
    t.deepEqual(await labDown('cut', root), {ok: true, value: undefined});
    t.true(performance.now() - start < 5_000);
    // A rack that was about to start when its harness died must not start afterwards.
    await sleep(300);
    t.deepEqual(await remains('cut'), []);
  });
}

test('an interrupted up clears away what it built', async t => {
  const interrupt = new AbortController();
  const building = labUp(options('stopped', 1), quiet, interrupt.signal);
  await waitFor('the nodes', 20_000, async () =>
    processesMarked(`SEATRIAL_RACK=${path.join(root, 'stopped')}`).length > 10 ? true : undefined,
  );
  interrupt.abort();
  const result = await building;
  t.deepEqual(result.ok ? 'up' : [result.error.exitCode, result.error.sentence], [
    4,
    'lab stopped was interrupted while it was being built',
  ]);
  t.deepEqual(await remains('stopped'), []);
});

test('a lab that another process is building is not taken down under its hands', async t => {
  const building = labUp(options('busy', 0), quiet, never);
  await waitFor(
    'the lab to be begun',
    5_000,
    async () => (existsSync(path.join(root, 'busy', 'lab.json')) ? true : undefined),
    {intervalMs: 5},
  );
  const again = await labUp(options('busy', 0), quiet, never);
  t.is(again.ok ? 'up' : again.error.sentence, `lab busy is being built by process ${process.pid}`);
  t.true((await building).ok);
  await labDown('busy', root);
});
