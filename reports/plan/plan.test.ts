import test from 'ava';
import {render} from '../document/index.ts';
import {planDocument} from './document.ts';
import {dateAfter, measuredCapacity, type PlanInput, planCapacity, type Range} from './plan.ts';

const exactly = (value: number): Range => ({low: value, high: value});

function input(change: Partial<PlanInput> = {}): PlanInput {
  return {
    cluster: 'harbour',
    from: '2026-01-31',
    months: 36,
    nodes: 5,
    vms: 100,
    survive: 1,
    ceiling: 0.8,
    vmsPerMonth: exactly(5),
    resources: [
      {
        name: 'vcpus',
        used: 200,
        capacity: {survivor: [exactly(100)], source: 'test', measured: false},
        perVm: exactly(2),
        growth: exactly(0),
      },
      {
        name: 'storage',
        used: 10e12,
        capacity: {survivor: [exactly(10e12)], source: 'test', measured: false},
        perVm: exactly(0),
        growth: exactly(0),
      },
    ],
    source: 'test',
    ...change,
  };
}

const quick = {draws: 200};

test('without ranges a plan is plain arithmetic', t => {
  const plan = planCapacity(input(), quick);
  const out = (name: string, failures: number) =>
    plan.runOuts.find(each => each.name === name && each.failures === failures)?.forecast;
  // 4 nodes of 100 at 80 % are 320; 120 more at 10 a month.
  t.deepEqual(out('vcpus', 1), {earliest: 12, likely: 12, latest: 12});
  t.is(out('vcpus', 0)?.likely, 20);
  t.is(out('vcpus', 2)?.likely, 4);
  t.is(out('storage', 1)?.likely, Number.POSITIVE_INFINITY, 'what does not grow never runs out');
  const needed = (months: number) =>
    plan.needed.find(({at, failures}) => 'months' in at && at.months === months && failures === 1);
  // 200 vCPUs: 2.5 nodes of 80, so 3, and one to lose.
  t.is(needed(0)?.nodes.likely, 4);
  t.is(needed(12)?.nodes.likely, 5);
  t.is(needed(36)?.nodes.likely, 8);
  t.is(needed(36)?.binding, 'vcpus');
});

test('a cluster that is full already says so, and one node has none to lose', t => {
  const full = planCapacity(input({nodes: 3}), quick);
  t.is(full.runOuts.find(({name, failures}) => name === 'first' && failures === 1)?.forecast.likely, 0);
  const single = planCapacity(input({nodes: 1, survive: 0}), quick);
  t.deepEqual([...new Set(single.runOuts.map(({failures}) => failures))], [0]);
});

test('ranges become ranges, the same for the same seed', t => {
  const wide = input({vmsPerMonth: {low: 2, high: 10}});
  const plan = planCapacity(wide, quick);
  const {forecast} = plan.runOuts.find(({name, failures}) => name === 'vcpus' && failures === 1) ?? t.fail() ?? {};
  // 6 to 30 months; in the middle 120/12.
  t.true(forecast !== undefined && forecast.earliest >= 6 && forecast.latest <= 30);
  t.true(forecast !== undefined && forecast.earliest < 7 && forecast.latest > 22);
  t.true(forecast !== undefined && Math.abs(forecast.likely - 10) < 1);
  t.deepEqual(planCapacity(wide, quick), plan);
  const faster = plan.whatIfs.find(({nodes, growth, failures}) => nodes === 5 && growth === 2 && failures === 1);
  t.true(
    Math.abs((faster?.forecast.likely ?? 0) - (forecast?.likely ?? 0) / 2) < 0.01,
    'twice the growth, half the time',
  );
});

test('a target in VMs', t => {
  const plan = planCapacity(input({targetVms: 200}), quick);
  const at = plan.needed.find(({at, failures}) => 'vms' in at && failures === 2);
  // 400 vCPUs are 5 nodes of 80, and two to lose.
  t.is(at?.nodes.likely, 7);
});

test('costs: a node is bought when it is needed, and none is given back', t => {
  const prices = {
    currency: 'EUR',
    source: 'test',
    items: [
      {name: 'node', per: 'node' as const, once: exactly(1000)},
      {name: 'power', per: 'node' as const, monthly: exactly(10)},
    ],
  };
  const {costs} = planCapacity(input({months: 13}), {...quick, prices});
  const total = (months: number) => costs.find(each => each.failures === 1 && each.months === months)?.total.likely;
  t.is(total(12), 12 * 5 * 10, 'five nodes are enough for a year');
  t.is(total(13), 12 * 5 * 10 + 1000 + 6 * 10);
  t.deepEqual(planCapacity(input(), quick).costs, [], 'no prices, no costs');
});

test('dates are those of the calendar', t => {
  t.is(dateAfter('2026-01-31', 0), '2026-01-31');
  t.is(dateAfter('2026-01-31', 1), '2026-02-28');
  t.is(dateAfter('2026-01-01', 12.5), '2027-01-16');
  t.is(dateAfter('2026-01-01', Number.POSITIVE_INFINITY), undefined);
});

test('a measured limit: whole, with one node lost, and without anything above it', t => {
  const whole = {keeps: 900, breaks: 1200};
  t.deepEqual(measuredCapacity({whole, lost: {keeps: 500, breaks: Number.POSITIVE_INFINITY}}, 3, 'run')?.survivor, [
    {low: 300, high: 400},
    {low: 250, high: 250},
  ]);
  t.is(measuredCapacity({lost: whole}, 3, 'run'), undefined);
  t.regex(measuredCapacity({whole}, 3, 'run')?.source ?? '', /not measured/);
});

test('every format says when it runs out, and untrusted names stay text', async t => {
  const plan = planCapacity(input({cluster: '<b>|=x', source: '<script>1</script>'}), quick);
  for (const format of ['text', 'md', 'csv', 'json', 'html'] as const) {
    const text = await render(planDocument(plan), format);
    t.regex(text, /2027-01|"likely": 12/, format);
    if (format === 'html') t.false(text.includes('<script>1') || text.includes('<b>|'));
    if (format === 'html' || format === 'md')
      t.notRegex(text.replace(/<script>[\s\S]*<\/script>/, ''), /undefined|NaN/, format);
  }
});
