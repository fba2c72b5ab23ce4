import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {z} from 'zod';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {type Recorded, recordedTransport, recordedTrial} from '../../fixtures/kit/replay-transport.ts';
import type {Cluster, Guest, Host, Profile, Trial} from '../../harness/types.ts';
import {jsonArtefact} from './artefacts.ts';
import {beside} from './beside.ts';
import {onGuests, underLoad} from './fio-load.ts';
import {parametersOf, readParameters} from './parameters.ts';
import {pause} from './pause.ts';
import {nodesOfGuests} from './placement.ts';
import {whileWatched} from './watch.ts';

const client: Host = {name: 'client', role: 'client', addresses: {}, interfaces: {}, scratch: []};
const guest: Guest = {
  name: 'vm1',
  address: '10.77.3.101',
  resource: 'vm1',
  memoryBytes: 2 ** 29,
  vcpus: 1,
  ports: {fio: 8765, iperf3: 5201, beacon: 7007},
  scratchDevice: '/dev/scratch',
};
const planned = plannedTrial({scenario: 'x', parameters: {seconds: 0}});
const profile = {name: 'stock'} as Profile;

function trialWith(...recordings: Recorded[]) {
  const {transport, calls} = recordedTransport(recordings);
  const cluster: Cluster = {
    name: 'recorded',
    nodes: [],
    client,
    guests: [guest],
    storage: 'nbd',
    transport,
    hardware: {emulated: true, shared: true, note: ''},
  };
  return {calls, ...recordedTrial(cluster, planned, profile)};
}

const load = onGuests([guest], () => ({global: {}, jobs: {a: {rw: 'write'}}}), 1);
const runningLoad: Recorded = {match: /fio/, outcome: {stdout: '{"fio": 1}'}, runs: true};

test('a load runs while the body does, and its report and end are kept', async t => {
  const {trial, artefacts, calls} = trialWith(runningLoad);
  const value = await underLoad(trial, 'load.json', load, async () => {
    t.deepEqual(
      calls.map(({kind}) => kind),
      ['start'],
    );
    return 7;
  });
  t.is(value, 7);
  t.deepEqual(artefacts.text('load.json'), {ok: true, value: '{"fio": 1}'});
  const meta = z.object({host: z.literal('client'), exit: z.object({code: z.literal(0)}), stderr: z.string()});
  t.true(jsonArtefact(artefacts, 'load.json.meta.json', meta).ok);
});

test('a body that fails leaves no load behind, and what it printed is kept', async t => {
  const {trial, artefacts, calls} = trialWith(runningLoad);
  const failing = underLoad(trial, 'load.json', load, () => Promise.reject(new Error('the move failed')));
  await t.throwsAsync(failing, {message: 'the move failed'});
  t.deepEqual(
    calls.map(({kind}) => kind),
    ['start', 'stop'],
  );
  t.true(artefacts.names.includes('load.json'));
});

test('without a load the body runs alone', async t => {
  const {trial, artefacts, calls} = trialWith();
  t.is(await underLoad(trial, 'load.json', undefined, async () => 7), 7);
  t.deepEqual([calls.length, artefacts.names.length], [0, 0]);
});

test('a watch that does not begin ends the trial with a sentence, and nothing is tried unwatched', async t => {
  const {trial} = trialWith();
  let tried = false;
  const watched = whileWatched(trial, [], {intervalMs: 10, durationSeconds: 1}, async () => {
    tried = true;
  });
  await t.throwsAsync(watched, {message: /no guest to watch/});
  t.false(tried);
});

test('looks go on until they are stopped, and not beyond', async t => {
  let looks = 0;
  const looking = beside('the looks', async () => void looks++, {intervalMs: 1, longestMs: 60_000});
  while (looks < 3) await sleep(1);
  await looking.stop();
  const then = looks;
  await sleep(20);
  t.is(looks, then);
});

test('a pause of an interrupted trial ends at once, by an error', async t => {
  const {trial} = trialWith();
  await t.notThrowsAsync(pause(trial, 0));
  const interrupted: Trial = {...trial, signal: AbortSignal.abort()};
  await t.throwsAsync(pause(interrupted, 3600), {message: 'interrupted'});
});

test('where the cluster does not say, no guest has a place', async t => {
  const {trial} = trialWith();
  await t.throwsAsync(nodesOfGuests(trial.cluster));
});

test("parameters are the scenario's, or the first wrong one is named with what it is", t => {
  const schema = z.object({seconds: z.number().min(1)});
  t.deepEqual(parametersOf(schema, {seconds: 2}), {seconds: 2});
  const read = readParameters(schema, planned.parameters);
  t.deepEqual(read.ok ? undefined : read.error, {
    artefact: 'plan',
    path: '/parameters/seconds',
    expected: 'at least 1',
    found: '0',
  });
  t.throws(() => parametersOf(schema, {}), {message: /\/parameters\/seconds: expected a number, found nothing/});
});
