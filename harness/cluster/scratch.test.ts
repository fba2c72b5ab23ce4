import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {parseFacts, scratchFactsArgv, scratchRefusals, whyNot} from './scratch.ts';

const empty = 'real /dev/vdc\nkind block\nserial seatrial-scratch\nsignatures read\n';
const why = (text: string, serial?: string) => whyNot(parseFacts(text), serial);

test('an empty whole disk that nobody uses may be written to', t => {
  t.deepEqual(why(empty), []);
  t.deepEqual(why(empty, 'seatrial-scratch'), []);
  // As a SCSI disk gives it, with the page's own bytes before it.
  t.deepEqual(why(empty.replace('serial ', 'serial A0'), 'seatrial-scratch'), []);
});

const planted: readonly [string, string, string][] = [
  ['no such device', 'kind nothing\n', 'there is no such device'],
  ['a file', 'real /dev/vdc\nkind other\n', 'it is no block device (other)'],
  ['nothing at all', '', 'it is no block device (unknown)'],
  ['the ledger', `${empty}ledger 1\n`, 'it is the disk of the ledger'],
  ['a partition', `${empty}part-of-a-disk 1\n`, 'it is a part of a disk, and no whole one'],
  ['a write lock', `${empty}read-only 1\n`, 'it is read-only'],
  ['partitions', `${empty}partition vdc1\npartition vdc2\n`, 'it has partitions: vdc1, vdc2'],
  ['a holder', `${empty}holder dm-0\n`, 'it is held by dm-0'],
  ['a mount', `${empty}mounted /srv/my data\n`, 'it is mounted on /srv/my data'],
  ['swap', `${empty}swap 1\n`, 'it is used as swap'],
  ['file systems', `${empty}signature ext4\nsignature gpt\n`, 'it carries ext4, gpt'],
  ['no wipefs', 'kind block\nsignatures unknown: there is no wipefs\n', 'signatures are unknown: there is no wipefs'],
  ['a script that was cut off', 'kind block\n', 'signatures are not looked for'],
];
for (const [what, text, sentence] of planted) test(`planted: ${what}`, t => t.deepEqual(why(text), [sentence]));

test('planted: another serial than the inventory says', t => {
  t.deepEqual(why(empty, 'scratch-of-vm2'), ['its serial is seatrial-scratch, and the inventory says scratch-of-vm2']);
  t.deepEqual(why('kind block\nsignatures read\n', 'x'), ['its serial is not known, and the inventory says x']);
});

/** A real block device of 8 MiB. */
function loopDevice(t: ExecutionContext): {device: string; file: string} {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-scratch-'));
  const file = join(folder, 'disk');
  writeFileSync(file, '');
  truncateSync(file, 8 * 2 ** 20);
  const device = execFileSync('losetup', ['--find', '--show', file], {encoding: 'utf8'}).trim();
  t.teardown(() => {
    execFileSync('losetup', ['--detach', device]);
    rmSync(folder, {recursive: true, force: true});
  });
  return {device, file};
}

function look(device: string): readonly string[] {
  const [program, ...argv] = scratchFactsArgv(device);
  return why(execFileSync(program, argv, {encoding: 'utf8'}));
}

function hasLoops(): boolean {
  try {
    execFileSync('losetup', ['--find'], {stdio: 'ignore'});
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}
const withLoops = hasLoops() ? test : test.skip;

withLoops('real devices: an empty one, and what is put on it', t => {
  const {device} = loopDevice(t);
  t.deepEqual(look(device), []);
  execFileSync('mke2fs', ['-q', '-t', 'ext4', device]);
  t.deepEqual(look(device), ['it carries ext4']);
  execFileSync('wipefs', ['--all', '--quiet', device]);
  t.deepEqual(look(device), []);
  execFileSync('mkswap', [device], {stdio: 'ignore'});
  t.deepEqual(look(device), ['it carries swap']);
  execFileSync('wipefs', ['--all', '--quiet', device]);
  // A table with one Linux partition.
  const table = Buffer.alloc(512);
  table.set([0, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 16, 0, 0], 446);
  table.set([0x55, 0xaa], 510);
  writeFileSync(device, table, {flag: 'r+'});
  t.deepEqual(look(device), ['it carries dos']);
});

withLoops('real devices: one that is mounted, and a link to it', t => {
  const {device} = loopDevice(t);
  execFileSync('mke2fs', ['-q', device]);
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-mount-'));
  execFileSync('mount', [device, folder]);
  t.teardown(() => {
    execFileSync('umount', [folder]);
    rmSync(folder, {recursive: true});
  });
  t.true(look(device).includes(`it is mounted on ${folder}`), look(device).join());
  const link = `${folder}-link`;
  execFileSync('ln', ['-s', device, link]);
  t.teardown(() => rmSync(link));
  t.deepEqual(look(link), look(device));
});

test('real paths that are no devices', t => {
  t.deepEqual(look('/dev/seatrial-is-not-there'), ['there is no such device']);
  t.deepEqual(look('/dev/null'), ['it is no block device (other)']);
  t.deepEqual(look('/etc/passwd'), ['it is no block device (other)']);
});

test('a guest whose devices nobody can see is refused', async t => {
  const {cluster} = fakeCluster((_, words) =>
    words.endsWith('domstate vm1') || words.endsWith('domstate vm2')
      ? {exit: 1}
      : {exit: 1, stderr: 'error: QEMU guest agent is not configured'},
  );
  const refused = await scratchRefusals(cluster);
  t.is(refused.length, 2);
  t.regex(refused[0] ?? '', /^\/dev\/scratch of vm1 is not written to, since nobody can see what it is: /);
});
