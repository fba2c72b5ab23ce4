/** Whom a drill is about: a Prometheus of answers says of whom an alarm is quiet. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import type {AlarmKind} from '../../harness/types.ts';
import {alarms} from './alarms.ts';
import {quietPlace} from './place.ts';

const healthy = readFileSync(join(import.meta.dirname, '../../fixtures/pacemaker-2.1.5/crm_mon-healthy.xml'), 'utf8');

interface Asked {
  names: readonly string[];
  seconds: number;
  pending: boolean;
}

/** The place that is found, what Prometheus was asked, and what was said; it is quiet where `quiet` says so. */
async function found(kind: AlarmKind, quiet: (asked: Asked) => boolean) {
  const wanted: Asked[] = [];
  const said: string[] = [];
  const {cluster, asked} = fakeCluster((_host, words, {stdin = ''}) => {
    if (words.startsWith('crm_mon')) return {stdout: healthy};
    if (words.startsWith('stat -c %m')) return {stdout: '/srv\n'};
    const options = /OPTIONS = json.loads\((".*")\)\n/.exec(stdin)?.[1];
    if (options === undefined) return undefined;
    const read = JSON.parse(JSON.parse(options));
    wanted.push(read);
    return {stdout: quiet(read) ? 'yes\n' : 'no\n'};
  });
  const monitoring = {
    prometheus: 'http://p',
    alertmanager: 'http://a',
    messages: '10.0.3.250:9099',
    alerts: {'guest-state': 'GuestStateChanges', 'storage-low': 'StorageLow', 'node-down': 'NodeDown'},
    folders: {storage: '/srv/images'},
  };
  const alarm = alarms.find(each => each.kind === kind);
  if (alarm === undefined) throw new Error(kind);
  const query = 'sum by (domain) (changes(libvirt_domain_state_code[5m])) > 2';
  const trial = {cluster: {...cluster, monitoring}, say: (text: string) => void said.push(text)};
  const place = await quietPlace(trial, alarm, query, 40).catch((error: Error) => error.message);
  const asks = wanted.map(({names: [name = ''], seconds}) => [name, seconds]);
  return {place, asks, said, pending: wanted.every(({pending}) => pending), commands: asked.map(({words}) => words)};
}

test('the first guest where its alarm is quiet, and nothing is waited for', async t => {
  const {place, asks, said, pending} = await found('guest-state', () => true);
  if (typeof place === 'string') return t.fail(place);
  t.deepEqual([place.guest?.name, place.names, place.mountpoint], ['vm1', ['vm1'], undefined]);
  t.deepEqual([asks, said, pending], [[['vm1', 0]], [], true]);
});

test('another guest where an earlier drill of the first is still told of', async t => {
  const {place, said} = await found('guest-state', ({names}) => !names.includes('vm1'));
  if (typeof place === 'string') return t.fail(place);
  t.deepEqual([place.guest?.name, place.names, said], ['vm2', ['vm2'], []]);
  t.true(place.guests.some(({name}) => name === 'vm2'));
});

test('where it is quiet about none the first is waited for, as long as the rule looks back', async t => {
  const {place, asks, said} = await found('guest-state', ({seconds}) => seconds > 0);
  if (typeof place === 'string') return t.fail(place);
  t.is(place.guest?.name, 'vm1');
  t.deepEqual(asks.at(-1), ['vm1', 340]);
  t.is(said.length, 1);
});

test('planted: an alarm that is never quiet is not caused', async t => {
  const {place} = await found('guest-state', () => false);
  t.regex(String(place), /^before there is a cause GuestStateChanges fires or is about to, or an exporter of n\d/);
  // About a node no guest is looked for.
  const node = await found('node-down', () => false);
  t.deepEqual(
    node.asks.map(([, seconds]) => seconds),
    [0, 40],
  );
});

test('of a folder that is filled its file system is kept', async t => {
  const {place, commands} = await found('storage-low', () => true);
  if (typeof place === 'string') return t.fail(place);
  t.is(place.mountpoint, '/srv');
  t.true(commands.includes('stat -c %m /srv/images'));
  t.true(place.names.includes(place.node.name) && place.guest === undefined);
});
