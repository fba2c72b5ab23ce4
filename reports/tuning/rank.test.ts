/** Simulated runs: what each setting does is known, and the machine is noisy and drifts. */
import test from 'ava';
import type {Sample} from '../../harness/types.ts';
import {random} from '../stats/random.ts';
import {type Factor, rank} from './rank.ts';

const names = ['cache', 'queues', 'mtu', 'token'];
const whole = ['found', 'tuned'] as const;
const factors: readonly Factor[] = names.map(name => ({
  name,
  settings: [name],
  added: ['found', `found+${name}`],
  leftOut: [`tuned-${name}`, 'tuned'],
}));
const states: Readonly<Record<string, readonly string[]>> = {
  found: [],
  tuned: names,
  ...Object.fromEntries(
    names.flatMap(name => [
      [`found+${name}`, [name]],
      [`tuned-${name}`, names.filter(other => other !== name)],
    ]),
  ),
};

/** `gain`: operations with these settings over those without any. Rounds go there and back, as they are planned. */
function samplesOf(gain: (on: readonly string[]) => number, seed: number, rounds = 8): readonly Sample[] {
  const next = random(seed);
  let slot = 0;
  return Array.from({length: rounds}, (_, round) => {
    const order = Object.keys(states);
    return (round % 2 === 0 ? order : order.toReversed()).map((profile): Sample => {
      slot += 1;
      // 1 % of noise, and a machine that loses a tenth over the whole of it.
      const machine = (1 + 0.02 * (next() - 0.5)) * (1 - 0.1 * (slot / (rounds * order.length)));
      return {
        metric: 'storage.iops',
        unit: 'op/s',
        value: 1000 * gain(states[profile] ?? []) * machine,
        labels: {scenario: 's', profile, trial: String(slot), repetition: String(round + 1), pattern: 'randread'},
        from: {artefact: 'a', path: ''},
      };
    });
  }).flat();
}

const ranked = (samples: readonly Sample[]) => {
  const [series] = rank(samples, whole, factors).series;
  if (series === undefined) throw new Error('no series');
  return series;
};
const differences = (samples: readonly Sample[]) =>
  Object.fromEntries(ranked(samples).factors.map(({factor, difference}) => [factor.name, difference]));

test('the one setting that does something is first, and the only one that is called better', t => {
  const series = ranked(samplesOf(on => (on.includes('cache') ? 1.3 : 1), 1));
  t.is(series.factors[0]?.factor.name, 'cache');
  t.deepEqual(
    series.factors.filter(({difference}) => /better|worse/.test(difference)).map(({factor}) => factor.name),
    ['cache'],
  );
  t.is(series.factors[0]?.difference, 'better');
  t.true('row' in series.whole && series.whole.row.effect.low > 1.2 && series.whole.row.effect.high < 1.4);
});

test('where no setting does anything, none is called better or worse: 50 noisy machines that drift', t => {
  const alarms = Array.from({length: 50}, (_, seed) => differences(samplesOf(() => 1, 100 + seed))).filter(found =>
    Object.values(found).some(word => /better|worse|depends/.test(word)),
  );
  t.true(alarms.length <= 3, `${alarms.length} of 50`);
});

test('a setting that helps only with another is told so, and one that only helps alone too', t => {
  const both = samplesOf(on => (on.includes('queues') && on.includes('cache') ? 1.3 : 1), 2);
  t.is(differences(both).queues, 'better-with-others');
  const either = samplesOf(on => (on.includes('queues') || on.includes('cache') ? 1.3 : 1), 3);
  t.is(differences(either).queues, 'better-alone');
  const turned = samplesOf(on => (on.includes('mtu') ? (on.length > 1 ? 0.8 : 1.3) : 1), 4);
  t.is(differences(turned).mtu, 'depends');
});

test('a loss is worse; a state that failed to be measured is not told, with the reason', t => {
  const samples = samplesOf(on => (on.includes('token') ? 0.8 : 1), 5);
  t.is(differences(samples).token, 'worse');
  const without = ranked(samples.filter(({labels}) => labels.profile !== 'found+mtu'));
  const mtu = without.factors.find(({factor}) => factor.name === 'mtu');
  t.deepEqual(mtu?.added, {reason: 'measured before only'});
  t.is(mtu?.difference, 'not-told');
});

test('Holm counts every contrast of every series once', t => {
  const samples = samplesOf(() => 1, 6);
  t.is(rank(samples, whole, factors).tests, 9);
  const twice = [...samples, ...samples.map(one => ({...one, labels: {...one.labels, pattern: 'randwrite'}}))];
  t.is(rank(twice, whole, factors).tests, 18);
  t.is(rank(twice, whole, factors, ['storage.latency']).tests, 0);
});
