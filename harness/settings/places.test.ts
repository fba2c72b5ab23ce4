/**
 * What differs from place to place goes back to each place as that place had it. Machines are made of answers that
 * remember.
 */
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {buildDomain, editDomain} from '../cluster/domain-xml.ts';
import type {Cluster, Profile, Setting, SettingDriver} from '../types.ts';
import {applySettings, asFound, placesGone, readProfile} from './apply.ts';

const setting = (driver: SettingDriver, key: string, value: string): Setting => ({
  id: key,
  driver,
  key,
  value,
  why: 'test',
});
const quiet = () => {};
const profile = (...settings: readonly Setting[]): Profile => ({name: 'p', title: '', settings});

/** Applies the profile and takes it back, as a run does; gives what was kept in between. */
async function thereAndBack(cluster: Cluster, wanted: Profile) {
  const before = await readProfile(cluster, wanted.settings);
  if (!before.ok) throw new Error(before.error);
  const previous = asFound(wanted, before.value);
  for (const settings of [wanted.settings, previous]) {
    const applied = await applySettings(cluster, settings, quiet);
    if (!applied.ok) throw new Error(applied.error);
    const read = await readProfile(cluster, settings);
    if (!read.ok) throw new Error(read.error);
    const differing = read.value.filter(({agrees}) => !agrees);
    if (differing.length > 0) throw new Error(JSON.stringify(differing));
  }
  return previous;
}

/** Hosts with interfaces whose MTU is kept. */
function links(mtus: Record<string, string>) {
  const {cluster} = fakeCluster((host, words) => {
    if (words.startsWith('cat /sys/class/net/stor0/mtu')) return {stdout: `${mtus[host]}\n`};
    const set = / mtu stor0 (\d+)$/.exec(words)?.[1];
    if (set === undefined) return undefined;
    mtus[host] = set;
    return {};
  });
  return {...cluster, guests: []};
}

test('nodes whose MTU differed get back each its own', async t => {
  const mtus: Record<string, string> = {n1: '1500', n2: '9000', n3: '4000'};
  const previous = await thereAndBack(links(mtus), profile(setting('link', 'storage.mtu', '8000')));
  t.deepEqual(mtus, {n1: '1500', n2: '9000', n3: '4000'});
  t.deepEqual(
    previous.map(({where, value}) => [where, value]),
    [
      ['n1 stor0', '1500'],
      ['n2 stor0', '9000'],
      ['n3 stor0', '4000'],
    ],
  );
});

test('where all places agree, one setting is kept, as older journals have it', async t => {
  const mtus: Record<string, string> = {n1: '1500', n2: '1500', n3: '1500'};
  const previous = await thereAndBack(links(mtus), profile(setting('link', 'storage.mtu', '8000')));
  t.deepEqual(previous, [setting('link', 'storage.mtu', '1500')]);
  t.deepEqual(mtus, {n1: '1500', n2: '1500', n3: '1500'});
});

test('a profile that says a setting place by place is remembered once for each place', async t => {
  const mtus: Record<string, string> = {n1: '1500', n2: '9000', n3: '4000'};
  const placed = ['n1', 'n2', 'n3'].map(host => ({
    ...setting('link', 'storage.mtu', mtus[host] ?? ''),
    where: `${host} stor0`,
  }));
  const read = await readProfile(links(mtus), placed);
  t.true(read.ok);
  if (!read.ok) return;
  t.true(read.value.every(({agrees}) => agrees) && read.value.length === 3);
  t.deepEqual(asFound(profile(...placed), read.value), placed);
  const alike = read.value.map(entry => ({...entry, found: '1500'}));
  t.deepEqual(asFound(profile(...placed), alike), [setting('link', 'storage.mtu', '1500')]);
});

test('nodes whose token time-outs differed in corosync.conf get back each its own', async t => {
  const tokens: Record<string, string> = {n1: '30', n2: '40', n3: '30'};
  const {cluster} = fakeCluster((host, words, {stdin}) => {
    const token = tokens[host] ?? '';
    if (words === 'corosync-cmapctl')
      return {
        stdout: `runtime.config.totem.token (u32) = ${token}\nruntime.config.totem.consensus (u32) = 36\ntotem.token_coefficient (u32) = 0\n`,
      };
    if (words === 'cat /etc/corosync/corosync.conf') return {stdout: `totem {\n  token: ${token}\n}\n`};
    if (words.includes('/etc/corosync/corosync.conf')) {
      tokens[host] = /token: (\d+)/.exec(stdin ?? '')?.[1] ?? '';
      return {};
    }
    if (words === 'corosync-cfgtool -R') return {};
    return words.startsWith('crm_resource') ? {} : words.startsWith('crm_mon') ? {stdout: online} : undefined;
  });
  const alone = {...cluster, guests: []};
  const previous = await thereAndBack(alone, profile(setting('corosync', 'token', '35')));
  t.deepEqual(tokens, {n1: '30', n2: '40', n3: '30'});
  t.is(previous.length, 3);
});

const nodes = ['n1', 'n2', 'n3'].map(
  name => `<node name="${name}" online="true" standby="false" maintenance="false" pending="false" unclean="false"/>`,
);
const resource = (active: boolean) =>
  `<resources><resource id="vm1" resource_agent="ocf:heartbeat:VirtualDomain" role="${active ? 'Started' : 'Stopped'}" active="${active}" failed="false" blocked="false" managed="true" orphaned="false">${active ? '<node name="n1"/>' : ''}</resource></resources>`;
