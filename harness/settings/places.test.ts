/**
 * What differs from place to place goes back to each place as that place had it. Machines are made of answers that
 * remember.
 */
import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
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
    if (words.endsWith(' look stor0')) return {};
    const set = / dev stor0 mtu (\d+)$/.exec(words)?.[1];
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

/** As the kernel does it: what is on top of an interface is cut with it, and takes no more than that has. */
const kernel = (net: string) => `#!/bin/sh
[ "$1 $2 $3 $5" = 'link set dev mtu' ] || exit 1
for under in ${net}/"$4"/lower_*; do
  [ ! -e "$under" ] || [ -e ${net}/"$4"/bridge ] || [ "$6" -le "$(cat "$under/mtu")" ] || exit 2
done
echo "$6" >${net}/"$4"/mtu
for upper in ${net}/"$4"/upper_*; do
  [ -e "$upper" ] && [ ! "$upper" -ef ${net}/"$4"/master ] || continue
  [ "$(cat "$upper/mtu")" -le "$6" ] || echo "$6" >"$upper/mtu"
done
`;

interface Device {
  mtu: number;
  /** What it is a part of. */
  master?: string;
  /** What it is on top of. */
  under?: string;
  kind?: 'bridge' | 'bonding';
}

/** One node, whose devices are files, and whose commands are run for real. */
function machine(t: ExecutionContext, devices: Readonly<Record<string, Device>>) {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-mtu-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const net = join(folder, 'net');
  for (const [name, {mtu, kind}] of Object.entries(devices)) {
    mkdirSync(join(net, name, kind ?? '.'), {recursive: true});
    writeFileSync(join(net, name, 'mtu'), `${mtu}\n`);
  }
  for (const [name, {master, under}] of Object.entries(devices)) {
    const [upper, lower] = master === undefined ? [name, under] : [master, name];
    if (lower === undefined) continue;
    symlinkSync(`../${upper}`, join(net, lower, `upper_${upper}`));
    symlinkSync(`../${lower}`, join(net, upper, `lower_${lower}`));
    if (master !== undefined) symlinkSync(`../${master}`, join(net, name, 'master'));
  }
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'ip'), kernel(net), {mode: 0o755});
  const run = (argv: readonly string[]) => {
    const [program = '', ...words] = argv.map(word => word.replaceAll('/sys/class/net', net));
    const env = {...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`};
    const {status, stdout, stderr} = spawnSync(program, words, {encoding: 'utf8', env});
    return {exit: status ?? 1, stdout, stderr};
  };
  const {cluster} = fakeCluster((_, __, {argv}) => run(argv), ['n1']);
  const mtus = () =>
    Object.fromEntries(
      Object.keys(devices).map(name => [name, Number(readFileSync(join(net, name, 'mtu'), 'utf8'))] as const),
    );
  return {cluster: {...cluster, guests: []}, mtus, found: mtus()};
}

test('planted: a bridge that had another MTU than its interface has it again', async t => {
  const {cluster, mtus, found} = machine(t, {stor0: {mtu: 9000, master: 'br0'}, br0: {mtu: 1500, kind: 'bridge'}});
  const previous = await thereAndBack(cluster, profile(setting('link', 'storage.mtu', '8000')));
  t.deepEqual(mtus(), found);
  t.deepEqual(
    previous.map(({where, value}) => [where, value]),
    [
      ['n1 stor0', '9000'],
      ['n1 bridge of stor0', '1500'],
    ],
  );
});

test('a bond goes with its link and comes back; the MTU of any other master is left alone', async t => {
  const bond = machine(t, {stor0: {mtu: 1500, master: 'bond0'}, bond0: {mtu: 1500, kind: 'bonding'}});
  const wanted = [setting('link', 'storage.mtu', '9000')];
  t.true((await applySettings(bond.cluster, wanted, quiet)).ok);
  t.deepEqual(bond.mtus(), {stor0: 9000, bond0: 9000});
  const placed = [{...setting('link', 'storage.mtu', '1500'), where: 'n1 stor0'}];
  t.true((await applySettings(bond.cluster, placed, quiet)).ok);
  t.deepEqual(bond.mtus(), bond.found, 'a journal of before names no bond');
  const ovs = machine(t, {stor0: {mtu: 1500, master: 'ovs-system'}, 'ovs-system': {mtu: 1500}});
  t.true((await applySettings(ovs.cluster, wanted, quiet)).ok);
  t.deepEqual(ovs.mtus(), {stor0: 9000, 'ovs-system': 1500});
});

test('planted: a VLAN that the kernel would cut for good is refused before anything is set', async t => {
  for (const under of ['stor0', 'br0']) {
    const {cluster, mtus, found} = machine(t, {
      stor0: {mtu: 9000, master: 'br0'},
      br0: {mtu: 9000, kind: 'bridge'},
      vlan7: {mtu: 8000, under},
    });
    const applied = await applySettings(cluster, [setting('link', 'storage.mtu', '1500')], quiet);
    const on = under === 'br0' ? 'the bridge of stor0' : 'stor0';
    t.is(
      applied.ok ? '' : applied.error,
      `vlan7 on n1 has an MTU of 8000 on top of ${on}: at 1500 the kernel would cut it for good; give it 1500 at most, or measure with --profile as-found`,
    );
    t.deepEqual(mtus(), found);
    t.true((await applySettings(cluster, [setting('link', 'storage.mtu', '8000')], quiet)).ok);
    t.is(mtus().vlan7, 8000);
  }
});

test('a VLAN that is a plane of its own is cut with what is under it, and both come back, whichever is named first', async t => {
  const {cluster, mtus, found} = machine(t, {stor0: {mtu: 9000}, vlan7: {mtu: 9000, under: 'stor0'}});
  const nodes = cluster.nodes.map(node => ({...node, interfaces: {cluster: 'vlan7', storage: 'stor0'}}));
  const wanted = ['cluster.mtu', 'storage.mtu'].map(key => setting('link', key, '1500'));
  for (const order of [wanted, wanted.toReversed()]) {
    await thereAndBack({...cluster, nodes}, profile(...order));
    t.deepEqual(mtus(), found);
  }
});

test('planted: a ring of other nodes than the inventory names is refused before anything is written; as-found is not', async t => {
  const ring = (members: number) => {
    const listed = Array.from({length: members}, (_, index) => `nodelist.node.${index}.nodeid (u32) = ${index + 1}\n`);
    const timings = 'runtime.config.totem.token (u32) = 4950\nruntime.config.totem.consensus (u32) = 5940\n';
    return fakeCluster((_, words) => (words === 'corosync-cmapctl' ? {stdout: listed.join('') + timings} : undefined));
  };
  const wanted = [setting('corosync', 'token', '1000')];
  const {cluster, asked} = ring(5);
  for (const refused of [await readProfile(cluster, wanted), await applySettings(cluster, wanted, quiet)])
    t.regex(
      refused.ok ? '' : refused.error,
      /^the ring of n1 has 5 nodes, and the inventory names 3: .* --profile as-found$/,
    );
  t.deepEqual([...new Set(asked.map(({words}) => words))], ['corosync-cmapctl']);
  asked.length = 0;
  t.deepEqual(await readProfile(cluster, []), {ok: true, value: []});
  t.true((await applySettings(cluster, [], quiet)).ok);
  t.deepEqual(asked, []);
  t.true((await readProfile(ring(3).cluster, wanted)).ok);
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
