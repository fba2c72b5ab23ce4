import {readFileSync} from 'node:fs';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import type {Observed} from '../cluster/audit/invariant.ts';
import {parseCrmMon} from '../parse/crm-mon.ts';
import type {Result} from '../types.ts';
import {timingBudget} from './budget.ts';
import type {Level, Seen} from './check.ts';
import {checks} from './checks/index.ts';
import {diagnose, readBudget} from './examine.ts';

const recorded = (name: string) =>
  readFileSync(new URL(`../../fixtures/pacemaker-2.1.5/${name}`, import.meta.url), 'utf8');

const nodes = ['n1', 'n2', 'n3'];
const fenced = recorded('conformance/crm_mon-fenced-n1-n3.xml').replace(
  /(<fence_event [^>]*)target="n1"([^>]*>)/,
  '$1target="n1"$2<fence_event action="reboot" target="n2" client="x" origin="n1" status="success" delegate="n1" completed="2026-11-24 09:00:00Z"/>',
);

function observed(xml = fenced): Observed {
  const state = parseCrmMon(xml.replaceAll('/><fence_event', '/>\n<fence_event'), 'crm_mon.xml', {lenient: true});
  if (!state.ok) throw new Error(JSON.stringify(state.error));
  const view = {ok: true as const, value: {state: state.value}};
  const guests = state.value.resources.filter(({agent}) => agent.endsWith(':VirtualDomain'));
  return {
    nodes,
    guests: guests.map(({id}) => ({name: id, resource: id})),
    views: nodes.map(node => ({node, view})),
    active: guests.map(({id, nodes: [node = '']}) => ({domain: id, node, state: 'running'})),
    silent: [],
    unreached: [],
    constraints: {ok: true, value: []},
    storage: undefined,
    configurations: nodes.map(node => ({node, digest: {ok: true, value: 'a'}})),
    remains: [],
  };
}

const corosyncConf = 'totem {\n  version: 2\n  interface {\n    token: 1\n  }\n}\nnodelist {\n}\n';
const hostText = ({programs = all, changes = {}}: {programs?: string; changes?: Record<string, string>} = {}) => {
  const sections: Record<string, string> = {
    uid: '0',
    user: 'root',
    programs,
    booted: 'systemd',
    synced: 'yes',
    rules: '',
    units: '',
    files: '',
    room: '/ 9000000000 20000000000\n/tmp 90000000 100000000',
    speeds: 'serv0 10000\nclus0 25000',
    config: corosyncConf,
    logs: 'pacemaker /var/log/pacemaker/pacemaker.log\ncorosync /var/log/cluster/corosync.log',
    ...changes,
  };
  return `${Object.entries(sections)
    .map(([name, text]) => `=${name}\n${text}`)
    .join('\n')}\n=end\n`;
};
const all =
  'timeout\nbash\nip\nnft\nsystemd-run\nipmitool\nfio\niperf3\ncrm_mon\ncrm_resource\ncibadmin\ncorosync-cmapctl\nvirsh';
const facts = (changes: Record<string, string> = {}) =>
  Object.entries({pacemaker: '2.1.5', iperf3: '3.16', kernel: '6.1', memoryBytes: '8000000000', ...changes})
    .map(([name, value]) => `=${name}\n${value}`)
    .join('\n');
const map = (token: number) =>
  `runtime.config.totem.token (u32) = ${token}\nruntime.config.totem.consensus (u32) = ${Math.floor(token * 1.2)}\n`;
const ceph = (status: string, used = 1, total = 100) =>
  JSON.stringify({
    health: {
      status,
      checks: status === 'HEALTH_OK' ? {} : {OSD_DOWN: {summary: {message: '1 osds down'}, muted: false}},
    },
    quorum_names: ['n1'],
    monmap: {num_mons: 1},
    osdmap: {num_osds: 1, num_up_osds: 1, num_in_osds: 1},
    pgmap: {pgs_by_state: [], bytes_used: used, bytes_total: total},
    mgrmap: {available: true},
  });
const osdConfig = (grace: number, interval: number, watch: number) =>
  JSON.stringify({
    osd_heartbeat_grace: String(grace),
    osd_heartbeat_interval: String(interval),
    osd_client_watch_timeout: String(watch),
  });
