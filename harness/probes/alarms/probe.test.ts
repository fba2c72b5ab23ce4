/** The probe's own reading, by the Python that runs it. */
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {alarmProbeCommand} from './driver.ts';

const script = readFileSync(join(import.meta.dirname, 'probe.py'), 'utf8');

/** What an expression of the script's gives, as JSON. */
function said(expression: string, options: object = {}): unknown {
  const input = `import json\nOPTIONS = json.loads(${JSON.stringify(JSON.stringify({mode: 'none', ...options}))})\n${script}\nprint(json.dumps(${expression}))\n`;
  const {status, stdout, stderr} = spawnSync('python3', ['-'], {input, encoding: 'utf8'});
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** The function, over each of these. */
const saidOfAll = (name: string, all: readonly unknown[], options: object = {}) =>
  said(`[${name}(each) for each in json.loads(${JSON.stringify(JSON.stringify(all))})]`, options);

test('the series that a rule asks for are its selectors: no function, number, duration or list of labels', t => {
  const cases: readonly [query: string, selectors: readonly string[]][] = [
    ['up{job="node"} == 0', ['up{job="node"}']],
    [
      'sum by (instance, domain) (rate(cpu_seconds_total[5m])) / sum by (instance) (cpus) > 0.85',
      ['cpu_seconds_total', 'cpus'],
    ],
    [
      '1 - a{m="/srv"} / b{m="/srv"} > 0.85 and on (instance) node_load1{job="node"} > 4.0',
      ['a{m="/srv"}', 'b{m="/srv"}', 'node_load1{job="node"}'],
    ],
    ['up{job!="node"} == 0 or libvirt_up == 0', ['libvirt_up', 'up{job!="node"}']],
    [
      'max_over_time(errors{text="a } (b)"}[1h:5m] offset 10m) > 1e6 unless ignoring(x) group_left(y) c',
      ['c', 'errors{text="a } (b)"}'],
    ],
    ['{__name__="x"} > bool 2', ['{__name__="x"}']],
  ];
  t.deepEqual(
    saidOfAll(
      'selectors',
      cases.map(([query]) => query),
    ),
    cases.map(([, selectors]) => selectors),
  );
});

test("of Alertmanager's configuration only how it groups is kept, at the top and of every route", t => {
  const routes =
    '\nroute:\n  receiver: a\n  routes:\n  - receiver: b\n    group_wait: 1m\n    group_interval: 10m\n    routes:\n    - group_wait: 2m\n';
  const texts = [
    `global:\n  smtp_auth_password: x${routes}  group_wait: 10s\nreceivers:\n- name: b\n  group_wait: 9h\n`,
    `global: {}${routes}`,
    'route:\n  receiver: a\n',
  ];
  t.deepEqual(saidOfAll('grouping', texts), [
    {groupWait: '10s', groupWaits: ['1m', '2m', '10s'], groupIntervals: ['10m']},
    {groupWait: '30s', groupWaits: ['1m', '2m'], groupIntervals: ['10m']},
    {groupWait: '30s', groupWaits: ['30s'], groupIntervals: ['5m']},
  ]);
});

test('an alert is about a node by its name or address, with or without a domain or a port, and about nothing that only begins so', t => {
  const about = [{instance: 'n1'}, {instance: '10.0.0.1:9100'}, {node: 'n1:x'}, {nodename: 'n1.example.org'}];
  const others = [{instance: 'n11'}, {instance: '10.0.0.11:9100'}, {}];
  const names = ['n1', '10.0.0.1'];
  t.deepEqual(saidOfAll('ours', [...about, ...others], {names}), [true, true, true, true, false, false, false]);
  t.deepEqual(saidOfAll('ours', others, {names: []}), [true, true, true]);
});

test('a password is in no argument', t => {
  const login = {username: 'reader', password: 'secret-word'};
  const where = {prometheus: 'http://a:1', alertmanager: 'http://a:2', messages: 'a:3', alerts: {}, folders: {}};
  const {argv, stdin = ''} = alarmProbeCommand({...where, login}, {mode: 'watch'}, 5);
  t.false(argv.join(' ').includes('secret-word'));
  t.true(stdin.includes('secret-word'));
});
