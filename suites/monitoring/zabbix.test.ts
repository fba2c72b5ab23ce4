/** Recorded of Zabbix 6.0.14, two servers in a lab, by the probe itself; each damage is planted here. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {Artefacts} from '../../harness/types.ts';
import {measureZabbix} from './zabbix.ts';

const folder = join(import.meta.dirname, '../../fixtures/alarms');
const good: readonly {is: string}[] = readFileSync(join(folder, 'zabbix.log'), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line));
const ready = {active: 'n1', standby: ['n2'], delay: '10s'};
const record = {
  struck: 'n1',
  wallBeforeMs: 1795868827166,
  reached: [{fault: 'zabbix-killed', bit: true, evidence: 'zabbix_server on n1 is gone'}],
  clock: {offsetMs: 5.347900390625, halfWidthMs: 6.5},
};

function measured(lines: readonly {is: string}[] = good, more: Partial<typeof record> = {}) {
  const texts = new Map([
    ['zabbix.json', JSON.stringify({...record, ...more})],
    ['zabbix-ready.json', JSON.stringify(ready)],
    ['zabbix.log', lines.map(line => `${JSON.stringify(line)}\n`).join('')],
  ]);
  const raw: Artefacts = {names: [...texts.keys()], text: name => ({ok: true, value: texts.get(name) ?? ''})};
  const {samples, problems, findings} = measureZabbix(raw);
  return {
    samples: samples.map(({metric, value, censored}) => [metric, value.toFixed(1), censored ?? false]),
    problems: problems.map(({expected}) => expected),
    findings: findings.map(({detail}) => detail),
    labels: samples[0]?.labels,
    halfWidth: samples[1]?.halfWidth,
  };
}

test('the other server is active, and raises the next event', t => {
  const {samples, problems, findings, labels, halfWidth} = measured();
  t.deepEqual(samples, [
    ['zabbix.active', '21.2', false],
    ['zabbix.event', '24.4', false],
  ]);
  t.deepEqual([problems, findings, labels], [[], [], {waits: '10s'}]);
  t.true(Number(halfWidth) > 0.8 && Number(halfWidth) < 0.9);
});

test('planted: nobody takes over, or one takes over and raises nothing', t => {
  const only = (...kinds: string[]) => good.filter(({is}, index) => kinds.includes(is) && index !== 2);
  const nobody = measured(only('begin', 'active', 'end'));
  t.deepEqual(nobody.samples, [
    ['zabbix.active', '24.4', true],
    ['zabbix.event', '24.4', true],
  ]);
  t.deepEqual(nobody.findings, ['no event within 24.4 s of the loss of the active Zabbix server on n1']);
  const silent = measured(good.filter(({is}) => is !== 'event'));
  t.deepEqual([silent.samples[0]?.[2], silent.samples[1]?.[2], silent.findings.length], [false, true, 1]);
});

test('planted: an event that no other server can have raised shows nothing of a spare', t => {
  const restarted = good.map(line => (line.is === 'active' && 'name' in line ? {...line, name: 'n1'} : line));
  const {samples, problems} = measured(restarted);
  t.deepEqual([samples, problems], [[], ['another server than n1 that is active when the event is raised']]);
  const event = good.find(({is}) => is === 'event') as {is: string; at: number; since: number};
  const later = good.flatMap(line => (line.is === 'event' ? [] : [line]));
  const early = [...later.slice(0, 1), {...event, at: event.at - 30, since: event.since - 30}, ...later.slice(1)];
  t.deepEqual(measured(early).samples, []);
});

test('what cannot be known gives no number', t => {
  t.deepEqual(measured(good.slice(0, -1)).problems, ['a log with its end']);
  t.deepEqual(measured(good, {reached: [{fault: 'zabbix-killed', bit: false, evidence: 'it runs'}]}).problems, [
    'zabbix-killed: the fault did not bite',
  ]);
  t.deepEqual(measured(good.slice(1)).problems, ['a log that starts with begin']);
  t.is(measured([]).samples.length, 0);
});