const domainXml = (disks: string) => `<domain><devices>${disks}</devices></domain>`;
const disk = (target: string, serial: string) =>
  `<disk type="network" device="disk"><target dev="${target}"/><serial>${serial}</serial></disk>`;

/** Where vm1 would be after each loss; on n2 where nothing is said. */
const foretold = (guests: Record<string, string[]>, nodes: readonly string[] = ['n1', 'n2', 'n3']) => {
  const losses = [[], ...nodes.map(node => [node]), ...(nodes.length > 3 ? [[nodes[0], nodes[1]]] : [])];
  const of = (lost: readonly (string | undefined)[]) => ({vm1: guests[lost.join()] ?? ['n2'], off: []});
  return JSON.stringify(losses.map(lost => ({lost, quorate: true, guests: of(lost)})));
};

/** By reading, and by reading and subject. */
type Planted = Record<string, string | Error>;

const healthy: Planted = {
  host: hostText(),
  fingerprint: facts(),
  'corosync-map': map(3650),
  cib: recorded('conformance/cib-fresh.xml'),
  losses: foretold({}),
  power: 'on 0.10',
  clock: '3 8',
  'ceph-status': ceph('HEALTH_OK'),
  'ceph-config': osdConfig(4, 1, 5),
  'ceph-blocklist': '',
  load: '',
  domain: domainXml(disk('vda', 'seatrial-ledger') + disk('vdb', 'seatrial-scratch')),
};

function seen(
  planted: Planted = {},
  looks: Observed | undefined = observed(),
  change: Partial<Seen['cluster']> = {},
): Seen {
  const {transport: _, ...cluster} = fakeCluster(() => undefined).cluster;
  const answers: Seen['answers'] = ({name}, subject = ''): Result<string, string> => {
    const said = planted[`${name} ${subject}`] ?? planted[name] ?? healthy[name];
    return typeof said === 'string' ? {ok: true, value: said} : {ok: false, error: said?.message ?? 'no answer'};
  };
  return {
    cluster: {...cluster, storage: 'ceph', ...change},
    observed: looks,
    answers,
    today: '2026-11-27',
    boundSeconds: 20,
  };
}

const told = (state: Seen, level: Level) =>
  diagnose(state)
    .filter(each => each.level === level)
    .map(({check, subject, found}) => `${check} ${subject}: ${found}`);

test('a healthy cluster: every check says something good, and none anything else', t => {
  const state = seen();
  for (const level of ['danger', 'warning', 'note'] as const) t.deepEqual(told(state, level), [], level);
  const good = new Set(diagnose(state).map(({check}) => check));
  t.deepEqual(
    checks.map(({id}) => id).filter(id => !good.has(id)),
    [],
  );
});

test('every check has an id of its own, says why it matters, and what is typed for it', t => {
  t.is(new Set(checks.map(({id}) => id)).size, checks.length);
  for (const {id, title, why, reads, typed = []} of checks) {
    const commands = [...reads.map(({shown}) => shown), ...typed];
    t.true(title !== '' && why !== '' && commands.length > 0, id);
    t.false(commands.includes(''), id);
  }
});

const no = (words: string) => new Error(words);
const dated = (expires: string) =>
  `${healthy.cib}<!-- seatrial/1 cluster=prod-a prefix=st owner=ann made=2026-11-01 expires=${expires} digest=0123456789abcdef -->`;
