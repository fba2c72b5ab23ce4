/** Recorded in a lab of three nodes: Keepalived 2.2.7 at 0.1 s, IPaddr2 4.12 with a monitor of 10 s. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {Artefacts} from '../../harness/types.ts';
import {measureAddress} from './address-measure.ts';

type Changes = Readonly<Record<string, (text: string) => string>>;

function recorded(name: string, changes: Changes = {}): Artefacts {
  const folder = join(import.meta.dirname, '../../fixtures/virtual-address', name);
  const texts = new Map(
    readdirSync(folder).map(file => {
      const text = readFileSync(join(folder, file), 'utf8');
      return [file, changes[file]?.(text) ?? text];
    }),
  );
  return {names: [...texts.keys()], text: file => ({ok: true, value: texts.get(file) ?? ''})};
}

function measured(name: string, changes: Changes = {}) {
  const {samples, problems, findings} = measureAddress(recorded(name, changes));
  return {problems, findings, of: (metric: string) => samples.find(sample => sample.metric === metric)};
}

/** Facts with something else in them. */
const told = (changes: object) => ({
  'address.json': (text: string) => JSON.stringify({...JSON.parse(text), ...changes}),
});

test('a crashed holder: the outage, and who announced the address when, seen by the client', t => {
  const {problems, findings, of} = measured('keepalived-host-crash');
  t.deepEqual([problems, findings], [[], []]);
  const outage = of('vip.outage');
  t.true(Number(outage?.value) > 0.3 && Number(outage?.value) < 0.36, `${outage?.value}`);
  t.is(outage?.censored, undefined);
  t.is(of('vip.announcements')?.value, 15);
  const announced = of('vip.announced');
  t.true(Number(announced?.value) > 0.3 && Number(announced?.value) < 1, `${announced?.value}`);
  t.regex(announced?.from.path ?? '', /02:77:00:00:03:0c/);
});

test('planted: who had the address before goes on announcing it: that is no new holder', t => {
  // The one message of 0b between the fault and the first of 0c.
  const late = (text: string) => {
    const lines = text.split('\n');
    const own = lines
      .findLast(line => line.includes(' 02:77:00:00:03:0b > '))
      ?.replace(/^\d+\.\d+/, '1795837550.610000');
    const next = lines.findIndex(line => Number(line.split(' ')[0]) > 1_795_837_550.61);
    return lines.toSpliced(next, 0, own ?? '').join('\n');
  };
  const {of} = measured('keepalived-host-crash', {'arp.txt': late});
  t.is(of('vip.announcements')?.value, 16);
  t.regex(of('vip.announced')?.from.path ?? '', /02:77:00:00:03:0c/);
  const onlyOld = (text: string) => text.replaceAll('02:77:00:00:03:0c', '02:77:00:00:03:0b');
  t.is(measured('keepalived-host-crash', {'arp.txt': onlyOld}).of('vip.announced'), undefined);
  // With use_vmac both speak by the virtual router's own.
  const router = (text: string) => text.replaceAll(/02:77:00:00:03:0[bc]/g, '00:00:5e:00:01:33');
  t.regex(measured('keepalived-host-crash', {'arp.txt': router}).of('vip.announced')?.from.path ?? '', /00:00:5e/);
});

test('an address that was taken off by hand is away until the monitor comes', t => {
  const {problems, findings, of} = measured('ipaddr2-address-removed');
  t.deepEqual([problems, findings], [[], []]);
  t.true(Number(of('vip.outage')?.value) > 7 && Number(of('vip.outage')?.value) < 7.1);
  t.is(of('vip.announcements')?.value, 10);
});

test('planted: Keepalived that was killed leaves its address behind, and two nodes answer for it', t => {
  const {findings, of} = measured('keepalived-killed');
  t.true(Number(of('vip.outage')?.value) < 0.1, 'the client hardly notices');
  t.deepEqual(findings, [
    {
      severity: 'critical',
      invariant: 'one node holds the virtual address',
      detail: 'n1 and n2 hold 10.77.3.201 at once; the client was answered by 02:77:00:00:03:0c and 02:77:00:00:03:0b',
      artefact: 'address.json',
    },
  ]);
});

