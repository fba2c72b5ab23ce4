import test from 'ava';
import {agrees, model, nodeFault, recovery, run} from '../../fixtures/kit/availability.ts';
import {kOfN} from '../stats/k-of-n.ts';
import {at, scalars} from './accumulator.ts';
import {yearSeconds} from './quantities.ts';
import {simulateBlock} from './simulate.ts';

const hour = 3600;

/**
 * Steady state of `n` parts, each failing at `rate` and repaired at `mend` by a crew of its own: the birth–death chain,
 * by its balance equations.
 */
function birthDeath(n: number, rate: number, mend: number): number[] {
  const unscaled = [1];
  for (let down = 1; down <= n; down++) {
    unscaled.push(((unscaled[down - 1] ?? 0) * (n - down + 1) * rate) / (down * mend));
  }
  const sum = unscaled.reduce((a, b) => a + b, 0);
  return unscaled.map(value => value / sum);
}

for (const [nodes, rate, repair, most] of [
  [3, 4, 4 * hour, 0.15],
  [5, 6, 12 * hour, 0.2],
  [3, 20, 48 * hour, 0.02],
] as const) {
  test(`quorum of ${nodes} nodes is k of n (${rate} a year, ${repair / hour} h)`, t => {
    const a = yearSeconds / rate / (yearSeconds / rate + repair);
    const exact = kOfN(Math.floor(nodes / 2) + 1, nodes, a);
    const found = run(model(nodes, [nodeFault(rate, repair)]), 'quorum', 8000);
    t.true(exact.ok);
    if (exact.ok) agrees(t, found, (1 - exact.value) * yearSeconds, most);
  });
}

test('quorum is lost as often as the birth–death chain says', t => {
  const [rate, repair, nodes] = [6, 24 * hour, 5];
  const chain = birthDeath(nodes, rate / yearSeconds, 1 / repair);
  // From two down, the third failure takes the quorum.
  const exact = (chain[2] ?? 0) * (nodes - 2) * rate;
  agrees(t, run(model(nodes, [nodeFault(rate, repair)]), 'quorumLosses', 4000), exact, 0.2);
});

test('the longest repair distribution does not matter, only its mean', t => {
  const fixed = {...nodeFault(10, 0), repair: {kind: 'fixed', seconds: 24 * hour} as const};
  const a = yearSeconds / 10 / (yearSeconds / 10 + 24 * hour);
  agrees(t, run(model(3, [fixed]), 'quorum', 4000), (3 * (1 - a) ** 2 * a + (1 - a) ** 3) * yearSeconds, 0.05);
});

test('two in parallel are down together as often as each squared', t => {
  const u = (12 * hour) / (12 * hour + yearSeconds / 5);
  const pair = model(2, [nodeFault(5, 12 * hour)], {quorum: {members: 2, witness: true, onLoss: 'stop'}});
  agrees(t, run(pair, 'quorum', 4000), u * u * yearSeconds, 0.12);
});

test('in series every fault counts: 1/(1 + Σ rate · repair)', t => {
  const faults = [nodeFault(5, 12 * hour, 'a'), nodeFault(12, 2 * hour, 'b')];
  const series = model(1, faults, {standby: 0});
  const load = (5 * 12 * hour + 12 * 2 * hour) / yearSeconds;
  const exact = (1 - 1 / (1 + load)) * yearSeconds;
  agrees(t, run(series, 'service', 2000), exact, 0.02);
  agrees(t, run(series, 'tagged', 2000), exact, 0.02);
});

test('failovers: hits times recovery, whatever the number of VMs', t => {
  for (const vms of [4, 4000]) {
    const found = run(model(4, [nodeFault(3, 60)], {vms}, [recovery('instant', [10, 20])]), 'service', 2000);
    agrees(t, found, 3 * 15, 0.03);
  }
});

test('what never came back waits for the operator', t => {
  const found = run(model(4, [nodeFault(3, 60)], {}, [recovery('instant', [10, 10, 10], [60])]), 'service', 2000);
  agrees(t, found, 3 * (0.75 * 10 + 0.25 * (60 + 1800)), 0.03);
});

test('a fence that cannot be confirmed waits for the operator, rare as it is', t => {
  const rare = model(4, [nodeFault(1, 60)], {fencing: {bmcUnavailable: 1e-4, power: 'separate', network: 'separate'}});
  const found = run(rare, 'service', 4000);
  agrees(t, found, 1e-4 * 1800, 0.2);
  const plain = run(rare, 'service', 4000, false);
  t.true(found.variance < plain.variance || plain.mean === 0, 'forcing made it no better');
});

