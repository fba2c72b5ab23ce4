import test from 'ava';
import {exampleReport} from '../../../fixtures/kit/report.ts';
import type {Report} from '../report.ts';
import {decidedChart} from './decided.ts';

const over = [0, 900, 1800, 2700, 3600].map(seconds => ({seconds, decided: seconds / 900}));
const foreseen = {windowSeconds: 3600, decided: 4, open: 5, all: 5, allSeconds: 9000, promises: [], over, runs: []};

/** Every bound that is decided was by the look at that trial. */
function lookedAt(report: Report, trial: number): Report {
  const verdicts = report.verdicts.map(verdict => ({
    ...verdict,
    targets: verdict.targets.map(target => ({...target, verdict: {...target.verdict, look: {number: 1, trial}}})),
  }));
  return {...report, verdicts} as Report;
}

const drawn = async (report: Report) => (await decidedChart(report))[0];

test('a run that was not told time has no chart; one that was has its forecast, even where nothing was decided', async t => {
  t.deepEqual(await decidedChart(exampleReport()), []);
  const chart = await drawn({...exampleReport(), foreseen});
  t.regex(chart?.summary ?? '', /^0 promises decided; .* Foreseen: 4 after 1 h 00 min\.$/);
});

test('the forecast is a line only where one was kept', async t => {
  const report = lookedAt(exampleReport(), 4);
  const [without, with_] = [await drawn(report), await drawn({...report, foreseen})];
  t.false(without?.summary.includes('Foreseen'));
  t.false(JSON.stringify(without?.svg).includes('dasharray=\\"2,3'));
  t.true(JSON.stringify(with_?.svg).includes('dasharray=\\"2,3'));
  t.regex(JSON.stringify(with_?.legend), /foreseen when it began/);
});

test('a forecast without an end is shown as far as twice what was tried', async t => {
  const {windowSeconds: _, ...endless} = foreseen;
  const far = endless.over.map(({seconds, decided}) => ({seconds: 1.5 * seconds, decided}));
  const chart = await drawn({...lookedAt(exampleReport(), 4), foreseen: {...endless, over: far}});
  t.regex(chart?.summary ?? '', /Foreseen: 2 after 45 min 00 s\.$/);
});

test('of several runs the time between them is not counted, and the newest foresaw from its own start', async t => {
  const report = lookedAt(exampleReport(), 4);
  const half = report.trials.length / 2;
  const [first, second] = [report.trials[0]?.startedAt ?? '', report.trials[half]?.startedAt ?? ''];
  const later = (at: string) => new Date(Date.parse(at) + 86_400_000).toISOString();
  const runs = [
    {id: 'a', startedAt: first, status: 'complete' as const, first: 1, last: half},
    {id: 'b', startedAt: later(second), status: 'complete' as const, first: half + 1, last: 2 * half},
  ];
  const trials = report.trials.map(row => (row.slot <= half ? row : {...row, startedAt: later(row.startedAt)}));
  const pooled = {...report, trials, foreseen, pool: {runs, leftOut: []}};
  const ran = (chart: {summary: string} | undefined) =>
    /last trial ended after ([^.]*)\./.exec(chart?.summary ?? '')?.[1];
  const alone = await drawn({...report, header: {...report.header, startedAt: first}});
  const both = await drawn(pooled);
  t.regex(ran(both) ?? '', /^\d+ min/);
  t.truthy(ran(alone));
  t.regex(both?.summary ?? '', /Foreseen: \d+ after 1 h \d+ min\.$/);
});
