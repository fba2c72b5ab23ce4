import test from 'ava';
import {exampleReport} from '../../fixtures/kit/report.ts';
import type {Sample} from '../../harness/types.ts';
import {render} from '../document/index.ts';
import type {Report} from '../run/report.ts';
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

/** Nothing in it forbids the word. */
const sound: Report = {
  ...report,
  findings: [],
  damage: [],
  warnings: [],
  samples: [],
  trials: [],
  plan: {...report.plan, planned: 0},
};
const [trial] = report.trials;
if (trial === undefined) throw new Error('the example has no trial');
const failed = {...trial, status: 'failed' as const, reason: 'it did not inject'};
const unread = {
  subject: `trial ${trial.slot}`,
  text: `${trial.folder}/artefacts/fio.json at : expected JSON, found an unexpected end`,
  todo: '',
};

test('a profile that was tried: worse outranks undecided, and nothing measured is undecided', t => {
  const of = (comparisons: typeof report.comparisons) => triedOf({...sound, comparisons}, 'tuned').verdict;
  t.is(of([better]), 'none-worse');
  t.is(of([better, open]), 'undecided');
  t.is(of([better, open, {...better, verdict: 'worse'}]), 'worse');
  t.is(of([]), 'undecided');
});

const whole: Report = {...sound, comparisons: [better], trials: [trial], plan: {...sound.plan, planned: 1}};
const forbidding: readonly [what: string, broken: Partial<Report>, reason: RegExp][] = [
  ['a failed trial', {trials: [failed]}, /^trial 1, storage\/fio under stock, failed: it did not inject$/],
  ['a missing trial', {plan: {...sound.plan, planned: 2}}, /^1 of 2 planned trials are missing$/],
  ['a critical finding', {findings: report.findings}, /^trial 11, critical finding: every acknowledged write is/],
  ['an unread output', {warnings: [unread]}, /^trial 1: trials\/.*fio\.json at : expected JSON, found/],
  [
    'damage',
    {damage: [{artefact: 'plan.json', path: '', expected: 'its bytes', found: 'others'}]},
    /^damaged: plan\.json: expected its bytes, found others$/,
  ],
  [
    'a metric that went away',
    {samples: report.samples.filter(({metric, labels}) => labels.trial === '1' && metric === 'storage.iops')},
    /was measured as found, and not under tuned$/,
  ],
  ['an early end', {ended: {status: 'unhealed', reason: 'n1 is gone'}}, /^the run ended unhealed: n1 is gone$/],
];
for (const [what, broken, reason] of forbidding) {
  test(`planted: ${what} forbids "nothing is worse", and is named first`, async t => {
    t.is(triedOf(whole, 'tuned').verdict, 'none-worse');
    const tried = triedOf({...whole, ...broken}, 'tuned');
    t.is(tried.verdict, 'undecided');
    t.regex(tried.reasons[0] ?? '', reason);
    const text = await render(triedDocument(tried), 'text');
    t.regex(text, /^Undecided: tuned against/);
    t.true(text.includes(tried.reasons[0] ?? 'no reason'), text);
    t.deepEqual(JSON.parse(await render(triedDocument(tried), 'json')).reasons, tried.reasons);
    const worse = triedOf({...whole, ...broken, comparisons: [{...better, verdict: 'worse'}]}, 'tuned');
    t.is(worse.verdict, 'worse');
  });
}

test('what takes nothing from the trials that count forbids nothing', t => {
  const {scenario, profile, slot} = trial;
  const before = {...trial, folder: `${trial.folder}-before`, status: 'aborted' as const, reason: 'interrupted'};
  const anew = {
    subject: `trial ${slot}`,
    text: `${scenario} under ${profile} aborted (interrupted) and tried anew: what it left in ${before.folder} counts for nothing but its findings`,
    todo: '',
  };
  const alarms = report.findings.filter(({severity}) => severity === 'warning');
  const resumed = {times: [], interrupted: [before]};
  const tried = triedOf({...whole, findings: alarms, resumed, warnings: [...report.warnings, anew]}, 'tuned');
  t.deepEqual([tried.verdict, tried.reasons], ['none-worse', []]);
  // The same words out of a file are an output that could not be read.
  const forged = {...unread, text: `${unread.text} and tried anew: what it left in ${before.folder} `};
  t.is(triedOf({...whole, resumed, warnings: [forged]}, 'tuned').verdict, 'undecided');
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

test('a ranking names what failed or broke first, and what is to be known of each contrast', async t => {
  const ranking = rank(samplesOf(1.3).slice(1), ['found', 'tuned'], factors);
  const broken = {...sound, trials: [failed], plan: {...sound.plan, planned: 2}};
  const text = await render(rankingDocument(ranking, broken, 'tuned'), 'text');
  t.regex(text, /1 of 2 planned trials are missing\ntrial 1, storage\/fio under stock, failed: it did not inject\n/);
  t.regex(text, /added: 1 trial without a partner left out/);
  const {reasons} = JSON.parse(await render(rankingDocument(ranking, broken, 'tuned'), 'json'));
  t.deepEqual(reasons, [
    '1 of 2 planned trials are missing',
    'trial 1, storage/fio under stock, failed: it did not inject',
  ]);
  const none = rank(samplesOf(1), ['found', 'tuned'], factors);
  t.regex(await render(rankingDocument(none, broken, 'tuned'), 'text'), /^Undecided: /);
});

test('planted: where nothing made a difference, none is named', async t => {
  const text = await render(rankingDocument(rank(samplesOf(1), ['found', 'tuned'], factors), report, 'tuned'), 'text');
  t.regex(text, /No setting was shown to make a difference/);
  t.notRegex(text, /: better|: worse/);
  const empty = await render(rankingDocument(rank([], ['found', 'tuned'], factors), report, 'tuned'), 'text');
  t.regex(empty, /No setting was shown to make a difference/);
});
