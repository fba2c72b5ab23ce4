import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {artefactsOf} from '../../fixtures/kit/replay-transport.ts';
import type {PlannedTrial} from '../../harness/types.ts';
import {isolation} from './isolation.ts';

/**
 * What a lab with planes as VLANs gave: three nodes, a client and two guests. It was recorded before controllers were
 * tried from their own plane: what n1 is told by them there is added.
 */
function stored(): Map<string, string> {
  const kept = recorded();
  const signs = [1, 2, 3].map(n => ({
    by: 'arp',
    plane: 'management',
    target: `n${n}/bmc`,
    mac: `02:77:00:00:00:6${n}`,
  }));
  return answered(kept, 'n1', signs);
}

function recorded(): Map<string, string> {
  const path = join(import.meta.dirname, '../../fixtures/network-isolation');
  return new Map(readdirSync(path).map(name => [name, readFileSync(join(path, name), 'utf8')]));
}

interface Answer {
  plane: string;
  target: string;
}

function answered(kept: Map<string, string>, host: string, more: readonly object[]): Map<string, string> {
  const name = `reach-${host}.json`;
  const seen = JSON.parse(kept.get(name) ?? '');
  return kept.set(name, JSON.stringify({...seen, answers: [...seen.answers, ...more]}));
}

const planned: PlannedTrial = {
  slot: 1,
  scenario: isolation.name,
  profile: 'stock',
  repetition: 1,
  parameters: {},
  estimatedSeconds: 30,
};

const measured = (kept: Map<string, string>) => isolation.measure(artefactsOf(kept), planned);

/** As if one more answer had come to a host. */
const answeredTo = (host: string, answer: object) => answered(stored(), host, [answer]);

/** As if some answers had not come, to hosts (by plane and target) and to guests (by target). */
function unanswered(lost: (who: string, answer: Answer) => boolean, kept = stored()): Map<string, string> {
  for (const [name, text] of kept) {
    const [, who = '', kind] = /^reach-(\w+)\.(json|txt)$/.exec(name) ?? [];
    if (kind === 'json') {
      const seen = JSON.parse(text);
      kept.set(name, JSON.stringify({...seen, answers: seen.answers.filter((each: Answer) => !lost(who, each))}));
    }
    if (kind === 'txt') {
      const heard = (line: string) =>
        /^(?:device|end)/.test(line) || !lost(who, {plane: 'service', target: line.split(' ')[1] ?? ''});
      kept.set(name, text.split('\n').filter(heard).join('\n'));
    }
  }
  return kept;
}

const critical = (kept: Map<string, string>) =>
  measured(kept)
    .findings.filter(({severity}) => severity === 'critical')
    .map(({detail}) => detail);

test('planes that are VLANs reach themselves and no other; hosts that answer for another interface are told apart', t => {
  const {samples, problems, findings} = measured(stored());
  t.deepEqual(problems, []);
  t.deepEqual([...new Set(findings.map(({invariant}) => invariant))], ['hosts answer for their own interface alone']);
  const of = (metric: string) => samples.filter(sample => sample.metric === metric);
  t.true(of('network.leaks').length > 12 && of('network.leaks').every(({value}) => value === 0));
  t.true(of('network.unreached').length >= 6 && of('network.unreached').every(({value}) => value === 0));
  const cell = (from: string, to: string, by = 'host') =>
    of('network.reachability').find(({labels}) => labels.from === from && labels.to === to && labels.by === by)?.value;
  t.deepEqual([cell('storage', 'storage'), cell('storage', 'management')], [1, 0]);
  t.deepEqual([cell('service', 'guest', 'guest'), cell('service', 'bmc', 'guest')], [1, 0]);
});

test('planted: planes that are one on the wire, by the interface that answers', t => {
  const kept = answeredTo('n1', {by: 'arp', plane: 'management', target: 'n2/storage', mac: '02:77:00:00:02:0c'});
  t.regex(
    critical(kept)[0] ?? '',
    /^n1\/management reaches n2\/storage .* the interface itself .* answers in management$/,
  );
  const leak = measured(kept).samples.filter(({metric, value}) => metric === 'network.leaks' && value > 0);
  t.deepEqual(
    leak.map(({labels, value}) => [labels, value]),
    [[{by: 'host', from: 'management', to: 'storage'}, 1]],
  );
});

