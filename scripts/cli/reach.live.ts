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
import {raised} from '../../fixtures/kit/lab.ts';
import {inventoryOf, makeKey, openDoor, passwordsIn} from '../../fixtures/kit/ssh-lab.ts';
import {labDown} from '../../harness/lab/index.ts';
import {takeLock} from '../../harness/run/lock.ts';
import type {Cluster, Host} from '../../harness/types.ts';
import {journalFolder} from './kit/open-cluster.ts';

const lab = `reach${process.pid}`;
const cluster = `${lab}-ssh`;
const disks = `/var/lib/seatrial/labs/${lab}/disks`;
const folder = mkdtempSync(join(tmpdir(), 'seatrial-reach-'));
const runs = join(folder, 'runs');
/** Where this machine keeps what it knows: whatever else works here is not met. */
const state = join(folder, 'state');
const knownHosts = join(folder, 'known_hosts');
const keys = new Map<string, string>();
let opened: Cluster;

function writeKnown(...without: string[]): void {
  const lines = [...keys].filter(([name]) => !without.includes(name)).map(([, line]) => line);
  writeFileSync(knownHosts, lines.join(''));
}

/** JSON is YAML. */
function writeInventory(key = 'key', bmcPassword?: string): string {
  const path = join(folder, `${key}.yaml`);
  const inFiles = passwordsIn(folder);
  const ssh = {key: join(folder, key), knownHosts};
  const told = inventoryOf(opened, cluster, ssh, (name, password, index) =>
    inFiles(name, bmcPassword ?? password, index),
  );
  writeFileSync(path, JSON.stringify(told));
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
  return callAt(state, words);
}

/** As on another machine: with state of its own. */
function callElsewhere(...words: string[]): Called {
  return callAt(join(folder, 'elsewhere'), words);
}