const state = (active: boolean) =>
  `<pacemaker-result api-version="2.25"><summary><current_dc present="true" name="n1" with_quorum="true"/><cluster_options stonith-enabled="true" maintenance-mode="false"/></summary><nodes>${nodes.join('')}</nodes>${resource(active)}<status code="0" message="OK"/></pacemaker-result>`;
const online = state(true);

test("a guest's file that differed on one node is there again as it was, and the others are too", async t => {
  const base = buildDomain({
    name: 'vm1',
    memoryBytes: 2 ** 28,
    vcpus: 1,
    accelerator: 'qemu',
    kernelPath: '/k',
    initramfsPath: '/i',
    commandLine: '',
    disks: [{serial: 'x', source: {protocol: 'nbd', export: 'x', host: '10.0.0.1', port: 10809}}],
    card: {bridge: 'br0'},
    consolePath: '/c',
  });
  const cached = (cache: string) => {
    const edited = editDomain(base, {'disk.cache': cache});
    if (!edited.ok) throw new Error(edited.error);
    return edited.value;
  };
  // n2 was away when the others were edited: it has what the profile wants.
  const files: Record<string, string> = {n1: cached('writeback'), n2: cached('none'), n3: cached('writeback')};
  const found = {...files};
  let active = true;
  let running = files.n1 ?? '';
  const {cluster} = fakeCluster((host, words, {stdin}) => {
    if (words.startsWith('crm_mon')) return {stdout: state(active)};
    if (words.includes('--parameter-value Stopped')) active = false;
    if (words.includes('--delete-parameter target-role')) [active, running] = [true, files.n1 ?? ''];
    if (words.startsWith('crm_resource')) return {};
    if (words.startsWith('cibadmin'))
      return {
        stdout:
          "<primitive id='vm1'><instance_attributes id='p'><nvpair id='c' name='config' value='/vm1.xml'/></instance_attributes></primitive>",
      };
    if (words.includes('dumpxml')) return {stdout: running};
    if (words === 'cat /vm1.xml') return {stdout: files[host] ?? ''};
    if (!words.includes('/vm1.xml')) return undefined;
    files[host] = stdin ?? '';
    return {};
  });
  const one = {...cluster, guests: cluster.guests.slice(0, 1)};
  const previous = await thereAndBack(one, profile(setting('domain', 'disk.cache', 'none')));
  t.deepEqual(files, found);
  t.true(active);
  t.deepEqual(
    previous.map(({where, value}) => [where, value]),
    [
      ['vm1', 'writeback'],
      ['/vm1.xml on n1', 'writeback'],
      ['/vm1.xml on n2', 'none'],
      ['/vm1.xml on n3', 'writeback'],
    ],
  );
});

test('a daemon of Ceph that had a value of its own has it again, and its kind has none', async t => {
  const database: Record<string, string> = {osd: '7', 'osd.1': '9'};
  const graceOf = (daemon: string) => database[daemon] ?? database.osd ?? '20';
  const {cluster, asked} = fakeCluster((_, words, {stdin}) => {
    if (words.startsWith('crm_mon')) return {stdout: online};
    if (words.includes('config show'))
      return {stdout: ['osd.0', 'osd.1'].map(daemon => `${daemon}: {"grace": "${graceOf(daemon)}"}\n`).join('')};
    if (!words.startsWith('ceph')) return undefined;
    for (const line of `${words}\n${stdin ?? ''}`.split('\n')) {
      const [, verb, who = '', value = ''] = /config (set|rm) (\S+) grace ?(\S*)/.exec(line) ?? [];
      if (verb === 'set') database[who] = value;
      if (verb === 'rm') delete database[who];
    }
    return {};
  });
  const ceph = {...cluster, storage: 'ceph' as const, guests: []};
  const asked9 = setting('ceph', 'osd/grace', '9');
  const before = await readProfile(ceph, [asked9]);
  const previous = before.ok ? asFound(profile(asked9), before.value) : [];
  t.true((await applySettings(ceph, [asked9], quiet)).ok);
  t.is(graceOf('osd.0'), '9');
  t.true((await applySettings(ceph, previous, quiet)).ok);
  t.deepEqual([graceOf('osd.0'), graceOf('osd.1')], ['7', '9']);
  t.true(asked.length > 0);
});

test('a monitor that is just back is asked again; one that says something else is believed at once', async t => {
  const {cluster} = fakeCluster((_, words) => {
    if (words.startsWith('crm_mon')) return {stdout: online};
    asked += 1;
    if (asked < 3) return {exit: 6, stderr: 'Error ENXIO: problem getting command descriptions from mon.n3\n'};
    return asked === 3 ? {stdout: 'mon.n3: {"mon_lease": "1"}\n'} : {exit: 13, stderr: 'Error EACCES: access denied\n'};
  });
  let asked = 0;
  const ceph = {...cluster, storage: 'ceph' as const, guests: []};
  const read = await readProfile(ceph, [setting('ceph', 'mon/mon_lease', '1')]);
  t.deepEqual(read.ok ? read.value.map(({found}) => found) : read.error, ['1']);
  const refused = await readProfile(ceph, [setting('ceph', 'mon/mon_lease', '1')]);
  t.regex(refused.ok ? '' : refused.error, /EACCES/);
  t.is(asked, 4);
});

test('a place that is not there any more is told by name', t => {
  const kept = [
    {...setting('link', 'storage.mtu', '1500'), where: 'n1 stor0'},
    {...setting('link', 'storage.mtu', '9000'), where: 'n9 stor0'},
  ];
  const found = [{id: 'storage.mtu', where: 'n1 stor0', asked: '1500', found: '1500', agrees: true}];
  t.deepEqual(placesGone(kept, found), [kept[1]]);
});
