import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {recordedFiles} from '../../fixtures/kit/recorded-artefacts.ts';
import {artefactsOf} from '../../fixtures/kit/replay-transport.ts';
import type {Guest, Store} from '../../harness/types.ts';
import {backends} from './backends.ts';
import {measureBackends} from './backends-measure.ts';
import {cacheRefusal, storeRefusal} from './stores-ready.ts';

/** A lab's guest under emulation, on a machine busy with other things: an iSCSI disk, and a Gluster one. */
const stored = () => recordedFiles('storage-backends');

const jobs = [
  {depth: 1, direction: 'read'},
  {depth: 1, direction: 'write'},
] as const;
const measured = (kept: Map<string, string>) => measureBackends(artefactsOf(kept), jobs, 3);

function replace(kept: Map<string, string>, name: string, before: string | RegExp, after: string): Map<string, string> {
  const text = kept.get(name) ?? '';
  const changed = text.replace(before, after);
  if (changed === text) throw new Error(`${name} has no ${before}`);
  return kept.set(name, changed);
}

test('a store is measured, and held against the null disk of the same minute', t => {
  const {samples, problems, findings} = measured(stored());
  const of = (metric: string, store: string, direction: string) =>
    samples.find(({metric: own, labels}) => own === metric && labels.store === store && labels.direction === direction);
  t.is(of('storage.share', 'iscsi', 'read')?.value.toFixed(2), '0.69');
  t.like(of('storage.iops', 'iscsi', 'write')?.labels, {kind: 'iscsi', depth: '1', pattern: 'randwrite-durable'});
  t.true((of('storage.iops', 'null', 'write')?.value ?? 0) > 1000, 'the control is told beside them');
  t.deepEqual([...new Set(samples.map(({metric}) => metric))].filter(metric => !metric.endsWith('runtime')).sort(), [
    'storage.bandwidth',
    'storage.iops',
    'storage.latency',
    'storage.share',
  ]);
  t.true(findings.some(({invariant}) => invariant === 'guests run with hardware virtualization'));
  t.deepEqual(
    problems.map(({artefact}) => artefact),
    ['gluster-depth1-read.json'],
  );
});

test('a store as fast as the null disk gives no figure, and says why', t => {
  const {samples, problems} = measured(stored());
  t.regex(problems[0]?.found ?? '', /^267 op\/s: not judged above the control$/);
  t.regex(problems[0]?.expected ?? '', /0\.9 of the 212 op\/s of the null disk/);
  t.false(samples.some(({labels}) => labels.store === 'gluster' && labels.direction === 'read'));
  t.true(samples.some(({labels}) => labels.store === 'gluster' && labels.direction === 'write'));
});

test('a store that was refused, or has holes, gives no figure at all; the others stand', t => {
  const refused = replace(stored(), 'stores.json', '"name": "iscsi",', '"name": "iscsi", "refused": "it forgets",');
  const holes = replace(stored(), 'fill-iscsi.json', '"error" : 0', '"error" : 28');
  const unfilled = stored();
  unfilled.delete('fill-iscsi.json');
  for (const kept of [refused, holes, unfilled]) {
    const {samples, problems} = measured(kept);
    t.true(problems.length > 1);
    t.false(samples.some(({labels}) => labels.store === 'iscsi'));
    t.true(samples.some(({labels}) => labels.store === 'gluster'));
  }
  t.is(measured(refused).problems[0]?.found, 'it forgets');
});

test('without its control, or with one that failed, a store is not judged', t => {
  const without = stored();
  without.delete('iscsi-depth1-write-control.json');
  const failed = replace(stored(), 'iscsi-depth1-write-control.json.meta.json', '"code": 0', '"code": 1');
  for (const kept of [without, failed]) {
    const {samples, problems} = measured(kept);
    t.true(problems.some(({artefact}) => artefact.startsWith('iscsi-depth1-write-control.json')));
    t.false(samples.some(({labels}) => labels.store === 'iscsi' && labels.direction === 'write'));
  }
});

test('what answers for a disk in the memory of its host is refused', t => {
  const disk = (cache: string) =>
    `<domain><devices><disk device='disk'><driver name='qemu'${cache}/><serial>s</serial></disk></devices></domain>`;
  const store = (kind: Store['kind']): Store => ({
    name: kind,
    kind,
    guest: 'vm1',
    path: '/dev/a',
    serial: 's',
    servers: [],
  });
  t.is(cacheRefusal(disk(" cache='none'"), store('rbd'), ['s']), undefined);
  t.regex(
    cacheRefusal(disk(''), store('rbd'), ['s']) ?? '',
    /the disk of rbd has cache=default: reads are answered by/,
  );
  t.regex(cacheRefusal(disk(" cache='writeback'"), store('file'), ['s']) ?? '', /cache=writeback/);
  t.is(cacheRefusal(disk(''), store('iscsi'), ['s']), undefined, 'no page of it is kept on the host');
  t.regex(cacheRefusal('<domain', store('file'), ['s']) ?? '', /is not known/);
  t.regex(cacheRefusal(disk(''), store('md-raid10'), ['r', 's']) ?? '', /cache=default/, 'one of its members is');
  t.is(cacheRefusal(disk(''), store('md-raid10'), ['r']), undefined, 'a disk of another store');
});

const guest = {name: 'vm1'} as Guest;
const mounted: Store = {name: 'nfs', kind: 'md-raid10', guest: 'vm1', path: '/mnt/nfs/seatrial', servers: ['n1']};

function guestSaying(text: string) {
  const encoded = Buffer.from(text).toString('base64');
  return fakeCluster((host, words) => {
    if (words.includes('domstate')) return host === 'n1' ? {stdout: 'running\n'} : {exit: 1};
    if (words.includes('guest-exec-status'))
      return {stdout: JSON.stringify({return: {exited: true, exitcode: 0, 'out-data': encoded}})};
    if (words.includes('guest-exec')) return {stdout: JSON.stringify({return: {pid: 7}})};
    return {};
  }).cluster;
}

test("a file where nothing is mounted lies in the guest's memory, and is refused", async t => {
  const device = {...mounted, kind: 'nbd' as const};
  const say = () => {};
  t.is(await storeRefusal({cluster: guestSaying('nfs\n'), say}, guest, device), undefined);
  t.regex(
    (await storeRefusal({cluster: guestSaying('tmpfs\n'), say}, guest, device)) ?? '',
    /lies on tmpfs, the guest's memory/,
  );
});

test('every load of the preview comes after one of the null disk, on the path of its own store', t => {
  const {cluster} = fakeCluster(() => undefined);
  const stores = (['null', 'nbd'] as const).map(kind => ({
    name: kind,
    kind,
    guest: cluster.guests[0]?.name ?? '',
    path: `/dev/disk/by-id/virtio-store-${kind}`,
    servers: [],
  }));
  const shown = backends.preview({...cluster, stores}, backends.parameters.quick);
  const files = shown.map(({argv}) => /filename=\S*virtio-store-(\S+)/.exec(argv.join('\n'))?.[1]);
  t.deepEqual(files, ['nbd', 'null', 'nbd', 'null', 'nbd']);
  t.regex(shown.at(-1)?.argv.join('\n') ?? '', /sync=dsync/);
});
