import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {syntheticId, syntheticNight} from '../../../fixtures/kit/history.ts';
import {CommandError} from '../kit/command-error.ts';
import {importRun} from '../kit/history/import.ts';
import {withHistory} from '../kit/history/index.ts';
import {type SiteAsked, saveSite, siteInput} from './site.ts';

const asked: SiteAsked = {decisions: {baselines: [], acks: []}, thresholdOf: () => 0.05, nights: 400};

/** Twelve nights of three series beside their run folders; only the newest has a report. */
async function withNights(t: ExecutionContext): Promise<{folder: string; history: string; out: string}> {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial trend-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  const history = join(folder, 'history.sqlite');
  await withHistory(history, file => {
    for (let night = 0; night < 12; night++)
      importRun(
        file,
        syntheticNight({night, series: 3, trials: 1, seed: 1, more: {folder: join(folder, syntheticId(night))}}),
      );
  });
  mkdirSync(join(folder, syntheticId(11), 'report'), {recursive: true});
  writeFileSync(join(folder, syntheticId(11), 'report/report.html'), '');
  return {folder, history, out: join(folder, 'nightly/trend')};
}

const inputOf = (history: string, out: string, more: Partial<SiteAsked> = {}) =>
  withHistory(history, file => siteInput(file, {...asked, ...more}, out));

test('pages of a history: links only to the reports that are there, and the same bytes again', async t => {
  const {history, out} = await withNights(t);
  const input = await inputOf(history, out);
  t.is(input.nights.length, 12);
  t.deepEqual([...input.reports], [[syntheticId(11), `../../${syntheticId(11)}/report/report.html`]]);
  const {index, pages} = await saveSite(input, out);
  t.is(pages, 4);
  const names = readdirSync(join(out, 'series'));
  t.is(names.length, 3);
  const read = () => [index, ...names.map(name => join(out, 'series', name))].map(path => readFileSync(path, 'utf8'));
  const first = read();
  await saveSite(await inputOf(history, out), out);
  t.deepEqual(read(), first);
  t.true(first[0]?.includes(`href="../../${syntheticId(11)}/report/report.html"`));
  t.true(first[1]?.includes(`href="../../../${syntheticId(11)}/report/report.html"`));
  t.false(first[0]?.includes(`${syntheticId(10)}/report`));
});

test('pages of series that are no more go; what somebody else put there stays', async t => {
  const {history, out} = await withNights(t);
  const input = await inputOf(history, out);
  await saveSite(input, out);
  writeFileSync(join(out, 'series/notes.html'), '<p>mine</p>');
  await saveSite({...input, trends: input.trends.slice(0, 1)}, out);
  t.is(readdirSync(join(out, 'series')).length, 2);
  t.true(existsSync(join(out, 'series/notes.html')));
});

test("a folder with somebody else's index.html is refused", async t => {
  const {folder, history} = await withNights(t);
  writeFileSync(join(folder, 'index.html'), '<p>mine</p>');
  const error = await t.throwsAsync(saveSite(await inputOf(history, folder), folder), {instanceOf: CommandError});
  t.regex(error?.message ?? '', /is no trend page/);
  t.is(readFileSync(join(folder, 'index.html'), 'utf8'), '<p>mine</p>');
  await t.throwsAsync(saveSite(await inputOf(history, folder), join(folder, 'index.html')), {instanceOf: CommandError});
});

test("the newest nights, and the baseline's however old", async t => {
  const {history, out} = await withNights(t);
  t.is((await inputOf(history, out, {nights: 4})).nights.length, 4);
  const pinned = {cluster: 'synthetic', nights: [syntheticId(0)], setAt: '2023-01-01T00:00:00Z', note: ''};
  const {nights} = await inputOf(history, out, {nights: 4, decisions: {baselines: [pinned], acks: []}});
  t.deepEqual(
    nights.map(({id}) => id),
    [0, 8, 9, 10, 11].map(syntheticId),
  );
});