test('a holder that clients cannot reach does not count as a second one', t => {
  t.deepEqual(measured('keepalived-killed', told({cutOff: true})).findings, []);
  t.is(measured('keepalived-killed', told({cutOff: true, struck: 'n3'})).findings.length, 1);
});

/** Never answered again: the echo's text from its 300th line on, without those answers. */
const away = (text: string) => {
  const lines = text.split('\n');
  const summary = lines.findIndex(line => line.startsWith('--- '));
  const kept = [...lines.slice(0, 300), '', ...lines.slice(summary)].join('\n');
  return kept.replace(
    /(\d+) received, [\d.]+% packet loss/,
    (_all: string, _n: string) => '299 received, 48.537% packet loss',
  );
};

test('an address that never answers again is a censored value, as long as we watched', t => {
  const {of, problems} = measured('keepalived-host-crash', {'echo.txt': away});
  t.deepEqual(problems, []);
  t.true(of('vip.outage')?.censored);
  t.true(Number(of('vip.outage')?.value) > 4);
});

test('planted: an address that nobody moved, and that answers no more, was away for so long at least', t => {
  for (const holders of [['n1'], []]) {
    const {of, problems} = measured('keepalived-host-crash', {'echo.txt': away, ...told({holders})});
    t.deepEqual(problems, []);
    t.true(of('vip.outage')?.censored);
    t.true(Number(of('vip.outage')?.value) > 4);
  }
});

test('an echo that was cut off, or that never answered before the fault, gives no outage', t => {
  const cut = measured('keepalived-host-crash', {'echo.txt': text => text.slice(0, 20_000)});
  t.is(cut.of('vip.outage'), undefined);
  t.is(cut.problems.length, 1);
  const early = measured('keepalived-host-crash', {
    'address.json': text => text.replace(/("wallBeforeMs": ?)\d+/, '$11795837540000'),
  });
  t.is(early.of('vip.outage'), undefined);
  t.regex(early.problems[0]?.expected ?? '', /before the fault/);
});

test('nothing announced is a fact only where somebody listened', t => {
  const none = measured('keepalived-host-crash', {'arp.txt': () => ''});
  t.is(none.of('vip.announcements')?.value, 0);
  t.is(none.of('vip.announced'), undefined);
  t.deepEqual(none.problems, []);
  const deaf = measured('keepalived-host-crash', {
    'arp.txt': () => '',
    'arp.txt.meta.json': () =>
      JSON.stringify({stderr: "timeout: failed to run command 'tcpdump'", exit: {kind: 'exited', code: 127}}),
  });
  t.is(deaf.of('vip.announcements'), undefined);
  t.regex(deaf.problems[0]?.found ?? '', /failed to run command/);
  const damaged = measured('keepalived-host-crash', {'arp.txt': text => text.replace('ethertype', 'eth\0rtype')});
  t.is(damaged.of('vip.announcements'), undefined);
  t.is(damaged.problems.length, 1);
});

test('a fault that did not bite gives nothing', t => {
  const {of, problems} = measured(
    'keepalived-host-crash',
    told({reached: {fault: 'host-crash', bit: false, evidence: 'it is up'}}),
  );
  t.is(of('vip.outage'), undefined);
  t.is(problems[0]?.found, 'it is up');
});

test('planted: an address that stayed on the struck node, or that nobody has, was not switched', t => {
  for (const holders of [['n1'], []]) {
    const {of, problems} = measured('keepalived-killed', told({holders}));
    t.is(of('vip.outage'), undefined);
    t.regex(problems[0]?.expected ?? '', /a node other than n1 that has the address by keepalived in the end/);
  }
  const silent = measured('keepalived-killed', told({holders: [], silent: ['n2', 'n3']}));
  t.is(silent.problems[0]?.found, 'nobody; no answer of n2, n3');
  const back = measured('ipaddr2-address-removed', told({holders: ['n1']}));
  t.not(back.of('vip.outage'), undefined, 'put back where it was taken off by hand');
});

test('planted: an echo that ended with the fault has seen nothing of it', t => {
  const {of, problems} = measured('keepalived-host-crash', {
    'address.json': text => text.replace(/("wallBeforeMs": ?)(\d+)/, (_all, key, ms) => `${key}${Number(ms) + 9_000}`),
  });
  t.is(of('vip.outage'), undefined);
  t.regex(problems[0]?.expected ?? '', /echoes for 1 s after the fault/);
});
