import test from 'ava';
import type {AlarmFacts} from '../../harness/parse/alarm-probe.ts';
import {boundOf, secondsOf} from '../../harness/parse/alarm-probe.ts';
import {boundLabel} from './rule.ts';

const facts = (query: string): AlarmFacts => ({
  rule: {
    name: 'R',
    query,
    forSeconds: 0,
    evaluationSeconds: 1,
    health: 'ok',
    file: 'rules.yml',
    alike: 1,
    labels: {},
    series: [],
  },
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
  const guide = (relation: string, bound: number, seconds?: number) => ({
    guide: {bounds: [{relation, bound}], ...(seconds !== undefined && {seconds})},
  });
  t.is(boundLabel(facts('a > 0.85'), guide('>', 0.85)), 'guide');
  t.is(boundLabel(facts('a > 0.30'), guide('>', 0.85)), '0.3 in place of 0.85');
  t.is(boundLabel(facts('size > 0 and a > 0.85'), guide('>', 0.85)), 'guide');
  t.is(boundLabel(facts('absent(a)'), guide('>', 0.85)), 'none');
  t.is(boundLabel(facts('absent(a)'), {}), 'guide');
  // Planted: the guide's number, and not what the guide asks for.
  t.is(boundLabel(facts('1 - free / size > 0.2'), guide('<', 0.2)), '> 0.2 in place of < 0.2');
  t.is(boundLabel(facts('changes(a[5m]) > 2'), guide('>', 2, 300)), 'guide');
  t.is(boundLabel(facts('changes(a[1h]) > 2'), guide('>', 2, 300)), 'in 3600 s in place of 300 s');
});

test('of a rule with two comparisons both are held against the guide, in any order', t => {
  const both = {
    guide: {
      bounds: [
        {relation: '>', bound: 0.85},
        {relation: '>', bound: 4},
      ],
    },
  };
  t.is(boundLabel(facts('1 - free > 0.85 and on (instance) node_load1 > 4.0'), both), 'guide');
  t.is(boundLabel(facts('node_load1 > 4 and 1 - free > 0.85'), both), 'guide');
  t.is(boundLabel(facts('1 - free > 0.5 and node_load1 > 4'), both), '> 0.5, > 4 in place of > 0.85, > 4');
  t.is(boundLabel(facts('node_load1 > 4'), both), '> 4 in place of > 0.85, > 4');
});

test("durations are Prometheus' own", t => {
  t.deepEqual(['1s', '1m30s', '500ms', '2h'].map(secondsOf), [1, 90, 0.5, 7200]);
  t.deepEqual(['', '1', '1 s', 's'].map(secondsOf), [undefined, undefined, undefined, undefined]);
});
