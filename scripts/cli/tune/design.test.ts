import test from 'ava';
import {mulberry32} from '../../../harness/random.ts';
import type {PlacedSetting, Profile, Setting} from '../../../harness/types.ts';
import {designOf, foundProfile, roundsWithin, settingGroups} from './design.ts';

const setting = (id: string, value: string): Setting => ({id, driver: 'link', key: id, value, why: 'test'});
const profile: Profile = {
  name: 'tuned',
  title: 'Tuned',
  settings: ['bus', 'queues', 'mtu', 'token', 'same'].map(id => setting(id, 'new')),
};
/** The MTU differed from host to host. */
const found: readonly PlacedSetting[] = [
  setting('bus', 'old'),
  setting('queues', 'old'),
  {...setting('mtu', 'one'), where: 'n1'},
  {...setting('mtu', 'two'), where: 'n2'},
  setting('token', 'old'),
  setting('same', 'new'),
];
const differing = new Set(['bus', 'queues', 'mtu', 'token']);
const bundle = (id: string) => (id === 'bus' || id === 'queues' ? 'disk' : undefined);
const groups = settingGroups(profile, differing, bundle);
const design = (seed: number) => designOf(profile, found, groups, new Set(['bus', 'queues']), mulberry32(seed));
const values = (name: string) =>
  Object.fromEntries(
    design(1)
      .states.filter(state => state.name === name)
      .flatMap(({settings}) =>
        settings.map(({id, value, where}) => [where === undefined ? id : `${id} ${where}`, value]),
      ),
  );

test('a bundle is one, and what is in force already is none', t => {
  t.deepEqual(groups, [
    {name: 'disk', ids: ['bus', 'queues']},
    {name: 'mtu', ids: ['mtu']},
    {name: 'token', ids: ['token']},
  ]);
  t.deepEqual(settingGroups(profile, new Set(), bundle), []);
  t.deepEqual(settingGroups(profile, new Set(['queues']), bundle), [{name: 'disk', ids: ['bus', 'queues']}]);
});

test('each is added to what was found, and left out of all, and every state says every setting', t => {
  const {factors, states} = design(1);
  t.deepEqual(states.map(({name}) => name).sort(), [
    'found',
    'found+disk',
    'found+mtu',
    'found+token',
    'tuned',
    'tuned-disk',
    'tuned-mtu',
    'tuned-token',
  ]);
  t.deepEqual(factors[1], {
    name: 'mtu',
    settings: ['mtu'],
    added: ['found', 'found+mtu'],
    leftOut: ['tuned-mtu', 'tuned'],
  });
  t.deepEqual(values('found+mtu'), {bus: 'old', queues: 'old', mtu: 'new', token: 'old', same: 'new'});
  t.deepEqual(values('tuned-mtu'), {
    bus: 'new',
    queues: 'new',
    'mtu n1': 'one',
    'mtu n2': 'two',
    token: 'new',
    same: 'new',
  });
  t.deepEqual(foundProfile(profile, found).settings, found);
});

test('of two, each one left out is the other one alone: no state is measured twice', t => {
  const two = designOf(profile, found, groups.slice(0, 2), new Set(), mulberry32(1));
  t.deepEqual(two.states.map(({name}) => name).sort(), ['found', 'found+disk', 'found+mtu', 'tuned']);
  t.deepEqual(two.factors[0]?.leftOut, ['found+mtu', 'tuned']);
});

test('states that guests are started alike for stand together; the seed draws the rest, and the same seed the same', t => {
  for (let seed = 0; seed < 20; seed += 1) {
    const order = design(seed).states.map(({settings}) => settings.find(({id}) => id === 'bus')?.value);
    t.is(order.filter((value, index) => index > 0 && value !== order[index - 1]).length, 1, order.join(' '));
  }
  const names = (seed: number) => design(seed).states.map(({name}) => name);
  t.deepEqual(names(3), names(3));
  t.true(new Set(Array.from({length: 20}, (_, seed) => names(seed).join(' '))).size > 5);
});

test('rounds are whole ones, and as many as fit', t => {
  t.deepEqual([roundsWithin(599, 300, 60), roundsWithin(600, 300, 60), roundsWithin(1e9, 300, 60)], [1, 2, 60]);
});
