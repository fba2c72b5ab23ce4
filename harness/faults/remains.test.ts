/** With real processes of this machine, and the real cibadmin on a configuration as a cluster had it. */
import {spawn} from 'node:child_process';
import {copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {localTransport, runLocally} from '../transport/local.ts';
import {clockFile} from './clock-step.ts';
import {fillFolder} from './disk-full.ts';
import {overlayXml, removeOverlays} from './fence-overlay.ts';
import {hungFolder} from './guest-hung.ts';
import {hogFolder} from './hog.ts';
import {keptLinks} from './link-kept.ts';
import {faultsScript, isProcess, remainsOn} from './remains.ts';

const recorded = join(import.meta.dirname, '../../fixtures/pacemaker-2.1.5/simulate/cib.xml');

test('planted: what a fence fault lays over a device is found, on the copy that a node holds, until it is taken away', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-remains-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const cib = join(folder, 'cib.xml');
  copyFileSync(recorded, cib);
  const shell = (script: string) =>
    runLocally({argv: ['env', `CIB_file=${cib}`, 'sh', '-c', script], timeoutMs: 20_000, idempotent: true});
  const left = async () =>
    (await shell(`${faultsScript}; true`)).stdout.split('\n').filter(line => /overlay/.test(line));
  t.deepEqual(await left(), []);
  const overlay = join(folder, 'overlay.xml');
  for (const device of ['fence-n1', 'fence-n2']) {
    writeFileSync(overlay, overlayXml(device, {password: 'not-the-password'}));
    const put = await shell(`cibadmin --modify --allow-create --scope resources --xml-file ${overlay}`);
    t.deepEqual(put.exit, {kind: 'exited', code: 0}, put.stderr);
  }
  t.deepEqual(await left(), [
    'an overlay of a fence device: seatrial-fault-fence-n1',
    'an overlay of a fence device: seatrial-fault-fence-n2',
  ]);
  t.deepEqual((await shell(removeOverlays)).exit, {kind: 'exited', code: 0});
  t.deepEqual(await left(), []);
});

test('planted: hogs, files that fill, stopped guests, links and stepped clocks are found by their files', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-remains-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const places = [hogFolder, fillFolder, hungFolder, keptLinks, clockFile];
  const script = places.reduce((text, place) => text.replaceAll(place, join(folder, place)), faultsScript);
  const found = async () => {
    const {stdout} = await runLocally({argv: ['sh', '-c', `${script}; true`], timeoutMs: 20_000, idempotent: true});
    return stdout.split('\n').filter(line => /^a (hog|file|guest|link|clock)/.test(line));
  };
  t.deepEqual(await found(), []);
  const files = [
    `${hogFolder}/cpu-hog.pid`,
    `${hogFolder}/cpu-hog.size`,
    `${fillFolder}/seatrial-disk-full`,
    `${hungFolder}/vm1`,
    `${keptLinks}serv0`,
    clockFile,
  ];
  for (const file of files) {
    mkdirSync(join(folder, file, '..'), {recursive: true});
    writeFileSync(join(folder, file), '');
  }
  t.deepEqual(await found(), [
    'a guest that was stopped: vm1',
    'a hog: cpu-hog',
    `a file that fills a disk: ${join(folder, fillFolder)}/seatrial-disk-full`,
    `a link that was taken down: ${join(folder, keptLinks)}serv0`,
    `a clock that was stepped: ${join(folder, clockFile)}`,
  ]);
});

test('a program of ours that has been running for long is found; a young one, another one, and one of others are not', async t => {
  t.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'remains-'));
  const [ours, daemon] = [join(folder, 'seatrial-left'), join(folder, 'corosync')];
  for (const path of [ours, daemon]) symlinkSync('/bin/sleep', path);
  const marked = {SEATRIAL_COMMAND: 'token'};
  const started = [
    spawn(ours, ['60'], {env: marked, stdio: 'ignore'}),
    spawn(ours, ['60'], {env: {}, stdio: 'ignore'}),
    spawn(daemon, ['60'], {env: marked, stdio: 'ignore'}),
  ];
  const [host] = fakeCluster(() => undefined).cluster.nodes;
  if (host === undefined) return t.fail();
  const found = async () => {
    const remains = await remainsOn({transport: localTransport()}, host);
    const lines = remains.ok ? remains.value.filter(isProcess) : [];
    return started.map(({pid}) => lines.some(line => line.startsWith(`a process: ${pid} seatrial-left `)));
  };
  try {
    t.deepEqual(await found(), [false, false, false]);
    await sleep(11_000);
    t.deepEqual(await found(), [true, false, false]);
  } finally {
    for (const child of started) child.kill();
    rmSync(folder, {recursive: true, force: true});
  }
});
