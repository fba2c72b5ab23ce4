import test from 'ava';
import {kOfN} from '../stats/k-of-n.ts';
import {at, type Scalar, scalars} from './accumulator.ts';
import {model, nodeFault, recovery} from './example.ts';
import type {Model} from './model.ts';
import {type Spread, yearSeconds} from './quantities.ts';
import {simulateBlock} from './simulate.ts';
import type {FaultClass} from './topology.ts';

const hour = 3600;

/** Mean per year over 40 seeded blocks, its standard error, and the mean weight of a year. Unweighted sums: what is tested is that they are unbiased. */
function run(of: Model, measure: Scalar, years: number, forced = true) {
  const blocks = 40;
  const values: number[] = [];
  let weight = 0;
  let events = 0;
  for (let index = 0; index < blocks; index++) {
    const tally = simulateBlock(of, {index, years: years / blocks, seed: 7, kind: 'as-measured', forced});
    values.push((tally[at[measure]] ?? Number.NaN) / (years / blocks));
    weight += (tally[at.weight] ?? Number.NaN) / years;
    events += tally[at.events] ?? Number.NaN;
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / blocks;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (blocks - 1);
  return {mean, error: Math.sqrt(variance / blocks), variance, weight, events};
}

/** Steady state of `n` parts, each failing at `rate` and repaired at `mend` by a crew of its own: the birth–death chain, by its balance equations. */
function birthDeath(n: number, rate: number, mend: number): number[] {
  const unscaled = [1];
  for (let down = 1; down <= n; down++) {
    unscaled.push(((unscaled[down - 1] ?? 0) * (n - down + 1) * rate) / (down * mend));
  }
  const sum = unscaled.reduce((a, b) => a + b, 0);
  return unscaled.map(value => value / sum);
}

/** Within 4 standard errors, and those no more than `most` of the value: a wide error proves nothing. */
function agrees(t: import('ava').ExecutionContext, found: {mean: number; error: number}, exact: number, most: number) {
  t.true(found.error < most * exact, `error ${found.error} of ${exact}`);
  t.true(Math.abs(found.mean - exact) < 4 * found.error, `${found.mean} ± ${found.error}, exact ${exact}`);
}

for (const [nodes, rate, repair, most] of [
  [3, 4, 4 * hour, 0.15],
  [5, 6, 12 * hour, 0.2],
  [3, 20, 48 * hour, 0.02],
] as const) {
  test(`quorum of ${nodes} nodes is k of n (${rate} a year, ${repair / hour} h)`, t => {
    const a = yearSeconds / rate / (yearSeconds / rate + repair);
    const exact = kOfN(Math.floor(nodes / 2) + 1, nodes, a);
    const found = run(model(nodes, [nodeFault(rate, repair)]), 'quorum', 16_000);
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

/** One vote: without it only what fell since waits, so that nothing else stands still. */
const alone = {quorum: {members: 1, witness: true, onLoss: 'freeze'}} as const;

for (const [days, perYear] of [
  [10, 1],
  [60, 1],
  [90, 1],
  [182, 0.5],
  [700, 0.5],
] as const) {
  test(`repairs of ${days} days, ${perYear} faults a year: quorum is lost as the binomial of q = λm/(1 + λm) says`, t => {
    const load = (perYear * days * 24 * hour) / yearSeconds;
    const q = load / (1 + load);
    const exact = (3 * q * q * (1 - q) + q ** 3) * yearSeconds;
    agrees(t, run(model(3, [nodeFault(perYear, days * 24 * hour)]), 'quorum', 8000), exact, 0.06);
  });
}

test('repairs of any law begin in equilibrium', t => {
  const q = (2 * 0.25) / (1 + 2 * 0.25);
  const exact = (3 * q * q * (1 - q) + q ** 3) * yearSeconds;
  const mean = yearSeconds / 4;
  const sigma = 1.5;
  const laws: Spread[] = [
    {kind: 'fixed', seconds: mean},
    {kind: 'uniform', low: 0, high: 2 * mean},
    {kind: 'lognormal', mu: Math.log(mean) - sigma ** 2 / 2, sigma},
  ];
  for (const repair of laws) {
    agrees(t, run(model(3, [{...nodeFault(2, 1), repair}]), 'quorum', 8000), exact, 0.03);
  }
});

test('what is silent is not struck again: a VM is up 1/(1 + λm) of the time, however long it is silent', t => {
  for (const [perYear, seconds] of [
    [3, 15],
    [100, 30 * 24 * hour],
    [2000, 10 * 24 * hour],
  ] as const) {
    const operator = {kind: 'exponential', mean: seconds} as const;
    const of = model(3, [nodeFault(perYear, 1)], {...alone, operator}, [recovery('instant', [], [1e-6])]);
    const load = (perYear * seconds) / yearSeconds;
    const exact = (load / (1 + load)) * yearSeconds;
    for (const measure of ['service', 'tagged'] as const) agrees(t, run(of, measure, 800), exact, 0.1);
  }
});

test('a rebuild never keeps data unavailable for longer than the repairs do', t => {
  const storage = {replicas: 3, minimum: 2, domain: 'host'} as const;
  const faults: FaultClass[] = [
    {name: 'daemon', strikes: 'storage', rate: {perYear: 12}, repair: {kind: 'fixed', seconds: hour}},
    nodeFault(0.2, 24 * hour),
  ];
  const of = (rebuild?: Spread) =>
    run(model(5, faults, {...alone, storage: {...storage, ...(rebuild ? {rebuild} : {})}}), 'data', 20_000);
  const never = of();
  // Two of five hosts at once, by a daemon or a node.
  const [d, n] = [(12 * hour) / yearSeconds, (0.2 * 24 * hour) / yearSeconds];
  const exact = 10 * (d + n) ** 2 * yearSeconds;
  agrees(t, never, exact, 0.15);
  for (const seconds of [12 * hour, 48 * hour, 30 * 24 * hour]) {
    const rebuilt = of({kind: 'fixed', seconds});
    t.true(rebuilt.mean < never.mean + 4 * Math.hypot(rebuilt.error, never.error), `${seconds}: ${rebuilt.mean}`);
  }
});

test('planted: a host that is down and was rebuilt elsewhere exposes nothing when it falls once more', t => {
  // Daemons are away for a tenth of the year but rebuilt within a minute; only a node that takes its host along strikes them then.
  const storage = {replicas: 3, minimum: 2, domain: 'host', rebuild: {kind: 'fixed', seconds: 60}} as const;
  const daemon: FaultClass = {
    name: 'daemon',
    strikes: 'storage',
    rate: {perYear: 1},
    repair: {kind: 'fixed', seconds: yearSeconds / 10},
  };
  const found = run(model(4, [daemon, nodeFault(20, 60)], {...alone, storage}), 'data', 4000);
  const each = ((1 / 1.1) * 60 + 20 * (1 / 1.1) * 60) / yearSeconds;
  t.true(found.mean < 1.3 * 6 * each ** 2 * yearSeconds, `${found.mean} s, ${6 * each ** 2 * yearSeconds} at most`);
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
  const cluster = run(model(3, [whole], alone, restart), 'service', 2000);
  agrees(t, cluster, exact, 0.03);
  agrees(t, run(model(3, [whole], alone, restart), 'tagged', 2000), exact, 0.03);
  // Waiting for room: one node, its repair, and then the start; the wait and the failover are not added up.
  const room = run(model(1, [nodeFault(10, hour)], {...alone, standby: 0}, restart), 'service', 2000);
  agrees(t, room, exact, 0.03);
  // Data: without a second replica every fault of a server takes them.
  const storage = {replicas: 1, minimum: 1, domain: 'host', servers: 1} as const;
  const server: FaultClass = {...whole, name: 'server', strikes: 'storage'};
  agrees(t, run(model(3, [server], {...alone, storage}, restart), 'service', 2000), exact, 0.03);
});

test('without quorum, frozen: only what fell since waits', t => {
  const quorum = {members: 3, witness: false, onLoss: 'freeze'} as const;
  const of = model(3, [nodeFault(20, 24 * hour)], {quorum, standby: 2});
  const q = (20 * 24 * hour) / (yearSeconds + 20 * 24 * hour);
  // One down of three, then the second with half of the VMs: they wait until one is back. The third falls rarely, with the other half.
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
  // A node that falls alone leaves its switch.
  agrees(t, service('shared', {...cut, strikes: 'node'}), 3 * 10, 0.08);
});

test('maintenance takes nodes away only while they can be spared', t => {
  const maintenance = {
    everySeconds: yearSeconds / 4,
    lasts: {kind: 'fixed', seconds: hour} as const,
    recovery: 'instant',
  };
  const kept = run(model(3, [nodeFault(0.001, hour)], {maintenance}), 'moved', 8000);
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
