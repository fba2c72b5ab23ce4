import test from 'ava';
import {emptyCluster, examplePlan, provisioned} from '../../../fixtures/kit/guests-plan.ts';
import {goneFor, goneLines} from './gone.ts';
import type {Mark} from './mark.ts';

const plan = examplePlan();
const whose = {cluster: 'prod-a', prefix: 'sea-', owner: 'ops@example.org'};
const foreign: Mark = {...plan.mark, owner: 'night@example.org'};

test('everything with our mark is taken back, and nothing else', t => {
  const gone = goneFor(whose, provisioned(plan), 'c1', plan.folder);
  t.deepEqual(gone.resources, ['sea-vm1', 'sea-vm2']);
  t.deepEqual(gone.constraints, ['sea-vm2-apart-from-sea-vm1']);
  t.deepEqual(gone.disks, ['sea-vm1-ledger', 'sea-vm1-scratch', 'sea-vm2-ledger', 'sea-vm2-scratch']);
  t.deepEqual(gone.folders, ['n1', 'n2', 'n3']);
  t.deepEqual(gone.domains, ['sea-vm1', 'sea-vm2']);
  t.deepEqual(gone.leftAlone, []);
});

test('where nothing is left, nothing is said', t => {
  t.deepEqual(goneLines(goneFor(whose, emptyCluster(), 'c1', plan.folder)), []);
});

test('a constraint that an administrator put on our guest goes with it', t => {
  const found = provisioned(plan);
  const constraints = [...found.constraints, {id: 'cli-prefer-sea-vm1', names: ['sea-vm1']}];
  t.deepEqual(goneFor(whose, {...found, constraints}, 'c1', plan.folder).constraints, [
    'sea-vm2-apart-from-sea-vm1',
    'cli-prefer-sea-vm1',
  ]);
});

test('a disk that was left behind, whole or half made, is found without its guest', t => {
  const found = emptyCluster();
  const disks = [{name: 'sea-vm9-ledger', mark: plan.mark}, {name: 'sea-vm9-scratch.seatrial-making'}];
  const gone = goneFor(whose, {...found, store: {...found.store, disks}}, 'c1', plan.folder);
  t.deepEqual(gone.disks, ['sea-vm9-ledger', 'sea-vm9-scratch.seatrial-making']);
  t.deepEqual(goneLines(gone), ['disks sea-vm9-ledger, sea-vm9-scratch.seatrial-making']);
});

test('what has our prefix and not our mark is left alone, and told', t => {
  const found = emptyCluster();
  const [node] = found.nodes;
  if (node === undefined) return t.fail();
  const gone = goneFor(
    whose,
    {
      ...found,
      nodes: [{...node, folder: {mark: foreign}}],
      resources: [{id: 'sea-web'}, {id: 'sea-vm1', mark: foreign}],
      store: {...found.store, disks: [{name: 'sea-db'}]},
    },
    'c1',
    plan.folder,
  );
  t.deepEqual(goneLines(gone), []);
  t.deepEqual(
    gone.leftAlone.map(each => each.replace(/ has the prefix.*/, '')),
    ['resource sea-web', 'resource sea-vm1', 'disk sea-db', '/var/lib/seatrial/guests/sea on n1'],
  );
});

test('fio that was carried to the client is taken back, another there is not', t => {
  const found = emptyCluster();
  const carried = goneFor(
    whose,
    {...found, client: {wrapper: {mark: plan.mark}, folder: {mark: plan.mark}}},
    'c1',
    plan.folder,
  );
  t.deepEqual(goneLines(carried), ['what they need on c1', '/usr/local/bin/fio on the client']);
  t.deepEqual(goneLines(goneFor(whose, {...found, client: {wrapper: {}, folder: {}}}, 'c1', plan.folder)), []);
});

test('a pool that was made with the disks goes with them, unless somebody else uses it', t => {
  const {store, ...found} = provisioned(plan);
  const closes = (change: object) =>
    goneFor(whose, {...found, store: {...store, mark: plan.mark, ...change}}, 'c1', plan.folder).closesStore;
  t.true(closes({}));
  t.false(closes({others: 1}));
  t.false(closes({disks: [...store.disks, {name: 'sea-db'}]}));
  t.false(closes({mark: foreign}));
});
