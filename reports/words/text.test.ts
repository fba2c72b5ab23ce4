import test from 'ava';
import {exampleReport} from '../../fixtures/kit/report.ts';
import type {Target} from '../../harness/types.ts';
import {artefactHref, linksOf} from '../run/links.ts';
import {byCount, clipped, oneLine, plain} from './text.ts';
import {labelWords, percentileOf, percentileWord, targetWords, verdictReason} from './words.ts';

test('control characters, lone surrogates and reordering characters are shown, not obeyed', t => {
  t.is(plain('a\u0000b\u001b[31m\u202ec\ud800'), 'a\ufffdb\ufffd[31m\ufffdc\ufffd');
  t.is(plain('two\nlines\tÄ 漢 🚢'), 'two\nlines\tÄ 漢 🚢');
  t.is(oneLine('  two\n lines '), 'two lines');
  t.is(clipped('🚢🚢🚢🚢', 3), '🚢🚢…');
});

test('people count 2 before 10', t => {
  t.deepEqual(['10', '2', '1', 'r10', 'r2'].sort(byCount), ['1', '2', '10', 'r2', 'r10']);
});

test('a path that leaves the run folder is no link', t => {
  t.is(artefactHref('trials/0001-a/artefacts/fio.json'), '../trials/0001-a/artefacts/fio.json');
  t.is(artefactHref('a b/"<c>'), '../a%20b/%22%3Cc%3E');
  for (const path of ['../etc/passwd', '/etc/passwd', 'a/../../b', 'a//b', '', 'a\\b', './a'])
    t.is(artefactHref(path), undefined, path);
});

test('an artefact is found by its bare name, its trial folder or its path, and only if it was stored', t => {
  const report = exampleReport();
  const [trial] = report.trials;
  const folder = trial?.folder ?? '';
  const {artefact} = linksOf(report);
  const expected = `../${folder}/artefacts/fio-randread-4k.json`;
  t.is(artefact('1', 'fio-randread-4k.json'), expected);
  t.is(artefact('1', `${folder}/fio-randread-4k.json`), expected);
  t.is(artefact('1', `${folder}/artefacts/fio-randread-4k.json`), expected);
  t.is(artefact('1', 'never-stored.json'), undefined);
  t.is(artefact('99', 'fio-randread-4k.json'), undefined);
});

test('percentiles by any of their names', t => {
  for (const [label, expected] of [
    ['99', 99],
    ['p99', 99],
    ['P99.90', 99.9],
    ['max', 100],
  ] as const)
    t.is(percentileOf(label), expected);
  for (const label of ['', 'p', '101', 'mean', '-1', '0.99', 'p0.9999']) t.is(percentileOf(label), undefined);
  t.is(percentileWord('99.90'), 'P99.9');
});

test('labels and targets in words', t => {
  t.is(
    labelWords({scenario: 'storage/fio', direction: 'read', pattern: 'randread-4k', percentile: '99'}),
    'randread-4k · read · P99',
  );
  t.is(labelWords({scenario: 'migration/live', profile: 'tuned'}), 'migration/live · tuned');
  t.is(labelWords({vlan: '7'}), 'vlan=7');
  const target: Target = {
    id: 'a',
    claim: 'a',
    metric: 'failover.service',
    unit: 's',
    where: {profile: 'tuned'},
    statistic: 'worst',
    relation: 'at-most',
    bound: 15,
    confidence: 0.95,
    reliability: 0.95,
    source: '',
  };
  t.is(targetWords(target), 'Failover: service answers again (tuned), every trial, shown for 95 % of cases ≤ 15 s');
  t.is(
    targetWords({...target, statistic: 'proportion', relation: 'at-least', bound: 0.95, limit: 15}),
    'Failover: service answers again (tuned), share of trials ≤ 15 s ≥ 95 %',
  );
  t.is(
    targetWords({...target, statistic: 'ratio', bound: 0.7, against: ['stock', 'tuned']}),
    'Failover: service answers again (tuned), tuned ÷ stock ≤ 0.7×',
  );
  t.is(verdictReason({kind: 'undecided', reason: 'too few', trialsNeeded: 6}), 'too few. 6 trials would decide.');
});
