import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {allOnline, fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {corosyncLinkCut, unconnected} from './corosync-link-cut.ts';

/** What the order comes to where these programs answer so, and nft prints what it is given. */
async function rulesFor(cfgtool: string, sockets: string, link = 1) {
  const {cluster, asked} = fakeCluster(() => ({}));
  await corosyncLinkCut.at(cluster.nodes.slice(0, 1), {link}).inject(cluster);
  const script = asked.at(-1)?.words.replace(/^sh -ec /, '') ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-links-'));
  const answers = {'corosync-cfgtool': cfgtool, ss: sockets};
  for (const [name, text] of Object.entries(answers)) {
    writeFileSync(join(folder, `${name}.txt`), text);
    writeFileSync(join(folder, name), `#!/bin/sh\ncat ${folder}/${name}.txt\n`, {mode: 0o755});
  }
  writeFileSync(join(folder, 'nft'), '#!/bin/sh\n[ "$1" = list ] || cat\n', {mode: 0o755});
  const ran = spawnSync('sh', ['-ec', script], {env: {PATH: `${folder}:${process.env.PATH}`}});
  rmSync(folder, {recursive: true});
  return {status: ran.status, out: `${ran.stdout}${ran.stderr}`};
}

/** Corosync 3.1.7. */
const twoLinks = (first: string, second: string) =>
  `Local node ID 1, transport knet\nLINK ID 0 udp\n\taddr\t= ${first}\n\tstatus:\n\t\tnodeid:          1:\tlocalhost\n\t\tnodeid:          2:\tconnected\nLINK ID 1 udp\n\taddr\t= ${second}\n\tstatus:\n\t\tnodeid:          1:\tlocalhost\n\t\tnodeid:          2:\tconnected\n`;
const socket = (address: string) => `UNCONN 0 0 ${address} 0.0.0.0:* users:(("corosync",pid=80,fd=24))\n`;

test('the link is cut by its own address and port, and nothing else of the plane', async t => {
  const sockets = socket('10.77.1.11:5405') + socket('10.77.2.11:5406');
  const {status, out} = await rulesFor(twoLinks('10.77.1.11', '10.77.2.11'), sockets);
  t.is(status, 0, out);
  t.regex(out, /ip daddr 10\.77\.2\.11 udp dport 5406 counter drop/);
  t.regex(out, /ip saddr 10\.77\.2\.11 udp sport 5406 counter drop/);
  t.notRegex(out, /5405|10\.77\.1/);
  const six = await rulesFor(twoLinks('fd00::1', 'fd01::1'), socket('[fd00::1]:5405') + socket('[fd01::1]:5406'));
  t.regex(six.out, /ip6 daddr fd01::1 udp dport 5406 counter drop/);
});

test('a link that is not there, or that nobody listens on, is refused in a sentence', async t => {
  const sockets = socket('10.77.1.11:5405');
  const none = await rulesFor(twoLinks('10.77.1.11', '10.77.2.11'), sockets, 2);
  t.deepEqual([none.status, none.out], [1, 'Corosync has no link 2 here\n']);
  const deaf = await rulesFor(twoLinks('10.77.1.11', '10.77.2.11'), sockets);
  t.deepEqual([deaf.status, deaf.out], [1, 'Corosync listens nowhere at 10.77.2.11\n']);
});

const dropped = twoLinks('10.77.1.11', '10.77.2.11').replace(/(LINK ID 1[\s\S]*)connected/, '$1disconnected');

test('it is healed when the link is connected again, and not before', async t => {
  let looks = 0;
  const {cluster} = fakeCluster((_host, words) => {
    if (words.startsWith('crm_mon')) return {stdout: allOnline};
    if (words !== 'corosync-cfgtool -s') return {};
    looks += 1;
    return {stdout: looks < 3 ? dropped : twoLinks('10.77.1.11', '10.77.2.11')};
  });
  const fault = corosyncLinkCut.at(cluster.nodes.slice(0, 1), {link: 1});
  t.deepEqual(await fault.heal(cluster), {ok: true, value: undefined});
  t.is(looks, 3);
});

test('a node that no link reaches is not waited for, nor a link that is not there; silence is', t => {
  t.is(unconnected(twoLinks('10.77.1.11', '10.77.2.11'), 1), undefined);
  t.is(unconnected(dropped, 1), 'it is not connected to node 2');
  t.is(unconnected(dropped, 0), undefined);
  const gone = twoLinks('10.77.1.11', '10.77.2.11').replaceAll('\tconnected', '\tdisconnected');
  t.is(unconnected(gone, 1), undefined);
  t.is(unconnected(twoLinks('10.77.1.11', '10.77.2.11'), 5), undefined);
  t.is(unconnected('', 1), 'corosync-cfgtool lists no link');
});
