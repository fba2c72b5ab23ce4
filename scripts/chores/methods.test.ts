import {readFileSync} from 'node:fs';
import test from 'ava';
import {catalogue} from '../../reports/stats/catalogue.ts';
import {held} from '../../reports/stats/statistic.ts';
import {methodsPage, pagePath, readSimulated} from './methods.ts';
import {simulate, simulations} from './simulations.ts';

test('docs/methods.md is what the code makes now', t => {
  t.is(readFileSync(pagePath, 'utf8'), methodsPage(readSimulated()), 'run: node scripts/chores/methods.ts');
});

test('every published figure is ours, to its last printed place', t => {
  for (const one of catalogue) {
    for (const example of one.published) {
      const figures = held(one, example);
      if (!figures.ok) {
        t.fail(`${one.name}: ${figures.error.need}`);
        continue;
      }
      for (const {path, printed, ours, agrees} of figures.value)
        t.true(agrees, `${one.name} ${path}: ${printed}, ours ${ours}`);
    }
  }
});

test('a figure that differs is told', t => {
  const [one] = catalogue;
  if (one === undefined) return t.fail();
  const [example] = one.published;
  const figures = held(one, {...example, prints: {value: '5.1', nowhere: '1'}});
  t.deepEqual(figures.ok && figures.value.map(({agrees}) => agrees), [false, false]);
  t.false(held(one, {...example, input: {values: []}}).ok);
});

test('the simulations that were kept are inside their bounds, and a short run agrees with them', t => {
  const kept = readSimulated();
  t.deepEqual(Object.keys(kept), Object.keys(simulations));
  for (const [name, one] of Object.entries(simulations)) {
    const big = kept[name];
    if (big === undefined) return t.fail(name);
    t.is(big.trials, one.trials, name);
    t.true(one.atLeast <= big.share && big.share <= one.atMost, `${name}: ${big.share}`);
    const small = simulate(one, Math.min(100, one.trials), 4);
    // Of the difference of two shares, were they one: a rare event may be missing among those that are kept.
    const both = (small.share * small.trials + big.share * big.trials) / (small.trials + big.trials);
    const spread = Math.sqrt(Math.max(both * (1 - both), 0.002) * (1 / small.trials + 1 / big.trials));
    t.true(Math.abs(small.share - big.share) <= 5 * spread, `${name}: ${small.share}, kept ${big.share}`);
  }
});

test('every statistic but plain arithmetic is simulated', t => {
  const without = catalogue.map(({name}) => name).filter(name => !Object.hasOwn(simulations, name));
  t.deepEqual(without, ['lostSeconds']);
});
