import test from 'ava';
import {agrees, model, nodeFault, oneVote, recovery, run} from '../../fixtures/kit/availability.ts';
import {yearSeconds} from './quantities.ts';
import type {FaultClass} from './topology.ts';

const hour = 3600;

test('what is silent is not struck again: a VM is up 1/(1 + λm) of the time, however long it is silent', t => {
  for (const [perYear, seconds] of [
    [3, 15],
    [100, 30 * 24 * hour],
    [400, 20 * 24 * hour],
  ] as const) {
    const operator = {kind: 'exponential', mean: seconds} as const;
    const of = model(3, [nodeFault(perYear, 1)], {...oneVote, operator}, [recovery('instant', [], [1e-6])]);
    const load = (perYear * seconds) / yearSeconds;
    const exact = (load / (1 + load)) * yearSeconds;
    for (const measure of ['service', 'tagged'] as const) agrees(t, run(of, measure, 200), exact, 0.1);
  }
});

test('VMs start again once what they waited for is back, and that takes its time', t => {
  const restart = [recovery('instant', [3600])];
  const whole: FaultClass = {
    name: 'whole',
    strikes: 'cluster',
    rate: {perYear: 10},
    repair: {kind: 'fixed', seconds: hour},
  };
  // Each fault: an hour down and an hour of starting, in which the next may come.
  const cycle = yearSeconds / 10 + hour;
  const exact = ((hour + (yearSeconds / 10) * -Math.expm1((-hour * 10) / yearSeconds)) / cycle) * yearSeconds;
  const cluster = run(model(3, [whole], oneVote, restart), 'service', 2000);
  agrees(t, cluster, exact, 0.03);
  agrees(t, run(model(3, [whole], oneVote, restart), 'tagged', 2000), exact, 0.03);
  // Waiting for room: one node, its repair, and then the start; the wait and the failover are not added up.
  const room = run(model(1, [nodeFault(10, hour)], {...oneVote, standby: 0}, restart), 'service', 2000);
  agrees(t, room, exact, 0.03);
  // Data: without a second replica every fault of a server takes them.
  const storage = {replicas: 1, minimum: 1, domain: 'host', servers: 1} as const;
  const server: FaultClass = {...whole, name: 'server', strikes: 'storage'};
  agrees(t, run(model(3, [server], {...oneVote, storage}, restart), 'service', 2000), exact, 0.03);
});

test('without quorum, frozen: only what fell since waits', t => {
  const quorum = {members: 3, witness: false, onLoss: 'freeze'} as const;
  const of = model(3, [nodeFault(20, 24 * hour)], {quorum, standby: 2});
  const q = (20 * 24 * hour) / (yearSeconds + 20 * 24 * hour);
  // One down of three, then the second with half of the VMs: they wait until one is back. The third falls rarely, with
  // the other half.
  const low = (3 * q * q * (1 - q) * 0.5 + q ** 3) * yearSeconds;
  const high = (3 * q * q * (1 - q) * 0.5 + 2.5 * q ** 3) * yearSeconds;
  const found = run(of, 'service', 4000);
  t.true(found.mean > low - 4 * found.error && found.mean < high + 4 * found.error, `${found.mean}: ${low} to ${high}`);
});

test('a BMC behind the switches of its rack cannot confirm the fence when they fail', t => {
  const racks = [2, 2, 2].map((nodes, r) => ({name: `r${r}`, nodes, feeds: []}));
  // One vote a rack: the quorum does without one of them.
  const change = {racks, switchesPerRack: 1, quorum: {members: 3, witness: false, onLoss: 'stop'}} as const;
  const cut: FaultClass = {
    name: 'switch',
    strikes: 'switch',
    rate: {perYear: 3},
    repair: {kind: 'fixed', seconds: 60},
    recovery: 'instant',
  };
  const service = (network: 'shared' | 'separate', fault: FaultClass) =>
    run(
      model(6, [fault], {...change, fencing: {bmcUnavailable: 0, power: 'separate', network}}, [
        recovery('instant', [10]),
      ]),
      'service',
      4000,
    );
  agrees(t, service('separate', cut), 3 * 10, 0.08);
  agrees(t, service('shared', cut), 3 * (10 + 1800), 0.05);
  // A rack that goes dark takes its switches along.
  agrees(t, service('shared', {...cut, strikes: 'rack'}), 3 * (10 + 1800), 0.05);
  // A node that falls oneVote leaves its switch.
  agrees(t, service('shared', {...cut, strikes: 'node'}), 3 * 10, 0.08);
});
