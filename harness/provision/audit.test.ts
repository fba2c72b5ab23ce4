import test from 'ava';
import {auditOf, compareSnapshots, differenceSentence, type Snapshot} from './audit.ts';

const before: Snapshot = {
  package: {bash: 'ii 5.2', 'openssh-server': 'ii 9.2'},
  file: {'/etc/hosts': 'file 644 0:0 abc', '/etc/ssh': 'folder 755 0:0'},
  unit: {'ssh.service': 'enabled'},
};

const sentences = (after: Snapshot) => compareSnapshots('n1', before, after).map(differenceSentence);

test('a host that is as it was has no differences', t => {
  t.deepEqual(compareSnapshots('n1', before, structuredClone(before)), []);
});

for (const [what, after, expected] of [
  [
    'a package left behind',
    {package: {...before.package, corosync: 'ii 3.1.9'}},
    'n1: package corosync was not there before (ii 3.1.9)',
  ],
  [
    'a configuration of a package left behind',
    {package: {...before.package, corosync: 'rc 3.1.9'}},
    'n1: package corosync was not there before (rc 3.1.9)',
  ],
  [
    'a file left behind',
    {file: {...before.file, '/etc/ceph/ceph.conf': 'file 644 0:0 d'}},
    'n1: file /etc/ceph/ceph.conf was not there before (file 644 0:0 d)',
  ],
  [
    'a file changed',
    {file: {...before.file, '/etc/hosts': 'file 644 0:0 def'}},
    'n1: file /etc/hosts was file 644 0:0 abc and is file 644 0:0 def',
  ],
  [
    'a file whose owner changed',
    {file: {...before.file, '/etc/ssh': 'folder 755 64045:0'}},
    'n1: file /etc/ssh was folder 755 0:0 and is folder 755 64045:0',
  ],
  [
    'a unit left behind',
    {unit: {...before.unit, 'seatrial-firewall.service': 'enabled'}},
    'n1: unit seatrial-firewall.service was not there before (enabled)',
  ],
  ['a unit disabled', {unit: {'ssh.service': 'disabled'}}, 'n1: unit ssh.service was enabled and is disabled'],
  ['too much taken away', {package: {bash: 'ii 5.2'}}, 'n1: package openssh-server is gone (was ii 9.2)'],
] as const) {
  test(`planted: ${what}`, t => {
    t.deepEqual(sentences({...before, ...after}), [expected]);
  });
}

test('planted: a kind that one side did not look at is no agreement', t => {
  const {unit: _, ...less} = before;
  t.deepEqual(sentences(less), ['n1: unit all of it is gone (was looked at)']);
});

test('only results with both snapshots count as audited', t => {
  const result = (host: string, raw: Record<string, unknown>) =>
    ({kind: 'result', result: {host, task: 'take back', state: 'changed', text: '', diff: '', raw}}) as const;
  const {hosts, differences} = auditOf([
    result('n1', {audit: {before, after: before}}),
    result('n2', {audit: {before}}),
    result('n3', {}),
    result('n4', {audit: {before, after: {...before, unit: {}}}}),
  ]);
  t.deepEqual(hosts, ['n1', 'n4']);
  t.deepEqual(differences.map(differenceSentence), ['n4: unit ssh.service is gone (was enabled)']);
});
