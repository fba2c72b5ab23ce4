import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {exampleRun} from '../../../fixtures/kit/example-run.ts';
import {readRun} from '../../../harness/run/store.ts';
import type {StoredRun, WindowForecast} from '../../../harness/types.ts';
import {filesOn, foreseenTables, windowFile, withForeseen} from './page.ts';

test('docs/window.md tells what the kept runs foresaw, and what came', async t => {
  t.timeout(180_000);
  const page = readFileSync(windowFile, 'utf8');
  const files = filesOn(page);
  t.true(files.length > 0);
  t.is(page, await withForeseen(page, files), 'write it anew: node scripts/chores/foreseen.ts');
});

const forecast = (decided: number, runs: readonly string[]): WindowForecast => ({
  windowSeconds: 3600,
  decided,
  open: 1,
  all: 1,
  allSeconds: 600,
  promises: [{id: 'sto.iops', chance: decided, trials: 7, seconds: 420}],
  over: [],
  runs,
});

test('each run is held against its own forecast, with the runs that it rests on; at last all of them together', async t => {
  const at = mkdtempSync(join(tmpdir(), 'seatrial-foreseen-'));
  t.teardown(() => rmSync(at, {recursive: true, force: true}));
  const night = async (number: number, hoursAgo: number, foreseen: WindowForecast): Promise<StoredRun> => {
    const folder = join(at, `night-${number}`);
    const scale = (slot: number) => 1 + 0.003 * Math.sin(7 * slot * slot + 31 * number);
    await exampleRun(folder, {trials: 4, id: `night-${number}`, hoursAgo, scale});
    const run = await readRun(folder);
    if (!run.ok) throw new Error(run.error.found);
    return {...run.value, plan: {...run.value.plan, window: {asked: 'for 1h', offers: [], forecast: foreseen}}};
  };
  const first = await night(1, 50, forecast(0, []));
  const second = await night(2, 20, forecast(1, ['night-1']));
  const text = foreseenTables([second, first]);
  t.regex(text, /^Run `night-1`:\n\n.*from the estimates alone: 0 of 1 promise decided .* Decided: 0\.\n/);
  t.regex(text, /`night-2`:\n\n.*from the estimates and 1 earlier run: 1 of 1 promise decided .* Decided: 1\.\n/);
  // Three trials of a minute each, of the second night.
  t.regex(text, /\| `sto.iops` \| 100 % \| 7 min 00 s \| met \| 3 min 50 s \|/);
  t.regex(text, /Judged together, these runs decide 1 promise: 1 met, 0 missed\.$/);
  t.regex(foreseenTables([await night(3, 10, forecast(1, ['night-1']))]), /Decided: 0\.\n/, 'alone it decides nothing');
});
