import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {artefactsOf} from '../../fixtures/kit/replay-transport.ts';
import type {PlannedTrial} from '../../harness/types.ts';
import {isolation} from './isolation.ts';

/** What a lab with planes as VLANs gave: three nodes, a client and two guests. */
function stored(): Map<string, string> {
  const path = join(import.meta.dirname, '../../fixtures/network-isolation');
  return new Map(readdirSync(path).map(name => [name, readFileSync(join(path, name), 'utf8')]));
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

/** As if one more answer had come to n1. */
function answeredTo(host: string, answer: object): Map<string, string> {
  const kept = stored();
  const name = `reach-${host}.json`;
  const seen = JSON.parse(kept.get(name) ?? '');
  kept.set(name, JSON.stringify({...seen, answers: [...seen.answers, answer]}));
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
  const silent = stored();
  const seen = JSON.parse(silent.get('reach-n1.json') ?? '');
  const heard = seen.answers.filter(
    ({plane, target}: {plane: string; target: string}) => plane !== 'storage' || target !== 'n2/storage',
  );
  silent.set('reach-n1.json', JSON.stringify({...seen, answers: heard}));
  t.true(measured(silent).findings.some(({invariant}) => invariant === 'a plane reaches itself'));
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