test('planted: a host that passes packets on, one that answers in the place of another, and a gateway', t => {
  const hop = {by: 'hop', plane: 'storage', target: 'n3/service', via: '10.77.2.12'};
  t.regex(critical(answeredTo('n1', hop))[0] ?? '', /n1\/storage reaches n3\/service .* n2 passes packets on$/);
  const proxy = {by: 'arp', plane: 'storage', target: 'client/service', mac: '02:77:00:00:02:0d'};
  t.regex(critical(answeredTo('n1', proxy))[0] ?? '', /n3 answers in its place$/);
  const routed = {by: 'tcp', plane: 'cluster', target: 'client/management', port: 22, how: 'closed'};
  t.regex(critical(answeredTo('n1', routed))[0] ?? '', /TCP port 22 closed through a gateway$/);
});

test('a host that answers for its other interface in the plane that it is in is no leak', t => {
  const weak = {by: 'arp', plane: 'storage', target: 'n2/management', mac: '02:77:00:00:02:0c'};
  t.deepEqual(critical(answeredTo('n1', weak)), []);
});

test('one card with one address in hardware for all planes: its own probes say whether they are one', t => {
  const kept = stored();
  const seen = JSON.parse(kept.get('reach-n2.json') ?? '');
  for (const each of Object.values<{mac: string}>(seen.devices)) each.mac = '02:77:00:00:00:99';
  kept.set('reach-n2.json', JSON.stringify(seen));
  const arp = (target: string) => ({by: 'arp', plane: 'storage', target, mac: '02:77:00:00:00:99'});
  const own = JSON.parse(kept.get('reach-n1.json') ?? '');
  const given = (...answers: object[]) =>
    kept.set('reach-n1.json', JSON.stringify({...own, answers: [...own.answers, ...answers]}));
  t.deepEqual(critical(given(arp('n2/management'))), []);
  t.is(critical(given(arp('n2/management'), {...arp('n1/management'), mac: '02:77:00:00:00:0b'})).length, 1);
});

test('a way that the inventory allows is no leak; a silent one in the same plane is told', t => {
  const kept = answeredTo('n1', {by: 'hop', plane: 'storage', target: 'n3/service', via: '10.77.2.12'});
  const plan = JSON.parse(kept.get('plan.json') ?? '');
  kept.set('plan.json', JSON.stringify({...plan, allowed: [{from: 'storage', to: 'service'}]}));
  t.deepEqual(critical(kept), []);
  const silent = unanswered((who, {target}) => who === 'n1' && target === 'n2/storage');
  t.true(measured(silent).findings.some(({invariant}) => invariant === 'a plane reaches itself'));
  t.deepEqual(measured(silent).problems, [], 'others reach both: each works in its plane');
});

/** Everything to and from an address. */
const dead =
  (id: string) =>
  (who: string, {plane, target}: Answer) =>
    target === id || id === who || id === `${who}/${plane}`;
const deaf = 'nobody in its own plane answers it';
const mute = 'it answers nobody in its own plane';