const planted: readonly [string, Planted, Level, RegExp][] = [
  [
    'a login that is not root',
    {'host n2': hostText({changes: {uid: '1000', user: 'ubuntu'}})},
    'danger',
    /^login n2: .*ubuntu/,
  ],
  ['a host that says nothing', {'host n2': no('n2 cannot be reached')}, 'danger', /^login n2: .*cannot be reached/],
  ['an answer that was cut off', {'host n2': '=uid\n0\n'}, 'danger', /^login n2: .*cut off/],
  [
    'a wrong BMC password',
    {'power n3': no('ipmitool exited 1: Invalid user name')},
    'danger',
    /^bmc n3: .*Invalid user/,
  ],
  ['a BMC of a node that is off', {'power n3': 'off 0.1'}, 'danger', /^bmc n3: .*power is off/],
  [
    'no fence device for a node',
    {cib: recorded('conformance/cib-no-device-for-n2.xml')},
    'danger',
    /^fencing n2: no fence device/,
  ],
  [
    'a guest that a loss leaves without a place',
    {losses: foretold({n1: []})},
    'warning',
    /^placement vm1: .*nowhere with n1 lost$/,
  ],
  [
    'a guest that a double loss leaves without a place',
    {losses: foretold({'n1,n2': []}, ['n1', 'n2', 'n3', 'n4', 'n5'])},
    'warning',
    /^placement vm1: .*nowhere with n1 and n2 lost$/,
  ],
  ['a tool that is missing', {losses: no('there is no crm_simulate')}, 'warning', /^placement cluster: .*crm_simulate/],
  ['a configuration that cannot be read', {cib: no('no quorum')}, 'warning', /^fencing cluster: .*no quorum/],
  [
    'a token that differs',
    {'corosync-map n2': map(1000)},
    'danger',
    /^corosync cluster: token 3650 ms.* on n1, n3; token 1000/,
  ],
  [
    'a file that says otherwise',
    {'host n2': hostText({changes: {config: 'totem {\n token: 1000\n}'}})},
    'warning',
    /^corosync n2: .*1650 ms.*3650 ms/,
  ],
  ['Corosync that does not answer', {'corosync-map n1': no('exited 1')}, 'warning', /^corosync n1: .*exited 1/],
  [
    'an error of Ceph',
    {'ceph-status': ceph('HEALTH_ERR')},
    'danger',
    /^ceph storage: .*HEALTH_ERR: OSD_DOWN: 1 osds down/,
  ],
  ['a warning of Ceph', {'ceph-status': ceph('HEALTH_WARN')}, 'warning', /^ceph storage: .*HEALTH_WARN/],
  ['a full Ceph', {'ceph-status': ceph('HEALTH_OK', 90)}, 'danger', /^ceph storage: 90 %/],
  [
    'a Ceph that nobody can ask',
    {'ceph-status': no('no node can run ceph')},
    'danger',
    /^ceph storage: .*no node can run/,
  ],
  [
    'a node that Ceph has shut out',
    {'ceph-blocklist': '10.0.2.2:0/0 2026-11-27T11:00:00\n'},
    'danger',
    /^blocklist n2/,
  ],
  [
    'a node in a range that Ceph has shut out',
    {'ceph-blocklist': 'cidr:10.0.2.0:0/24 2026-11-27T11:00:00\n'},
    'danger',
    /^blocklist n2/,
  ],
  ['a Ceph without OSDs', {'ceph-status': ceph('HEALTH_OK', 0, 0)}, 'danger', /^ceph storage: there is no room/],
  [
    'a fault of seatrial',
    {'host n1': hostText({changes: {rules: 'iptables chain seatrial-partition'}})},
    'danger',
    /^leftovers n1: .*seatrial-partition/,
  ],
  [
    'a load that was left behind',
    {'host n1': hostText({changes: {processes: 'a process: 77 fio fio --client'}})},
    'warning',
    /^leftovers n1: a process of seatrial: a process: 77 fio/,
  ],
  [
    'a timer of seatrial',
    {'host n1': hostText({changes: {units: 'seatrial-heal.timer'}})},
    'warning',
    /^leftovers n1: .*seatrial-heal/,
  ],
  [
    'a program that is missing',
    {'host n1': hostText({programs: all.replace('virsh', '')})},
    'danger',
    /^programs n1: no virsh/,
  ],
  [
    'no way to part nodes',
    {'host n1': hostText({programs: all.replace('nft', '')})},
    'warning',
    /^programs n1: no nft or iptables/,
  ],
  [
    'no ipmitool on the client',
    {'host client': hostText({programs: all.replace('ipmitool', '')})},
    'danger',
    /^programs client: no ipmitool/,
  ],
  [
    'another fio in a guest',
    {'load vm2': 'fio exited 1: client/server version mismatch (97 != 109)'},
    'danger',
    /^guest-load vm2: .*97 != 109/,
  ],
  [
    'no scratch disk',
    {domain: domainXml(disk('vda', 'seatrial-ledger'))},
    'danger',
    /^scratch-disk vm1: no disk of serial/,
  ],
  ['a clock that is off', {'clock n2': '-400 30'}, 'warning', /^clocks n2: -400 ± 30 ms/],
  ['a clock that is far off', {'clock n2': '9000 30'}, 'danger', /^clocks n2: 9000/],
  ['a login that is slow', {'clock n2': '5 206'}, 'warning', /^round-trip n2: a command takes 412 ms/],
  [
    'a login that answers nothing',
    {'clock n2': new Error('no answer in time')},
    'warning',
    /^round-trip n2: .*no answer/,
  ],
  ['a clock that nobody keeps', {'host n2': hostText({changes: {synced: ''}})}, 'note', /^clocks n2: nothing says/],
  [
    'logs in the journal alone',
    {'host n2': hostText({changes: {logs: ''}})},
    'warning',
    /^logs n2: no log file of Pacemaker/,
  ],
  ['time-outs that leave no room', {'ceph-config': osdConfig(20, 6, 30)}, 'warning', /^timing cluster: .*38\.8 s/],
  [
    'another version of Pacemaker',
    {'fingerprint n2': facts({pacemaker: '3.0.0'})},
    'warning',
    /^unequal-nodes cluster: pacemaker: 2.1.5 on n1, n3; 3.0.0 on n2/,
  ],
  [
    'a node whose versions nobody knows',
    {'fingerprint n2': no('n2 cannot be reached')},
    'warning',
    /^unequal-nodes n2: .*cannot be reached/,
  ],
  [
    'less memory',
    {'fingerprint n2': facts({memoryBytes: '4000000000'})},
    'note',
    /^unequal-nodes cluster: memory from 3.7/,
  ],
  [
    'an old iperf3 at a fast link',
    {'fingerprint n2': facts({iperf3: '3.12'})},
    'warning',
    /^iperf3 n2: iperf3 3.12 at a link of 25 /,
  ],
  [
    'mixed iperf3',
    {'fingerprint n2': facts({iperf3: '3.18'})},
    'note',
    /^iperf3 cluster: .*3.16 on n1, n3, client; 3.18 on n2/,
  ],
  [
    'a full disk',
    {'host n2': hostText({changes: {room: '/var 1000000 9000000'}})},
    'warning',
    /^room n2: 1 MiB free on \/var/,
  ],
  ['a disk of unknown room', {'host n2': hostText({changes: {room: ''}})}, 'warning', /^room n2: .*df says nothing/],
  ['a disk of odd room', {'host n2': hostText({changes: {room: '/var - -'}})}, 'warning', /^room n2: .*df says \/var/],
];
for (const [what, answers, level, expected] of planted) {
  test(`${what} is found, as a ${level}`, t => {
    const found = told(seen(answers), level);
    t.true(
      found.some(each => expected.test(each)),
      `${found.join('\n')}\n${told(seen(answers), 'good').join('\n')}`,
    );
    // And nothing good is said of the same thing.
    const [id = '', subject = ''] = expected.source.replace('^', '').split(/[ :]/);
    t.false(
      told(seen(answers), 'good').some(
        each => each.startsWith(`${id} ${subject}:`) && id !== 'ceph' && id !== 'clocks',
      ),
    );
  });
}

