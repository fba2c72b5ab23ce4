import test from 'ava';
import type {RuleBook} from '../../harness/parse/alarm-probe.ts';
import {alarmRules, judgeRules} from './rules.ts';

const rule = (name: string, more: Partial<RuleBook['rules'][number]> = {}): RuleBook['rules'][number] => ({
  name,
  query: 'up == 0',
  forSeconds: 0,
  evaluationSeconds: 15,
  health: 'ok',
  file: 'rules.yml',
  alike: 1,
  labels: {},
  series: [{selector: 'up', count: 3}],
  ...more,
});
const good: RuleBook = {rules: [rule('Down'), rule('Full')], silent: [], silences: []};
const silence = (value: string, isRegex = false, isEqual = true) => ({
  id: 's',
  comment: 'at night',
  createdBy: 'ops',
  endsAt: '2026-12-01',
  matchers: [{name: 'alertname', value, isRegex, isEqual}],
});

function judged(book: Partial<RuleBook>, wanted: readonly string[] = ['Down', 'Full'], here: readonly string[] = []) {
  const {samples, findings} = judgeRules({...good, ...book}, wanted, here);
  return [samples[0]?.value, ...findings.map(({severity, detail}) => `${severity}: ${detail}`)];
}

test('rules that are there, with their series, are well', t => {
  t.deepEqual(judged({}), [0]);
});

test('planted: a rule that cannot fire is found, with the series that it lacks', t => {
  const series = [
    {selector: 'up{job="nodes"}', count: 0},
    {selector: 'up', count: 3},
  ];
  const rules = [rule('Down', {series}), rule('Full')];
  t.deepEqual(judged({rules}), [1, 'critical: Down cannot: it asks for series that do not exist: up{job="nodes"}']);
  t.deepEqual(judged({rules}, ['Full']), [
    0,
    'warning: Down cannot: it asks for series that do not exist: up{job="nodes"}',
  ]);
  const absent = [rule('Down', {series, query: 'absent(up{job="nodes"})'}), rule('Full')];
  t.deepEqual(judged({rules: absent}), [0]);
  t.deepEqual(judged({rules: [rule('Down', {health: 'err'}), rule('Full')]}), [
    1,
    'critical: Down cannot: its health is err',
  ]);
  t.deepEqual(judged({rules: [rule('Full')]}), [1, 'critical: Down cannot: Prometheus has no such rule']);
});

test('planted: a silence of it is found, by name and by pattern; one of others is none', t => {
  const said = 'critical: Full cannot: it is silenced by ops until 2026-12-01: at night';
  t.deepEqual(judged({silences: [silence('Full')]}), [1, said]);
  t.deepEqual(judged({silences: [silence('Fu.*', true)]}), [1, said]);
  t.deepEqual(judged({silences: [silence('Fu', true)]}), [0]);
  t.deepEqual(judged({silences: [silence('Full', false, false)]}), [1, said.replace('Full', 'Down')]);
});

type Matchers = RuleBook['silences'][number]['matchers'];
const equal = (name: string, value: string, more: Partial<Matchers[number]> = {}) => ({
  name,
  value,
  isRegex: false,
  isEqual: true,
  ...more,
});
const silenced = (...matchers: Matchers) => [{...silence(''), matchers}];

test('planted: a silence that does not name the alert, and is of it all the same', t => {
  const here = ['n1', '10.0.0.1', 'vm1'];
  const rules = [rule('Down', {labels: {severity: 'P0'}}), rule('Full', {labels: {severity: 'P1'}})];
  const blind = (...matchers: Matchers) => judged({rules, silences: silenced(...matchers)}, ['Down', 'Full'], here)[0];
  t.is(blind(equal('severity', 'P0')), 1);
  t.is(blind(equal('severity', 'P.', {isRegex: true})), 2);
  t.is(blind(equal('alertname', 'Other', {isEqual: false})), 2);
  t.is(blind(equal('alertname', '.+', {isRegex: true})), 2);
  t.is(blind(equal('severity', 'P0'), equal('alertname', 'Full')), 0, 'no alert is both');
  // Of a machine of the cluster: a part of every rule is silenced.
  t.is(blind(equal('instance', '10.0.0.1:9100')), 2);
  t.is(blind(equal('instance', 'n1.*', {isRegex: true})), 2);
  t.is(blind(equal('instance', 'shop', {isEqual: false})), 2);
  t.is(blind(equal('domain', 'vm1')), 2);
  t.is(blind(equal('alertname', 'Full'), equal('mountpoint', '/srv')), 1, 'a part of it');
  // Of others.
  t.is(blind(equal('instance', 'shop7:9100')), 0);
  t.is(blind(equal('instance', 'shop.*', {isRegex: true})), 0);
  t.is(blind(equal('severity', 'debug')), 0);
});

test("a check of Ceph's health that was never raised has no series yet", t => {
  const series = [{selector: 'ceph_health_detail{name="OSD_DOWN"}', count: 0}];
  const query = 'ceph_health_detail{name="OSD_DOWN"} == 1';
  t.deepEqual(judged({rules: [rule('Down', {series, query}), rule('Full')]}), [0]);
  const status = [{selector: 'ceph_health_status', count: 0}];
  t.is(judged({rules: [rule('Down', {series: status}), rule('Full')]})[0], 1);
});

test('planted: an exporter that does not answer is found', t => {
  t.deepEqual(judged({silent: [{job: 'node', instance: 'n1'}]}), [
    0,
    'critical: node of n1 does not answer: what it would say sets off no alarm',
  ]);
  const silent = [
    {job: 'node', instance: '10.0.0.1:9100'},
    {job: 'web', instance: 'shop:443'},
  ];
  t.deepEqual(judged({silent}, [], ['n1', '10.0.0.1']), [
    0,
    'critical: node of 10.0.0.1:9100 does not answer: what it would say sets off no alarm',
    'warning: web of shop:443 does not answer: what it would say sets off no alarm',
  ]);
});

test('planted: an inventory that names no rule, of which none is blind', t => {
  const planned = {
    slot: 1,
    scenario: 'alarm/rules',
    profile: 'tuned',
    repetition: 1,
    parameters: {},
    estimatedSeconds: 5,
  };
  const of = (named: object) => {
    const texts = new Map([
      ['named-rules.json', JSON.stringify(named)],
      ['cluster-names.json', '["n1"]'],
      ['rules.json', JSON.stringify(good)],
      [
        'rules.json.meta.json',
        '{"host": "client", "argv": ["python3", "-u", "-"], "stderr": "", "durationMs": 108.87076199997682, "exit": {"kind": "exited", "code": 0}}',
      ],
    ]);
    return alarmRules.measure(
      {names: [...texts.keys()], text: name => ({ok: true, value: texts.get(name) ?? ''})},
      planned,
    );
  };
  t.deepEqual(
    of({'node-down': 'Down'}).samples.map(({value}) => value),
    [0],
  );
  const {samples, problems} = of({});
  t.deepEqual(
    [samples, problems.map(({expected, found}) => `${expected}: ${found}`)],
    [[], ['rules that the inventory names (monitoring.alerts): none']],
  );
});
