import test from 'ava';
import {agrees, model, nodeFault, run} from '../../fixtures/kit/availability.ts';
import {type Spread, yearSeconds} from './quantities.ts';

const hour = 3600;

for (const [days, perYear] of [
  [10, 3],
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
    agrees(t, run(model(3, [{...nodeFault(2, 1), repair}]), 'quorum', 2000), exact, 0.06);
  }
});