test('one client of a node on the blocklist is not the node, and an odd prefix ends nothing', t => {
  for (const line of ['10.0.2.2:6800/0', '10.0.2.2:0/3710147553', 'cidr:10.0.9.0:0/24', 'cidr:10.0.9.9:0/99'])
    t.deepEqual(told(seen({'ceph-blocklist': `${line} 2026-11-27T11:00:00\n`}), 'danger'), [], line);
  const whole = told(seen({'ceph-blocklist': 'cidr:10.0.2.2:0/32 2026-11-27T11:00:00\n'}), 'danger');
  t.regex(whole.join(), /^blocklist n2: [^,]*$/);
});

test('a guest that has outstayed its date is a warning; on its last day it may be there', t => {
  t.deepEqual(told(seen({cib: dated('2026-11-26')}), 'warning'), [
    'expired-guests cluster: st of ann, until 2026-11-26',
  ]);
  t.deepEqual(told(seen({cib: dated('2026-11-27')}), 'warning'), []);
});

test('what the audit finds is a danger, and nothing good is said of it', t => {
  const state = seen({}, {...observed(), constraints: {ok: true, value: ['cli-ban-vm1-on-n1']}});
  t.deepEqual(told(state, 'danger'), [
    'no-constraint-left cluster: cli-ban-vm1-on-n1 keeps a resource where a move has put it',
  ]);
  t.false(told(state, 'good').some(each => each.startsWith('no-constraint-left')));
});

