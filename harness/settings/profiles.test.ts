import {readFileSync} from 'node:fs';
import test from 'ava';
import {definitionOf} from '../cluster/pacemaker.ts';
import {element, parseXml, printXml} from '../parse/xml.ts';
import {parseShown, sameOption} from './ceph.ts';
import {editTotem, parseTotem, stepsTo, inForce as totemInForce} from './corosync.ts';
import {sameDuration} from './duration.ts';
import {loadProfile, mismatch} from './load.ts';
import {movingTime} from './moving-time.ts';
import {editPrimitive, inForce} from './resource.ts';

const shipped = ['stock', 'tuned'].map(name => {
  const loaded = loadProfile(readFileSync(new URL(`${name}.yaml`, import.meta.url), 'utf8'), `${name}.yaml`);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value;
});

test('the shipped profiles load, and set the same things', t => {
  t.is(mismatch(shipped), undefined);
  t.true(
    shipped.every(profile => profile.settings.length > 15 && profile.settings.every(setting => setting.why !== '')),
  );
});

test('no profile gives guests memory that KSM cannot merge, as the promise mem.ksm asks of tuned', t => {
  for (const {settings} of shipped)
    t.true(['default', 'anonymous'].includes(settings.find(({key}) => key === 'memory.source')?.value ?? ''));
});

test('a profile that lacks a setting of the other is told apart', t => {
  const [stock, tuned] = shipped;
  if (!stock || !tuned) return t.fail();
  t.regex(
    mismatch([stock, {...tuned, settings: tuned.settings.slice(1)}]) ?? '',
    /profile stock sets domain disk.bus, profile tuned does not/,
  );
});

test('a wrong key or value is an error with its line', t => {
  const text = (key: string, value: string) =>
    `name: x\ntitle: X\nsettings:\n  - {id: a, driver: domain, key: ${key}, value: ${value}, why: because}\n`;
  t.true(loadProfile(text('disk.cache', 'none'), 'x.yaml').ok);
  for (const [key, value] of [
    ['disk.cache', 'fast'],
    ['disk.cash', 'none'],
  ] as const) {
    const loaded = loadProfile(text(key, value), 'x.yaml');
    t.false(loaded.ok);
    t.is(loaded.ok ? 0 : loaded.error[0]?.line, 4);
  }
});

// ── corosync ──

const map = (lines: string[]) => `${lines.join('\n')}\n`;

test("the token in force is what was asked plus Corosync's share for the number of nodes", t => {
  const totem = parseTotem(
    map(['runtime.config.totem.token (u32) = 3650', 'runtime.config.totem.consensus (u32) = 4380']),
  );
  t.deepEqual(totem, {token: 3650, consensus: 4380, coefficient: 650, consensusGiven: false, links: []});
  if (!totem) return;
  t.is(totemInForce('token', totem, 3), '3000');
  t.is(totemInForce('consensus', totem, 3), 'default');
});

test('a consensus that was asked is told as a number, also where it is what the default would be', t => {
  const totem = parseTotem(
    map([
      'runtime.config.totem.token (u32) = 1000',
      'runtime.config.totem.consensus (u32) = 1200',
      'totem.consensus (u32) = 1200',
      'totem.token_coefficient (u32) = 0',
    ]),
  );
  t.truthy(totem);
  if (totem) t.deepEqual([totemInForce('consensus', totem, 3), totemInForce('token', totem, 3)], ['1200', '1000']);
});

test('a map without timings says nothing', t => {
  t.is(parseTotem(''), undefined);
  t.is(parseTotem('Failed to initialize the cmap API. Error CS_ERR_LIBRARY'), undefined);
});

const conf = 'totem {\n  version: 2\n  token: 3000\n  interface {\n    token: 7\n  }\n}\nlogging {\n  token: 9\n}\n';

