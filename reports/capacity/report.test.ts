import test from 'ava';
import {exampleAsked, exampleCluster, exampleLoads, exampleRounds} from '../../fixtures/kit/capacity.ts';
import {render} from '../document/index.ts';
import {capacityDocument} from './document.ts';
import {dailyAt} from './headroom.ts';
import type {Load} from './loads.ts';
import {type CapacityAsked, capacityReport} from './report.ts';

const whole = () => exampleLoads(exampleCluster);
const lost = () => exampleLoads(exampleCluster, 'node-lost', 0.62, 'n3');
const report = (change: Partial<CapacityAsked> = {}) => capacityReport(exampleAsked({resamples: 20, ...change}));

test('both limits from both sides: found', t => {
  const made = report();
  t.is(made.verdict, 'found');
  t.is(made.exitCode, 0);
  t.deepEqual(
    made.parts.map(({condition, standing}) => [condition, standing]),
    [
      ['whole', 'found'],
      ['node-lost', 'found'],
    ],
  );
  t.deepEqual(report(), made, 'the same input gives the same report');
});

test('headroom: limits, throughput paired by round, and a second loss that is only arithmetic', t => {
  const [headroom] = report().headrooms;
  const {limitRatio, throughputRatio, free, second} = headroom ?? {};
  t.true(limitRatio !== undefined && limitRatio.low < 0.62 && 0.62 < limitRatio.high);
  t.true(throughputRatio !== undefined && throughputRatio.low < 0.64 && throughputRatio.high > 0.6);
  t.is(throughputRatio?.n, 3);
  t.true(free !== undefined && limitRatio !== undefined && Math.abs(free.value + limitRatio.value - 1) < 1e-12);
  t.is(second?.kind, 'arithmetic');
  if (second?.kind === 'arithmetic') {
    t.regex(second.how, /Not measured/);
    t.true(second.limit.value < (headroom?.lost?.keeps ?? 0) && second.limit.low <= second.limit.value);
  }
});

test('what was meant and not measured leaves the report undecided', t => {
  const noLost = report({loads: whole()});
  t.is(noLost.exitCode, 2);
  t.regex(noLost.open.join(), /one node lost: nothing was measured/);
  t.is(noLost.headrooms[0]?.second.kind, 'not-known');
  t.is(report({loads: whole(), conditions: ['whole']}).exitCode, 0, 'meant whole only');
  const nothing = report({loads: [], rounds: []});
  t.is(nothing.exitCode, 2);
  t.regex(nothing.open.join(), /Nothing was measured/);
});

test('one trial shows no limit; a load that breaks nothing is a lower bound', t => {
  const one = {...exampleCluster, rounds: 1};
  const single = report({loads: exampleLoads(one), conditions: ['whole'], rounds: exampleRounds(1)});
  t.is(single.exitCode, 2);
  t.is(single.parts[0]?.standing, 'none');
  t.regex(single.parts[0]?.law?.remarks.join() ?? '', /One trial/);
  const gentle = report({
    loads: whole().filter(({loop, amount}) => loop === 'closed' || amount < 1500),
    conditions: ['whole'],
  });
  t.is(gentle.parts[0]?.standing, 'at-least');
  t.is(gentle.exitCode, 2);
});

test('a full client takes the limit away, and the report says so', t => {
  const full = whole().map(
    (load): Load => ({
      ...load,
      trials: load.trials.map(trial => ({...trial, uses: {...trial.uses, 'cpu client': 0.99}})),
    }),
  );
  const made = report({loads: full, conditions: ['whole']});
  t.is(made.parts[0]?.standing, 'client-full');
  t.is(made.exitCode, 2);
  t.regex(made.open.join(), /the client, not the cluster, was full/);
});

test('planted: the one machine that all hosts are was full below the limit: whose limit it is cannot be told', t => {
  const rounds = exampleRounds(3, {hardware: {emulated: false, shared: true, note: 'one machine'}});
  const busy = (share: number) =>
    whole().map((load): Load => ({...load, trials: load.trials.map(trial => ({...trial, uses: {'cpu n1': share}}))}));
  const made = report({loads: busy(0.97), conditions: ['whole'], rounds});
  t.is(made.parts[0]?.standing, 'client-unknown');
  t.is(made.exitCode, 2);
  t.regex(made.open.join(), /the CPUs of the load generator are those of the nodes, and were full, so/);
  t.is(report({loads: busy(0.4), conditions: ['whole'], rounds}).parts[0]?.standing, 'found');
});