test('without quorum nothing that hangs on it is called good', t => {
  const none: Observed = {
    ...observed(),
    views: nodes.map(node => ({node, view: {ok: false, error: 'Not connected'}})),
  };
  const state = seen({}, none);
  t.true(told(state, 'danger').some(each => each.startsWith('node-answers ')));
  t.true(told(state, 'danger').some(each => each.startsWith('one-quorate-partition ')));
  for (const id of ['node-online', 'fencing-in-service', 'guest-started', 'in-charge']) {
    t.false(
      told(state, 'good').some(each => each.startsWith(`${id} `)),
      id,
    );
  }
  const unasked = seen({}, undefined);
  const blind = {...unasked, observed: undefined};
  t.false(told(blind, 'good').some(each => each.startsWith('node-online ')));
  t.deepEqual(told(blind, 'danger'), [
    'node-answers cluster: the state of the cluster cannot be read: no answer in time',
  ]);
});

test('a node without a BMC is a warning, and a scratch disk named by its place is one, or a danger', t => {
  const {nodes: hosts, guests} = seen().cluster;
  const [first, ...rest] = hosts.map(({bmc: _, ...host}, index) => (index === 0 ? host : (hosts[index] ?? host)));
  if (first === undefined) return t.fail();
  t.true(told(seen({}, observed(), {nodes: [first, ...rest]}), 'warning').some(each => /^bmc n1: .*no BMC/.test(each)));
  const byPlace = guests.map(guest => ({...guest, scratchDevice: '/dev/vdb'}));
  t.regex(told(seen({}, observed(), {guests: byPlace}), 'warning').join('\n'), /scratch-disk vm1: .*by its place/);
  const bootable = domainXml(disk('vda', '') + disk('vdb', 'seatrial-ledger') + disk('vdc', 'seatrial-scratch'));
  t.regex(told(seen({domain: bootable}, observed(), {guests: byPlace}), 'danger').join('\n'), /vm1: .*is the ledger/);
  const byId = guests.map(guest => ({...guest, scratchDevice: '/dev/disk/by-id/virtio-seatrial-scratch'}));
  t.deepEqual(told(seen({domain: bootable}, observed(), {guests: byId}), 'danger'), []);
  const long = 'scratch-of-the-first-guest';
  const byLong = guests.map(guest => ({...guest, scratchDevice: `/dev/disk/by-id/virtio-${long.slice(0, 20)}`}));
  const [named, other] = [long, 'ledger-of-the-first-guest'].map(serial => domainXml(disk('vda', serial)));
  t.deepEqual(told(seen({domain: named ?? ''}, observed(), {guests: byLong}), 'danger'), []);
  t.regex(told(seen({domain: other ?? ''}, observed(), {guests: byLong}), 'danger').join(), /no disk of serial/);
  // What a virtio disk tells of both is the same: fio may be given the ledger.
  const twins = domainXml(disk('vda', `${long}-ledger`) + disk('vdb', long));
  t.regex(told(seen({domain: twins}, observed(), {guests: byLong}), 'danger').join(), /2 disks of serial/);
});

const device = {node: 'n1', agent: 'fence_ipmilan', parameters: {}};
const stock = {
  nodes: 3,
  totem: {tokenMs: 3650, consensusMs: 4380},
  devices: [device],
  bmcSeconds: 0.1,
  hasCeph: true,
  ceph: {graceSeconds: 20, intervalSeconds: 6, watchSeconds: 30},
  boundSeconds: 15,
};

