import test from 'ava';
import {exampleReport} from '../../fixtures/kit/report.ts';
import type {Sample} from '../../harness/types.ts';
import {render} from '../document/index.ts';
import {rankingDocument, triedDocument, triedOf} from './document.ts';
import {type Factor, rank} from './rank.ts';

const report = exampleReport();
const [better] = report.comparisons.filter(({verdict}) => verdict === 'better');
const [open] = report.comparisons.filter(({verdict}) => verdict === 'too-noisy');
if (better === undefined || open === undefined) throw new Error('the example has no such comparison');
const documented = {
  id: 'x',
  title: 'X',
  metric: better.metric,
  where: {},
  before: 100,
  after: 125,
  source: 'the guide',
};

test('a profile that was tried: worse outranks undecided, and nothing measured is undecided', t => {
  const of = (comparisons: typeof report.comparisons) => triedOf({...report, comparisons}, 'tuned').verdict;
  t.is(of([better]), 'none-worse');
  t.is(of([better, open]), 'undecided');
  t.is(of([better, open, {...better, verdict: 'worse'}]), 'worse');
  t.is(of([]), 'undecided');
});

test('the documented improvement stands beside the measured one, and only beside that', async t => {
  const tried = triedOf(
    {...report, comparisons: [better, open], improvements: [{documented, measured: better}]},
    'tuned',
  );
  const text = await render(triedDocument(tried), 'text');
  const lines = text.split('\n').filter(line => line.includes('1.25×'));
  t.is(lines.length, 2, text);
  t.regex(text, /nothing is documented|—/);
  const page = await render(triedDocument(tried), 'html');
  t.regex(page, /id="documented-measured"/);
  const without = await render(triedDocument(triedOf({...report, comparisons: [better]}, 'tuned')), 'text');
  t.regex(without, /None of the documented figures was measured in both states/);
});

const factor = (name: string): Factor => ({
  name,
  settings: [name],
  added: ['found', `found+${name}`],
  leftOut: [`tuned-${name}`, 'tuned'],
});
const factors = [factor('cache'), factor('mtu'), factor('token')];
const withCache = new Set(['found+cache', 'tuned', 'tuned-mtu', 'tuned-token']);
const states = ['found', 'tuned', ...factors.flatMap(({added, leftOut}) => [added[1], leftOut[0]])];
const samplesOf = (gain: number): readonly Sample[] =>
  Array.from({length: 6}, (_, round) =>
    states.map(
      (profile, index): Sample => ({
        metric: 'storage.iops',
        unit: 'op/s',
        // Noise that no two states have in common.
        value: 1000 * (withCache.has(profile) ? gain : 1) * (1 + 0.004 * Math.sin(7 * round + 3 * index)),
        labels: {
          scenario: 's',
          profile,
          trial: String(round * states.length + index + 1),
          repetition: String(round + 1),
          pattern: 'randread',
        },
        from: {artefact: 'a', path: ''},
      }),
    ),
  ).flat();

test('a ranking names what made the difference, with both intervals, in every format', async t => {
  const ranking = rank(samplesOf(1.3), ['found', 'tuned'], factors);
  const document = rankingDocument(ranking, report, 'tuned');
  const text = await render(document, 'text');
  t.regex(
    text,
    /cache: better for Storage operations \(randread\): added 1\.\d+× \[1\.\d+, 1\.\d+\], left out 1\.\d+× \[/,
  );
  t.regex(text, /mtu .*no difference shown/);
  const csv = await render(document, 'csv');
  t.is(csv.trim().split('\n').length, 1 + factors.length);
  t.regex(csv, /^storage\.iops,pattern=randread,?.*cache,cache,1\.[23]/m);
  const json: unknown = JSON.parse(await render(document, 'json'));
  t.like(json, {schema: 'seatrial-tune-rank/1', tests: 7, seed: report.header.seed});
  t.regex(await render(document, 'html'), /Which settings of tuned made the difference/);
});

test('planted: where nothing made a difference, none is named', async t => {
  const text = await render(rankingDocument(rank(samplesOf(1), ['found', 'tuned'], factors), report, 'tuned'), 'text');
  t.regex(text, /No setting was shown to make a difference/);
  t.notRegex(text, /: better|: worse/);
  const empty = await render(rankingDocument(rank([], ['found', 'tuned'], factors), report, 'tuned'), 'text');
  t.regex(empty, /No setting was shown to make a difference/);
});
