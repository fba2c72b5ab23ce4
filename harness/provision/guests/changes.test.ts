import test from 'ava';
import {emptyCluster, examplePlan, provisioned, today} from '../../../fixtures/kit/guests-plan.ts';
import {changeLines, changesFor} from './changes.ts';
import type {Mark} from './mark.ts';
import type {Found} from './survey.ts';

const plan = examplePlan();
const foreign: Mark = {...plan.mark, owner: 'night@example.org'};

test('on a cluster without any of it everything is made, and nothing refused', t => {
  const changes = changesFor(plan, emptyCluster(), today);
  t.deepEqual(changes.refusals, []);
  t.deepEqual(changes.notes, []);
  t.deepEqual(changeLines(changes, 'pool vms'), [
    'guest image on n1, n2, n3',
    'disks in pool vms: sea-vm1-ledger (16 MiB), sea-vm1-scratch (64 MiB), sea-vm2-ledger (16 MiB), sea-vm2-scratch (64 MiB)',
    'domain XML of sea-vm1, sea-vm2 on n1, n2, n3',
    'resource sea-vm1: 1 vCPU, 512 MiB, 10.0.3.151',
    'resource sea-vm2: 1 vCPU, 512 MiB, 10.0.3.152',
    'constraints: sea-vm2-apart-from-sea-vm1',
  ]);
});

test('a second time nothing is to be made, also from a machine whose clock says another day', t => {
  const changes = changesFor(examplePlan(), provisioned(plan), '2026-12-24');
  t.deepEqual(changes.refusals, []);
  t.deepEqual(changeLines(changes, 'x'), []);
});

test('what was lost is made again, and only that', t => {
  const whole = provisioned(plan);
  const [lost, ...others] = whole.nodes;
  if (lost === undefined) return t.fail();
  const {folder: _, ...bare} = lost;
  const changes = changesFor(plan, {...whole, nodes: [{...bare, files: new Map()}, ...others]}, today);
  t.deepEqual(changes.refusals, []);
  t.deepEqual(changeLines(changes, 'x'), ['guest image on n1', 'domain XML of sea-vm1, sea-vm2 on n1']);
});

test('an expiry that has passed refuses; its last day does not', t => {
  t.deepEqual(changesFor(plan, emptyCluster(), '2027-01-31').refusals, []);
  t.deepEqual(changesFor(plan, emptyCluster(), '2027-02-01').refusals, [
    'the guests may be there until 2027-01-31, and today is 2027-02-01',
  ]);
});

test('what should be gone is told, whoever made it', t => {
  const old = {...foreign, prefix: 'old-', expires: '2026-11-01'};
  const found = emptyCluster();
  const {notes, refusals} = changesFor(
    plan,
    {
      ...found,
      resources: [
        {id: 'old-vm1', mark: old},
        {id: 'old-vm2', mark: old},
      ],
    },
    today,
  );
  t.deepEqual(refusals, []);
  t.is(notes.length, 1);
  t.regex(notes[0] ?? '', /^guests of night@example\.org with prefix old- should be gone since 2026-11-01/);
});

const found = emptyCluster();
const ours = provisioned(plan);
const [n1, ...rest] = found.nodes;
const [made1, ...madeRest] = ours.nodes;
if (n1 === undefined || made1 === undefined) throw new Error('no node');
const taken: {what: string; found: Found; says: RegExp}[] = [
  {
    what: 'a resource of that name',
    found: {...found, resources: [{id: 'sea-vm1'}]},
    says: /^resource sea-vm1 is there and not ours: it has no mark of seatrial$/,
  },
  {
    what: "another owner's resource",
    found: {...found, resources: [{id: 'sea-vm1', mark: foreign}]},
    says: /^resource sea-vm1 .*: night@example\.org made it on 2026-11-27 for cluster prod-a with prefix sea-$/,
  },
  {
    what: 'a disk of that name',
    found: {...found, store: {...found.store, disks: [{name: 'sea-vm2-scratch'}]}},
    says: /^disk sea-vm2-scratch is there and not ours/,
  },
  {
    what: 'a domain of that name',
    found: {...found, nodes: [{...n1, domains: ['sea-vm2']}, ...rest]},
    says: /^a domain sea-vm2 is there on n1 and not ours$/,
  },
  {
    what: 'a file of that name',
    found: {...found, nodes: [{...n1, files: new Map([['sea-vm1.xml', undefined]])}, ...rest]},
    says: /^\/var\/lib\/seatrial\/guests\/sea\/sea-vm1\.xml on n1 is there and not ours/,
  },
  {
    what: 'a folder without a mark',
    found: {...found, nodes: [{...n1, folder: {}}, ...rest]},
    says: /^\/var\/lib\/seatrial\/guests\/sea on n1 is there and not ours/,
  },
  {
    what: 'an address that answers',
    found: {...found, answering: ['10.0.3.151']},
    says: /^something answers at 10\.0\.3\.151 already$/,
  },
  {
    what: 'no bridge',
    found: {...found, nodes: [{...n1, hasBridge: false}, ...rest]},
    says: /^n1: there is no bridge br0$/,
  },
  {what: 'no KVM', found: {...found, nodes: [{...n1, hasKvm: false}, ...rest]}, says: /^n1: there is no \/dev\/kvm/},
  {
    what: 'a store that is not shared',
    found: {...found, store: {...found.store, troubles: ['/srv/vms is not the same folder on every node']}},
    says: /^\/srv\/vms is not the same/,
  },
  {
    what: 'a store without room',
    found: {...found, store: {...found.store, freeBytes: 100 * 2 ** 20}},
    says: /^the disks may grow to 160 MiB, and the store has 100 MiB left$/,
  },
  {
    what: 'a node without room for the image',
    found: {...found, nodes: [{...n1, roomBytes: 150 * 2 ** 20}, ...rest]},
    says: /^n1 has 150 MiB left for \/var\/lib\/seatrial\/guests\/sea, and the image wants 160 MiB/,
  },
  {
    what: 'nodes without memory',
    found: {...found, nodes: [n1, ...rest].map(each => ({...each, room: {...each.room, freeBytes: 2 ** 29}}))},
    says: /^with n1 lost the guests would not fit into memory/,
  },
  {
    what: 'one of ours that was made of another image',
    found: {...ours, nodes: [{...made1, folder: {mark: {...plan.mark, digest: '0123456789abcdef'}}}, ...madeRest]},
    says: /^\/var\/lib\/seatrial\/guests\/sea on n1 was made from another order or image on 2026-11-27: take it back first/,
  },
];
for (const {what, found, says} of taken) {
  test(`refused: ${what}`, t => {
    const {refusals} = changesFor(plan, found, today);
    t.true(
      refusals.some(each => says.test(each)),
      refusals.join('\n'),
    );
  });
}

test('guests that were ordered otherwise are never changed in place', t => {
  const {refusals} = changesFor(examplePlan({disks: {ledgerBytes: 16 * 2 ** 20, scratchBytes: 2 ** 30}}), ours, today);
  t.true(
    refusals.includes(
      'resource sea-vm1 was made from another order or image on 2026-11-27: take it back first (unprovision --guests)',
    ),
  );
});

test('an image that nobody runs from is replaced', t => {
  const newer = examplePlan({}, 'image-2');
  const only = {...found, nodes: found.nodes.map(each => ({...each, folder: {mark: plan.mark}}))};
  const changes = changesFor(newer, only, today);
  t.deepEqual(changes.refusals, []);
  t.deepEqual(changes.image, ['n1', 'n2', 'n3']);
});
