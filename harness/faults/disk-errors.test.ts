import {spawnSync} from 'node:child_process';
import test from 'ava';
import {allOnline, fakeCluster, type Script} from '../../fixtures/kit/fake-cluster.ts';
import {errorsMet} from './disk-errors.ts';
import {faultNamed} from './index.ts';

const line = (osd: number) =>
  `2026-11-28T03:59:01 osd.${osd} (osd.${osd}) 7 : cluster [ERR] 1.3 missing primary copy of 1:c3:::rbd_data.5e.0:head, will try copies on 1,2`;
const begins = '2026-11-28T03:59:00 mon.n1 (mon.0) 5 : cluster [INF] seatrial: disk-errors begins';

test('only what the struck OSD has told since the injection is evidence', t => {
  t.deepEqual(errorsMet([begins, line(1), line(1)].join('\n'), [1, 2]), {
    ok: true,
    value: 'osd.1, osd.2 read 2 times from another copy',
  });
  for (const log of [[line(1), begins], [begins, line(11)], [line(1)], []])
    t.false(errorsMet(log.join('\n'), [1]).ok, log.join('\n'));
});

const tree = JSON.stringify({
  nodes: [
    {id: -1, name: 'n1', type: 'host', children: [4]},
    {id: 4, name: 'osd.4', type: 'osd', device_class: 'hdd', status: 'up', reweight: 1},
  ],
  stray: [],
});

function struck(more: Script) {
  const {cluster, asked} = fakeCluster((host, words, command) => {
    if (words.includes(' osd tree')) return {stdout: tree};
    if (words.startsWith('crm_mon')) return {stdout: allOnline};
    return more(host, words, command) ?? {};
  });
  const fault = faultNamed(cluster, 'disk-errors', ['n1'], {});
  if (!fault.ok) throw new Error(fault.error);
  return {cluster, asked, fault: fault.value};
}

const running = ' Id Name State\n---\n 1  vm1  running\n 2  vm2  running\n';
/** Both guests on n2; reads of their disks go to this OSD. */
const disksOn =
  (osd: number): Script =>
  (host, words) => {
    if (words.endsWith('list')) return {stdout: host === 'n2' ? running : ''};
    const [, guest = ''] = /dumpxml (vm\d)/.exec(words) ?? [];
    if (guest !== '') return {stdout: `<source protocol='rbd' name='vms/${guest}-ledger'>`};
    const [, image = ''] = /^rbd info .*vms\/(\S+)/.exec(words) ?? [];
    if (image !== '') return {stdout: JSON.stringify({block_name_prefix: `rbd_data.${image}`})};
    if (words.includes('osd map')) return {stdout: JSON.stringify({acting_primary: osd})};
    return undefined;
  };

test("the beginnings of the guests' disks are struck, from another node; where the node has none, nothing is", async t => {
  const {cluster, asked, fault} = struck(disksOn(4));
  t.deepEqual((await fault.inject(cluster)).exit, {kind: 'exited', code: 0});
  const injected = asked.find(({words}) => words.includes('injectdataerr'));
  t.not(injected?.host, 'n1');
  t.regex(injected?.words ?? '', / errors 4 vms rbd_data\.vm1-ledger\.0{16} 4 vms rbd_data\.vm2-ledger\.0{16}$/);
  for (const [script, sentence] of [
    [disksOn(5), /no OSD of n1 is asked for/],
    [() => undefined, /libvirt has vm1 active nowhere/],
  ] as const) {
    const none = struck(script);
    t.regex((await none.fault.inject(none.cluster)).stderr, sentence);
    t.false(none.asked.some(({words}) => words.includes('injectdataerr')));
  }
});

test('healed twice is healed; an option that stays set is told; the scripts are ones that a shell reads', async t => {
  const {cluster, asked, fault} = struck(() => undefined);
  for (let time = 0; time < 2; time += 1) t.deepEqual(await fault.heal(cluster), {ok: true, value: undefined});
  const stuck = struck((_, words) =>
    words.includes('unset') ? {exit: 1, stderr: 'is still set on osd.4'} : undefined,
  );
  const healed = await stuck.fault.heal(stuck.cluster);
  t.regex(healed.ok ? '' : healed.error, /still set on osd\.4/);
  const scripts = asked.filter(({words}) => words.startsWith('sh -c'));
  t.true(scripts.length > 0);
  for (const {words} of scripts)
    t.is(spawnSync('sh', ['-n'], {input: words.replace(/^sh -c /, '').replace(/ undo 4$/, '')}).status, 0);
});