test('only the totem section is edited, each key stands once, and the default takes it out', t => {
  const once = editTotem(conf, [
    {key: 'token', value: '1000'},
    {key: 'consensus', value: '1200'},
  ]);
  t.is(
    once,
    'totem {\n  token: 1000\n  consensus: 1200\n  version: 2\n  interface {\n    token: 7\n  }\n}\nlogging {\n  token: 9\n}\n',
  );
  t.is(
    editTotem(once, [
      {key: 'token', value: '1000'},
      {key: 'consensus', value: '1200'},
    ]),
    once,
  );
  t.notRegex(editTotem(once, [{key: 'consensus', value: 'default'}]), /consensus/);
});

test('a token time-out is never cut to less than half of what is in force', t => {
  const now = {token: 3650, consensus: 4380, coefficient: 650, consensusGiven: false};
  const asked = [
    {key: 'token', value: '1000'},
    {key: 'token_coefficient', value: '0'},
    {key: 'consensus', value: '1200'},
  ];
  const steps = stepsTo(now, asked, 3);
  const tokens = steps.map(step => Number(step.find(({key}) => key === 'token')?.value));
  t.deepEqual(tokens, [2555, 1788, 1251, 1000]);
  t.deepEqual(steps.at(-1), asked);
  t.true(steps.slice(0, -1).every(step => step.some(({key, value}) => key === 'consensus' && value === 'default')));
  // Upwards, and by a little, in one step.
  t.deepEqual(
    stepsTo({token: 1000, consensus: 1200, coefficient: 0, consensusGiven: true}, [{key: 'token', value: '3000'}], 3),
    [[{key: 'token', value: '3000'}]],
  );
  t.is(stepsTo(now, [{key: 'token', value: '2500'}], 3).length, 1);
});

test('what was not asked about is as it was after the last step', t => {
  const now = {token: 6650, consensus: 9000, coefficient: 650, consensusGiven: true};
  const last = stepsTo(now, [{key: 'token', value: '1000'}], 3).at(-1);
  t.deepEqual(last, [
    {key: 'token', value: '1000'},
    {key: 'token_coefficient', value: '650'},
    {key: 'consensus', value: '9000'},
  ]);
});

// ── resources ──

