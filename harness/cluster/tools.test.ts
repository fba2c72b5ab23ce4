import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {lackingTools} from './tools.ts';

const all = ['packet-rules', 'random-loss', 'rate-limit', 'duplicates', 'libvirtd', 'virtqemud'] as const;

test('a tool that one node lacks is lacking, with that node and what it said; asked once each', async t => {
  const {cluster, asked} = fakeCluster((host, words) =>
    host === 'n2' && words.includes('tbf') ? {exit: 1, stderr: 'qdisc kind is unknown'} : {},
  );
  const lacking = await lackingTools(cluster, ['rate-limit', 'libvirtd', 'rate-limit']);
  t.deepEqual(
    [...lacking],
    [['rate-limit', 'needs tc with tbf, or nft with limit: sh on n2 exited 1: qdisc kind is unknown']],
  );
  t.is(asked.length, 6);
  t.is((await lackingTools(cluster, [])).size, 0);
});

test('no question changes a network that is not its own, and each is one that a POSIX shell reads', async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  await lackingTools(cluster, all);
  for (const {words} of asked) {
    const script = words.replace(/^sh -c /, '');
    t.is(spawnSync('sh', ['-n'], {input: script}).status, 0, script);
    for (const [, before = ''] of script.matchAll(/([^|]*)(?:nft -f|tc qdisc add|iptables -A)/g))
      t.regex(before, /unshare --net/, script);
  }
});

/** What a probe ends with where this program prints that. */
async function probed(tool: 'bond' | 'two-links', program: string, prints: string) {
  const {cluster, asked} = fakeCluster(() => ({}));
  await lackingTools(cluster, [tool]);
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-tools-'));
  writeFileSync(join(folder, 'printed'), prints);
  writeFileSync(join(folder, program), `#!/bin/sh\ncat ${folder}/printed\n`, {mode: 0o755});
  const script = asked[0]?.words.replace(/^sh -c /, '') ?? '';
  const {status, stderr} = spawnSync('sh', ['-c', script], {env: {PATH: `${folder}:${process.env.PATH}`}});
  rmSync(folder, {recursive: true});
  return [status, String(stderr)];
}

test('a bond counts with two links that are up, of one bond; and Corosync with two links', async t => {
  const bond = (...states: readonly string[]) =>
    `---- bond ----\nbond_mode: balance-slb\n${states.map((state, index) => `member e${index}: ${state}\n`).join('')}`;
  const none = [1, 'neither /proc/net/bonding nor ovs-appctl bond/show has one\n'];
  t.deepEqual(await probed('bond', 'ovs-appctl', bond('enabled', 'enabled')), [0, '']);
  t.deepEqual(await probed('bond', 'ovs-appctl', bond('enabled', 'disabled')), none);
  t.deepEqual(await probed('bond', 'ovs-appctl', bond('enabled') + bond('enabled')), none);
  const links = (count: number) => Array.from({length: count}, (_, link) => `LINK ID ${link} udp\n`).join('');
  t.deepEqual(await probed('two-links', 'corosync-cfgtool', links(2)), [0, '']);
  t.deepEqual(await probed('two-links', 'corosync-cfgtool', links(1)), [1, 'corosync-cfgtool -s shows one\n']);
});
