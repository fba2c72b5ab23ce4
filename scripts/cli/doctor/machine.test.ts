import test from 'ava';
import {findings, type Machine, packageNames} from './machine.ts';

const good: Machine = {
  isRoot: true,
  nodeVersion: '24.1.0',
  missingPackages: [],
  cores: 2,
  memoryBytes: 8 * 2 ** 30,
  freeMemoryBytes: 6 * 2 ** 30,
  freeDiskBytes: 20 * 2 ** 30,
  namespaces: ['mount', 'pid', 'net', 'uts', 'ipc'],
  hasOverlay: true,
  kvm: 'works',
};

test('a machine that has everything has nothing to do', t => {
  t.deepEqual(
    findings(good).filter(one => one.state !== 'ok' || one.todo !== ''),
    [],
  );
});

const lacks: [string, Partial<Machine>, 'note' | 'missing', RegExp][] = [
  ['root', {isRoot: false}, 'missing', /sudo/],
  ['node', {nodeVersion: '20.11.0'}, 'missing', /npm run seatrial/],
  ['packages', {missingPackages: ['fio', 'iperf3']}, 'missing', /^apt-get update && apt-get install .* fio iperf3$/],
  ['namespaces', {namespaces: ['mount', 'pid']}, 'missing', /--privileged/],
  ['overlay', {hasOverlay: false}, 'missing', /^modprobe overlay$/],
  ['memory', {freeMemoryBytes: 2 ** 30}, 'missing', /--storage nbd/],
  ['disk', {freeDiskBytes: 2 ** 30}, 'missing', /Make room/],
  ['processors', {cores: 1}, 'note', /two or more/],
  ['KVM', {kvm: 'does not work'}, 'note', /^$/],
  ['KVM', {kvm: 'not tried'}, 'note', /^$/],
];
for (const [subject, change, state, todo] of lacks) {
  test(`${JSON.stringify(change)}: it says what to do about ${subject}`, t => {
    const found = findings({...good, ...change}).find(one => one.subject === subject);
    t.is(found?.state, state);
    t.regex(found?.todo ?? 'no such subject', todo);
  });
}

test('a machine without dpkg is no Debian', t => {
  const {missingPackages: _, ...rest} = good;
  t.regex(findings(rest).find(one => one.subject === 'packages')?.text ?? '', /not Debian/);
});

test('comments and empty lines of the list are no packages', t => {
  t.deepEqual(packageNames('# a\n\nfio\niperf3 # load\n'), ['fio', 'iperf3']);
});
