import test from 'ava';
import {idleScenario} from '../../fixtures/kit/idle-scenario.ts';
import type {Plane, Scenario, Suite} from '../types.ts';
import {makePlan, type Shape, unmetNeed, withoutLacking} from './plan.ts';

const planes = {management: '10.0.0.1', cluster: '10.0.1.1', storage: '10.0.2.1', service: '10.0.3.1'};
const shape: Shape = {nodes: [1, 2, 3].map(() => ({addresses: planes, bmc: {}})), guests: [1, 2], storage: 'ceph'};

function scenario(name: string, needs: Scenario['needs'] = {}): Scenario {
  const family = name.split('/')[0];
  if (family !== 'storage' && family !== 'failover' && family !== 'network') throw new Error(name);
  return idleScenario({
    name,
    family,
    needs,
    parameters: {full: {seconds: 60}, quick: {seconds: 3}},
    estimateSeconds: parameters => Number(parameters.seconds),
  });
}
const scenarios = [scenario('storage/fio'), scenario('network/iperf3'), scenario('failover/host-crash', {bmc: true})];
const suite: Suite = {
  name: 'acceptance',
  purpose: '',
  profiles: ['stock', 'tuned'],
  scenarios: scenarios.map(({name}) => ({scenario: name, repetitions: {full: 4, quick: 2}, parameters: {}})),
};
const request = {suite, scenarios, cluster: shape, seed: 7, quick: true};

function plan(extra: Partial<Parameters<typeof makePlan>[0]> = {}) {
  const made = makePlan({...request, ...extra});
  if (!made.ok) throw new Error(made.error);
  return made.value;
}

test('profiles are interleaved A B B A and slots count from 1', t => {
  const {trials} = plan({reps: 4});
  const blocks = trials.filter(trial => trial.scenario === 'storage/fio').map(trial => trial.profile);
  const [a, b] = blocks;
  t.not(a, b);
  t.deepEqual(blocks, [a, b, b, a, a, b, b, a]);
  t.deepEqual(
    trials.map(trial => trial.slot),
    trials.map((_, i) => i + 1),
  );
});

test('what a quick run leaves out is tried where it is asked for by name, and in a full run', t => {
  const scenarios = suite.scenarios.map(entry =>
    entry.scenario === 'storage/fio' ? {...entry, repetitions: {full: 4, quick: 0}} : entry,
  );
  const tried = (extra: Partial<Parameters<typeof makePlan>[0]>) =>
    plan({suite: {...suite, scenarios}, ...extra}).trials.filter(trial => trial.scenario === 'storage/fio').length;
  t.is(tried({}), 0);
  t.is(tried({only: ['storage']}), 2);
  t.is(tried({quick: false}), 8);
});

test('each repetition has both profiles once, so that slots pair', t => {
  const {trials} = plan({reps: 3});
  for (const name of scenarios.map(s => s.name)) {
    for (const repetition of [1, 2, 3]) {
      const pair = trials
        .filter(trial => trial.scenario === name && trial.repetition === repetition)
        .map(trial => trial.profile);
      t.deepEqual([...pair].sort(), ['stock', 'tuned']);
    }
  }
});

test('failovers come last in a block', t => {
  for (let seed = 0; seed < 20; seed++) {
    const names = plan({seed}).trials.map(trial => trial.scenario);
    t.is(names[2], 'failover/host-crash');
    t.is(names[5], 'failover/host-crash');
  }
});

test('what the others stand on comes first in a block', t => {
  const [fio, ...others] = scenarios;
  if (fio === undefined) return t.fail();
  for (let seed = 0; seed < 20; seed++) {
    const names = plan({seed, scenarios: [{...fio, first: true}, ...others]}).trials.map(trial => trial.scenario);
    t.deepEqual([names[0], names[3]], ['storage/fio', 'storage/fio']);
  }
});

test('the same seed gives the same plan, and some other seed another', t => {
  t.deepEqual(plan({seed: 42}), plan({seed: 42}));
  const orders = new Set(
    Array.from({length: 20}, (_, seed) =>
      plan({seed})
        .trials.map(x => x.profile + x.scenario)
        .join(),
    ),
  );
  t.true(orders.size > 1);
});

test('--only takes a name or a family and refuses what the suite does not have', t => {
  t.deepEqual([...new Set(plan({only: ['failover']}).trials.map(x => x.scenario))], ['failover/host-crash']);
  const wrong = makePlan({...request, only: ['fail']});
  t.false(wrong.ok);
  if (!wrong.ok) t.regex(wrong.error, /has no such scenario or family; it has storage\/fio/);
});

test('an unmet need is told with its reason and plans nothing', t => {
  const {trials, notApplicable} = plan({cluster: {...shape, nodes: shape.nodes.map(({addresses}) => ({addresses}))}});
  t.deepEqual(notApplicable, [{scenario: 'failover/host-crash', reason: 'needs a BMC on every node'}]);
  t.false(trials.some(x => x.scenario === 'failover/host-crash'));
});

