import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {linkDown, parseNodeIds} from './knet-log.ts';
import type {HostLog} from './stamped-lines.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
const read = (path: string) => readFileSync(join(fixtures, path), 'utf8');
/** Corosync 3.1.7: n3 lost its power at 15:54:38.537. */
const injectedMs = Date.UTC(2026, 10, 24, 15, 54, 38, 537);
const clock = {offsetMs: 0, halfWidthMs: 5, utcOffsetMinutes: 0};
const log = (text = read('pacemaker-2.1.5/host-crash/n1-corosync.log')): HostLog => ({
  host: 'n1',
  artefact: 'corosync-n1.log',
  text,
  clock,
});
const cut = {link: 0, to: [3], injectedMs};

test('the line that says that the link is down, on the clock of the harness', t => {
  const down = linkDown(log(), cut);
  if (!down.ok) return t.fail(down.error.found);
  t.deepEqual([down.value.atMs - injectedMs, down.value.line], [1181, 1]);
});

test('of several nodes the last counts, and of each the first line', t => {
  const text = log().text;
  const more =
    text +
    'Nov 24 15:54:40.100 [60] n1 corosync info    [KNET  ] link: host: 2 link: 0 is down\n' +
    'Nov 24 15:54:59.000 [60] n1 corosync info    [KNET  ] link: host: 3 link: 0 is down\n';
  const both = linkDown(log(more), {...cut, to: [2, 3]});
  t.is(both.ok && both.value.atMs - injectedMs, 1563);
  const one = linkDown(log(text), {...cut, to: [2, 3]});
  t.regex(one.ok ? '' : one.error.expected, /link: host: 2 link: 0 is down/);
});

test('planted: another link, another node, a link that comes up, an older line, whole seconds: nothing is said', t => {
  for (const text of [
    log().text.replace('link: 0 is down', 'link: 1 is down'),
    log().text.replace('link: host: 3 link', 'link: host: 2 link'),
    log().text.replace('link: 0 is down', 'link: 0 is up'),
    log().text.replaceAll('link: host: 3 link: 0 is down', 'rx: host: 3 link: 0 is down'),
    log().text.replace('15:54:39.718', '15:54:38.111'),
    log().text.replaceAll(/(:\d\d)\.\d{3} /g, '$1 '),
    log().text.split('\n')[0] ?? '',
    '',
  ]) {
    const found = linkDown(log(text), cut);
    t.false(found.ok, text.slice(0, 100));
    t.regex(found.ok ? '' : found.error.found, /^(?:none in \d+ lines|no line with a stamp)/);
  }
  t.notThrows(() => fc.assert(fc.property(fc.string(), text => void linkDown(log(text), cut))));
});

test('numbers of the nodes, by name, or by address where there is none', t => {
  const said = read('conformance/debian-12-ceph/n1-corosync-cmapctl.txt');
  const ids = parseNodeIds(said, 'x');
  t.deepEqual(ids.ok && [...ids.value], [
    [1, 'n1'],
    [2, 'n2'],
    [3, 'n3'],
  ]);
  const nameless = parseNodeIds(said.replaceAll(/^nodelist.*\.name .*\n/gm, ''), 'x');
  t.is(nameless.ok && nameless.value.get(3), '10.77.1.13');
  t.false(parseNodeIds('', 'x').ok);
  t.false(parseNodeIds(said.replaceAll('nodeid', 'other'), 'x').ok);
});
