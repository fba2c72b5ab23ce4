import {readFileSync} from 'node:fs';
import test from 'ava';
import {examplePlan} from '../../../fixtures/kit/guests-plan.ts';
import {definitionOf} from '../../cluster/pacemaker.ts';
import {descendants, parseXml} from '../../parse/xml.ts';
import {markKey, readMark} from './mark.ts';
import {makeResources, removeResources} from './resources.ts';

const {guests, apart} = examplePlan();
const primitives = guests.map(({primitive}) => primitive);
const mark = 'seatrial/1 cluster=prod-a prefix=sea- owner=ops@example.org made=2026-11-27 expires=2027-01-31 digest=';

test('crmsh takes everything in one change', t => {
  const [load, ...more] = makeResources('crm', primitives, apart);
  t.deepEqual(more, []);
  t.deepEqual(load?.argv.slice(3), ['crm', '-F', 'configure', 'load', 'update', '-']);
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

test('crmsh deletes everything in one change', t => {
  const last = removeResources('crm', ['a', 'b'], ['b-apart-from-a']).at(-1);
  t.deepEqual(last?.argv.slice(3), ['crm', '-F', 'configure', 'delete', 'b-apart-from-a', 'a', 'b']);
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

/** Made offline by the tools themselves out of an empty CIB (`cibadmin --empty`), with the words above. */
const recorded = ['crmsh-4.4', 'pcs-0.11.5', 'cibadmin'].map(tool => {
  const path = new URL(`../../../fixtures/pacemaker-2.1.5/guests/${tool}.xml`, import.meta.url);
  const cib = parseXml(readFileSync(path, 'utf8'), tool);
  if (!cib.ok) throw new Error(tool);
  return {tool, cib: cib.value};
});

test('the same resources come of all three tools, with our marks', t => {
  const made = recorded.map(({cib}) => ({
    resources: descendants(cib, 'primitive').map(each => {
      const {parameters, meta, operations} = definitionOf(each);
      const own = operations.map(({name, attributes}) => `${name} ${attributes.interval} ${attributes.timeout}`).sort();
      return {id: each.attributes.id, parameters, meta, own};
    }),
    apart: descendants(cib, 'rsc_colocation').map(({attributes}) => attributes),
  }));
  t.is(made[0]?.resources.length, 2);
  for (const each of made) {
    t.deepEqual(each, made[0]);
    for (const {meta} of each.resources) t.is(readMark(meta[markKey] ?? '')?.owner, 'ops@example.org');
  }
});