test('the budget: stock Ceph breaks the promise by itself, and its time-outs are what saves most', t => {
  const {totalSeconds, advice, unknown} = timingBudget(stock);
  t.is(totalSeconds.toFixed(2), '38.80');
  t.deepEqual(unknown, []);
  t.regex(advice[0]?.setting ?? '', /osd_heartbeat_grace/);
  // What the others save is hidden behind the storage.
  t.is(advice.length, 1);
});

test('the budget: with tuned Ceph, Corosync and the delays of the fence devices are next', t => {
  const ceph = {graceSeconds: 4, intervalSeconds: 1, watchSeconds: 5};
  const {totalSeconds, advice} = timingBudget({...stock, ceph});
  t.is(totalSeconds.toFixed(2), (8.03 + 4.5 + 2 + 2.8).toFixed(2));
  t.deepEqual(
    advice.map(({setting, savesSeconds}) => [setting.slice(0, 13), savesSeconds.toFixed(2)]),
    [['corosync.conf', '5.83']],
  );
  const delayed = {...device, parameters: {pcmk_delay_max: 'n1:20s;n2:0s', delay: '500ms'}};
  const slow = timingBudget({...stock, ceph, devices: [device, delayed]});
  t.is((slow.totalSeconds - totalSeconds).toFixed(2), '20.50');
  t.is(slow.advice[0]?.setting, 'pcmk_delay_max of the fence devices');
  // Two nodes need it: it decides which one lives.
  const pair = timingBudget({...stock, ceph, nodes: 2, devices: [device, delayed]});
  t.false(pair.advice.some(({setting}) => setting.includes('delay')));
});

test('fencing that is given up before its device can have ended is a danger', t => {
  const slow = (healthy.cib as string).replaceAll(
    'name="method" value="onoff"/>',
    'name="method" value="onoff"/><nvpair id="d" name="power_wait" value="40"/>',
  );
  t.not(slow, healthy.cib);
  t.regex(told(seen({cib: slow}), 'danger').join('\n'), /^timing cluster: the node is fenced: 80\.5 s .* after 60 s/m);
  const {phases} = timingBudget({...stock, fencingTimeout: '2min'});
  t.is(phases.find(({name}) => name === 'the node is fenced')?.limitSeconds, 120);
});

test('the budget: what is not known is named, and never counted as nothing in silence', t => {
  const {totem: _, ceph: __, bmcSeconds: ___, ...rest} = stock;
  const {unknown} = timingBudget({...rest, devices: []});
  t.deepEqual(unknown, [
    "Corosync's time-outs",
    'the fence devices',
    'how long a BMC takes to answer',
    "Ceph's time-outs",
  ]);
  const state = seen({'corosync-map': no('no answer'), 'ceph-config': no('no answer')});
  t.regex(told(state, 'note').join('\n'), /^timing cluster: .*at least .*not known: Corosync/m);
});

test('the budget alone is read with nothing but its own questions, and what nobody answers is named', async t => {
  const answers = (host: string, words: string) => {
    if (words === 'corosync-cmapctl') return host === 'n3' ? undefined : {stdout: map(1000)};
    if (words.startsWith('crm_mon')) return {stdout: recorded('crm_mon-healthy.xml')};
    if (words === 'cibadmin --query') return {stdout: healthy.cib as string};
    return words.includes('chassis power status') ? {stdout: 'Chassis Power is on\n'} : undefined;
  };
  const {cluster, asked} = fakeCluster(answers);
  const {phases, unknown, totalSeconds} = await readBudget(cluster, new AbortController().signal);
  t.deepEqual(
    phases.map(({id}) => id),
    ['membership', 'fence', 'start', 'service'],
  );
  t.is(phases[0]?.seconds, 2.2);
  t.deepEqual(unknown, []);
  t.true(totalSeconds > 0);
  t.true(
    asked.every(({words}) => /corosync-cmapctl|crm_mon|cibadmin|ipmitool/.test(words)),
    JSON.stringify(asked),
  );
  const silent = await readBudget(fakeCluster(() => undefined).cluster, new AbortController().signal);
  t.deepEqual(silent.unknown, ["Corosync's time-outs", 'the fence devices', 'how long a BMC takes to answer']);
});
