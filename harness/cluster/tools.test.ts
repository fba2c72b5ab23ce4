import {spawnSync} from 'node:child_process';
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
