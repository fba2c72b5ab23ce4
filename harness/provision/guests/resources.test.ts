import test from 'ava';
import {examplePlan} from '../../../fixtures/kit/guests-plan.ts';
import {parseXml} from '../../parse/xml.ts';
import {makeResources, removeResources} from './resources.ts';

const {guests, apart} = examplePlan();
const primitives = guests.map(({primitive}) => primitive);
const mark = 'seatrial/1 cluster=prod-a prefix=sea- owner=ops@example.org made=2026-11-27 expires=2027-01-31 digest=';

test('crmsh takes everything in one change', t => {
  const [load, ...more] = makeResources('crm', primitives, apart);
  t.deepEqual(more, []);
  t.deepEqual(load?.argv, ['crm', '-F', 'configure', 'load', 'update', '-']);
  const [first = '', second = '', third] = load?.stdin?.split('\n') ?? [];
  t.regex(
    first,
    /^primitive sea-vm1 ocf:heartbeat:VirtualDomain params config="\/var\/lib\/seatrial\/guests\/sea\/sea-vm1\.xml" /,
  );
  t.regex(first, /op monitor interval=10s timeout=30s op migrate_to interval=0s timeout=120s/);
  t.true(first.includes(` seatrial="${mark}`));
  t.regex(second, /^primitive sea-vm2 /);
  t.is(third, 'colocation sea-vm2-apart-from-sea-vm1 -50: sea-vm2 sea-vm1');
});

test('pcs gets a word each, without its own operations', t => {
  const typed = makeResources('pcs', primitives, apart);
  t.is(typed.length, 3);
  const [create] = typed;
  t.deepEqual(create?.argv.slice(0, 5), ['pcs', 'resource', 'create', 'sea-vm1', 'ocf:heartbeat:VirtualDomain']);
  t.true(create?.argv.some(word => word.startsWith(`seatrial=${mark}`)));
  t.is(create?.argv.at(-1), '--no-default-ops');
});

test('Pacemaker itself takes whole XML', t => {
  const typed = makeResources('cibadmin', primitives, apart);
  t.deepEqual(
    typed.map(({argv}) => argv[4]),
    ['resources', 'constraints'],
  );
  for (const {stdin} of typed) t.true(parseXml(stdin ?? '', 'cib').ok);
});

test('nothing to make, nothing typed', t => {
  for (const tool of ['crm', 'pcs', 'cibadmin'] as const) {
    t.deepEqual(makeResources(tool, [], []), []);
    t.deepEqual(removeResources(tool, [], []), []);
  }
});

test('taken back: stopped and waited for, then the constraints, then the resources', t => {
  const names = removeResources('cibadmin', ['a', 'b'], ['b-apart-from-a']).map(({name}) => name);
  t.deepEqual(names, [
    'stop a',
    'stop b',
    'wait until they have stopped',
    'delete constraint b-apart-from-a',
    'delete resource a',
    'delete resource b',
  ]);
});
