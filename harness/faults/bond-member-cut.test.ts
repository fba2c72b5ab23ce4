import {spawnSync} from 'node:child_process';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {bondMemberCut} from './bond-member-cut.ts';

const shown = (state: string) => ({
  stdout: `=== ovs\n---- bond0 ----\nbond_mode: balance-slb\nlacp_status: off\nmember a0: ${state}\nmember a1: enabled\n=== end\n`,
});
const parameters = {plane: 'service', bond: 'bond0', member: 'a0', cut: 'silent'} as const;

const cutOn = (
  cluster: {nodes: readonly Parameters<typeof bondMemberCut.at>[0][number][]},
  cut: 'carrier' | 'silent',
) => bondMemberCut.at(cluster.nodes.slice(0, 1), {...parameters, cut});

test('a silent cut is proven by frames that were dropped while the carrier stayed', async t => {
  const reached = async (stdout: string) => {
    const {cluster} = fakeCluster(() => ({stdout}));
    return cutOn(cluster, 'silent').reached(cluster);
  };
  const rules = (count: number) => `counter packets ${count} bytes 9 drop\n`;
  t.deepEqual(await reached(`1\n${rules(3)}${rules(4)}`), {
    ok: true,
    value: '7 frames dropped, and a0 still has its carrier',
  });
  t.deepEqual(await reached(`1\n${rules(0)}`), {ok: false, error: 'no frame was dropped on a0'});
  t.deepEqual(await reached(`0\n${rules(7)}`), {ok: false, error: 'a0 has lost its carrier'});
});

test('a lost carrier is proven by the bond that no longer counts on the link', async t => {
  const {cluster} = fakeCluster((_, words) => (words.includes('bond/show') ? shown('disabled') : {}));
  t.deepEqual(await cutOn(cluster, 'carrier').reached(cluster), {ok: true, value: 'bond0 sees a0 down'});
});

test('every script is one that a POSIX shell reads, and a name that is none of a device is refused', async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  await cutOn(cluster, 'silent').inject(cluster);
  const [armed] = await cutOn(cluster, 'silent')
    .deadMan(cluster)
    .then(read => (read.ok ? read.value : []));
  for (const script of [asked.at(-1)?.words.replace(/^sh -ec /, '') ?? '', armed?.argv[2] ?? '']) {
    t.regex(script, /seatrial-mute/);
    t.is(spawnSync('sh', ['-n'], {input: script}).status, 0, script);
  }
  const bound = bondMemberCut.on(cluster.nodes.slice(0, 1), {...parameters, member: 'a0; reboot'});
  t.regex(bound.ok ? '' : bound.error, /member/);
});
