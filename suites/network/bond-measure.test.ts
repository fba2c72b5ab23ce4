/** Recorded in a lab of three nodes: Open vSwitch 3.1, balance-slb, a silent cut; the node asks for LACP slowly. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {Artefacts} from '../../harness/types.ts';
import {measureBond} from './bond-measure.ts';

type Changes = Readonly<Record<string, (text: string) => string>>;

function measured(changes: Changes = {}) {
  const folder = join(import.meta.dirname, '../../fixtures/bond/lacp-slow-silent');
  const texts = new Map(
    readdirSync(folder).map(file => {
      const text = readFileSync(join(folder, file), 'utf8');
      return [file, changes[file]?.(text) ?? text];
    }),
  );
  const raw: Artefacts = {names: [...texts.keys()], text: file => ({ok: true, value: texts.get(file) ?? ''})};
  const {samples, problems} = measureBond(raw);
  const gap = (when: string) =>
    samples.find(({metric, labels}) => metric === 'network.bond-gap' && labels.when === when);
  return {samples, problems, gap};
}

const told = (changes: object) => ({
  'bond.json': (text: string) => JSON.stringify({...JSON.parse(text), ...changes}),
});

/** Answers every 5 ms for 20 s from 3 s before the cut; these times in seconds after the cut have none. */
function answered(text: string, silences: readonly (readonly [number, number])[]): string {
  const {wallBeforeMs} = JSON.parse(text).injection;
  const began = (wallBeforeMs + JSON.parse(text).clock.offsetMs) / 1000 - 3;
  const sent = Array.from({length: 4000}, (_, index) => index);
  const lines = sent
    .filter(index => !silences.some(([from, until]) => index * 0.005 - 3 > from && index * 0.005 - 3 < until))
    .map(
      index =>
        `[${(began + index * 0.005).toFixed(6)}] 64 bytes from 10.77.3.11: icmp_seq=${index + 1} ttl=64 time=0.500 ms`,
    );
  const lost = (100 * (4000 - lines.length)) / 4000;
  return `PING 10.77.3.11 (10.77.3.11) 56(84) bytes of data.\n${lines.join('\n')}\n\n--- 10.77.3.11 ping statistics ---\n4000 packets transmitted, ${lines.length} received, ${lost}% packet loss, time 19995ms\nrtt min/avg/max/mdev = 0.500/0.500/0.500/0.000 ms\n`;
}

const facts = readFileSync(join(import.meta.dirname, '../../fixtures/bond/lacp-slow-silent/bond.json'), 'utf8');
const silent = (...silences: readonly (readonly [number, number])[]) => ({
  'echo.txt': () => answered(facts, silences),
});

test('planted: a silence that has not ended when the link is given back is at least as long as was looked', t => {
  const {problems, gap, samples} = measured();
  t.deepEqual(problems, []);
  t.true(gap('cut')?.censored);
  t.true(Number(gap('cut')?.value) > 10 && Number(gap('cut')?.value) < 10.2);
  t.deepEqual(gap('cut')?.labels, {cut: 'silent', when: 'cut', mode: 'balance-slb, LACP slow', path: 'service'});
  // What was silent before the link was given back is not its return's.
  t.is(gap('return')?.censored, undefined);
  t.true(Number(gap('return')?.value) < 1.1);
  t.deepEqual(
    samples.filter(({metric}) => metric === 'network.throughput').map(({labels}) => [labels.path, labels.load]),
    [
      ['service', 'all links'],
      ['service', 'all links again'],
    ],
  );
});

test('a silence that ended is its length, and so is one when the link returns', t => {
  // 10.1 s until one looked, 11.8 s until it was healed.
  const {gap, problems} = measured(silent([0.1, 3.1], [13, 13.2]));
  t.deepEqual(problems, []);
  t.is(gap('cut')?.censored, undefined);
  t.true(Math.abs(Number(gap('cut')?.value) - 3) < 0.02, `${gap('cut')?.value}`);
  t.true(Math.abs(Number(gap('return')?.value) - 0.2) < 0.02, `${gap('return')?.value}`);
});

test('what the test of throughput keeps from being answered is no gap of the cut', t => {
  const {gap} = measured(silent([0.1, 0.2], [10.2, 11.6]));
  t.true(Number(gap('cut')?.value) < 0.11, `${gap('cut')?.value}`);
});

test('no answer before the cut, a text that is cut off, or a fault that did not bite, gives no gap', t => {
  for (const changes of [
    silent([-3.1, 0.1]),
    {'echo.txt': (text: string) => text.slice(0, 20_000)},
    told({reached: {fault: 'bond-member-cut', bit: false, evidence: 'no frame was dropped on a0'}}),
  ]) {
    const {gap, problems} = measured(changes);
    t.is(gap('cut'), undefined);
    t.is(problems.length, 1);
  }
});
