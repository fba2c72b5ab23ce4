import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {beaconTimes, cephFsState, unnoticed} from './cephfs.ts';

/** `ceph status` of a file system, as Ceph 16.2 words it. */
const status = (ranks: readonly [name: string, status: string][], standby: number) => ({
  fsmap: {
    epoch: 9,
    id: 1,
    up: ranks.length,
    in: 1,
    max: 1,
    by_rank: ranks.map(([name, state]) => ({filesystem_id: 1, rank: 0, name, status: state, gid: 4211})),
    'up:standby': standby,
  },
});

function asked(answer: unknown) {
  const {cluster} = fakeCluster(() => ({stdout: JSON.stringify(answer)}));
  const [host] = cluster.nodes;
  if (host === undefined) throw new Error('no node');
  return cephFsState({transport: cluster.transport, host});
}

test('a file system is whole with an active server and one that stands by; each lack has its words', async t => {
  t.deepEqual(await asked(status([['n1', 'up:active']], 1)), {
    ok: true,
    value: {active: ['n1'], standby: 1, gap: undefined},
  });
  const replayed = await asked(
    status(
      [
        ['n1', 'up:active'],
        ['n2', 'up:standby-replay'],
      ],
      0,
    ),
  );
  t.is(replayed.ok && replayed.value.gap, undefined);
  for (const [answer, gap] of [
    [status([['n1', 'up:active']], 0), 'no metadata server stands by'],
    [status([['n2', 'up:replay']], 1), 'metadata server n2 of rank 0 is up:replay'],
    [status([], 1), '0 of 1 ranks of the CephFS have an active metadata server'],
    [{fsmap: {epoch: 1, by_rank: [], 'up:standby': 0}}, 'there is no CephFS'],
  ] as const) {
    const state = await asked(answer);
    t.is(state.ok ? state.value.gap : state.error, gap);
  }
  const foreign = await asked({health: {}});
  t.regex(foreign.ok ? '' : foreign.error, /fsmap/);
});

const times = (values: Readonly<Record<string, string>>) => {
  const {cluster} = fakeCluster((_, words) => ({stdout: `${values[words.split(' ').at(-1) ?? ''] ?? ''}\n`}));
  const [host] = cluster.nodes;
  if (host === undefined) throw new Error('no node');
  return beaconTimes({transport: cluster.transport, host});
};

test('a dead server is noticed where grace less interval is more than a tick, and stays active where it is as long', async t => {
  const stock = await times({mds_beacon_grace: '15.000000', mds_beacon_interval: '4.000000', mon_tick_interval: '5'});
  if (!stock.ok) return t.fail(stock.error);
  t.deepEqual(stock.value, {graceSeconds: 15, intervalSeconds: 4, tickSeconds: 5});
  t.is(unnoticed('metadata server', stock.value), undefined);
  t.regex(unnoticed('metadata server', {graceSeconds: 4, intervalSeconds: 1, tickSeconds: 5}) ?? '', /is 3 s/);
  t.regex(unnoticed('manager', {graceSeconds: 7, intervalSeconds: 2, tickSeconds: 5}) ?? '', /dead manager .* is 5 s/);
  const silent = await times({mds_beacon_grace: '15'});
  t.regex(silent.ok ? '' : silent.error, /said "\\n"/);
});
