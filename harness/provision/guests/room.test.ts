import test from 'ava';
import {examplePlan} from '../../../fixtures/kit/guests-plan.ts';
import {diskRefusals, memoryRefusals, quotaRefusals} from './room.ts';

const gib = 2 ** 30;

test('an order within its quota is not refused; each limit that is broken has its own sentence', t => {
  const quota = {guests: 2, memoryBytes: gib, vcpus: 2, diskBytes: gib};
  t.deepEqual(quotaRefusals(examplePlan({quota})), []);
  t.deepEqual(quotaRefusals(examplePlan({quota: {...quota, guests: 1}})), [
    'the guests of the inventory would take 2 guests, and the quota is 1',
  ]);
  t.deepEqual(
    quotaRefusals(examplePlan({quota: {guests: 2, memoryBytes: gib - 1, vcpus: 1, diskBytes: 160 * 2 ** 20 - 1}})),
    [
      'the guests of the inventory would take 1 GiB of memory, and the quota is 1024.0 MiB',
      'the guests of the inventory would take 2 virtual CPUs, and the quota is 1',
      'the guests of the inventory would take 160 MiB of disk, and the quota is 160.0 MiB',
    ],
  );
});

const rooms = (...free: number[]) => free.map((freeBytes, index) => ({node: `n${index + 1}`, freeBytes, running: []}));

test('memory: the guests must fit with any one node lost', t => {
  t.deepEqual(memoryRefusals(rooms(2 * gib, 2 * gib, 2 * gib), [gib, gib]), []);
  // With all three nodes they would fit; with n1 or n2 lost only one node has room for one of them.
  const [first, ...more] = memoryRefusals(rooms(1.5 * gib, 1.5 * gib, 0.1 * gib), [gib, gib]);
  t.is(more.length, 1);
  t.is(
    first,
    'with n1 lost the guests would not fit into memory: 2 guests with 2 GiB and 160 MiB each for QEMU must find room (free: n2 1.5 GiB, n3 102.4 MiB)',
  );
});

test('memory: what ran on the lost node needs room too', t => {
  const busy = [
    {node: 'n1', freeBytes: 4 * gib, running: [3 * gib]},
    {node: 'n2', freeBytes: 4 * gib, running: []},
  ];
  t.deepEqual(memoryRefusals(busy, [0.5 * gib]), []);
  t.is(memoryRefusals(busy, [gib]).length, 1);
  // Nothing new takes nothing: a cluster that is full already is not our finding.
  t.deepEqual(memoryRefusals(rooms(0, 0), []), []);
});

test('memory: one node alone cannot lose any', t => {
  t.regex(memoryRefusals(rooms(8 * gib), [gib])[0] ?? '', /free: no other node/);
});

test('disks are counted in full', t => {
  t.deepEqual(diskRefusals(gib, gib, 'pool vms'), []);
  t.deepEqual(diskRefusals(gib, 2 * gib, 'pool vms'), ['the disks may grow to 2 GiB, and pool vms has 1 GiB left']);
});
