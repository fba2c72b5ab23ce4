/** With real processes of this machine. */
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {localTransport} from '../transport/local.ts';
import {isProcess, remainsOn} from './remains.ts';

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