const primitive = () => {
  const parsed = parseXml(
    `<primitive id='vm1' class='ocf' provider='heartbeat' type='VirtualDomain'>
      <instance_attributes id='vm1-parameters'><nvpair id='a' name='config' value='/x.xml'/></instance_attributes>
      <operations><op id='o' name='monitor' interval='10s' timeout='30s'/></operations>
      <instance_attributes id='vm1-instance_attributes'><nvpair id='b' name='migrate_options' value='--old'/></instance_attributes>
    </primitive>`,
    'test',
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
};

test('a parameter is set once, wherever it stood, and the default takes it away', t => {
  const set = editPrimitive(primitive(), [{key: 'param.migrate_options', value: '--auto-converge'}]);
  t.true(set.ok);
  if (!set.ok) return;
  t.is(inForce('param.migrate_options', definitionOf(set.value)), '--auto-converge');
  t.is(printXml(set.value).match(/migrate_options'/g)?.length, 2); // id and name of one pair
  const gone = editPrimitive(set.value, [{key: 'param.migrate_options', value: 'default'}]);
  t.is(gone.ok ? inForce('param.migrate_options', definitionOf(gone.value)) : '', 'default');
  t.is(gone.ok ? definitionOf(gone.value).parameters.config : '', '/x.xml');
});

test('an operation changes in place; one that is not there is an error', t => {
  const set = editPrimitive(primitive(), [{key: 'op.monitor.interval', value: '2s'}]);
  t.is(set.ok ? inForce('op.monitor.interval', definitionOf(set.value)) : '', '2s');
  t.is(set.ok ? inForce('op.monitor.timeout', definitionOf(set.value)) : '', '30s');
  t.false(editPrimitive(primitive(), [{key: 'op.start.timeout', value: '60s'}]).ok);
  t.is(inForce('op.start.timeout', definitionOf(element('primitive'))), 'default');
});

test('planted: of several monitors the one that recurs where the guest runs is meant, and the others stay', t => {
  const parsed = parseXml(
    `<primitive id='vm1'><operations>
      <op id='p' name='monitor' interval='0' timeout='90s'/>
      <op id='r' name='monitor' interval='30s'/>
      <op id='s' name='monitor' role='Stopped' interval='45s'/>
    </operations></primitive>`,
    'test',
  );
  if (!parsed.ok) return t.fail(JSON.stringify(parsed.error));
  t.is(inForce('op.monitor.interval', definitionOf(parsed.value)), '30s');
  t.is(inForce('op.monitor.timeout', definitionOf(parsed.value)), 'default');
  const set = editPrimitive(parsed.value, [
    {key: 'op.monitor.interval', value: '2s'},
    {key: 'op.monitor.timeout', value: '20s'},
  ]);
  if (!set.ok) return t.fail(set.error);
  const said = (attribute: 'interval' | 'timeout') =>
    definitionOf(set.value).operations.map(({attributes}) => attributes[attribute]);
  t.deepEqual(said('interval'), ['0', '2s', '45s']);
  t.deepEqual(said('timeout'), ['90s', '20s', undefined]);
  const back = editPrimitive(set.value, [
    {key: 'op.monitor.interval', value: '30s'},
    {key: 'op.monitor.timeout', value: 'default'},
  ]);
  t.is(back.ok ? printXml(back.value) : '', printXml(parsed.value));
});

test("a move's own operations are added where the owner left them out", t => {
  const set = editPrimitive(primitive(), [{key: 'op.migrate_to.timeout', value: '30s'}]);
  t.is(set.ok ? inForce('op.migrate_to.timeout', definitionOf(set.value)) : '', '30s');
  t.is(set.ok ? inForce('op.monitor.timeout', definitionOf(set.value)) : '', '30s');
  const back = set.ok ? editPrimitive(set.value, [{key: 'op.migrate_to.timeout', value: 'default'}]) : set;
  t.is(back.ok ? inForce('op.migrate_to.timeout', definitionOf(back.value)) : '', 'default');
  t.is(back.ok ? printXml(back.value).match(/migrate_to/g)?.length : 0, 2); // id and name of one operation
});

test('the time of a move grows with the guest, between 30 s and what the agent advises', t => {
  const time = (gibibytes: number, rate = 100) => movingTime(`memory at ${rate} MiB/s`, gibibytes * 1024 ** 3);
  t.deepEqual(
    [0.5, 1, 2, 4, 8, 64].map(size => time(size)),
    ['30s', '31s', '51s', '92s', '120s', '120s'],
  );
  t.deepEqual([time(8, 1000), time(64, 1000)], ['30s', '120s']);
  t.deepEqual([movingTime('45s', 1), movingTime('memory at 0 MiB/s', 1)], ['45s', 'memory at 0 MiB/s']);
});

// ── values ──

test('units do not make a difference, values do', t => {
  t.true(sameDuration('1s', '1000ms'));
  t.true(sameDuration('30', '30s'));
  t.false(sameDuration('30', '30ms'));
  t.false(sameDuration('1s', 'default'));
  t.true(sameOption('3', '3.000000'));
  t.false(sameOption('3', '30'));
  t.false(sameOption('0', ''));
  t.true(sameOption('no', 'false'));
  t.false(sameOption('no', 'true'));
  t.false(sameOption('no', '0'));
});

test('options are read per daemon; a daemon that says no JSON, or none at all, is an error', t => {
  const text = '\nosd.0: {"osd_heartbeat_grace":"4","a":"x: {"}\n\nosd.1: {\n  "osd_heartbeat_grace": "20"\n}\n';
  const shown = parseShown(text, 'osd');
  t.deepEqual(
    shown.ok ? shown.value.map(({daemon, options}) => [daemon, options.get('osd_heartbeat_grace')]) : shown.error,
    [
      ['osd.0', '4'],
      ['osd.1', '20'],
    ],
  );
  t.false(parseShown('osd.0: {"a":"b"', 'osd').ok);
  t.false(parseShown('', 'osd').ok);
});
