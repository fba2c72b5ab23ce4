import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {artefactsOf} from '../../fixtures/kit/replay-transport.ts';
import {measureNoticed, measureRings} from './link-cut.ts';

const raw = (texts: Readonly<Record<string, string>>) => artefactsOf(new Map(Object.entries(texts)));
const rings = (after: number) => JSON.stringify({before: {n1: 3, n2: 3, n3: 3}, after: {n1: 3, n2: after, n3: 3}});
// As Corosync 3.1.7 logs it.
const late = 'Nov 28 03:00:11.123 warning [TOTEM ] Token has not been received in 2250 ms \n';
const down = 'Nov 28 03:00:10.900 notice  [KNET  ] link: host: 2 link: 0 is down\n';

const silence = {'corosync-n1.log': '', 'corosync-n2.log': '', 'corosync-n3.log': ''};

const values = (texts: Readonly<Record<string, string>>) =>
  Object.fromEntries(measureRings(raw(texts)).samples.map(({metric, value}) => [metric, value]));

test('of late tokens and new rings the node with most of them counts, none being a number too', t => {
  const quiet = {'corosync-n1.log': down, 'corosync-n2.log': '', 'corosync-n3.log': ''};
  t.deepEqual(values({'rings.json': rings(3), ...quiet}), {
    'corosync.new-rings': 0,
    'corosync.late-tokens': 0,
  });
  const loud = {...quiet, 'corosync-n1.log': down + late, 'corosync-n3.log': late + late};
  t.deepEqual(values({'rings.json': rings(5), ...loud}), {
    'corosync.new-rings': 2,
    'corosync.late-tokens': 2,
  });
});

test('a Corosync that started anew counts from nought: nothing is said of its rings; without logs, nothing of tokens', t => {
  const anew = measureRings(raw({'rings.json': rings(1), ...silence}));
  t.deepEqual(
    anew.samples.map(({metric}) => metric),
    ['corosync.late-tokens'],
  );
  t.is(anew.problems[0]?.path, '/after/n2');
  const silent = measureRings(raw({'rings.json': rings(3)}));
  t.deepEqual(
    silent.samples.map(({metric}) => metric),
    ['corosync.new-rings'],
  );
  t.is(silent.problems.length, 1);
});

const fixtures = join(import.meta.dirname, '../../fixtures');
const read = (path: string) => readFileSync(join(fixtures, path), 'utf8');
const recorded = (name: string) => read(`runs/quick/trials/0005-failover.nic-down-stock-r1/artefacts/${name}`);
const done = JSON.stringify({argv: ['x'], exit: {kind: 'exited', code: 0}, stderr: '', durationMs: 1});
const facts = JSON.parse(recorded('failover.json'));

/**
 * As Corosync 3.1.7 logged it when the one link of n3 went down, on n1 and n2. What n3 itself says is theirs, about
 * them.
 */
function cut(): Record<string, string> {
  const [n1, n2] = [recorded('corosync-n1.log'), recorded('corosync-n2.log')];
  const of = (log: string, id: number) => log.split('\n')[0]?.replace('host: 3', `host: ${id}`) ?? '';
  return {
    'failover.json': JSON.stringify({...facts, clocks: [...facts.clocks, {...facts.clocks[1], host: 'n3'}]}),
    'corosync-nodes.txt': read('conformance/debian-12-ceph/n1-corosync-cmapctl.txt'),
    'corosync-nodes.txt.meta.json': done,
    'corosync-n1.log': n1,
    'corosync-n2.log': n2,
    'corosync-n3.log': `${of(n1, 1)}\n${of(n2, 2)}\n`,
  };
}

const seconds = (texts: Record<string, string>) =>
  Object.fromEntries(measureNoticed(raw(texts)).samples.map(({labels, value}) => [labels.host, value.toFixed(3)]));
const holes = (texts: Record<string, string>) =>
  measureNoticed(raw(texts)).problems.map(({artefact, expected, found}) => `${artefact}: ${expected}: ${found}`);

test('until each node says that the link is down: of the struck one, to the last of the others', t => {
  t.deepEqual(seconds(cut()), {n1: '1.148', n2: '2.053', n3: '2.052'});
  t.deepEqual(holes(cut()), []);
  const [sample] = measureNoticed(raw(cut())).samples;
  t.deepEqual(sample?.from, {artefact: 'corosync-n3.log', path: 'line 2'});
  t.is(sample?.halfWidth, 0.007);
});

test('a log that is missing, has no clock or says nothing is a hole, and no time', t => {
  const {'corosync-n2.log': _, ...without} = cut();
  t.deepEqual(seconds(without), {n1: '1.148', n3: '2.052'});
  t.regex(holes(without).join(), /^corosync-n2\.log: /);
  t.regex(holes({...cut(), 'failover.json': JSON.stringify(facts)}).join(), /the clock of n3/);
  const silent = {...cut(), 'corosync-n1.log': ''};
  t.deepEqual(Object.keys(seconds(silent)), ['n3', 'n2']);
  t.regex(holes(silent).join(), /^corosync-n1\.log: .*host: 3 link: 0 is down: no line/);
  const half = {...cut(), 'corosync-n3.log': cut()['corosync-n3.log']?.split('\n')[0]?.concat('\n') ?? ''};
  t.regex(holes(half).join(), /^corosync-n3\.log: .*host: 2 link: 0 is down: none in 1 lines$/);
});

test('without the numbers of the nodes, or with those of others, nothing is timed', t => {
  const {'corosync-nodes.txt': said = '', 'corosync-nodes.txt.meta.json': __, ...unread} = cut();
  t.deepEqual(seconds(unread), {});
  t.is(holes(unread).length, 1);
  const strangers = {...cut(), 'corosync-nodes.txt': said.replaceAll('(str) = n', '(str) = host')};
  t.deepEqual(seconds(strangers), {});
  t.regex(holes(strangers)[0] ?? '', /n3 and 2 more: 1 host1, 2 host2, 3 host3$/);
});

test('planted: a node that was not asked in the end may have formed rings', t => {
  const some = JSON.stringify({before: {n1: 3, n2: 3, n3: 3}, after: {n1: 3, n2: 3}});
  t.deepEqual(values({'rings.json': some, ...silence}), {'corosync.late-tokens': 0});
});

test('planted: a node whose log is missing may have had late tokens, and so may the nodes that nobody named', t => {
  for (const node of ['n1', 'n2', 'n3']) {
    const {[`corosync-${node}.log`]: _, ...others} = {...silence} as Record<string, string>;
    const {samples, problems} = measureRings(raw({'rings.json': rings(3), ...others}));
    t.deepEqual(
      samples.map(({metric}) => metric),
      ['corosync.new-rings'],
    );
    t.deepEqual(
      problems.map(problem => problem.artefact),
      [`corosync-${node}.log`],
    );
  }
  t.deepEqual(values({'rings.json': JSON.stringify({before: {}, after: {}}), ...silence}), {});
});
