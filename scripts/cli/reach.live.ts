/**
 * A lab's hosts over SSH, as a stranger's cluster: what cannot be worked on is refused at once, and nothing is
 * touched.
 */
import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {labDown, labUp} from '../../harness/lab/index.ts';
import {takeLock} from '../../harness/run/lock.ts';
import type {Cluster, Host} from '../../harness/types.ts';
import {journalFolder} from './kit/open-cluster.ts';

const lab = `reach${process.pid}`;
const cluster = `${lab}-ssh`;
const disks = `/var/lib/seatrial/labs/${lab}/disks`;
const folder = mkdtempSync(join(tmpdir(), 'seatrial-reach-'));
const runs = join(folder, 'runs');
const knownHosts = join(folder, 'known_hosts');
const keys = new Map<string, string>();
let opened: Cluster;

/** Comes back after a power cycle: hosts run what is in this folder of their disks when they boot. */
const startSshd = `mkdir -p -m 755 /run/sshd
cp /var/lib/seatrial/disk/sshd/* /run/sshd/
chmod 600 /run/sshd/host
setsid /usr/sbin/sshd -f /dev/null -o HostKey=/run/sshd/host -o AuthorizedKeysFile=/run/sshd/authorized \
  -o StrictModes=no -o UsePAM=no -o PermitRootLogin=prohibit-password -o PidFile=none </dev/null >/run/sshd.log 2>&1
`;

function makeKey(path: string): string {
  mkdirSync(join(path, '..'), {recursive: true});
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
  return readFileSync(`${path}.pub`, 'utf8').trim();
}

async function openDoor(host: Host): Promise<void> {
  const key = makeKey(join(disks, host.name, 'sshd/host'));
  keys.set(host.name, `${host.addresses.management} ${key}`);
  writeFileSync(join(disks, host.name, 'sshd/authorized'), readFileSync(join(folder, 'key.pub')));
  mkdirSync(join(disks, host.name, 'boot.d'), {recursive: true});
  writeFileSync(join(disks, host.name, 'boot.d/00-sshd'), startSshd);
  const started = await opened.transport.exec(host, {
    argv: ['sh', '-c', startSshd],
    timeoutMs: 10_000,
    idempotent: true,
  });
  if (started.exit.kind !== 'exited' || started.exit.code !== 0) throw new Error(started.stderr);
}

function writeKnown(...without: string[]): void {
  const lines = [...keys].filter(([name]) => !without.includes(name)).map(([, line]) => `${line}\n`);
  writeFileSync(knownHosts, lines.join(''));
}

/** JSON is YAML. */
function writeInventory(key = 'key', bmcPassword?: string): string {
  const path = join(folder, `${key}.yaml`);
  const told = ({name, addresses, interfaces, bmc}: Host) => {
    if (bmc === undefined) return {name, addresses, interfaces};
    const passwordFile = join(folder, `bmc-${name}`);
    writeFileSync(passwordFile, bmcPassword ?? bmc.password, {mode: 0o600});
    return {name, addresses, interfaces, bmc: {address: bmc.address, username: bmc.username, passwordFile}};
  };
  const inventory = {
    cluster,
    ssh: {key: join(folder, key), knownHosts},
    storage: opened.storage,
    hardware: opened.hardware,
    nodes: opened.nodes.map(told),
    client: told(opened.client),
    guests: opened.guests.map(({name, address, scratchDevice}) => ({
      name,
      address,
      memory: '512 MiB',
      vcpus: 1,
      scratchDevice,
    })),
  };
  writeFileSync(path, JSON.stringify(inventory));
  return path;
}

interface Called {
  child: ChildProcess;
  said(): string;
  ended: Promise<{code: number | null; said: string; ms: number}>;
}

const enclosure = (): string => readFileSync(`/var/lib/seatrial/labs/${lab}/rack`, 'utf8').split(' ')[0] ?? '';
const started = new Set<ChildProcess>();

/** In the network of the lab's enclosure, where an administrator's machine would stand. */
function call(...words: string[]): Called {
  const at = performance.now();
  const seatrial = [process.execPath, join(import.meta.dirname, '../seatrial.ts'), ...words];
  const child = spawn('nsenter', ['-t', enclosure(), '-n', '--', ...seatrial], {stdio: ['ignore', 'pipe', 'pipe']});
  started.add(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => (said += text.toString()));
  const ended = new Promise<{code: number | null; said: string; ms: number}>(resolve => {
    child.once('close', code => {
      started.delete(child);
      resolve({code, said, ms: performance.now() - at});
    });
  });
  return {child, said: () => said, ended};
}

