import test from 'ava';
import {artefactsOf} from '../../fixtures/kit/replay-transport.ts';
import {parseStoreWriter} from '../../harness/parse/store-writer.ts';
import {measureStoreServer, type StoreServerFacts} from './store-server-measure.ts';

const facts: StoreServerFacts = {
  node: 'n3',
  guest: 'vm2',
  stores: [
    {name: 'nbd', kind: 'nbd', servers: ['n3']},
    {name: 'gluster', kind: 'gluster', servers: ['n1', 'n2', 'n3']},
  ],
  reached: {fault: 'host-crash', bit: true, evidence: 'off'},
  // The guest's clock was at 100 s when the harness's was at 50 s; struck a second later.
  clock: {guestNs: 100e9, beforeMs: 49_900, afterMs: 50_000},
  injectedMs: 51_000,
};
const meta = JSON.stringify({exit: {kind: 'exited', code: 0}, stderr: ''});

/** Times in seconds of the guest's clock. */
const ns = (seconds: number) => String(Math.round(seconds * 1e9));
const lines = {
  nbd: [`gap 0 ${ns(101.2)} ${ns(141.2)}`, `store 0 ${ns(90)} ${ns(150)} 2000 12 5`],
  gluster: [
    `gap 1 ${ns(95)} ${ns(99)}`,
    `gap 1 ${ns(101.1)} ${ns(109.1)}`,
    `gap 1 ${ns(120)} ${ns(121)}`,
    `store 1 ${ns(90)} ${ns(150)} 4000 0 0`,
  ],
  read: ['read 0 1024 0', 'read 1 1024 0'],
};

function measured(change: (told: typeof lines) => readonly string[] = told => Object.values(told).flat(), own = facts) {
  const text = `${[...change(lines), 'end'].join('\n')}\n`;
  return measureStoreServer(
    artefactsOf(
      new Map([
        ['store-server.json', JSON.stringify(own)],
        ['store-writer.txt', text],
        ['store-writer.txt.meta.json', meta],
      ]),
    ),
  );
}

test('the longest stall after the fault counts, and a store that one node serves is told apart', t => {
  const {samples, problems, findings} = measured();
  t.deepEqual([problems, findings], [[], []]);
  const shown = samples.map(({metric, value, labels}) => [metric, labels.store, labels.copies, value]);
  t.deepEqual(shown, [
    ['failover.store-stall', 'nbd', 'one', 40],
    ['failover.store-errors', 'nbd', 'one', 12],
    ['failover.store-lost', 'nbd', 'one', 0],
    ['failover.store-stall', 'gluster', 'several', 8],
    ['failover.store-errors', 'gluster', 'several', 0],
    ['failover.store-lost', 'gluster', 'several', 0],
  ]);
});

test('a gap or a count that cannot be read gives no figure: it would be a stall, or a loss, that nobody saw', t => {
  const whole = Object.values(lines).flat();
  const gap = `gap 1 ${ns(101.1)} ${ns(109.1)}`;
  for (const [from, to] of [
    [gap, `gap 1 ${ns(101.1)} ?`],
    [gap, `gap 1 ${ns(101.1)}`],
    [gap, `gaq 1 ${ns(101.1)} ${ns(109.1)}`],
    [gap, `gap 1 ${ns(101.1)} -${ns(109.1)}`],
    [gap, `${gap}\nfull 1 3`],
    ['read 1 1024 0', 'read 1 1024 '],
    ['read 1 1024 0', 'read 1 1024 nan'],
    ['read 1 1024 0', `read 1 1024 0\nstore 1 ${ns(90)} ${ns(150)} 4000 0 0`],
  ] as const) {
    const {samples, problems} = measured(() => whole.map(line => (line === from ? to : line)));
    t.deepEqual([samples, problems.length], [[], 1], to);
  }
});

test('a store that never takes a write again has stood still at least so long', t => {
  const {samples} = measured(told => [
    `open 0 ${ns(101.2)} ${ns(160)}`,
    told.nbd[1] ?? '',
    ...told.gluster,
    ...told.read,
  ]);
  t.like(samples[0], {value: 58.8, censored: true});
});

test('no gap is a stall shorter than what is told', t => {
  const {samples} = measured(told => [told.nbd[1] ?? '', ...told.gluster, ...told.read]);
  t.like(samples[0], {value: 0.05, halfWidth: 0.05});
});

test('a lost block is critical, also of a store that one node serves', t => {
  const {samples, findings} = measured(told => [...told.nbd, ...told.gluster, 'read 0 1024 3', 'read 1 1024 0']);
  t.is(samples.find(({metric}) => metric === 'failover.store-lost')?.value, 3);
  t.like(findings[0], {severity: 'critical', detail: 'nbd: 3 of 1024 blocks, written durably, are gone or changed'});
});

test('what could not be read again, or was not written before the fault, is a problem and no figure', t => {
  const unread = measured(told => [...told.nbd, ...told.gluster, 'unread 0 a write is still under way', 'read 1 9 0']);
  t.regex(unread.problems[0]?.found ?? '', /still under way/);
  t.false(unread.samples.some(({metric, labels}) => metric === 'failover.store-lost' && labels.store === 'nbd'));
  const late = measured(told => [`store 0 ${ns(102)} ${ns(150)} 2000 12 5`, ...told.gluster, ...told.read]);
  t.is(late.problems[0]?.expected, 'durable writes before the fault');
  const nothing = measured(told => [...told.nbd, ...told.gluster, 'read 0 0 0', 'read 1 1024 0']);
  t.is(nothing.problems.length, 1);
});

test('a fault that did not bite, a report that was cut, a store that was refused or not whole again', t => {
  const blunt = measured(undefined, {...facts, reached: {...facts.reached, bit: false, evidence: 'still on'}});
  t.deepEqual(blunt.samples, []);
  t.is(blunt.problems[0]?.found, 'still on');
  const [nbd, gluster] = facts.stores;
  if (nbd === undefined || gluster === undefined) return t.fail();
  const refused = measured(() => [`store 0 ${ns(90)} ${ns(150)} 2000 0 0`, 'read 0 9 0'], {
    ...facts,
    stores: [{...nbd, refused: 'it forgets'}, gluster],
  });
  t.is(refused.problems[0]?.found, 'it forgets');
  t.true(refused.samples.every(({labels}) => labels.store === 'gluster'));
  const unhealed = measured(undefined, {...facts, stores: [{...nbd, unhealed: 'no target'}, gluster]});
  t.like(unhealed.findings[0], {severity: 'critical', detail: 'nbd: no target'});
  for (const text of ['', 'store 0 1 1 1 0 0\n', 'store 0 1 x 1 0 0\nend\n'])
    t.false(parseStoreWriter(text, 'a', 1).ok, text);
});

test('planted: of two stores of a kind, one that was refused takes the figures of the other', t => {
  const [nbd, gluster] = facts.stores;
  if (nbd === undefined || gluster === undefined) return t.fail();
  const stores = [nbd, gluster, {...gluster, name: 'gluster2', refused: 'it would flatter'}];
  const {samples, problems} = measured(undefined, {...facts, stores});
  t.deepEqual([...new Set(samples.map(({labels}) => labels.store))], ['nbd']);
  t.true(problems.some(({expected}) => /failover\.store-lost of every store: gluster, gluster2/.test(expected)));
});