function callAt(journals: string, words: string[]): Called {
  mkdirSync(journals, {recursive: true});
  mkdirSync(journalFolder, {recursive: true});
  const at = performance.now();
  const seatrial = [process.execPath, join(import.meta.dirname, '../seatrial.ts'), ...words];
  const script = `mount --bind "$1" ${journalFolder} && shift && exec "$@"`;
  const argv = ['-t', enclosure(), '-n', '--', 'unshare', '--mount', 'sh', '-c', script, 'sh', journals, ...seatrial];
  const child = spawn('nsenter', argv, {stdio: ['ignore', 'pipe', 'pipe']});
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
  for (let waited = 0; waited < 900 && child.exitCode === null; waited++) {
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

/** The same hosts as Ansible would have them, reached as `ops`, who is root by sudo with the password in that file. */
function writeAnsible(passwordFile: string): string {
  const path = join(folder, 'ansible');
  mkdirSync(path, {recursive: true});
  const hosts = (some: readonly Host[]) =>
    Object.fromEntries(
      some.map(({name, addresses: {management, ...planes}, interfaces, bmc}) => [
        name,
        {
          ansible_host: management,
          seatrial_addresses: planes,
          seatrial_interfaces: interfaces,
          ...(bmc === undefined
            ? {}
            : {
                seatrial_bmc: {
                  address: bmc.address,
                  username: bmc.username,
                  passwordFile: join(folder, `bmc-${name}`),
                },
              }),
        },
      ]),
    );
  const {storage, hardware, guests, nodes, client} = opened;
  const vars = {
    ansible_user: 'ops',
    ansible_ssh_private_key_file: join(folder, 'key'),
    ansible_become: true,
    seatrial_become_password_file: passwordFile,
    seatrial_known_hosts: knownHosts,
    seatrial_cluster: cluster,
    seatrial_storage: storage,
    seatrial_hardware: hardware,
    seatrial_guests: guests.map(({name, address, scratchDevice}) => ({
      name,
      address,
      memory: '512 MiB',
      vcpus: 1,
      scratchDevice,
    })),
  };
  const children = {nodes: {hosts: hosts(nodes)}, client: {hosts: hosts([client])}};
  writeFileSync(join(path, 'hosts.yaml'), JSON.stringify({all: {vars, children}}));
  return path;
}

async function addUser(host: Host, password: string): Promise<void> {
  const script = `useradd -m ops && chpasswd && echo 'ops ALL=(ALL) ALL' >/etc/sudoers.d/ops && chmod 440 /etc/sudoers.d/ops`;
  const argv: [string, ...string[]] = ['sh', '-c', script];
  const stdin = `ops:${password}\n`;
  const {exit, stderr} = await opened.transport.exec(host, {argv, stdin, timeoutMs: 10_000, idempotent: false});
  if (exit.kind !== 'exited' || exit.code !== 0) throw new Error(`${host.name}: ${stderr}`);
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
  const left = existsSync(state) ? readdirSync(state).filter(name => name.startsWith(cluster)) : [];
  t.deepEqual(left, []);
}

test.before(async t => {
  t.timeout(120_000);
  const own = makeKey(join(folder, 'key'));
  makeKey(join(folder, 'stranger'));
  opened = await raised({name: lab, nodes: 3, storage: 'nbd', guests: 1});
  for (const host of [...opened.nodes, opened.client]) keys.set(host.name, await openDoor(opened, host, own));
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

test.serial("root by sudo, from an inventory of Ansible's: heals; a wrong password is refused", async t => {
  t.timeout(120_000);
  const password = `Tr0ub "4'dor${process.pid}`;
  for (const host of [...opened.nodes, opened.client]) await addUser(host, password);
  const file = join(folder, 'sudo');
  writeInventory();
  writeFileSync(file, `${password}\n`, {mode: 0o600});
  const healed = await heal(writeAnsible(file)).ended;
  t.is(healed.code, 0, healed.said);
  t.regex(healed.said, new RegExp(`^${cluster} is healthy$`, 'm'));
  t.false(healed.said.includes(password));
  nothingTouched(t);
  writeFileSync(file, 'wrong\n', {mode: 0o600});
  const {code, said, ms} = await heal(writeAnsible(file)).ended;
  t.log(`${ms.toFixed(0)} ms`, said);
  t.is(code, 3);
  t.true(ms < 15_000);
  t.regex(
    said,
    /^4 of 4 hosts .*\nn1 .* and client .*: logging in as ops works, and sudo does not: the password for it is wrong/m,
  );
  nothingTouched(t);
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
  const held = await takeLock(state, `${lab}-other`, ['10.77.0.12']);
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

const lockedBy = (name: string) =>
  onNode(name, 'sh', '-c', 'cibadmin --query --xpath "//cluster_property_set[@id=\'seatrial-lock\']" || true');

test.serial(
  'two machines exclude each other on the cluster itself; unlock says whose it is, and takes it away',
  async t => {
    t.timeout(240_000);
    writeKnown();
    const inventory = writeInventory();
    // Keeps heal waiting.
    await onNode('n1', 'crm_attribute', '--name', 'maintenance-mode', '--update', 'true');
    const first = heal(inventory);
    await until(first, 'waiting for the cluster to be whole');
    t.regex(await lockedBy('n2'), new RegExp(`name="seatrial-pid" value="${first.child.pid}"`));
    for (const command of ['heal', 'accept']) {
      const words =
        command === 'heal'
          ? []
          : ['--allow', 'destructive', '--yes-i-mean', cluster, '--quick', '--out', join(runs, 'run')];
      const {code, said, ms} = await callElsewhere(command, '--inventory', inventory, ...words).ended;
      t.log(`${ms.toFixed(0)} ms`, said);
      t.is(code, 3);
      t.regex(
        said,
        new RegExp(
          `is being worked on by \\S+@\\S+, process ${first.child.pid} \\(seatrial heal .*last sign \\d+ s ago: wait`,
        ),
      );
    }
    const asked = await callElsewhere('unlock', '--inventory', inventory).ended;
    t.is(asked.code, 3);
    t.regex(asked.said, /looks ALIVE[\s\S]*nobody is here to confirm/);
    // Killed, it leaves its lock: another machine is not let in, and this one takes it over.
    first.child.kill('SIGKILL');
    await first.ended;
    t.is((await callElsewhere('heal', '--inventory', inventory).ended).code, 3);
    await onNode('n1', 'crm_attribute', '--name', 'maintenance-mode', '--delete');
    const again = await heal(inventory).ended;
    t.is(again.code, 0, again.said);
    t.regex(again.said, new RegExp(`taking over the lock of process ${first.child.pid} `));
    t.is(await lockedBy('n2'), '');
    nothingTouched(t);
  },
);

test.serial('long: a machine that is gone for good: its lock goes by unlock', async t => {
  t.timeout(180_000);
  const inventory = writeInventory();
  await onNode('n1', 'crm_attribute', '--name', 'maintenance-mode', '--update', 'true');
  const gone = callElsewhere('heal', '--inventory', inventory);
  await until(gone, 'waiting for the cluster to be whole');
  gone.child.kill('SIGKILL');
  await gone.ended;
  await onNode('n1', 'crm_attribute', '--name', 'maintenance-mode', '--delete');
  const wrong = await call('unlock', '--inventory', inventory, '--yes-i-mean', 'another').ended;
  t.is(wrong.code, 3);
  t.not(await lockedBy('n2'), '');
  const unlocked = await call('unlock', '--inventory', inventory, '--yes-i-mean', cluster).ended;
  t.log(unlocked.said);
  t.is(unlocked.code, 0, unlocked.said);
  t.is(await lockedBy('n2'), '');
  t.regex((await call('unlock', '--inventory', inventory).ended).said, /is not locked$/m);
  t.is((await heal(inventory).ended).code, 0);
  t.is(await onNode('n1', 'sh', '-c', 'ls /run/seatrial.lock 2>/dev/null || true'), '');
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
  'long: the doctor looks at all of it over SSH, in seconds; accept refuses a danger that is not let through',
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
    t.true(performance.now() - at < 6000, said);
    t.is(code, 4);
    t.regex(said, /maintenance-mode is on/);
    t.regex(await onNode('n1', 'crm_attribute', '--name', 'maintenance-mode', '--query'), /value=true/);
  }
  await onNode('n1', 'crm_attribute', '--name', 'maintenance-mode', '--delete');
});
