import test from 'ava';
import type {AlarmFacts} from '../../harness/parse/alarm-probe.ts';
import {boundOf, secondsOf} from '../../harness/parse/alarm-probe.ts';
import {boundLabel} from './rule.ts';

const facts = (query: string): AlarmFacts => ({
  rule: {name: 'R', query, forSeconds: 0, evaluationSeconds: 1, health: 'ok', file: 'rules.yml', series: []},
  scrape: ['1s'],
  groupWait: '30s',
  groupWaits: ['30s'],
  groupIntervals: ['5m'],
  silences: [],
});

test("the last comparison of a rule is its bound, and is told where it is not the guide's", t => {
  t.deepEqual(boundOf('a{b="x > 3"} / c < 0.20'), {relation: '<', bound: 0.2});
  t.deepEqual(boundOf('1 - a / b > 0.85 and on (instance) node_load1{job="node"} > 4.0'), {relation: '>', bound: 4});
  t.deepEqual(boundOf('up{job="node"} == 0'), {relation: '==', bound: 0});
  t.deepEqual(boundOf('a - b > 10e6'), {relation: '>', bound: 10e6});
  t.is(boundOf('absent(up)'), undefined);
  t.is(boundLabel(facts('a > 0.85'), {guide: 0.85}), 'guide');
  t.is(boundLabel(facts('a > 0.30'), {guide: 0.85}), '0.3 in place of 0.85');
  t.is(boundLabel(facts('absent(a)'), {guide: 0.85}), 'none');
  t.is(boundLabel(facts('absent(a)'), {}), 'guide');
});

test("durations are Prometheus' own", t => {
  t.deepEqual(['1s', '1m30s', '500ms', '2h'].map(secondsOf), [1, 90, 0.5, 7200]);
  t.deepEqual(['', '1', '1 s', 's'].map(secondsOf), [undefined, undefined, undefined, undefined]);
});
