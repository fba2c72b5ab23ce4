/** What must hold of any cluster: shares stay shares, and what is worse for a part is not better for the whole. */
import test from 'ava';
import fc from 'fast-check';
import {model, recovery, run} from '../../fixtures/kit/availability.ts';
import {countedOf} from './counted.ts';
import {downtimeOf, possibleOf} from './downtime.ts';
import {yearSeconds} from './quantities.ts';
import {simulateBlock} from './simulate.ts';
import type {FaultClass, Topology} from './topology.ts';

interface Cluster {
  nodes: number;
  standby: number;
  perYear: number;
  repair: number;
  rebuild: number;
  response: number;
  onLoss: 'stop' | 'freeze';
}

const anyCluster: fc.Arbitrary<Cluster> = fc.record({
  nodes: fc.integer({min: 3, max: 6}),
  standby: fc.integer({min: 0, max: 2}),
  perYear: fc.double({min: 0.1, max: 50, noNaN: true}),
  repair: fc.double({min: 60, max: yearSeconds, noNaN: true}),
  rebuild: fc.double({min: 60, max: yearSeconds, noNaN: true}),
  response: fc.double({min: 1, max: yearSeconds / 24, noNaN: true}),
  onLoss: fc.constantFrom('stop', 'freeze'),
});

function modelOf({nodes, standby, perYear, repair, rebuild, response, onLoss}: Cluster) {
  const faults: FaultClass[] = [
    {name: 'node', strikes: 'node', rate: {perYear}, repair: {kind: 'exponential', mean: repair}, recovery: 'back'},
    {name: 'daemon', strikes: 'storage', rate: {perYear: 3}, repair: {kind: 'fixed', seconds: 600}},
    {name: 'whole', strikes: 'cluster', rate: {perYear: 1}, repair: {kind: 'fixed', seconds: 3600}},
    {name: 'guest', strikes: 'vm', rate: {perYear: 10}, recovery: 'back'},
  ];
  const change: Partial<Topology> = {
    standby,
    quorum: {members: nodes, witness: false, onLoss},
    operator: {kind: 'exponential', mean: response},
    fencing: {bmcUnavailable: 0.01, power: 'separate', network: 'separate'},
    storage: {replicas: 3, minimum: 2, domain: 'host', rebuild: {kind: 'fixed', seconds: rebuild}},
  };
  return model(nodes, faults, change, [recovery('back', [10, 30], [60])]);
}

test('every share is 0…1, simulated and priced, however bad the parts are', t => {
  fc.assert(
    fc.property(anyCluster, cluster => {
      const of = modelOf(cluster);
      for (const measure of ['service', 'tagged', 'any', 'quorum', 'data'] as const) {
        // Without forcing every year weighs 1, and none has more seconds than there are.
        const {mean} = run(of, measure, 40, false);
        if (!(mean >= 0 && mean <= yearSeconds * (1 + 1e-9))) return false;
      }
      const tallies = Array.from({length: 4}, (_, index) =>
        simulateBlock(of, {index, years: 3, seed: 1, kind: index % 2 ? 'possible' : 'as-measured', forced: true}),
      );
      const {low, value, high} = downtimeOf(possibleOf(of, countedOf(of, tallies), 4, 1, 40), of, 0.95);
      return low >= 0 && low <= value && value <= high && high <= yearSeconds;
    }),
    {numRuns: 8, seed: 1},
  );
  t.pass();
});

/** Downtime a year and its standard error, beside that of a cluster that is worse in one thing. */
function notBetter(worsened: (cluster: Cluster) => Cluster, measure: 'service' | 'data') {
  return fc.property(anyCluster, cluster => {
    const good = run(modelOf(cluster), measure, 80, false);
    const bad = run(modelOf(worsened(cluster)), measure, 80, false);
    return bad.mean >= good.mean - 5 * Math.hypot(good.error, bad.error) - 1e-6 * yearSeconds;
  });
}

for (const [what, worsened, measure] of [
  ['more faults', c => ({...c, perYear: 3 * c.perYear}), 'service'],
  ['longer repairs', c => ({...c, repair: 3 * c.repair}), 'service'],
  ['fewer standby nodes', c => ({...c, standby: Math.max(0, c.standby - 1)}), 'service'],
  ['a slower operator', c => ({...c, response: 3 * c.response}), 'service'],
  ['a slower rebuild', c => ({...c, rebuild: 3 * c.rebuild}), 'data'],
] as const satisfies [string, (cluster: Cluster) => Cluster, 'service' | 'data'][]) {
  test(`${what}: not less downtime`, t => {
    fc.assert(notBetter(worsened, measure), {numRuns: 5, seed: 2});
    t.pass();
  });
}
