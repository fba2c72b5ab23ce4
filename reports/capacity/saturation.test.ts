import test from 'ava';
import {limitsOf} from './limit.ts';
import type {Load, LoadTrial, Loop} from './loads.ts';
import {saturationOf} from './saturation.ts';

const aim = {p99Seconds: 0.01, confidence: 0.95};
const asked = {nodes: ['n1', 'n2'], shared: false, confidence: 0.95};

function load(loop: Loop, amount: number, uses: readonly Record<string, number>[], p99Seconds = 0.005): Load {
  return {
    condition: 'whole',
    pattern: 'randread',
    loop,
    amount,
    trials: uses.map(
      (use, index): LoadTrial => ({
        trial: `round-0${index + 1}/1`,
        throughput: amount,
        p99Seconds,
        halfWidthSeconds: 1e-5,
        censored: false,
        uses: use,
        from: {artefact: 'fio-1.json', path: ''},
      }),
    ),
  };
}

const three = (use: Record<string, number>) => [use, use, use];

test('the first to be full is named with host, use and load, and how sure that is', t => {
  const found = saturationOf(
    [
      load('closed', 1, three({'cpu n1': 0.3, 'cpu n2': 0.5, 'disk n1': 0.2})),
      load('closed', 4, three({'cpu n1': 0.6, 'cpu n2': 1, 'disk n1': 0.5})),
      load('closed', 16, three({'cpu n1': 0.7, 'cpu n2': 1, 'disk n1': 0.95})),
    ],
    undefined,
    asked,
  );
  t.is(found?.first.length, 1);
  t.is(found?.says, 'First full: CPU of n2, 100 % from 4 in flight on.');
  t.true(found?.first[0]?.full[0]?.shown);
});

test('trials that differ leave it likely, one trial leaves it not shown', t => {
  const noisy = saturationOf(
    [load('closed', 4, [{'cpu n1': 0.99}, {'cpu n1': 0.99}, {'cpu n1': 0.8}])],
    undefined,
    asked,
  );
  t.regex(noisy?.says ?? '', /likely: the interval reaches below 90 %/);
  const one = saturationOf([load('closed', 4, [{'cpu n1': 0.99}])], undefined, asked);
  t.regex(one?.says ?? '', /one trial: not shown/);
});

test('a spike at a low load does not count, and what is never full is not named', t => {
  const spike = saturationOf(
    [load('closed', 1, three({'cpu n1': 0.95})), load('closed', 4, three({'cpu n1': 0.5}))],
    undefined,
    asked,
  );
  t.deepEqual(spike?.first, []);
  t.regex(spike?.says ?? '', /None of the counted resources is full up to 4 in flight: the fullest is CPU of n1, 95 %/);
});

test('missing counters are missing, never zero', t => {
  const none = saturationOf([load('closed', 4, three({}))], undefined, asked);
  t.regex(none?.says ?? '', /No resource was counted/);
  t.true(none?.notCounted.includes('CPU of n1, n2 (no two readings within a load)'));
  t.is(saturationOf([], undefined, asked), undefined);
});

test('a full load generator takes the limit away; one that is full above the limit does not', t => {
  const loads = (client: number) => [
    load('open', 100, three({'cpu n1': 0.5, 'cpu client': client})),
    load('open', 200, three({'cpu n1': 0.6, 'cpu client': client}), 0.05),
    load('open', 900, three({'cpu n1': 0.6, 'cpu client': 0.99}), 0.5),
  ];
  const full = saturationOf(loads(0.97), limitsOf(loads(0.97), aim)[0], asked);
  t.regex(full?.says ?? '', /The client, not the cluster, was full: CPU of client, 97 % from 100 arrivals/);
  t.is(full?.first.length, 0, 'the client is no resource of the cluster');
  t.is(saturationOf(loads(0.2), limitsOf(loads(0.2), aim)[0], asked)?.clientFull, undefined);
});

test('on one machine all CPUs are one, and nobody can tell who was full', t => {
  const found = saturationOf(
    [load('closed', 4, three({'cpu n1': 0.99, 'cpu n2': 0.98, 'cpu client': 0.99, 'vcpu n1': 0.3}))],
    undefined,
    {...asked, shared: true},
  );
  t.deepEqual(
    found?.resources.map(({resource, host}) => `${resource} ${host}`),
    ['cpu machine', 'vcpu n1'],
  );
  t.is(found?.clientFull, undefined);
  t.regex(found?.says ?? '', /CPU of the one machine, 99 % from 4 in flight on\. All hosts are one machine/);
});

test('the use at the limit is that of the highest load that keeps the target', t => {
  const loads = [
    load('open', 100, [{'vcpu all': 0.5}, {'vcpu all': 0.52}]),
    load('open', 200, [{'vcpu all': 0.9}, {'vcpu all': 0.9}], 0.05),
  ];
  const found = saturationOf(loads, limitsOf(loads, aim)[0], asked);
  t.is(found?.resources[0]?.atLimit?.value, 0.51);
  t.is(found?.resources[0]?.atLimit?.n, 2);
});