for (const [what, change] of Object.entries({
  cluster: {cluster: 'another'},
  storage: {storage: 'nbd' as const},
  nodes: {nodes: ['n1', 'n2']},
  guests: {guests: ['g1']},
  'versions or hardware': {fingerprints: [{host: 'n1', facts: {kernel: 'another'}}]},
})) {
  test(`planted: a round of different ${what} leaves nothing found`, t => {
    const made = report({rounds: [...exampleRounds(2), ...exampleRounds(3, change).slice(2)]});
    t.is(made.exitCode, 2);
    t.deepEqual(made.open, [`round-01 and round-03 are of different ${what}: no one series.`]);
  });
}

test('what was tried without figures is named', t => {
  const loads = whole().map((load, index): Load => (index === 0 ? {...load, holes: ['round-02/1']} : load));
  const made = report({loads, conditions: ['whole']});
  t.regex(
    made.warnings.find(({subject}) => subject === 'holes')?.text ?? '',
    /^Tried .*: 1 in flight in round-02\/1\.$/,
  );
});

test("a day's work: transactions only where somebody stated what one takes", t => {
  t.is(dailyAt(10, undefined).transactions, undefined);
  t.is(dailyAt(10, undefined).operations, 864_000);
  t.deepEqual(dailyAt(10, 8).transactions, {perDay: 108_000, operationsEach: 8, meetsGuide: true});
  t.false(dailyAt(10, 9).transactions?.meetsGuide);
});

const odd: [what: string, change: Partial<CapacityAsked>][] = [
  ['nothing at all', {loads: [], rounds: []}],
  ['one trial', {loads: exampleLoads({...exampleCluster, rounds: 1}), rounds: exampleRounds(1)}],
  ['the closed loop only', {loads: whole().filter(({loop}) => loop === 'closed')}],
  ['the open loop only', {loads: whole().filter(({loop}) => loop === 'open')}],
  [
    'saturated histograms',
    {
      loads: whole().map(load => ({
        ...load,
        trials: load.trials.map(trial => ({...trial, p99Seconds: 17.1, censored: true})),
      })),
    },
  ],
  [
    'no counters',
    {loads: [...whole(), ...lost()].map(load => ({...load, trials: load.trials.map(trial => ({...trial, uses: {}}))}))},
  ],
  [
    'one load, once, shared and emulated',
    {
      loads: whole().slice(-1),
      rounds: exampleRounds(1, {hardware: {emulated: true, shared: true, note: 'a laptop'}}),
    },
  ],
];
for (const [what, change] of odd) {
  test(`${what}: every format says what there is, and nothing is undefined`, async t => {
    const made = report(change);
    t.is(made.exitCode, 2);
    for (const format of ['text', 'md', 'csv', 'json', 'html'] as const) {
      const text = (await render(capacityDocument(made), format)).replace(/<script>[\s\S]*<\/script>/, '');
      t.notRegex(text, /undefined|NaN|\[object/, format);
      if (format === 'text' || format === 'html') t.regex(text, /Undecided/, format);
      if (change.rounds?.[0]?.header.hardware.shared && format !== 'csv') t.regex(text, /shared/i, format);
    }
  });
}

test('emulated or shared hardware is on the face', async t => {
  const made = report({rounds: exampleRounds(3, {hardware: {emulated: true, shared: true, note: 'a laptop'}})});
  for (const format of ['text', 'md', 'html'] as const) {
    t.regex(await render(capacityDocument(made), format), /These figures do not speak for real hardware/, format);
  }
  t.true(made.warnings.some(({subject}) => subject === 'shared hardware'));
});

test('every number of the page leads to its artefact, from the folder it stands in', async t => {
  const page = await render(capacityDocument(report()), 'html');
  t.regex(page, /href="round-01\/trials\/01-capacity-sweep\/artefacts\/fio-128\.json"/);
  t.notRegex(page, /href="(?:\.\.|https?:|\/)/);
});

test('untrusted names stay text', async t => {
  const payload = `"><script>alert(1)</script>`;
  const rounds = exampleRounds(3, {cluster: `harbour${payload}`, nodes: ['n1', 'n2', `n3${payload}`]});
  const loads = whole().map(load => ({
    ...load,
    trials: load.trials.map(trial => ({
      ...trial,
      trial: trial.trial + payload,
      uses: {...trial.uses, [`cpu ${payload}`]: 0.95},
    })),
  }));
  const made = report({loads, rounds, reason: payload});
  t.false((await render(capacityDocument(made), 'html')).includes('<script>alert'));
  t.false((await render(capacityDocument(made), 'md')).includes('<script>alert'));
});
