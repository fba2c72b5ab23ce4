/**
 * The hand of the administrator on the running lab: migration, audit with planted faults, profiles, faults and their
 * healing, the log's phases. Needs the lab: see ava.lab.config.js. About three minutes on an idle machine of two cores.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {raised} from '../../fixtures/kit/lab.ts';
import {faultNamed} from '../faults/index.ts';
import {guestExec} from '../guest/exec.ts';
import {labDown} from '../lab/index.ts';
import {parseDomjobinfo} from '../parse/domjobinfo.ts';
import {parseRecovery} from '../parse/pacemaker-log.ts';
import {applySettings, asFound, readProfile} from '../settings/apply.ts';
import type {Cluster, Setting} from '../types.ts';
import {audit, settle} from './audit/index.ts';
import {powerStatus} from './bmc.ts';
import {clockOffset} from './clocks.ts';
import {idempotent, readOnly, succeeded} from './commands.ts';
import {editDomain} from './domain-xml.ts';
import {fingerprints} from './fingerprint.ts';
import {completedJob, destroyDomain, domains, dumpxml} from './libvirt.ts';
import {
  leftConstraints,
  moveAndWait,
  moveResource,
  setStandby,
  waitForIdle,
  waitUntilRuns,
  whereRuns,
} from './pacemaker.ts';

const name = `live-cluster-${process.pid}`;
let lab: Cluster | undefined;
const quiet = () => {};

test.before(async t => {
  t.timeout(240_000);
  lab = await raised({name, nodes: 3, storage: 'nbd', guests: 1});
});
test.after.always(async () => {
  await labDown(name);
});

function cluster(): Cluster {
  if (lab === undefined) throw new Error('the lab is not up');
  return lab;
}
async function placed(): Promise<string> {
  const nodes = await whereRuns(cluster(), 'vm1');
  const [node] = nodes.ok ? nodes.value : [];
  if (node === undefined) throw new Error(nodes.ok ? 'vm1 runs nowhere' : nodes.error);
  return node;
}
function hostNamed(node: string) {
  const host = cluster().nodes.find(each => each.name === node);
  if (host === undefined) throw new Error(`no node ${node}`);
  return host;
}
const invariants = async () => [...new Set((await audit(cluster())).map(finding => finding.invariant))];
async function whole(t: {deepEqual(actual: unknown, expected: unknown): void}) {
  t.deepEqual(await settle(cluster(), 90_000), []);
}

test.serial('a fresh lab is whole, and says what it is made of', async t => {
  await whole(t);
  const {fingerprints: made, silent} = await fingerprints(cluster());
  t.deepEqual(silent, []);
  t.is(made.length, 4);
  t.true(made.every(({facts}) => facts.kernel !== undefined && facts.qemu !== undefined));
  const clock = await clockOffset(cluster(), hostNamed('n1'));
  // The lab's hosts share the harness's clock: the offset must be within what it claims to know.
  t.true(clock.ok && Math.abs(clock.value.offsetMs) <= clock.value.halfWidthMs);
  t.deepEqual(await powerStatus(cluster(), hostNamed('n1')), {ok: true, value: 'on'});
});

test.serial('a guest moves live, and no constraint is left', async t => {
  t.timeout(120_000);
  const from = await placed();
  const to = cluster().nodes.find(node => node.name !== from);
  if (!to) return t.fail();
  t.deepEqual(await moveAndWait(cluster(), 'vm1', to.name, 90_000), {ok: true, value: undefined});
  t.is(await placed(), to.name);
  t.deepEqual(await leftConstraints(cluster()), {ok: true, value: []});
  for (const look of [1, 2]) {
    const job = await completedJob(cluster(), to, 'vm1');
    t.true(job.ok && parseDomjobinfo(job.value, 'job').ok, `look ${look}`);
  }
  await whole(t);
});

test.serial('long: a program runs in the guest, and goes on while the guest moves', async t => {
  t.timeout(150_000);
  const [guest] = cluster().guests;
  const from = await placed();
  const to = cluster().nodes.find(node => node.name !== from);
  if (!guest || !to) return t.fail();
  const echoed = await guestExec(cluster(), guest, {argv: ['cat'], stdin: 'told\n', timeoutMs: 30_000});
  t.deepEqual([echoed.exit, echoed.stdout], [{kind: 'exited', code: 0}, 'told\n']);
  const script = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do echo $i; sleep 1; done; exit 7';
  const counting = guestExec(cluster(), guest, {argv: ['sh', '-c', script], timeoutMs: 90_000});
  await sleep(1000);
  t.deepEqual(await moveAndWait(cluster(), 'vm1', to.name, 90_000), {ok: true, value: undefined});
  const counted = await counting;
  t.deepEqual(counted.exit, {kind: 'exited', code: 7}, counted.stderr);
  t.is(counted.stdout.trim().split('\n').at(-1), '15');
  const endless = await guestExec(cluster(), guest, {argv: ['sleep', '600'], timeoutMs: 2_000});
  t.deepEqual(endless.exit, {kind: 'timed-out'});
  const left = await guestExec(cluster(), guest, {argv: ['sh', '-c', 'pidof sleep || echo none'], timeoutMs: 30_000});
  t.is(left.stdout.trim(), 'none');
  await whole(t);
});

test.serial('the audit finds what was planted: a second copy, a node in standby, a constraint', async t => {
  t.timeout(180_000);
  const home = hostNamed(await placed());
  const other = cluster().nodes.find(node => node !== home);
  if (!other) return t.fail();
  const xml = await dumpxml(cluster(), home, 'vm1');
  if (!xml.ok) return t.fail(xml.error);
  // A paused copy without the disks: it counts as a second life, and can do no harm.
  const copy = xml.value.replaceAll(/<disk[\s\S]*?<\/disk>/g, '').replaceAll(/<interface[\s\S]*?<\/interface>/g, '');
  const plain = editDomain(copy, {});
  if (!plain.ok) return t.fail(plain.error);
  const create = idempotent(
    ['sh', '-c', 'cat >/tmp/copy.xml && virsh create --paused /tmp/copy.xml'],
    30_000,
    plain.value,
  );
  const created = await cluster().transport.exec(other, create);
  t.true(succeeded(created), created.stderr);
  const found = await audit(cluster());
  t.true(
    found.some(({invariant, detail}) => invariant === 'no guest lives twice' && detail.includes(other.name)),
    JSON.stringify(found),
  );
  await destroyDomain(cluster(), other, 'vm1');
  await whole(t);

  const idle = cluster().nodes.find(node => node !== home && node !== other) ?? other;
  t.true((await setStandby(cluster(), idle.name, true)).ok);
  await sleep(1000);
  t.deepEqual(await invariants(), ['every node is online and clean']);
  t.true((await setStandby(cluster(), idle.name, false)).ok);
  await whole(t);

  t.true((await moveResource(cluster(), 'vm1', other.name)).ok);
  t.true((await waitUntilRuns(cluster(), 'vm1', 90_000, {node: other.name})).ok);
  t.true((await waitForIdle(cluster(), 30_000)).ok);
  t.deepEqual(await invariants(), ['no constraint is left']);
  await whole(t);
  t.deepEqual(await leftConstraints(cluster()), {ok: true, value: []});
});

const setting = (driver: Setting['driver'], key: string, value: string): Setting => ({
  id: key,
  driver,
  key,
  value,
  why: 'test',
});

test.serial('settings become real, read back, cost nothing the second time, and go back', async t => {
  t.timeout(240_000);
  const asked = [
    setting('domain', 'disk.cache', 'none'),
    setting('domain', 'nic.mtu', '9000'),
    setting('resource', 'op.monitor.interval', '5s'),
    setting('resource', 'param.migrate_options', '--auto-converge'),
    setting('corosync', 'token', '1500'),
    setting('corosync', 'token_coefficient', '0'),
    setting('link', 'storage.mtu', '9000'),
    setting('property', 'cluster-recheck-interval', '5min'),
  ];
  const before = await readProfile(cluster(), asked);
  if (!before.ok) return t.fail(before.error);
  t.true(before.value.some(entry => !entry.agrees));
  const previous = asked.map(each => ({...each, value: before.value.find(({id}) => id === each.id)?.found ?? ''}));
  for (const target of [asked, previous]) {
    t.true((await applySettings(cluster(), target, quiet)).ok);
    const read = await readProfile(cluster(), target);
    t.deepEqual(read.ok ? read.value.filter(entry => !entry.agrees) : read.error, []);
    const said: string[] = [];
    await applySettings(cluster(), target, text => said.push(text));
    t.deepEqual(said, []);
    await whole(t);
  }
});

test.serial('nodes that differed get back each its own', async t => {
  t.timeout(120_000);
  const {transport, nodes} = cluster();
  const mtu = async () => {
    const said = await Promise.all(
      nodes.map(node => transport.exec(node, readOnly(['cat', '/sys/class/net/stor0/mtu']))),
    );
    return said.map(({stdout}) => stdout.trim());
  };
  const odd = nodes[1];
  if (odd === undefined) return t.fail();
  t.true(succeeded(await transport.exec(odd, idempotent(['ip', 'link', 'set', 'dev', 'stor0', 'mtu', '1400']))));
  const asFoundMtu = await mtu();
  t.is(new Set(asFoundMtu).size, 2);
  const profile = {name: 'p', title: '', settings: [setting('link', 'storage.mtu', '9000')]};
  const before = await readProfile(cluster(), profile.settings);
  if (!before.ok) return t.fail(before.error);
  t.true((await applySettings(cluster(), profile.settings, quiet)).ok);
  t.deepEqual([...new Set(await mtu())], ['9000']);
  t.true((await applySettings(cluster(), asFound(profile, before.value), quiet)).ok);
  t.deepEqual(await mtu(), asFoundMtu);
});

const struck = [
  ['', 'host-crash', {}],
  ['long: ', 'nic-down', {plane: 'cluster'}],
  ['long: ', 'partition', {plane: 'cluster'}],
] as const;
for (const [long, kind, parameters] of struck) {
  test.serial(`${long}${kind}: the guest starts elsewhere, the log tells how, and healing works twice`, async t => {
    t.timeout(300_000);
    await whole(t);
    const from = await placed();
    const fault = faultNamed(cluster(), kind, [from], parameters);
    if (!fault.ok) return t.fail(fault.error);
    const survivors = cluster().nodes.filter(node => node.name !== from);
    const clocks = await Promise.all(survivors.map(node => clockOffset(cluster(), node)));
    const injectedMs = Date.now();
    const injected = await fault.value.inject(cluster());
    t.true(succeeded(injected), injected.stderr);
    const elsewhere = await waitUntilRuns(cluster(), 'vm1', 120_000, {notOn: from});
    t.true(elsewhere.ok, elsewhere.ok ? '' : elsewhere.error);
    const logs = await Promise.all(
      survivors.map(async (node, index) => {
        const log = await cluster().transport.exec(
          node,
          readOnly(['tail', '-c', '2000000', '/var/log/pacemaker/pacemaker.log']),
        );
        const clock = clocks[index];
        if (!clock?.ok) throw new Error('no clock');
        return {host: node.name, artefact: node.name, text: log.stdout, clock: clock.value};
      }),
    );
    const {moments, problems} = parseRecovery(logs, {node: from, resource: 'vm1', injectedMs});
    t.deepEqual(problems, []);
    t.log(
      Object.entries(moments)
        .map(([phase, at]) => `${phase} ${((at.atMs - injectedMs) / 1000).toFixed(1)} s`)
        .join(', '),
    );
    for (const again of ['once', 'twice']) {
      const healed = await fault.value.heal(cluster());
      t.deepEqual(healed, {ok: true, value: undefined}, again);
    }
    await whole(t);
    t.is((await domains(cluster())).active.filter(({domain}) => domain === 'vm1').length, 1);
  });
}
