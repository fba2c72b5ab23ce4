import {spawnSync} from 'node:child_process';
import test from 'ava';
import {fakeCluster, type Script} from '../../fixtures/kit/fake-cluster.ts';
import {errorsMet} from './disk-errors.ts';
import {faultNamed} from './index.ts';

const line = (osd: number) =>
  `2026-11-28T03:59:01 osd.${osd} (osd.${osd}) 7 : cluster [ERR] 1.3 missing primary copy of 1:c3:::rbd_data.5e.0:head, will try copies on 1,2`;
const begins = '2026-11-28T03:59:00 mon.n1 (mon.0) 5 : cluster [INF] seatrial: disk-errors begins';

test('only what the struck OSD has told since the injection is evidence', t => {
  t.deepEqual(errorsMet([begins, line(1), line(1)].join('\n'), 1), {
    ok: true,
    value: 'osd.1 read 2 times from another copy',
  });
  for (const log of [[line(1), begins], [begins, line(11)], [line(1)], []])
    t.false(errorsMet(log.join('\n'), 1).ok, log.join('\n'));
});

const online = `<pacemaker-result api-version="2.25"><summary><current_dc present="true" name="n1" with_quorum="true"/>
<cluster_options stonith-enabled="true" maintenance-mode="false"/></summary><nodes>${['n1', 'n2', 'n3']
  .map(
    name => `<node name="${name}" online="true" standby="false" maintenance="false" pending="false" unclean="false"/>`,
  )
  .join('')}</nodes><status code="0" message="OK"/></pacemaker-result>`;

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
    if (words.startsWith('crm_mon')) return {stdout: online};
    return more(host, words, command) ?? {};
  });
  const fault = faultNamed(cluster, 'disk-errors', ['n1'], {nth: 0});
  if (!fault.ok) throw new Error(fault.error);
  return {cluster, asked, fault: fault.value};
}

test("the guests' own disks are struck, from another node; where there is none, nothing is", async t => {
  const {cluster, asked, fault} = struck((host, words) => {
    if (words.endsWith('list') && host === 'n2') return {stdout: ' Id Name State\n---\n 1  vm1  running\n'};
    if (words.includes('dumpxml')) return {stdout: "<source protocol='rbd' name='vms/vm1-ledger'>"};
    return undefined;
  });
  await fault.inject(cluster);
  const injected = asked.find(({words}) => words.includes('injectdataerr'));
  t.not(injected?.host, 'n1');
  t.regex(injected?.words ?? '', / errors 4 vms\/vm1-ledger$/);
  const none = struck(() => undefined);
  t.regex((await none.fault.inject(none.cluster)).stderr, /no guest has a disk of RBD/);
  t.false(none.asked.some(({words}) => words.includes('injectdataerr')));
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