const unprovenCases: readonly [says: string, kept: () => Map<string, string>, holes: readonly string[]][] = [
  [
    'a plane in which nothing answers',
    () => unanswered((_who, {plane}) => plane === 'storage'),
    [`n1/storage, n2/storage, n3/storage: ${mute}`],
  ],
  ['one host in a plane', () => unanswered(dead('n2/storage')), [`n2/storage: ${mute}`]],
  [
    'a host for which another of its interfaces answers, and that hears nobody itself',
    () => unanswered((who, {plane}) => who === 'n2' && plane === 'storage'),
    [`n2/storage: ${deaf}`],
  ],
  [
    'a host that hears only the guests on it: its cable is out',
    () =>
      unanswered(
        (who, {plane, target}) =>
          plane === 'service' &&
          ((who === 'n1' && !target.startsWith('vm')) || (target === 'n1/service' && !who.startsWith('vm'))),
      ),
    [`n1/service: ${mute}`],
  ],
  ['a guest', () => unanswered(dead('vm2')), [`vm2: ${mute}`]],
  ['a guest that answers, and hears nobody', () => unanswered(who => who === 'vm1'), [`vm1: ${deaf}`]],
  ['a controller, whose plane is well', () => unanswered((_who, {target}) => target === 'n3/bmc'), [`n3/bmc: ${mute}`]],
  ['controllers that nobody asked, in a run of an older version', recorded, [`n1/bmc, n2/bmc, n3/bmc: ${mute}`]],
  [
    'two planes at once',
    () => unanswered((_who, {plane}) => plane === 'cluster' || plane === 'management'),
    [
      `client/management, n1/management, n2/management, n3/management: ${mute}`,
      `n1/cluster, n2/cluster, n3/cluster: ${mute}`,
      `n1/bmc, n2/bmc, n3/bmc: ${mute}`,
    ],
  ],
];
for (const [says, kept, holes] of unprovenCases) {
  test(`silence of what does not work is no isolation: ${says}`, t => {
    const {samples, problems} = measured(kept());
    t.deepEqual(problems.map(({path, found}) => `${path}: ${found}`).sort(), holes.toSorted());
    const counted = samples.filter(({metric}) => metric === 'network.leaks' || metric === 'network.weak-host');
    t.deepEqual(
      counted.filter(({value}) => value === 0),
      [],
    );
    t.true(samples.some(({metric}) => metric === 'network.unreached'));
  });
}

test('a plane that is the only one of its host has nobody to show that it works', t => {
  const kept = unanswered((_who, {plane, target}) => plane === 'storage' || target.endsWith('/storage'));
  const plan = JSON.parse(kept.get('plan.json') ?? '');
  const wires = plan.wires.filter(({id}: {id: string}) => id !== 'n2/storage' && id !== 'n3/storage');
  kept.set('plan.json', JSON.stringify({...plan, wires}));
  t.deepEqual(
    measured(kept).problems.map(({path, found}) => `${path}: ${found}`),
    ['n1/storage: nobody in its plane asks it'],
  );
});

test('a leak that was seen stands, however silent another plane is', t => {
  const joined = {by: 'arp', plane: 'management', target: 'n2/storage', mac: '02:77:00:00:02:0c'};
  const kept = answered(
    unanswered((_who, {plane}) => plane === 'cluster'),
    'n1',
    [joined],
  );
  const {samples, problems} = measured(kept);
  t.deepEqual(
    samples.filter(({metric}) => metric === 'network.leaks').map(({labels, value}) => [labels.from, labels.to, value]),
    [['management', 'storage', 1]],
  );
  t.is(problems.length, 1);
});

test('who could not try leaves no count, and a leak that was seen stands', t => {
  const cases: readonly (readonly [string, (text: string) => string])[] = [
    ['reach-vm1.txt', text => text.replace(/end\n$/, '')],
    ['reach-vm1.txt', text => text.replace('echo', 'ecco')],
    ['reach-n3.json', text => text.slice(0, 300)],
    ['reach-n3.json', text => text.replace('"missing": []', '"missing": ["storage"]')],
    ['reach-vm2.txt.meta.json', () => '{"exit": {"kind": "unreachable", "reason": "no agent"}, "stderr": ""}'],
    ['reach-client.json.meta.json', text => text.replace('"code": 0', '"code": 1')],
  ];
  for (const [name, damage] of cases) {
    const kept = answeredTo('n1', {by: 'hop', plane: 'storage', target: 'n2/service', via: '10.77.2.13'});
    const before = kept.get(name) ?? '';
    kept.set(name, damage(before));
    t.not(kept.get(name), before, name);
    const {samples, problems} = measured(kept);
    t.deepEqual([samples.length, problems.length], [0, 1], name);
    t.is(critical(kept).length, 1, name);
  }
});
