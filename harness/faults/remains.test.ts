/** With the real cibadmin, on a configuration as a cluster had it. */
import {copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {runLocally} from '../transport/local.ts';
import {clockFile} from './clock-step.ts';
import {fillFolder} from './disk-full.ts';
import {overlayXml, removeOverlays} from './fence-overlay.ts';
import {hungFolder} from './guest-hung.ts';
import {hogFolder} from './hog.ts';
import {remainsScript} from './remains.ts';

const recorded = join(import.meta.dirname, '../../fixtures/pacemaker-2.1.5/simulate/cib.xml');

test('planted: what a fence fault lays over a device is found, on the copy that a node holds, until it is taken away', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-remains-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const cib = join(folder, 'cib.xml');
  copyFileSync(recorded, cib);
  const shell = (script: string) =>
    runLocally({argv: ['env', `CIB_file=${cib}`, 'sh', '-c', script], timeoutMs: 20_000, idempotent: true});
  const left = async () =>
    (await shell(`${remainsScript}; true`)).stdout.split('\n').filter(line => /overlay/.test(line));
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

test('planted: hogs, files that fill, stopped guests and stepped clocks are found by their files', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-remains-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const places = [hogFolder, fillFolder, hungFolder, clockFile];
  const script = places.reduce((text, place) => text.replaceAll(place, join(folder, place)), remainsScript);
  const found = async () => {
    const {stdout} = await runLocally({argv: ['sh', '-c', `${script}; true`], timeoutMs: 20_000, idempotent: true});
    return stdout.split('\n').filter(line => /^a (hog|file|guest|clock)/.test(line));
  };
  t.deepEqual(await found(), []);
  const files = [
    `${hogFolder}/cpu-hog.pid`,
    `${hogFolder}/cpu-hog.size`,
    `${fillFolder}/seatrial-disk-full`,
    `${hungFolder}/vm1`,
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
    `a clock that was stepped: ${join(folder, clockFile)}`,
  ]);
});
