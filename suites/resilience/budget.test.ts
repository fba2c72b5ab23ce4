import test from 'ava';
import {altered, storedTrial} from '../../fixtures/kit/stored-run.ts';
import {timingBudget} from '../../harness/doctor/budget.ts';
import type {Artefacts} from '../../harness/types.ts';
import {kept} from './kept-budget.ts';
import {measureResilience} from './measure.ts';

const crash = await storedTrial('failover/host-crash', 'tuned');
const asked = {
  nodes: 3,
  totem: {tokenMs: 1500, consensusMs: 1800},
  devices: [{node: 'n3', agent: 'fence_ipmilan', parameters: {power_wait: '0'}}],
  bmcSeconds: 0.1,
  hasCeph: true,
  ceph: {graceSeconds: 4, intervalSeconds: 1, watchSeconds: 5},
  boundSeconds: 15,
};
const facts = JSON.parse(textOf(crash.artefacts, 'failover.json'));

function textOf(artefacts: Artefacts, name: string): string {
  const text = artefacts.text(name);
  if (!text.ok) throw new Error(text.error.found);
  return text.value;
}

const under = (input: Parameters<typeof timingBudget>[0], artefacts = crash.artefacts) => {
  const budget = kept(timingBudget(input));
  const measured = measureResilience(
    altered(artefacts, 'failover.json', () =>
      JSON.stringify({...facts, budget, struckAddresses: ['10.77.2.3'], fate: 'moved'}),
    ),
  );
  const of = (metric: string) =>
    Object.fromEntries(
      measured.samples
        .filter(sample => sample.metric === metric)
        .map(({labels, value}) => [labels.phase ?? '', value.toFixed(1)]),
    );
  const told = measured.findings.filter(({invariant}) => invariant === 'a phase takes what its settings say');
  return {measured, expected: of('failover.expected'), taken: of('failover.taken'), told};
};

test('the budget stands beside what each phase took, counted as the budget counts it', t => {
  const {expected, taken, measured} = under({
    ...asked,
    devices: [{node: 'n3', agent: 'fence_ipmilan', parameters: {}}],
  });
  t.deepEqual(expected, {
    membership: '3.3',
    fence: '4.5',
    start: '2.0',
    'storage-lost': '5.0',
    'storage-free': '6.0',
    service: '2.8',
  });
  // The start counts from when the storage served: 9.2 s. What the storage said of itself was not kept in this run.
  t.deepEqual(taken, {membership: '3.3', fence: '2.3', start: '0.8', service: '5.6'});
  t.deepEqual(measured.problems, []);
});

test('a phase that takes what its settings say is not told; one that takes longer is, with what to change first', t => {
  t.deepEqual(under({...asked, devices: [{node: 'n3', agent: 'fence_ipmilan', parameters: {}}]}).told, []);
  const {ceph: _, ...light} = {...asked, hasCeph: false, totem: {tokenMs: 1000, consensusMs: 600}};
  const [membership, fence] = under(light).told;
  t.regex(
    membership?.detail ?? '',
    /^the loss is noticed: 3\.3 s, and 1\.6 s follow from token 1000 ms, .*; no setting that is looked at would save time/,
  );
  t.regex(fence?.detail ?? '', /^the node is fenced: 2\.3 s, and 0\.5 s follow from fence_ipmilan: /);
  const device = {node: 'n3', agent: 'fence_ipmilan', parameters: {power_wait: '0', pcmk_delay_base: '500ms'}};
  const delayed = under({...light, devices: [device]}).told.map(({detail}) => detail);
  t.regex(delayed[0] ?? '', /; no setting of this phase would save time, and most is saved by pcmk_delay_base/);
  t.regex(delayed[1] ?? '', /; change first: pcmk_delay_base of the fence devices, to none: .* 0\.5 s less\)$/);
  t.true(under(light).told.every(({severity}) => severity === 'warning'));
});

test('a run that kept no budget has none', t => {
  const {samples} = measureResilience(crash.artefacts);
  t.false(samples.some(({metric}) => /expected|taken/.test(metric)));
});

/** In the monitors' own words; the injection was at 16:48:27.206 of the harness, 2.5 ms earlier than on n1. */
const log = (up: number, clock: string) =>
  `2026-11-24T${clock}+0000 mon.n1 (mon.0) 140 : cluster [DBG] osdmap e60: 3 total, ${up} up, 3 in\n`;
const told = (texts: Readonly<Record<string, string>>): Artefacts => ({
  names: [...crash.artefacts.names, ...Object.keys(texts)],
  text: name => {
    const text = texts[name];
    return text === undefined ? crash.artefacts.text(name) : {ok: true, value: text};
  },
});
const monitors = (texts: Readonly<Record<string, string>>) => {
  const {measured, taken} = under(asked, told({'ceph-log.txt': '', 'ceph-blocklist.txt': '', ...texts}));
  const at = (metric: string) => measured.samples.find(sample => sample.metric === metric)?.value.toFixed(3);
  return {lost: at('failover.storage-lost'), free: at('failover.storage-free'), taken};
};

test('the storage gives the node up with the first map in which fewer OSDs are up, after the injection', t => {
  const before = log(3, '16:48:20.000000');
  const whole = monitors({'ceph-log.txt': `${before}${log(2, '16:48:32.208500')}${log(3, '16:48:40.000000')}`});
  t.is(whole.lost, '4.999');
  t.is(whole.taken['storage-lost'], '4.9');
  t.is(monitors({'ceph-log.txt': `${before}${log(2, '16:48:21.000000')}`}).lost, undefined);
  t.is(monitors({'ceph-log.txt': before}).lost, undefined);
  // The monitors keep only the newest lines: the map that tells of it may be gone, and a later one is no substitute.
  t.is(monitors({'ceph-log.txt': log(2, '16:48:42.000000')}).lost, undefined);
  const other = '2026-11-24T16:48:20.000000+0000 mon.n1 (mon.0) 9 : cluster [INF] Cluster is now healthy\n';
  t.is(monitors({'ceph-log.txt': `${other}${log(2, '16:48:32.208500')}`}).lost, '4.999');
});

test('the disk is free with the first entry of the node, by when it ends; another host and an older entry are none', t => {
  const list = (address: string, clock: string) => `${address}:0/0 2026-11-24T${clock}+0000\n`;
  const free = (text: string) => monitors({'ceph-blocklist.txt': text}).free;
  t.is(free(list('10.77.2.3', '17:48:36.202500')), '8.993');
  t.is(free(`${list('10.77.2.3', '17:48:36.202500')}${list('10.77.2.3', '16:49:04.202500')}`), '6.993');
  t.is(free(list('10.77.2.2', '17:48:36.202500')), undefined);
  t.is(free(list('10.77.2.3', '17:40:36.202500')), undefined);
});