async function until({child, said, ended}: Called, text: string): Promise<void> {
  for (let waited = 0; waited < 150 && child.exitCode === null; waited++) {
    if (said().includes(text)) return;
    await sleep(100);
  }
  child.kill('SIGTERM');
  throw new Error(`"${text}" was not said, but: ${(await ended).said}`);
}

/** What the command says there; it must succeed. */
async function onNode(name: string, ...argv: [string, ...string[]]): Promise<string> {
  const host = opened.nodes.find(node => node.name === name);
  if (host === undefined) throw new Error(`no ${name}`);
  const {exit, stdout, stderr} = await opened.transport.exec(host, {argv, timeoutMs: 10_000, idempotent: true});
  if (exit.kind !== 'exited' || exit.code !== 0) throw new Error(`${argv.join(' ')} on ${name}: ${stderr}`);
  return stdout;
}

const accept = (inventory: string, ...more: string[]) =>
  call(
    'accept',
    ...more,
    '--inventory',
    inventory,
    '--allow',
    'destructive',
    '--yes-i-mean',
    cluster,
    '--quick',
    '--out',
    join(runs, 'run'),
  );
const heal = (inventory: string) => call('heal', '--inventory', inventory);

function nothingTouched(t: ExecutionContext): void {
  t.false(existsSync(runs), 'a folder was left');
  const left = existsSync(journalFolder) ? readdirSync(journalFolder).filter(name => name.startsWith(cluster)) : [];
  t.deepEqual(left, []);
}

test.before(async t => {
  t.timeout(120_000);
  makeKey(join(folder, 'key'));
  makeKey(join(folder, 'stranger'));
  const up = await labUp({name: lab, nodes: 3, storage: 'nbd', guests: 1}, () => {}, new AbortController().signal);
  if (!up.ok) throw new Error(up.error.sentence);
  opened = up.value;
  for (const host of [...opened.nodes, opened.client]) await openDoor(host);
  const address = ['ip', 'addr', 'replace', '10.77.0.2/24', 'dev', 'management'];
  execFileSync('nsenter', ['-t', enclosure(), '-n', ...address]);
});

test.after.always(async () => {
  for (const child of started) child.kill('SIGKILL');
  await labDown(lab);
  rmSync(folder, {recursive: true, force: true});
});

test.serial('an unknown host key: refused with what to compare and to run, and that mends it', async t => {
  t.timeout(60_000);
  writeKnown('n2');
  const {code, said, ms} = await accept(writeInventory()).ended;
  t.log(`${ms.toFixed(0)} ms`, said);
  t.is(code, 3);
  t.true(ms < 15_000);
  const print = execFileSync('ssh-keygen', ['-lf', join(disks, 'n2/sshd/host.pub')], {encoding: 'utf8'}).split(' ')[1];
  t.true(said.includes(`n2 ${print}`), said);
  const remedy = /Then run: (ssh-keyscan .*)$/m.exec(said)?.[1] ?? 'false';
  t.is(remedy, `ssh-keyscan -t ed25519 10.77.0.12 >> ${knownHosts}`);
  nothingTouched(t);
  execFileSync('nsenter', ['-t', enclosure(), '-n', 'sh', '-c', remedy], {stdio: 'ignore'});
  const healed = await heal(writeInventory()).ended;
  t.is(healed.code, 0, healed.said);
  t.regex(healed.said, new RegExp(`^${cluster} is healthy$`, 'm'));
  nothingTouched(t);
});

test.serial('a key that no host takes: one sentence for all of them', async t => {
  writeKnown();
  for (const run of [accept, heal]) {
    const {code, said, ms} = await run(writeInventory('stranger')).ended;
    t.log(`${ms.toFixed(0)} ms`, said);
    t.is(code, 3);
    t.true(ms < 15_000);
    t.regex(
      said,
      /^4 of 4 hosts .*\nn1 \(10\.77\.0\.11\), n2 \(.*\) and client \(.*\): logging in as root with .* was denied/m,
    );
    nothingTouched(t);
  }
});

test.serial('a wrong password of the BMCs: refused before any of them is needed', async t => {
  const {code, said, ms} = await accept(writeInventory('key', 'wrong')).ended;
  t.log(`${ms.toFixed(0)} ms`, said);
  t.is(code, 3);
  t.true(ms < 15_000);
  t.regex(said, /BMCs .* cannot be asked for their power:\nn1 \(10\.77\.0\.101\), n2 \(.*\), n3 \(.*\) as admin: /);
  nothingTouched(t);
});

