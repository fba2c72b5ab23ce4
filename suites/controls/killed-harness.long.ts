/**
 * `kill -9` of the harness in the middle of a failover trial: the run reads as aborted, `heal` gives the cluster
 * back as it was found, and `lab down` leaves nothing. By the command line itself, on a lab under the usual folder.
 * Needs root.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {audit} from '../../harness/cluster/audit/index.ts';
import {labDown, openLab} from '../../harness/lab/index.ts';
import {identify, type ProcessIdentity} from '../../harness/lab/proc.ts';
import {labPlace} from '../../harness/lab/state.ts';
import {openJournal} from '../../harness/run/journal.ts';
import {readRun} from '../../harness/run/store.ts';
import {readProfile} from '../../harness/settings/apply.ts';
import type {Cluster, Host, Setting} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {forgetLab, journalFolder} from '../../scripts/cli/kit/open-cluster.ts';
import {inhabitants, remains} from './environment.ts';

const name = 'killed-harness';
const folder = mkdtempSync(join(tmpdir(), 'seatrial-planted-'));
const run = join(folder, 'run');
const program = join(import.meta.dirname, '../../scripts/seatrial.ts');
const journal = join(journalFolder, `${name}.jsonl`);
let harness: ChildProcess | undefined;

test.after.always('whatever happened, nothing is left', async () => {
  harness?.kill('SIGKILL');
  await labDown(name);
  await forgetLab(name);
  rmSync(folder, {recursive: true, force: true});
});

interface Ended {
  code: number | null;
  output: string;
}

function seatrial(...words: string[]): {child: ChildProcess; ended: Promise<Ended>} {
  const child = spawn(process.execPath, [program, ...words], {stdio: ['ignore', 'pipe', 'pipe']});
  let output = '';
  const hear = (chunk: Buffer) => {
    output += chunk;
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  return {child, ended: new Promise(resolve => child.once('exit', code => resolve({code, output})))};
}

/** Processes that the harness has started and that are not of the lab. */
function childrenOf(pid: number): readonly ProcessIdentity[] {
  return readdirSync('/proc').flatMap(entry => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return parent === pid ? (identify(Number(entry)) ?? []) : [];
    } catch {
      return [];
    }
  });
}

async function timersOn({transport}: Cluster, host: Host): Promise<string> {
  const argv = ['sh', '-c', 'ls /run/seatrial-heal 2>/dev/null || true'] as const;
  return (await transport.exec(host, {argv, timeoutMs: 10_000, idempotent: true})).stdout.trim();
}

test('a harness killed in the middle of a failover: aborted, healed, gone', async t => {
  t.timeout(420_000);
  const place = labPlace(name);
  if (!place.ok) return t.fail(place.error.sentence);
  const {state} = place.value;
  const interfaces = readdirSync('/sys/class/net');

  const accept = seatrial(
    ...['accept', '--lab', name, '--storage', 'nbd', '--guests', '1', '--keep-lab'],
    ...['--quick', '--only', 'failover/host-crash', '--reps', '1', '--seed', '1', '--out', run],
  );
  harness = accept.child;
  const injected = await waitFor(
    'the fault to be injected',
    240_000,
    async () => {
      if (accept.child.exitCode !== null) throw new Error(`accept ended: ${(await accept.ended).output.slice(-2000)}`);
      // Nodes of this lab boot in 3 s: the wait until a crashed one is back is no part of what is tried here.
      if (existsSync(join(state, 'post'))) writeFileSync(join(state, 'post'), '3\n');
      return existsSync(join(run, 'events.jsonl')) &&
        readFileSync(join(run, 'events.jsonl'), 'utf8').includes('"injected"')
        ? true
        : undefined;
    },
    {intervalMs: 100},
  );
  if (!injected.ok) return t.fail(injected.error);
  t.log('the fault is in force: kill -9');
  const orphans = childrenOf(accept.child.pid ?? 0);
  accept.child.kill('SIGKILL');
  const killed = await accept.ended;
  t.is(killed.code, null, killed.output);

  // The run says of itself that it is none.
  const stored = await readRun(run);
  if (!stored.ok) return t.fail(JSON.stringify(stored.error));
  t.is(stored.value.ended, undefined);
  t.deepEqual(
    stored.value.trials.map(({record}) => record.status),
    ['aborted'],
  );
  const report = await seatrial('report', run, '--format', 'json').ended;
  t.is(report.code, 4, report.output);
  t.regex(report.output, /"overall": ?"aborted"/);
  const drawn = await seatrial('report', run, '--format', 'md').ended;
  t.is(drawn.code, 4);
  t.regex(drawn.output, /aborted/i);

  // What was in force is in the journal: the fault, and the settings from before.
  const opened = await openJournal(journalFolder, name);
  if (!opened.ok) return t.fail(opened.error);
  const inForce = opened.value.inForce();
  await opened.value.release();
  t.deepEqual(
    inForce.map(entry => (entry.kind === 'fault' ? entry.fault : entry.kind)),
    ['host-crash', 'leftover', 'profile'],
  );
  const previous = inForce.flatMap((entry): readonly Setting[] => (entry.kind === 'profile' ? entry.previous : []));
  const stock = stored.value.header.profiles.find(
    profile => profile.name === stored.value.trials[0]?.record.planned.profile,
  );
  const changed = previous.filter(({id, value}) =>
    stock?.settings.some(each => each.id === id && each.value !== value),
  );
  t.true(changed.length > 0, 'the profile had changed nothing: there is nothing to put back');

  const wounded = await openLab(name);
  if (!wounded.ok) return t.fail(wounded.error.sentence);
  const cluster = wounded.value;
  t.not((await audit(cluster)).length, 0, 'nothing is wrong before the healing');
  // On the peers of the struck node, whatever becomes of this machine.
  const struck = inForce.flatMap(entry => (entry.kind === 'fault' ? entry.nodes : []));
  const peers = cluster.nodes.filter(node => !struck.includes(node.name));
  for (const peer of peers) t.regex(await timersOn(cluster, peer), /^seatrial-heal-host-crash-[0-9a-f]{8}-\d$/);
  t.log('healing');
  const healed = await seatrial('heal', '--lab', name).ended;
  t.is(healed.code, 0, healed.output);
  t.regex(healed.output, new RegExp(`^${name} is healthy$`, 'm'));
  t.log('healed');
  t.deepEqual(await audit(cluster), []);
  t.false(existsSync(journal));
  for (const node of cluster.nodes) t.is(await timersOn(cluster, node), '', 'a dead-man timer is left');
  const back = await readProfile(cluster, previous);
  if (!back.ok) return t.fail(back.error);
  t.true(back.value.length >= previous.length);
  t.deepEqual(
    back.value.filter(({agrees}) => !agrees),
    [],
  );
  // Healing what is whole changes nothing.
  const again = await seatrial('heal', '--lab', name).ended;
  t.is(again.code, 0, again.output);

  const before = inhabitants(state);
  t.true(before.length > 0);
  const down = await seatrial('lab', 'down', name).ended;
  t.is(down.code, 0, down.output);
  t.deepEqual(await remains(state, [...before, ...orphans]), []);
  t.deepEqual(readdirSync('/sys/class/net'), interfaces);
  t.deepEqual(
    readdirSync(journalFolder).filter(file => file.startsWith(`${name}.`)),
    [],
  );
  const gone = await seatrial('heal', '--lab', name).ended;
  t.is(gone.code, 3, gone.output);
  t.log('gone');
});
