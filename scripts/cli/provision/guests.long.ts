/** Guests on a cluster of strangers, over SSH: made, found whole, refused where they should be, and taken back. */
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {raised} from '../../../fixtures/kit/lab.ts';
import {callIn, overSsh} from '../../../fixtures/kit/ssh-lab.ts';
import {labDown} from '../../../harness/lab/index.ts';
import {markText} from '../../../harness/provision/guests/mark.ts';
import type {Cluster} from '../../../harness/types.ts';
import {guestOrder, orderedGuests} from '../../trials/ordered-guests.ts';

const lab = `guests${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'seatrial-guests-'));
const sure = ['--yes-i-mean', `${lab}-ssh`];
let opened: Cluster;

const order = {
  // A lab's host has little room elsewhere, and forgets it with its power.
  ...guestOrder,
  folder: '/var/lib/seatrial/disk/guests',
  owner: 'ops@example.org',
  store: {kind: 'rbd', pool: 'guests'},
};

function inventoryWith(change: object = {}): string {
  const base: unknown = JSON.parse(readFileSync(join(folder, 'cluster.yaml'), 'utf8'));
  const path = join(folder, 'with-guests.yaml');
  writeFileSync(
    path,
    JSON.stringify({...Object(base), guests: orderedGuests, provision: {guests: {...order, ...change}}}),
  );
  return path;
}

async function seatrial(...words: string[]): Promise<{code: number | null; said: string; seconds: number}> {
  const begin = performance.now();
  const ended = await callIn(lab, ...words).ended;
  return {...ended, seconds: (performance.now() - begin) / 1000};
}

async function onNode(...argv: [string, ...string[]]): Promise<string> {
  const [host] = opened.nodes;
  if (host === undefined) throw new Error('no node');
  const {exit, stdout, stderr} = await opened.transport.exec(host, {argv, timeoutMs: 20_000, idempotent: true});
  if (exit.kind !== 'exited' || exit.code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
  return stdout;
}

/** Everything of ours that could be left, as the tools themselves tell it. */
const traces = async (): Promise<string> =>
  onNode(
    'sh',
    '-c',
    'rbd ls guests | grep -e sea- -e seatrial-order; cibadmin --query | grep -e sea- -e seatrial-order; ls /var/lib/seatrial/disk/guests /etc/seatrial /var/log/libvirt/qemu 2>/dev/null | grep sea; virsh list --all --name | grep -e sea- -e seatrial-order; true',
  );

test.before(async t => {
  t.timeout(120_000);
  opened = await raised({name: lab, nodes: 3, storage: 'ceph', guests: 0});
  await overSsh(opened, `${lab}-ssh`, folder);
  const enclosure = readFileSync(`/var/lib/seatrial/labs/${lab}/rack`, 'utf8').split(' ')[0] ?? '';
  execFileSync('nsenter', ['-t', enclosure, '-n', 'ip', 'addr', 'replace', '10.77.0.2/24', 'dev', 'management']);
});

test.after.always(async () => {
  await labDown(lab);
  rmSync(folder, {recursive: true, force: true});
});

test.serial('refused, with every reason, before anything is made', async t => {
  t.timeout(60_000);
  await onNode('rbd', 'create', '--size=1M', 'guests/sea-vm1-ledger');
  const change = {quota: {...order.quota, guests: 1, memory: '512 MiB'}, expires: '2020-01-01', bridge: 'br-none'};
  const {code, said} = await seatrial('provision', '--guests', '--inventory', inventoryWith(change));
  t.is(code, 3, said);
  t.regex(said, /would take 2 guests, and the quota is 1/);
  t.regex(said, /would take 768 MiB of memory, and the quota is 512 MiB/);
  t.regex(said, /may be there until 2020-01-01/);
  t.regex(said, /n1, n2, n3: there is no bridge br-none/);
  t.regex(said, /disk sea-vm1-ledger is there and not ours: it has no mark of seatrial/);
  await onNode('rbd', 'rm', '--no-progress', 'guests/sea-vm1-ledger');
  t.is(await traces(), '');
});

test.serial('made, whole, unchanged by a second run', async t => {
  t.timeout(180_000);
  const inventory = inventoryWith();
  const made = await seatrial('provision', '--guests', '--inventory', inventory);
  t.log(`provision: ${made.seconds.toFixed(1)} s`, made.said);
  t.is(made.code, 0, made.said);
  const again = await seatrial('provision', '--guests', '--inventory', inventory, '--json');
  t.log(`again: ${again.seconds.toFixed(1)} s`, again.said);
  t.is(again.code, 0, again.said);
  t.regex(again.said, /guests: nothing is missing/);
  t.false(/"changed": [1-9]/.test(again.said), again.said);
});

test.serial('one more is ordered by a trial, serves, and changes nothing the second time', async t => {
  t.timeout(420_000);
  const trial = {address: '10.77.3.160', memory: '384 MiB', vcpus: 1, disk: '64 MiB'};
  const inventory = inventoryWith({trial});
  const out = join(folder, 'deploy');
  const words = ['--only', 'deploy/guest', '--profile', 'as-found', '--reps', '1', '--out', out];
  const tried = await seatrial('accept', '--inventory', inventory, ...words, '--allow', 'disruptive', ...sure);
  t.log(`${tried.seconds.toFixed(1)} s`, tried.said);
  t.regex(tried.said, /seatrial-order-1 serves [\d.]+ s after the order/);
  const report: unknown = JSON.parse(readFileSync(join(out, 'report/report.json'), 'utf8'));
  t.like(report, {trials: [{status: 'done'}]});
  t.regex(JSON.stringify(report), /"metric":"deploy.changed-again","unit":"count","value":0/);
  t.notRegex(await traces(), /seatrial-order/);
});

test.serial('taken back without a trace, and what is not ours left alone', async t => {
  t.timeout(120_000);
  const inventory = inventoryWith();
  // Left behind by another machine, and one that is somebody else's.
  const mark = {...order, cluster: `${lab}-ssh`, made: '2026-01-01', digest: '0123456789abcdef'};
  for (const image of ['guests/sea-vm9-ledger', 'guests/sea-theirs']) await onNode('rbd', 'create', '--size=1M', image);
  await onNode('rbd', 'image-meta', 'set', 'guests/sea-vm9-ledger', 'seatrial', markText(mark));
  const gone = await seatrial('unprovision', '--guests', '--inventory', inventory, ...sure);
  t.log(`unprovision: ${gone.seconds.toFixed(1)} s`, gone.said);
  t.is(gone.code, 0, gone.said);
  t.regex(gone.said, /disk sea-theirs has the prefix sea- and not the mark of ops@example.org: left alone/);
  t.is(await traces(), 'sea-theirs\n');
});