test('a link that is to be taken down must be named on every node, or the plan says so', t => {
  const drill = scenario('failover/host-crash', {interfaces: ['cluster']});
  const reasonOn = (nodes: Shape['nodes']) => unmetNeed(drill.needs, {...shape, nodes});
  t.regex(reasonOn(shape.nodes) ?? '', /every node's cluster interface \(interfaces\.cluster/);
  const named = shape.nodes.map(node => ({...node, interfaces: {cluster: 'ens192'}}));
  t.is(reasonOn(named), undefined);
  t.regex(reasonOn([...named.slice(1), {...shape.nodes[0], addresses: planes}]) ?? '', /cluster interface/);
});

test('a scenario or parameter that does not exist is refused', t => {
  const ghost: Suite = {
    ...suite,
    scenarios: [{scenario: 'storage/ghost', repetitions: {full: 1, quick: 1}, parameters: {}}],
  };
  t.false(makePlan({...request, suite: ghost}).ok);
  const typo: Suite = {
    ...suite,
    scenarios: [{scenario: 'storage/fio', repetitions: {full: 1, quick: 1}, parameters: {secnods: 3}}],
  };
  const refused = makePlan({...request, suite: typo});
  t.false(refused.ok);
  if (!refused.ok) t.regex(refused.error, /no parameter secnods; it takes seconds/);
});

test('quick and full take their own parameters; the suite overrides the full ones', t => {
  t.is(plan({quick: true}).trials[0]?.parameters.seconds, 3);
  const longer: Suite = {...suite, scenarios: suite.scenarios.map(entry => ({...entry, parameters: {seconds: 90}}))};
  t.is(plan({quick: false, suite: longer}).trials[0]?.parameters.seconds, 90);
});

test('what a node lacks a tool for is left out with the reason, and slots count anew', t => {
  const whole = plan({reps: 2});
  const needy = scenarios.map(each =>
    each.name === 'network/iperf3' ? {...each, needs: {tools: ['rate-limit' as const]}} : each,
  );
  t.deepEqual(withoutLacking(whole, needy, new Map()), whole);
  t.deepEqual(withoutLacking(whole, needy, new Map([['duplicates', 'needs nft']])), whole);
  const able = withoutLacking(whole, needy, new Map([['rate-limit', 'needs tc: tc on n2 exited 127']]));
  t.false(able.trials.some(trial => trial.scenario === 'network/iperf3'));
  t.true(able.trials.length > 0 && able.trials.every((trial, index) => trial.slot === index + 1));
  t.deepEqual(able.notApplicable.slice(whole.notApplicable.length), [
    {scenario: 'network/iperf3', reason: 'needs tc: tc on n2 exited 127'},
  ]);
});

test('halves take an even number of nodes', t => {
  const nodes = (count: number) => ({...shape, nodes: Array.from({length: count}, () => ({addresses: {}}))});
  t.is(unmetNeed({evenNodes: true}, nodes(4)), undefined);
  t.is(unmetNeed({evenNodes: true}, nodes(5)), 'needs an even number of nodes, the cluster has 5');
});

test('a plane that is cut alone shares no address, and no interface where that goes down', t => {
  const on = (addresses: Partial<Record<Plane, string>>, interfaces: Partial<Record<Plane, string>>) => ({
    ...shape,
    nodes: [{addresses, interfaces}],
  });
  const [apart, sameCard] = [
    {cluster: '10.0.1.1', storage: '10.0.2.1'},
    {cluster: 'eth0', storage: 'eth0'},
  ];
  const needs = {alone: ['storage' as const]};
  t.is(unmetNeed(needs, on(apart, sameCard)), undefined);
  t.regex(unmetNeed({...needs, interfaces: ['storage']}, on(apart, sameCard)) ?? '', /to itself, and it has eth0/);
  t.regex(unmetNeed(needs, on({...apart, cluster: '10.0.2.1'}, {})) ?? '', /to itself, and it has 10\.0\.2\.1/);
});

test('a fire drill applies where its rule is named, and the folder that it fills', t => {
  const cluster = {nodes: [], guests: [], storage: 'none'} as const;
  const there = {prometheus: '', alertmanager: '', messages: '', folders: {}};
  const needs = {monitoring: {alerts: ['storage-low'], folder: 'storage'}} as const;
  t.regex(unmetNeed(needs, cluster) ?? '', /monitoring in the inventory \(of a lab: seatrial lab up --monitoring\)/);
  t.regex(unmetNeed(needs, {...cluster, monitoring: {...there, alerts: {}}}) ?? '', /alerts\.storage-low/);
  const alerts = {'storage-low': 'StorageLow'};
  t.regex(unmetNeed(needs, {...cluster, monitoring: {...there, alerts}}) ?? '', /folders\.storage/);
  t.is(unmetNeed(needs, {...cluster, monitoring: {...there, alerts, folders: {storage: '/srv'}}}), undefined);
});