test('racks, feeds and switches take their nodes down together', t => {
  const racks = [
    {name: 'r1', nodes: 2, feeds: [0, 1]},
    {name: 'r2', nodes: 2, feeds: [0]},
  ];
  const shared = {repair: {kind: 'fixed', seconds: 6 * hour}, recovery: 'instant'} as const;
  const change = {racks, feeds: ['a', 'b'], switchesPerRack: 2, standby: 0};
  const service = (faults: Parameters<typeof model>[1]) =>
    run(model(4, faults, {...change, quorum: {members: 4, witness: false, onLoss: 'freeze'}}), 'service', 2000);
  const u = (rate: number) => (6 * hour) / (6 * hour + yearSeconds / rate);
  agrees(t, service([{name: 'rack', strikes: 'rack', rate: {perYear: 3}, ...shared}]), u(3) * yearSeconds, 0.04);
  // Rack r2 hangs on feed a alone; r1 goes dark with both.
  const feed = service([{name: 'feed', strikes: 'feed', rate: {perYear: 3}, ...shared}]);
  agrees(t, feed, (u(3) / 2 + u(3) ** 2 / 2) * yearSeconds, 0.06);
  const pair = service([{name: 'switch', strikes: 'switch', rate: {perYear: 10}, ...shared}]);
  agrees(t, pair, u(10) ** 2 * yearSeconds, 0.15);
});

test('data are unavailable when too many replicas are away, and a rebuild ends that', t => {
  const storage = {replicas: 3, minimum: 2, domain: 'host'} as const;
  const quorum = {members: 1, witness: true, onLoss: 'freeze'} as const;
  const u = (24 * hour) / (24 * hour + yearSeconds / 6);
  const exact = (3 * u * u * (1 - u) + u ** 3) * yearSeconds;
  agrees(t, run(model(3, [nodeFault(6, 24 * hour)], {storage, quorum}), 'data', 4000), exact, 0.06);
  const rebuilt = {...storage, rebuild: {kind: 'fixed', seconds: hour} as const};
  const shorter = run(model(3, [nodeFault(6, 24 * hour)], {storage: rebuilt, quorum}), 'data', 4000);
  t.true(shorter.mean < exact / 10 && shorter.mean > 0, String(shorter.mean));
});

test('maintenance takes nodes away only while they can be spared', t => {
  const maintenance = {
    everySeconds: yearSeconds / 4,
    lasts: {kind: 'fixed', seconds: hour} as const,
    recovery: 'instant',
  };
  const kept = run(model(3, [nodeFault(0.001, hour)], {maintenance}), 'moved', 3000);
  t.true(Math.abs(kept.mean - 4) < 0.1, `${kept.mean} of 12 moves of a third`);
  t.true(run(model(3, [nodeFault(0.001, hour)], {maintenance}), 'quorum', 200).mean < 1);
});

test('forced and plain years agree, and forced ones are surer where failures are rare', t => {
  const rare = model(5, [nodeFault(1, 6 * hour)]);
  const u = (6 * hour) / (6 * hour + yearSeconds);
  const exact = (10 * u ** 3 * (1 - u) ** 2 + 5 * u ** 4 * (1 - u) + u ** 5) * yearSeconds;
  const forced = run(rare, 'quorum', 20_000);
  const plain = run(rare, 'quorum', 20_000, false);
  agrees(t, forced, exact, 0.35);
  // Some three losses of quorum in 20,000 plain years would be many.
  t.true(forced.variance < plain.variance || plain.mean === 0);
  t.true(forced.error / exact < 0.35);
  t.true(Math.abs(forced.weight - 1) < 0.03, `mean weight ${forced.weight}`);
  t.true(Math.abs(plain.weight - 1) < 1e-9);
});

test('where joint failures are common nothing is forced', t => {
  const busy = model(40, [nodeFault(20, 24 * hour)]);
  const found = run(busy, 'quorum', 40);
  t.true(Math.abs(found.weight - 1) < 1e-9);
});

test('the same block gives the same numbers, another seed others', t => {
  const one = model(5, [nodeFault(4, 4 * hour)]);
  const block = {index: 3, years: 20, seed: 1, kind: 'possible', forced: true} as const;
  t.deepEqual(simulateBlock(one, block), simulateBlock(one, block));
  t.notDeepEqual(simulateBlock(one, block), simulateBlock(one, {...block, seed: 2}));
  t.is(simulateBlock(one, block)[at.years], 20);
  t.is(new Set(scalars).size, scalars.length);
});
