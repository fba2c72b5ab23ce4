/** Faults of nodes, of the fence path and of guests: injected, asked and healed without a cluster. */
import test from 'ava';
import {type Answer, fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import type {Cluster, Exit, Parameters} from '../types.ts';
import {expectsOfFaults, faultNamed} from './index.ts';

const view = (
  unclean = false,
) => `<pacemaker-result api-version="2.25"><summary><current_dc present="true" name="n1" with_quorum="true"/>
<cluster_options stonith-enabled="true" maintenance-mode="false"/></summary><nodes>${['n1', 'n2', 'n3']
  .map(
    name =>
      `<node name="${name}" online="true" standby="false" maintenance="false" pending="false" unclean="${unclean && name === 'n2'}"/>`,
  )
  .join('')}</nodes><status code="0" message="OK"/></pacemaker-result>`;

/** A cluster whose n2 has power or not, and may be stopping. */
function world(more: (host: string, words: string, stdin?: string) => Answer | undefined = () => undefined) {
  const now = {power: 'on', answers: true, stopping: false};
  const scripted = fakeCluster((host, words, {stdin}) => {
    const own = more(host, words, stdin);
    if (own !== undefined) return own;
    if (words.endsWith('chassis power status')) return {stdout: `Chassis Power is ${now.power}\n`};
    if (words.endsWith('chassis power off')) [now.power, now.answers] = ['off', false];
    if (words.endsWith('chassis power on')) [now.power, now.answers] = ['on', true];
    if (words.includes('chassis power')) return {};
    if (host === 'n2' && !now.answers) return {exit: {kind: 'unreachable', reason: 'no power'}};
    if (words.startsWith('test -e /run/seatrial-stopping')) return {exit: now.stopping ? 0 : 1};
    if (words.startsWith('crm_mon')) return {stdout: view()};
    return words === 'true' || words.startsWith('sh') ? {} : undefined;
  });
  return {now, ...scripted};
}

function fault(cluster: Cluster, name: string, parameters: Parameters = {}) {
  const named = faultNamed(cluster, name, ['n2'], parameters);
  if (!named.ok) throw new Error(named.error);
  return named.value;
}

test('a node that is told to stop is down before it is called healed, and powered on', async t => {
  const {cluster, now, asked} = world();
  const shutdown = fault(cluster, 'node-shutdown');
  t.is((await shutdown.inject(cluster)).exit.kind, 'exited');
  t.regex(asked[0]?.words ?? '', /systemctl --no-block "\$1".* stop poweroff$/s);
  now.stopping = true;
  setTimeout(() => Object.assign(now, {stopping: false, power: 'off', answers: false}), 600);
  t.deepEqual(await shutdown.heal(cluster), {ok: true, value: undefined});
  t.is(now.power, 'on');
  t.true(asked.some(({words}) => words.endsWith('chassis power on')));
  // For nothing: nobody was told to stop.
  const before = asked.length;
  t.deepEqual(await shutdown.heal(cluster), {ok: true, value: undefined});
  t.false(asked.slice(before).some(({words}) => /power o|systemctl/.test(words)));
});

test('an orderly stop fences nobody, and its guests may migrate or start elsewhere', t => {
  const facts = {injections: [{fault: 'node-reboot', nodes: ['n2']}], guests: [{guest: 'vm1', node: 'n2'}]};
  t.deepEqual(expectsOfFaults(facts), {fences: {n2: [0]}, guests: {vm1: ['migrated', 'restarted']}});
});

test('a fence device that is slow takes nothing back of what a crash beside it does', t => {
  const injections = ['fence-slow', 'host-crash'].map(fault => ({fault, nodes: ['n2']}));
  const guests = [{guest: 'vm1', node: 'n2'}];
  for (const order of [injections, injections.toReversed()])
    t.deepEqual(expectsOfFaults({injections: order, guests}), {fences: {n2: [1]}, guests: {vm1: ['restarted']}});
});

test('power and controller lost: the controller goes first, and the power comes back last', async t => {
  const {cluster, asked, now} = world((_, words) =>
    words.startsWith('sh') && words.includes('counter packets') ? {stdout: '7\n'} : undefined,
  );
  const lost = fault(cluster, 'power-and-bmc-lost', {recoveredBy: 'nobody'});
  t.is((await lost.inject(cluster)).exit.kind, 'exited');
  const at = (pattern: RegExp) => asked.findIndex(({words}) => pattern.test(words));
  t.true(at(/10\.0\.0\.102 counter drop/) < at(/chassis power off/));
  t.false(asked.some(({host, words}) => host === 'client' && words.includes('drop')));
  const reached = await lost.reached(cluster);
  t.regex(reached.ok ? reached.value : '', /21 packets dropped on the way to the controller; the power is off/);
  t.deepEqual(await lost.heal(cluster), {ok: true, value: undefined});
  t.is(now.power, 'on');
  t.true(at(/delete table inet seatrial-fence-path/) < at(/chassis power on/));
});

test('planted: a living node that cannot be asked may still drop its way to the controller: that is not healed', async t => {
  const heal = async (name: string, parameters: Parameters, exit?: Exit) => {
    const {cluster, now} = world((host, words) =>
      exit !== undefined && host === 'n3' && words.includes('seatrial-fence-path') ? {exit} : undefined,
    );
    now.answers = false;
    const healed = await fault(cluster, name, parameters).heal(cluster);
    return healed.ok ? 'healed' : healed.error;
  };
  t.is(await heal('fence-path-cut', {}), 'healed', 'the struck node alone is silent');
  for (const exit of [{kind: 'timed-out'}, {kind: 'unreachable', reason: 'connection reset'}] as const) {
    const sentence = exit.kind === 'timed-out' ? /^sh on n3 did not end/ : /^n3 cannot be reached: connection reset$/;
    t.regex(await heal('fence-path-cut', {}, exit), sentence);
    t.regex(await heal('power-and-bmc-lost', {recoveredBy: 'nobody'}, exit), sentence);
  }
});

test('a controller that nobody asked, or a node that has power, is no such loss', async t => {
  const {cluster} = world((_, words) => (words.includes('counter packets') ? {stdout: '0\n'} : undefined));
  const unasked = await fault(cluster, 'power-and-bmc-lost', {recoveredBy: 'nobody'}).reached(cluster);
  t.regex(unasked.ok ? '' : unasked.error, /nobody asked the controller/);
  const {cluster: powered} = world((_, words) => (words.includes('counter packets') ? {stdout: '3\n'} : undefined));
  t.false((await fault(powered, 'power-and-bmc-lost', {recoveredBy: 'nobody'}).reached(powered)).ok);
});

test('what is expected of it depends on who helps', t => {
  const effect = (recoveredBy: string) =>
    expectsOfFaults({
      injections: [{fault: 'power-and-bmc-lost', nodes: ['n2'], parameters: {recoveredBy}}],
      guests: [{guest: 'vm1', node: 'n2'}],
    });
  t.deepEqual(effect('nobody'), effect('person'));
  t.deepEqual(effect('nobody'), {fences: {n2: [1]}, guests: {vm1: ['restarted']}});
});

test('nobody confirms that a node is off that has power, or whose power is not known', async t => {
  for (const [power, sentence] of [
    ['Chassis Power is on\n', /n2 has power: its guests would run twice/],
    ['?', /nobody can say that n2 is off/],
  ] as const) {
    const {cluster, asked} = world((_, words) => (words.endsWith('power status') ? {stdout: power} : undefined));
    t.regex((await fault(cluster, 'fence-confirmed').inject(cluster)).stderr, sentence);
    t.false(asked.some(({words}) => words.startsWith('stonith_admin')));
  }
  const {cluster, asked} = world((_, words) =>
    words.endsWith('power status')
      ? {stdout: 'Chassis Power is off\n'}
      : words.startsWith('stonith_admin')
        ? {}
        : undefined,
  );
  await fault(cluster, 'fence-confirmed').inject(cluster);
  t.deepEqual(
    asked.filter(({words}) => words.startsWith('stonith_admin')).map(({words}) => words),
    ['stonith_admin --confirm n2'],
  );
});

const device = (id: string, node: string, more = '') =>
  `<primitive id="${id}" class="stonith" type="fence_ipmilan"><instance_attributes id="${id}-p"><nvpair id="${id}-l" name="pcmk_host_list" value="${node}"/>${more}</instance_attributes></primitive>`;
const password = '<nvpair id="pw" name="password" value="the-secret"/>';

/** As a controller does: it knows one password, and waits before it switches. */
const honest = (given: Readonly<Record<string, string>>): Answer => {
  const durationMs = given.action === 'off' ? Number(given.delay ?? 0) * 1000 + 100 : 100;
  return {exit: given.password === 'the-secret' ? 0 : 1, durationMs};
};

/** A configuration that remembers what was laid over it, and a device's agent. */
function fencing(devices: string, topology = '', agent = honest) {
  const over: Record<string, string> = {};
  const scripted = world((_, words, stdin = '') => {
    if (words.endsWith('agent fence_ipmilan'))
      return agent(Object.fromEntries(stdin.split('\n').map(line => line.split('=', 2))));
    if (words.includes('cibadmin --query'))
      return {stdout: `<configuration><resources>${devices}</resources>${topology}</configuration>`};
    if (words.includes('cibadmin --modify')) {
      for (const [, name = '', value = ''] of stdin.matchAll(/name=['"](\w+)['"] value=['"]([\w-]+)['"]/g))
        over[name] = value;
      return {stdout: 'all of it, with the-secret'};
    }
    if (words.includes('cibadmin --delete-all')) {
      for (const name of Object.keys(over)) delete over[name];
      return {};
    }
    const [, name = ''] = /--get-parameter (\w+)/.exec(words) ?? [];
    if (name !== '') return over[name] === undefined ? {exit: 6} : {stdout: `${over[name]}\n`};
    return words.startsWith('crm_resource') ? {} : undefined;
  });
  return {over, ...scripted};
}

test('a fence device is overlaid, read back, and laid bare again, with no secret told', async t => {
  for (const [name, parameters, expected] of [
    ['fence-refusing', {}, {password: 'not-the-password'}],
    ['fence-slow', {seconds: 15}, {delay: '15'}],
    ['fence-lying', {}, {pcmk_off_action: 'monitor', pcmk_reboot_action: 'monitor'}],
  ] as const) {
    const {cluster, over, asked} = fencing(device('f1', 'n1', password) + device('f2', 'n2', password));
    const bent = fault(cluster, name, parameters);
    t.false((await bent.reached(cluster)).ok, 'not before it is injected');
    const injected = await bent.inject(cluster);
    t.deepEqual([injected.exit, injected.stdout], [{kind: 'exited', code: 0}, '']);
    t.deepEqual(over, expected);
    t.regex(
      asked.find(({stdin}) => stdin?.includes('<resources>'))?.stdin ?? '',
      /primitive id='f2'.*score='1000000'/s,
    );
    t.like(await bent.reached(cluster), {ok: true});
    for (let time = 0; time < 2; time += 1) {
      t.deepEqual(await bent.heal(cluster), {ok: true, value: undefined});
      t.deepEqual(over, {});
    }
    t.true(asked.some(({words}) => words === 'crm_resource --cleanup --resource f2'));
    t.false(
      JSON.stringify([injected, await bent.reached(cluster), asked.map(({words}) => words)]).includes('the-secret'),
    );
  }
});

test('planted: a device that does as it should all the same is no fault that bit', async t => {
  const bite = async (name: string, parameters: Parameters, agent: typeof honest, power = 'on') => {
    const {cluster, now} = fencing(device('f2', 'n2', password), '', agent);
    const bent = fault(cluster, name, parameters);
    await bent.inject(cluster);
    now.power = power;
    const reached = await bent.reached(cluster);
    return reached.ok ? 'bit' : reached.error;
  };
  t.regex(await bite('fence-refusing', {}, () => ({exit: 0})), /ended with 0, expected that it is refused/);
  t.regex(await bite('fence-refusing', {}, () => ({exit: 127})), /ended with 127/);
  t.regex(await bite('fence-refusing', {}, () => ({exit: 1})), /does not answer the right password either/);
  t.regex(
    await bite('fence-slow', {seconds: 15}, given => ({...honest(given), durationMs: 200})),
    /took 0\.2 s .*at least 15 s/,
  );
  t.regex(
    await bite('fence-slow', {seconds: 15}, () => ({exit: 0, durationMs: 20_000})),
    /expected that it is refused/,
  );
  t.regex(await bite('fence-lying', {}, () => ({exit: 1})), /did not say that it is done/);
  t.regex(await bite('fence-lying', {}, honest, 'off'), /the power of n2 is off/);
  t.is(await bite('fence-lying', {}, honest), 'bit');
});

test('nobody is told to switch off by a password that would do', async t => {
  const {cluster, asked} = fencing(device('f2', 'n2', password), '', () => ({exit: 0, durationMs: 20_000}));
  const slow = fault(cluster, 'fence-slow', {seconds: 15});
  await slow.inject(cluster);
  t.false((await slow.reached(cluster)).ok);
  const given = asked.flatMap(({words, stdin}) => (words.endsWith('agent fence_ipmilan') ? [stdin] : []));
  t.is(given.length, 1);
  t.regex(given[0] ?? '', /^password=not-the-password$/m);
  t.regex(given[0] ?? '', /^action=monitor$/m);
});

test('a node without a device, and a device without a password, are sentences; of two levels the first is struck', async t => {
  const {cluster: none} = fencing(device('f1', 'n1', password));
  t.regex((await fault(none, 'fence-slow', {seconds: 5}).inject(none)).stderr, /no fence device names n2/);
  const {cluster: open, over} = fencing(device('f2', 'n2'));
  t.regex((await fault(open, 'fence-refusing').inject(open)).stderr, /f2 has no password/);
  t.deepEqual(over, {});
  const levels =
    '<fencing-topology><fencing-level id="a" target="n2" index="2" devices="outlet"/><fencing-level id="b" target="n2" index="1" devices="f2"/></fencing-topology>';
  const {cluster, asked} = fencing(device('outlet', 'n2', password) + device('f2', 'n2', password), levels);
  await fault(cluster, 'fence-slow', {seconds: 5}).inject(cluster);
  t.regex(asked.find(({stdin}) => stdin?.includes('<resources>'))?.stdin ?? '', /primitive id='f2'/);
});

test('a guest that hangs goes on wherever it is; a node that does not answer is told', async t => {
  const {cluster, asked, now} = world();
  for (const [stops, stop, go] of [
    ['processors', /suspend "\$1"/, /resume "\$1"/],
    ['process', /kill -STOP/, /kill -CONT/],
  ] as const) {
    const hung = fault(cluster, 'guest-hung', {guest: 'vm1', stops});
    await hung.inject(cluster);
    t.regex(asked.at(-1)?.words ?? '', stop);
    t.deepEqual(await hung.heal(cluster), {ok: true, value: undefined});
    t.deepEqual(
      asked.slice(-3).map(({host, words}) => [host, go.test(words)]),
      [
        ['n1', true],
        ['n2', true],
        ['n3', true],
      ],
    );
  }
  now.answers = false;
  t.false((await fault(cluster, 'guest-hung', {guest: 'vm1', stops: 'process'}).heal(cluster)).ok);
  t.false(faultNamed(cluster, 'guest-hung', ['n2'], {guest: 'vm1', stops: 'all'}).ok);
});

test('a guest hangs only where it is the same life that stands still, and nobody answers for it', async t => {
  const reached = async (looked: string, beacon: Answer) => {
    const {cluster} = world((host, words) => {
      if (host === 'client') return words.includes(' verify ') ? beacon : {};
      return words.includes(' look vm1') ? {stdout: `${looked}\n`} : undefined;
    });
    const told = await fault(cluster, 'guest-hung', {guest: 'vm1', stops: 'process'}).reached(cluster);
    return told.ok ? `bit: ${told.value}` : told.error;
  };
  const silent: Answer = {exit: 1, stderr: 'vm1: no answer within 2 s'};
  t.is(await reached('stands', silent), 'bit: vm1: it stands still on n2, and does not answer');
  t.is(await reached('anew', silent), 'bit: vm1: it has been started anew');
  t.regex(await reached('stands', {stdout: 'seatrial-beacon-verify 1 …'}), /somebody answers for it/);
  t.regex(await reached('stands', {exit: 127}), /cannot ask vm1/);
  t.regex(await reached('goes', silent), /it goes on/);
  t.regex(await reached('forgotten', silent), /has forgotten it/);
});
