/**
 * A lab of bare hosts on this very machine. Needs root, and a mirror of Debian within reach. The first one of a release
 * on a machine makes its root by mmdebstrap, which takes half a minute to five minutes; the log says how long.
 */
import {spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import anyTest, {type ExecutionContext, type TestFn} from 'ava';
import {readInventory} from '../config/inventory.ts';
import {surroundings} from '../config/surroundings.ts';
import {runLocally} from '../transport/local.ts';
import type {Outcome} from '../types.ts';
import {waitFor} from '../wait.ts';
import {type BareLab, type BareOptions, bareUp, labConsole, labDown, labNames, labStatus, openLab} from './index.ts';
import {processesMarked} from './proc.ts';

const test = anyTest.serial as TestFn;
const root = mkdtempSync('/var/tmp/seatrial-bare-');
const never = new AbortController().signal;
const options = (name: string): BareOptions => ({
  name,
  release: 'debian-12',
  hosts: 2,
  stateRoot: root,
  postSeconds: 1,
});

test.after.always('no lab of these tests remains', async () => {
  for (const name of labNames(root)) await labDown(name, root);
  rmSync(root, {recursive: true, force: true});
});

const code = ({exit}: Outcome): number | undefined => (exit.kind === 'exited' ? exit.code : undefined);

/** A command with the network of the lab's administrator. */
async function asAdmin(name: string, argv: readonly string[], stdin = ''): Promise<Outcome> {
  const lab = await labConsole(name, root);
  if (!lab.ok) throw new Error(lab.error.sentence);
  return runLocally({argv: [...lab.value.admin, ...argv], stdin, timeoutMs: 60_000, idempotent: false});
}

const adminFile = (name: string, file: string): string => path.join(root, name, 'admin', file);

function ssh(name: string, login: string, command: string, stdin = ''): Promise<Outcome> {
  const options = ['-F', 'none', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=1', '-o', 'ServerAliveInterval=1'];
  const known = ['-i', adminFile(name, 'key'), '-o', `UserKnownHostsFile=${adminFile(name, 'known_hosts')}`];
  return asAdmin(name, ['ssh', ...options, ...known, login, command], stdin);
}

const ipmi = (name: string, ...words: string[]): Promise<Outcome> =>
  asAdmin(name, [
    ...['ipmitool', '-I', 'lan', '-H', '10.77.0.101', '-U', 'admin', '-f', adminFile(name, 'bmc-n1')],
    ...['chassis', 'power', ...words],
  ]);

/** Everything on this machine that could be left over. */
async function remains(name: string): Promise<string[]> {
  const state = path.join(root, name);
  const links = await runLocally({argv: ['ip', '-br', 'link'], timeoutMs: 5_000, idempotent: true});
  const groups = await runLocally({
    argv: ['find', '/sys/fs/cgroup', '-maxdepth', '3', '-name', `seatrial-${name}-*`],
    timeoutMs: 5_000,
    idempotent: true,
  });
  return [
    ...processesMarked(`SEATRIAL_RACK=${state}`).map(({pid}) => `process ${pid}`),
    ...(existsSync(state) ? [`folder ${state}`] : []),
    ...readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter(line => line.includes(state)),
    ...links.stdout.split('\n').filter(line => /^(n\d|client)-|^(management|cluster|service)\b/.test(line)),
    ...groups.stdout.split('\n').filter(line => line !== ''),
  ];
}

async function up(name: string, say: (text: string) => void): Promise<BareLab> {
  const result = await bareUp(options(name), say, never);
  if (!result.ok) throw new Error(result.error.sentence);
  return result.value;
}

test('bare hosts: reached by SSH alone, systemd, packages, power, and nothing left', async t => {
  t.timeout(600_000, 'the first lab of a release on a machine makes its root');
  const interfaces = readdirSync('/sys/class/net');
  const started = performance.now();
  const lab = await up('bare', text => t.log(`${((performance.now() - started) / 1000).toFixed(1)} s: ${text}`));

  // The inventory is one as strangers write it.
  const read = readInventory(readFileSync(lab.inventory, 'utf8'), lab.inventory, surroundings);
  if (!read.ok) return t.fail(JSON.stringify(read.error));
  t.deepEqual(
    [read.value.nodes.map(({name}) => name), read.value.guests, read.value.hardware.shared],
    [['n1', 'n2'], [], true],
  );
  t.regex(read.value.hardware.note, /takes 1 s to its operating system/);
  const opened = await openLab('bare', root);
  t.regex(opened.ok ? 'a cluster' : opened.error.sentence, /is no cluster by itself/);

  // Root by key; a user whose sudo asks for a password, and takes no other.
  t.is((await ssh('bare', 'root@10.77.0.11', 'hostname; id -u')).stdout, 'n1\n0\n');
  const sudo = (password: string) => ssh('bare', 'seatrial@10.77.0.12', 'sudo -S -p "" id -u', `${password}\n`);
  t.is((await sudo(readFileSync(adminFile('bare', 'sudo-password'), 'utf8').trim())).stdout, '0\n');
  t.not(code(await sudo('wrong')), 0);
  t.not(code(await ssh('bare', 'seatrial@10.77.0.12', 'sudo -n true')), 0);

  // Units, timers, and a fresh machine: every host its own identity, and nothing of a cluster.
  const unit = '[Service]\nExecStart=/bin/sleep 1000\n';
  t.is(
    (
      await ssh(
        'bare',
        'root@10.77.0.11',
        'cat >/etc/systemd/system/own.service; systemctl start own; systemctl is-active own',
        unit,
      )
    ).stdout,
    'active\n',
  );
  await ssh('bare', 'root@10.77.0.11', 'systemd-run --on-active=1 --timer-property=AccuracySec=100ms touch /run/fired');
  const fired = () => ssh('bare', 'root@10.77.0.11', 'test -e /run/fired');
  t.true((await waitFor('the timer', 10_000, async () => (code(await fired()) === 0 ? true : undefined))).ok);
  const identities = await Promise.all(
    [11, 12, 250].map(last => ssh('bare', `root@10.77.0.${last}`, 'cat /etc/machine-id /etc/ssh/ssh_host_*.pub')),
  );
  t.is(new Set(identities.map(({stdout}) => stdout)).size, 3);
  t.not(code(await ssh('bare', 'root@10.77.0.11', 'command -v corosync pcs qemu-system-x86_64 ceph fio')), 0);

  // Packages come through the proxy, from the mirrors of this machine and nowhere else; a second host finds them kept.
  const install = 'apt-get -qq update && apt-get -qq download sl && ls sl_*.deb';
  t.regex((await ssh('bare', 'root@10.77.0.11', install)).stdout, /^sl_.*\.deb$/m);
  t.regex((await ssh('bare', 'root@10.77.0.12', install)).stdout, /^sl_.*\.deb$/m);
  const elsewhere = `python3 -c 'import urllib.request as u
try: u.build_opener(u.ProxyHandler({"http": "http://10.77.0.1:3142"})).open("http://example.org/debian/x")
except Exception as e: print(e)'`;
  t.regex((await ssh('bare', 'root@10.77.0.11', elsewhere)).stdout, /403/);

  const status = await labStatus('bare', root);
  if (!status.ok || status.value.kind !== 'bare') return t.fail('the status of bare hosts');
  t.true(status.value.aptProxy);
  t.deepEqual(
    status.value.hosts.map(({name, power, systemd, failedUnits}) => [name, power, systemd, failedUnits]),
    ['n1', 'n2', 'client'].map(name => [name, 'on', 'running', []]),
  );
  await power(t);
  await shutDown(t, interfaces);
});

async function power(t: ExecutionContext): Promise<void> {
  // A power cycle: what is on the disk stays, memory does not, and a peer that knew the host finds it again at once.
  await ssh('bare', 'root@10.77.0.11', 'echo kept >/root/kept; touch /run/lost');
  const ping = () => ssh('bare', 'root@10.77.0.12', 'ping -c1 -W1 10.77.1.11');
  t.is(code(await ping()), 0);
  t.is((await ipmi('bare', 'status')).stdout.trim(), 'Chassis Power is on');
  t.is(code(await ipmi('bare', 'cycle')), 0);
  const cycled = performance.now();
  const back = await waitFor('n1 to be back', 30_000, async () => {
    const {stdout} = await ssh('bare', 'root@10.77.0.11', 'cat /root/kept; ls /run/lost');
    return stdout === 'kept\n' ? true : undefined;
  });
  t.true(back.ok);
  t.log(`back ${((performance.now() - cycled) / 1000).toFixed(1)} s after the power cycle, 1 s of it POST`);
  t.is(code(await ping()), 0);
  t.true(performance.now() - cycled < 20_000, 'a stale address in hardware hides a host for more than 30 s');

  // A host that switches itself off is off; a controller switches it on.
  await ssh('bare', 'root@10.77.0.11', 'systemctl poweroff');
  const off = await waitFor('n1 to be off', 30_000, async () =>
    (await ipmi('bare', 'status')).stdout.includes('is off') ? true : undefined,
  );
  t.true(off.ok);
  t.is(code(await ipmi('bare', 'on')), 0);
  const on = await waitFor('n1 to be back', 30_000, async () =>
    code(await ssh('bare', 'root@10.77.0.11', 'true')) === 0 ? true : undefined,
  );
  t.true(on.ok);
}

async function shutDown(t: ExecutionContext, interfaces: string[]): Promise<void> {
  // Groups that a host made itself outlive its processes.
  const groups = `mkdir -p /sys/fs/cgroup/own/deep /tmp/v1
    mount -t cgroup -o memory memory /tmp/v1 && mkdir -p /tmp/v1/own/deep; ls -d /tmp/v1/own/deep /sys/fs/cgroup/own/deep`;
  t.regex((await ssh('bare', 'root@10.77.0.11', groups)).stdout, /cgroup\/own\/deep/);
  const started = performance.now();
  t.deepEqual(await labDown('bare', root), {ok: true, value: undefined});
  t.log(`down in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  t.deepEqual(await remains('bare'), []);
  t.deepEqual(readdirSync('/sys/class/net'), interfaces);
}

for (const afterMs of [250, 900, 1_800]) {
  test(`a harness killed ${afterMs} ms into bare hosts leaves what down clears away`, async t => {
    const module = JSON.stringify(new URL('index.ts', import.meta.url).href);
    const program = `const {bareUp} = await import(${module});
      await bareUp(${JSON.stringify(options('cut'))}, () => undefined, new AbortController().signal);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {stdio: 'ignore'});
    const ended = new Promise(resolve => child.once('exit', resolve));
    const begun = await waitFor('the lab to be begun', 20_000, async () =>
      existsSync(path.join(root, 'cut')) ? true : undefined,
    );
    t.true(begun.ok);
    await sleep(afterMs);
    child.kill('SIGKILL');
    await ended;
    t.deepEqual(await labDown('cut', root), {ok: true, value: undefined});
    await sleep(300);
    t.deepEqual(await remains('cut'), []);
  });
}
