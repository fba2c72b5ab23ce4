import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {planLab} from '../../../harness/lab/build.ts';
import {type LabOptions, labShape} from '../../../harness/lab/index.ts';
import {identify} from '../../../harness/lab/proc.ts';
import {labPlace, writeRecord} from '../../../harness/lab/state.ts';
import {CommandError} from './command-error.ts';
import {shapeOfUp} from './lab-shape.ts';

const built: LabOptions = {
  name: 'x',
  nodes: 4,
  storage: 'nbd',
  guests: 2,
  stores: ['null', 'nbd'],
  monitoring: '15s',
  links: 2,
};
const {name: _, ...shape} = built;

/** A lab's folder as `lab up` leaves it; its rack is a process that lives, or one that is gone. */
function labFolder(phase: 'building' | 'up', rack: string): string {
  const root = mkdtempSync(join(tmpdir(), 'seatrial-lab-shape-'));
  const place = labPlace('x', root);
  if (!place.ok) throw new Error(place.error.sentence);
  mkdirSync(place.value.state);
  const {record} = planLab(built, 2 ** 29, {emulated: true, shared: true, note: ''}, () => '');
  writeRecord(place.value, {...record, phase});
  writeFileSync(join(place.value.state, 'rack'), rack);
  return root;
}

const self = identify(process.pid);
const living = `${self?.pid} ${self?.startTicks}\n`;

test('a lab that is up says what it is; one that is half-built, or gone, says nothing', t => {
  t.deepEqual(labShape('x', labFolder('up', living)), shape);
  t.is(labShape('x', labFolder('building', living)), undefined);
  t.is(labShape('x', labFolder('up', `${self?.pid} 1\n`)), undefined);
  t.is(labShape('x', mkdtempSync(join(tmpdir(), 'seatrial-lab-shape-'))), undefined);
  t.is(labShape('../x'), undefined);
});

test('what is not asked for is as it is, and what is asked for may be said again in any order', t => {
  t.deepEqual(shapeOfUp('x', shape, {}), shape);
  t.deepEqual(shapeOfUp('x', shape, {storage: 'nbd', stores: ['nbd', 'null']}), shape);
});

for (const [asked, expected, out] of [
  [{storage: 'ceph'}, /storage ceph was asked for$/, /^Leave out --storage to use/],
  [{nodes: 3, guests: 1}, /; 3 nodes; 1 guests was asked for$/, /^Leave out --nodes, --guests to use/],
  [
    {stores: ['null']},
    /with 4 nodes; .*stores nbd, null; .*; stores null was asked for$/,
    /^Leave out --stores to use/,
  ],
  [{links: 1}, /2 of Corosync's links a node; .*; 1 of Corosync's links a node was asked for$/, /^Leave out --links/],
  [{monitoring: '1s'}, /monitoring every 15s; monitoring every 1s was asked for$/, /^Leave out --monitoring to use/],
] as const) {
  test(`another lab than the one that is up is refused: ${Object.keys(asked)}`, t => {
    const error = t.throws(() => shapeOfUp('x', shape, asked), {instanceOf: CommandError});
    t.regex(error?.message ?? '', expected);
    t.regex(error?.todo ?? '', out);
    t.is(error?.exitCode, 3);
  });
}