test.serial('another inventory of the same nodes is refused while they are worked on', async t => {
  const held = await takeLock(journalFolder, `${lab}-other`, ['10.77.0.12']);
  if (!held.ok) return t.fail(held.error);
  const {code, said} = await accept(writeInventory()).ended;
  await held.value.release(false);
  t.is(code, 3);
  t.regex(
    said,
    new RegExp(`^10\\.77\\.0\\.12 of cluster ${cluster}, as cluster ${lab}-other, .* process ${process.pid} `, 'm'),
  );
  nothingTouched(t);
});

test.serial('a dead host: refused, by heal too, whose power is on; an interrupt ends the asking at once', async t => {
  t.timeout(60_000);
  writeKnown();
  await onNode('n3', 'ip', 'link', 'set', 'mgmt0', 'down');
  t.teardown(async () => void (await onNode('n3', 'ip', 'link', 'set', 'mgmt0', 'up')));
  for (const run of [accept, heal]) {
    const {code, said, ms} = await run(writeInventory()).ended;
    t.log(`${ms.toFixed(0)} ms`, said);
    t.is(code, 3);
    t.true(ms < 15_000);
    t.regex(said, /^1 of 4 hosts .*\nn3 \(10\.77\.0\.13\): .*switch the host on/m);
    nothingTouched(t);
  }
  const run = accept(writeInventory());
  await until(run, 'asking every host');
  const at = performance.now();
  run.child.kill('SIGTERM');
  const {code, said} = await run.ended;
  t.true(performance.now() - at < 2500, said);
  t.is(code, 4);
  t.regex(said, /nothing was touched/);
  nothingTouched(t);
});

test.serial(
  'the doctor looks at all of it over SSH, in seconds; accept refuses a danger that is not let through',
  async t => {
    t.timeout(90_000);
    writeKnown();
    const doctor = () => call('doctor', '--inventory', writeInventory(), '--json').ended;
    const levels = (said: string) =>
      (JSON.parse(said) as {findings: {check: string; level: string}[]}).findings.filter(
        ({level}) => level === 'danger',
      );
    const well = await doctor();
    t.log(`${well.ms.toFixed(0)} ms`);
    t.deepEqual(levels(well.said), [], well.said);
    t.is(well.code, 1);
    t.true(well.ms < 30_000);
    await onNode('n1', 'crm_attribute', '--name', 'maintenance-mode', '--update', 'true');
    t.teardown(async () => void (await onNode('n1', 'crm_attribute', '--name', 'maintenance-mode', '--delete')));
    const ill = await doctor();
    t.is(ill.code, 3);
    t.deepEqual(
      levels(ill.said).map(({check}) => check),
      // A guest that nobody is in charge of.
      ['in-charge', 'guest-started'],
    );
    const refused = await accept(writeInventory()).ended;
    t.log(refused.said);
    t.is(refused.code, 3);
    t.regex(refused.said, /the doctor finds 2 dangers on .*\ncluster: maintenance-mode is on.* \[in-charge\]/);
    t.regex(refused.said, /--despite in-charge,guest-started/);
    nothingTouched(t);
  },
);

test.serial('SIGTERM ends the waiting for a cluster that is not whole, and leaves it as it was', async t => {
  t.timeout(60_000);
  // Nothing that heal does cures this: an administrator has said so.
  await onNode('n1', 'crm_attribute', '--name', 'maintenance-mode', '--update', 'true');
  const acceptDespite = (inventory: string) => accept(inventory, '--despite', 'in-charge,guest-started');
  for (const command of [heal, acceptDespite]) {
    const run = command(writeInventory());
    await until(run, 'waiting for the cluster to be whole');
    const at = performance.now();
    run.child.kill('SIGTERM');
    const {code, said} = await run.ended;
    t.log(`${(performance.now() - at).toFixed(0)} ms`, said);
    t.true(performance.now() - at < 3000, said);
    t.is(code, 4);
    t.regex(said, /maintenance-mode is on/);
    t.regex(await onNode('n1', 'crm_attribute', '--name', 'maintenance-mode', '--query'), /value=true/);
  }
  await onNode('n1', 'crm_attribute', '--name', 'maintenance-mode', '--delete');
});
