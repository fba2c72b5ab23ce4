import test from 'ava';
import {type Answer, fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import type {Leftover, Trial} from '../../harness/types.ts';
import {heldInGroups, heldTo} from './held.ts';

const pins: Record<string, string> = {
  'vcpupin vm1': ' VCPU   CPU Affinity\n----------------------\n 0      0-3\n',
  'emulatorpin vm1': 'emulator: CPU Affinity\n----------------------------------\n       *: 0-3\n',
};
const list = ' Id   Name   State\n----------------------\n 1    vm1    running\n';
const refused: Answer = {exit: 1, stderr: 'error: Invalid value'};

/** A guest on n1; `answers` by what virsh is asked. `journal`: `+` and `-` for what is written down, and taken back. */
function trialWith(answers: Record<string, Answer>) {
  const {cluster, asked} = fakeCluster((host, words) => {
    const order = words.replace(/^virsh .*qemu:\/\/\/system /, '');
    const answer = Object.entries(answers).find(([begin]) => order.startsWith(begin))?.[1];
    if (answer !== undefined) return answer;
    if (words.endsWith(' list')) return {stdout: host === 'n1' ? list : ''};
    return {stdout: pins[order] ?? ''};
  });
  const journal: string[] = [];
  const leave = async ({what}: Leftover) => {
    journal.push(`+${what}`);
    return async () => void journal.push(`-${what}`);
  };
  const [guest] = cluster.guests;
  const [node] = cluster.nodes;
  if (guest === undefined || node === undefined) throw new Error('no guest, or no node');
  const orders = () =>
    asked.flatMap(({words}) =>
      words.includes(' --live') ? [words.replace(/^.*\/system /, '').replace(' --live', '')] : [],
    );
  return {trial: {cluster, leave} as unknown as Trial, placed: {guest, node}, journal, orders};
}

test('a guest is pinned after it is written down, and unpinned before that is taken back', async t => {
  const {trial, placed, journal, orders} = trialWith({});
  const held = await heldTo(trial, placed, [2, 3]);
  t.deepEqual(journal, ['+pinned-guest']);
  await held.lift();
  t.deepEqual(journal, ['+pinned-guest', '-pinned-guest']);
  t.deepEqual(orders(), ['vcpupin vm1 0 2,3', 'emulatorpin vm1 2,3', 'vcpupin vm1 0 0-3', 'emulatorpin vm1 0-3']);
});

test('what is refused half-way is undone, and told', async t => {
  const {trial, placed, journal, orders} = trialWith({'emulatorpin vm1 2': refused});
  await t.throwsAsync(heldTo(trial, placed, [2]), {message: /Invalid value/});
  t.deepEqual(journal, ['+pinned-guest', '-pinned-guest']);
  t.deepEqual(orders().slice(-2), ['vcpupin vm1 0 0-3', 'emulatorpin vm1 0-3']);
});

test('where libvirt has groups, pins and memory go through it, and a lower limit of the owner stays', async t => {
  const own = (limit: string) =>
    trialWith({'memtune vm1 --hard-limit': {}, memtune: {stdout: `hard_limit     : ${limit}\n`}});
  const unlimited = own('unlimited');
  const held = await heldInGroups(unlimited.trial, unlimited.placed, [3]);
  t.is(held.memoryBytes, 1.5 * unlimited.placed.guest.memoryBytes + 2 ** 30);
  t.is(held.inOwnGroups, undefined);
  await held.lift();
  t.deepEqual(unlimited.journal, ['+pinned-guest', '+held-guest', '-held-guest', '-pinned-guest']);
  t.regex(
    unlimited.orders().join('; '),
    /vcpupin vm1 0 3; .*memtune vm1 --hard-limit \d{7,}; memtune vm1 --hard-limit -1; vcpupin vm1 0 0-3/,
  );
  const limited = own('600000');
  t.is((await heldInGroups(limited.trial, limited.placed, [3])).memoryBytes, 600_000 * 1024);
});

test('a limit that libvirt refuses leaves nothing in force', async t => {
  const {trial, placed, journal} = trialWith({
    'memtune vm1 --hard-limit -1': {},
    'memtune vm1 --hard-limit': refused,
    memtune: {stdout: 'hard_limit     : unlimited\n'},
  });
  await t.throwsAsync(heldInGroups(trial, placed, [3]), {message: /Invalid value/});
  t.deepEqual(journal, ['+pinned-guest', '+held-guest', '-held-guest', '-pinned-guest']);
});

test('where libvirt has none, the guest is moved into a group of our own, and its pins stay as they are', async t => {
  const {trial, placed, journal, orders} = trialWith({memtune: refused, 'sh -c': {stdout: 'cpuset /\nmemory /\n'}});
  const held = await heldInGroups(trial, placed, [3]);
  t.true(held.inOwnGroups);
  await held.lift();
  t.deepEqual(journal, ['+held-guest', '-held-guest']);
  t.deepEqual(orders(), []);
});
