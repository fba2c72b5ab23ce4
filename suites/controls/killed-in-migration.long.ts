/**
 * `kill -9` of the harness while guests move: `seatrial heal` ends jobs, limits, constraints, maintenance, standby and
 * the writers in the guests by the journal alone; a guest that the cluster itself moves keeps its life. Needs root.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {raised} from '../../fixtures/kit/lab.ts';
import {audit} from '../../harness/cluster/audit/index.ts';
import {domains} from '../../harness/cluster/libvirt.ts';
import {leftConstraints, resourceDefinition} from '../../harness/cluster/pacemaker.ts';
import {guestExec} from '../../harness/guest/exec.ts';
import {labDown} from '../../harness/lab/index.ts';
import type {Cluster, Guest} from '../../harness/types.ts';
import {forgetLab} from '../../scripts/cli/kit/open-cluster.ts';

const name = 'killed-moves';
const shape = ['--storage', 'nbd', '--guests', '2'];
const program = join(import.meta.dirname, '../../scripts/seatrial.ts');
const children = new Set<ChildProcess>();
const folder = mkdtempSync(join(tmpdir(), 'killed-moves-'));
let cluster: Cluster;
let guest: Guest;

test.before(async t => {
  t.timeout(240_000);
  cluster = await raised({name, nodes: 3, storage: 'nbd', guests: 2}, text => t.log(text));
  const [first] = cluster.guests;
  if (first === undefined) throw new Error('no guest');
  guest = first;
});

test.after.always(async () => {
  for (const child of children) child.kill('SIGKILL');
  await labDown(name);
  await forgetLab(name);
  rmSync(folder, {recursive: true, force: true});
});

function started(...words: string[]): {child: ChildProcess; said: () => string; ended: Promise<number | null>} {
  const child = spawn(process.execPath, [program, ...words], {stdio: ['ignore', 'pipe', 'pipe']});
  children.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', chunk => {
      output += chunk;
    });
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve));
  void ended.then(() => children.delete(child));
  return {child, said: () => output, ended};
}

/** Killed so long after it has said that. */
async function killedAfter(scenario: string, words: RegExp, seconds: number): Promise<void> {
  const out = ['--out', join(folder, scenario.replace('/', '-'))];
  const how = ['--suite', 'migration', '--only', scenario, '--quick', '--reps', '1', '--profile', 'as-found'];
  const {child, said, ended} = started('accept', '--lab', name, ...shape, ...how, ...out);
  const deadline = Date.now() + 120_000;
  while (!words.test(said())) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`it never said ${words}: ${said().slice(-800)}`);
    await sleep(100);
  }
  await sleep(seconds * 1000);
  child.kill('SIGKILL');
  await ended;
}

async function inGuest(script: string): Promise<string> {
  const {stdout, exit} = await guestExec(cluster, guest, {argv: ['sh', '-c', script], timeoutMs: 20_000});
  return exit.kind === 'exited' ? stdout.trim() : JSON.stringify(exit);
}
const bootId = () => inGuest('cat /proc/sys/kernel/random/boot_id');
const ofTrial = () =>
  inGuest('ls /dev/shm /run 2>/dev/null | grep seatrial; pgrep -f seatrial-writer >/dev/null && echo writes; true');

/** What is left of a migration, in words; the guest on more than one node, or on its way, is too. */
async function left(): Promise<string[]> {
  const {active} = await domains(cluster);
  const places = active.filter(({domain}) => domain === guest.name);
  const [place] = places;
  const host = cluster.nodes.find(node => node.name === place?.node);
  if (host === undefined || places.length > 1) return [`places: ${JSON.stringify(places)}`];
  const virsh = async (word: string) => {
    const argv = ['virsh', '-c', 'qemu:///system', word, guest.name] as const;
    return (await cluster.transport.exec(host, {argv, timeoutMs: 10_000, idempotent: true})).stdout.trim();
  };
  const constraints = await leftConstraints(cluster);
  const definition = await resourceDefinition(cluster, guest.resource);
  return [
    ...(constraints.ok ? constraints.value : [constraints.error]),
    ...(definition.ok && definition.value?.meta.maintenance === undefined ? [] : ['maintenance']),
    ...((await virsh('migrate-getspeed')) === '8796093022207' ? [] : ['speed']),
    ...((await virsh('migrate-getmaxdowntime')) === '300' ? [] : ['downtime']),
    ...(/None/.test(await virsh('domjobinfo')) ? [] : ['job']),
    ...(await ofTrial()).split('\n').filter(line => line !== ''),
  ];
}

async function healedAndWhole(t: ExecutionContext, expected: readonly RegExp[]): Promise<void> {
  const before = (await left()).join('\n');
  t.log(`left: ${before.replaceAll('\n', ', ')}`);
  for (const each of expected) t.regex(before, each);
  const at = performance.now();
  const heal = started('heal', '--lab', name);
  t.is(await heal.ended, 0, heal.said());
  t.log(`healed in ${((performance.now() - at) / 1000).toFixed(1)} s`);
  t.deepEqual(await left(), []);
  t.deepEqual(await audit(cluster), []);
}

test.serial('a migration by hand, its writer, its limits and the maintenance', async t => {
  t.timeout(300_000);
  const life = await bootId();
  await killedAfter('migration/matrix', /post-copy, 0 MiB\/s(.|\n)*moving vm1 .*pre-copy, 8 MiB\/s/, 3);
  await healedAndWhole(t, [/places|job/]);
  t.is(await bootId(), life, 'it keeps its life');
});

test.serial('a standby, and the writers of an evacuation', async t => {
  t.timeout(300_000);
  await killedAfter('migration/evacuation', /standby: /, 3);
  await healedAndWhole(t, []);
  const {stdout} = await cluster.transport.exec(cluster.nodes[0] ?? cluster.client, {
    argv: ['crm_mon', '-1'],
    timeoutMs: 10_000,
    idempotent: true,
  });
  t.notRegex(stdout, /standby/);
});

test.serial(
  "the cluster's own move under a limit: the constraint and the limit go, the guest keeps its life",
  async t => {
    t.timeout(300_000);
    const life = await bootId();
    await killedAfter('migration/killed-in-finish', /to be struck in its finish/, 4);
    await healedAndWhole(t, [/cli-|places/]);
    t.is(await bootId(), life, 'what the cluster moves is let go');
  },
);
