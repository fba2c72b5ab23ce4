import {spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import test, {type ExecutionContext} from 'ava';
import {mendSums} from '../../../../fixtures/kit/example-run.ts';
import {syntheticId, syntheticNight} from '../../../../fixtures/kit/history.ts';
import {runHeader} from '../../../../fixtures/kit/run-header.ts';
import {createRun} from '../../../../harness/run/store.ts';
import {CommandError} from '../command-error.ts';
import {readDecisions, writeDecisions} from './decisions.ts';
import {openHistoryFile} from './file.ts';
import {importRun} from './import.ts';
import {damageIn, importFolders, rebuildHistory, withHistory} from './index.ts';
import {nightsOf, runRows, seriesRows, trendsOf, trialsOf} from './queries.ts';
import {selectNight, selectNights, selectRange, selectSeries} from './select.ts';

const stored = join(import.meta.dirname, '../../../../fixtures/runs/quick');
const decisions = {baselines: [], acks: []};
const asked = {decisions, thresholdOf: () => 0.05};

function place(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-history-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  return join(folder, 'history.sqlite');
}

async function made(path: string, nights: number, series = 6): Promise<void> {
  await withHistory(path, file => {
    for (let night = 0; night < nights; night++) importRun(file, syntheticNight({night, series, trials: 3, seed: 1}));
  });
}

const claims = 'claims:\n  - {id: a.b, title: t, figure: f, source: s, notTestable: there is nothing to test}\n';

/** A run of no trials: enough to be imported. */
async function smallRun(folder: string, id: string): Promise<void> {
  const header = {...runHeader, id, startedAt: '2025-11-24T02:00:00.000Z', cluster: 'small', suite: 'nightly'};
  const store = await createRun(folder, header, {seed: 1, profiles: [], trials: [], notApplicable: []}, claims);
  await store.end('complete', '');
}

/** A byte that holds a digit of a stored text, so that SQLite's own check of its structure stays green. */
function flip(path: string, what: string): void {
  const bytes = readFileSync(path);
  const at = bytes.indexOf(what);
  if (at < 0) throw new Error(`${what} is not in ${path}`);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

test('a stored run: once is once, and every sample is there', async t => {
  const path = place(t);
  const first = await withHistory(path, file => importFolders(file, [stored]));
  t.is(first[0]?.outcome, 'imported');
  const again = await withHistory(path, file => importFolders(file, [stored]));
  t.is(again[0]?.outcome, 'already-there');
  const rows = await withHistory(path, file => runRows(file));
  t.is(rows.length, 1);
  t.is(rows[0]?.samples, first[0]?.run.samples.length);
  t.true((rows[0]?.samples ?? 0) > 200);
});

test('one point a night: the median over its trials, those measured again too', async t => {
  const path = place(t);
  await made(path, 6, 1);
  await withHistory(path, file => {
    const before = trendsOf(file, asked)[0]?.points.at(-1);
    t.is(before?.trials, 3);
    t.is(before?.again, undefined);
    importRun(
      file,
      syntheticNight({night: 5, series: 1, trials: 3, seed: 2, level: () => 2, confirms: syntheticId(5)}),
    );
    const after = trendsOf(file, asked)[0]?.points;
    t.is(after?.length, 6, 'no night more');
    t.is(after?.at(-1)?.trials, 6);
    t.is(after?.at(-1)?.again?.length, 3);
    t.true((after?.at(-1)?.value ?? 0) > 1.4);
    t.is(nightsOf(file).length, 6);
    const [series] = seriesRows(file);
    t.is(trialsOf(file, series?.number ?? 0).length, 21);
  });
});

test('a night measured again that is not there is refused', async t => {
  await withHistory(place(t), file => {
    t.throws(
      () => importRun(file, syntheticNight({night: 0, series: 1, trials: 1, seed: 1, confirms: syntheticId(0)})),
      {
        message: /is not in the history/,
      },
    );
    t.is(runRows(file).length, 0);
  });
});

test('an aborted or unhealed run is kept as such and gives no point', async t => {
  await withHistory(place(t), file => {
    importRun(file, syntheticNight({night: 0, series: 3, trials: 1, seed: 1}));
    importRun(
      file,
      syntheticNight({
        night: 1,
        series: 3,
        trials: 1,
        seed: 1,
        more: {status: 'aborted', counts: false, reason: 'interrupted'},
      }),
    );
    importRun(
      file,
      syntheticNight({night: 2, series: 3, trials: 1, seed: 1, more: {status: 'unhealed', counts: false}}),
    );
    t.deepEqual(
      nightsOf(file).map(({status}) => status),
      ['complete', 'aborted', 'unhealed'],
    );
    t.deepEqual(
      trendsOf(file, asked).map(({points}) => points.length),
      [1, 1, 1],
    );
  });
});

test('a run of the same id with other content is refused, one that was not whole is replaced', async t => {
  await withHistory(place(t), file => {
    const run = syntheticNight({night: 0, series: 2, trials: 1, seed: 1});
    importRun(file, {...run, whole: false, content: 'while it ran', samples: []});
    t.is(importRun(file, run), 'replaced');
    t.is(trendsOf(file, asked).length, 2);
    t.throws(() => importRun(file, {...run, content: 'another'}), {instanceOf: CommandError, message: /other content/});
  });
});

test('another fingerprint begins a new era, other parameters and quick nights another series', async t => {
  await withHistory(place(t), file => {
    for (let night = 0; night < 8; night++)
      importRun(
        file,
        syntheticNight({night, series: 1, trials: 1, seed: 1, facts: {kernel: night < 5 ? '6.1' : '6.2'}}),
      );
    const run = syntheticNight({night: 8, series: 1, trials: 1, seed: 1, facts: {kernel: '6.2'}});
    importRun(file, {
      ...run,
      samples: run.samples.map(sample => ({...sample, series: {...sample.series, parameters: {seconds: 5}}})),
    });
    const trends = trendsOf(file, asked);
    t.deepEqual(
      trends.map(({points, eras}) => [points.length, eras.length]),
      [
        [8, 2],
        [1, 1],
      ],
    );
    t.deepEqual(trends[0]?.eras[1]?.changed, ['kernel: 6.1 → 6.2']);
  });
});

test('a look back is bounded, but the baseline is never forgotten', async t => {
  const path = place(t);
  await made(path, 30, 1);
  await withHistory(path, file => {
    t.is(trendsOf(file, {...asked, nights: 10})[0]?.points.length, 10);
    const pinned = {cluster: 'synthetic', nights: [syntheticId(0), syntheticId(1)], setAt: '', note: ''};
    const [trend] = trendsOf(file, {...asked, nights: 10, decisions: {baselines: [pinned], acks: []}});
    t.is(trend?.points.length, 12);
    t.deepEqual(trend?.baseline?.points, [0, 1]);
  });
});

const unsealed = (damage: (path: string) => void) => (path: string) => {
  damage(path);
  rmSync(`${path}.seal`);
};
const truncated = (path: string) => truncateSync(path, 20_000);
const overwritten = (path: string) => writeFileSync(path, 'x'.repeat(9000));

for (const [what, damage, said] of [
  ['truncated', truncated, /not those that were written/],
  ['emptied', (path: string) => truncateSync(path, 0), /empty/],
  ['one bit flipped', (path: string) => flip(path, 'job-1'), /not those that were written/],
  ['not SQLite', overwritten, /not those that were written/],
  ['truncated, without its seal', unsealed(truncated), /malformed|integrity/],
  ['one bit of a label flipped, without its seal', unsealed(path => flip(path, 'synthetic"')), /integrity|rows of run/],
  ['not SQLite, without its seal', unsealed(overwritten), /not a database/],
] as const) {
  test(`${what}: refused, and made anew from the runs`, async t => {
    const path = place(t);
    await made(path, 2);
    damage(path);
    t.regex((await damageIn(path)) ?? 'nothing', said);
    await t.throwsAsync(
      withHistory(path, () => 0),
      {instanceOf: CommandError, message: /is not whole and is not used/},
    );
    await smallRun(join(path, '../runs/one'), 'one');
    const {imported} = await rebuildHistory(path, [join(path, '../runs')], []);
    t.is(imported, 1);
    t.is((await withHistory(path, file => runRows(file))).length, 1);
  });
}

test('another program’s file and another layout are refused', async t => {
  const path = place(t);
  const other = new DatabaseSync(path);
  other.exec('CREATE TABLE x (y)');
  other.close();
  t.regex((await damageIn(path)) ?? '', /no history of seatrial/);
  const newer = place(t);
  await made(newer, 1);
  rmSync(`${newer}.seal`);
  const db = new DatabaseSync(newer);
  db.exec('PRAGMA user_version = 99');
  db.close();
  t.regex((await damageIn(newer)) ?? '', /layout is 99/);
});

test('a copy without its seal is checked in full, and sealed anew', async t => {
  const path = place(t);
  await made(path, 3);
  rmSync(`${path}.seal`);
  t.is(await damageIn(path), undefined);
  t.true(existsSync(`${path}.seal`));
});

test('a value changed by another hand is noticed even where the structure is sound', async t => {
  const path = place(t);
  await made(path, 3);
  rmSync(`${path}.seal`);
  const db = new DatabaseSync(path);
  db.exec('UPDATE samples SET value = value * 2 WHERE run = 2 AND series = 1 AND trial = 1');
  db.close();
  t.regex((await damageIn(path)) ?? '', /rows of run .* are not those that were imported/);
});

test('a point changed by another hand is made anew from its samples', async t => {
  const path = place(t);
  await made(path, 3);
  const before = await withHistory(path, file => trendsOf(file, asked));
  rmSync(`${path}.seal`);
  const db = new DatabaseSync(path);
  db.exec('UPDATE points SET value = value * 2 WHERE night = 2');
  db.close();
  t.deepEqual(await withHistory(path, file => trendsOf(file, asked)), before);
});

for (const moment of ['before the commit', 'after the commit'] as const) {
  test(`killed ${moment}: whole, with all of the run or nothing of it`, async t => {
    const path = place(t);
    await made(path, 3);
    const code = `
      import {openHistoryFile} from ${JSON.stringify(join(import.meta.dirname, 'file.ts'))};
      import {importRun} from ${JSON.stringify(join(import.meta.dirname, 'import.ts'))};
      import {syntheticNight} from ${JSON.stringify(join(import.meta.dirname, '../../../../fixtures/kit/history.ts'))};
      const {value: file} = await openHistoryFile(${JSON.stringify(path)});
      const stop = () => process.kill(process.pid, 'SIGKILL');
      const write = ${moment === 'before the commit' ? 'change => file.write(() => { change(); stop(); })' : 'change => { file.write(change); stop(); }'};
      importRun({...file, write}, syntheticNight({night: 3, series: 6, trials: 3, seed: 1}));`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], {stdio: 'ignore'});
    const signal = await new Promise(resolve => child.on('exit', (_, by) => resolve(by)));
    t.is(signal, 'SIGKILL');
    t.is(await damageIn(path), undefined);
    const rows = await withHistory(path, file => runRows(file));
    t.is(rows.length, moment === 'before the commit' ? 3 : 4);
    t.true(rows.every(({samples}) => samples === 18));
    const file = await openHistoryFile(path);
    if (!file.ok) return t.fail(file.error);
    const again = importRun(file.value, syntheticNight({night: 3, series: 6, trials: 3, seed: 1}));
    await file.value.close();
    t.is(again, moment === 'before the commit' ? 'imported' : 'already-there');
  });
}

test('rebuild: what a person said stays, what has no folder is not lost silently, and a failed one changes nothing', async t => {
  const path = place(t);
  const runs = join(path, '../runs');
  await smallRun(join(runs, 'one'), 'one');
  await withHistory(path, file => importFolders(file, [join(runs, 'one')]));
  const ack = {
    cluster: 'small',
    series: 'storage.iops:a=b',
    night: 'x',
    level: 1.5,
    reason: 'known: "yes"',
    setAt: 'now',
  };
  await writeDecisions(path, {baselines: [{cluster: 'small', nights: ['x'], setAt: 'now', note: ''}], acks: [ack]});
  const before = readFileSync(path);
  await t.throwsAsync(rebuildHistory(path, [runs], ['2020-01-01T00-00-00-gone']), {message: /would be lost: 2020/});
  t.true(before.equals(readFileSync(path)));
  await rebuildHistory(path, [runs], ['one']);
  t.deepEqual(readDecisions(path).acks, [ack]);
});

test('rebuild leaves out what is no run and says so', async t => {
  const path = place(t);
  const runs = join(path, '../runs');
  await smallRun(join(runs, 'good'), 'good');
  await smallRun(join(runs, 'broken'), 'broken');
  writeFileSync(join(runs, 'broken/run.json'), '{');
  const {imported, skipped} = await rebuildHistory(path, [runs], []);
  t.is(imported, 1);
  t.deepEqual(
    skipped.map(one => one.folder),
    [join(runs, 'broken')],
  );
});

test('a damaged file of decisions is refused with line and column', t => {
  const path = place(t);
  writeFileSync(
    path.replace('.sqlite', '.decisions.yaml'),
    'baselines: []\nacks:\n  - {cluster: a, series: b, night: c, level: 1, setAt: d}\n',
  );
  t.throws(() => readDecisions(path), {message: /:3:5: .*reason/});
});

test('planted: a second baseline of a cluster is refused', t => {
  const path = place(t);
  const one = (night: string) => `  - {cluster: a, nights: [${night}], setAt: d, note: ""}\n`;
  writeFileSync(path.replace('.sqlite', '.decisions.yaml'), `baselines:\n${one('x')}${one('z')}acks: []\n`);
  t.throws(() => readDecisions(path), {message: /:2:3: .*expected one baseline a cluster/});
});

test('series and nights by what a person writes', async t => {
  const path = place(t);
  await made(path, 4);
  await withHistory(path, file => {
    const rows = seriesRows(file);
    t.is(selectSeries(rows, 'storage.iops').length, 2);
    t.is(selectSeries(rows, 'storage.iops:pattern=job-1').length, 1);
    t.is(selectSeries(rows, 'storage/fio').length, 6);
    for (const [wrong, near] of [
      ['storage.iop', /storage\.iops/],
      ['storage.iops:pattern=job-7', /job-/],
      ['storage.iops:patern=job-1', /pattern/],
    ] as const) {
      const error = t.throws(() => selectSeries(rows, wrong), {instanceOf: CommandError});
      t.regex(error?.todo ?? '', near);
    }
    const nights = nightsOf(file);
    t.is(selectNight(nights, '2023-01-02').id, syntheticId(1));
    t.is(selectNight(nights, `/runs/${syntheticId(2)}/`).id, syntheticId(2));
    t.throws(() => selectNight(nights, '2023'), {message: /could be 4 nights/});
    const error = t.throws(() => selectNights(nights, '2023-01-02T02-00-01-synthetic'), {instanceOf: CommandError});
    t.regex(error?.todo ?? '', /Did you mean "2023-01-02T02-00-00-synthetic"/);
    t.is(selectRange(nights, '2023-01-02..2023-01-03').length, 2);
    t.throws(() => selectRange(nights, '2024-01-01..2024-02-01'), {message: /no night in/});
    t.throws(() => selectRange(nights, '2023-01-01'), {message: /no range/});
  });
});

test('planted: a column that holds something else ends the command with its place', async t => {
  const path = place(t);
  await made(path, 1);
  await withHistory(path, file => {
    file.db.exec(`UPDATE series SET labels = '["a"]'`);
    t.throws(() => seriesRows(file), {
      instanceOf: CommandError,
      message: /^the history is damaged: series\.labels: expected .*, found /,
    });
  });
});

test('a run that was stopped, imported, and then resumed takes its own place', async t => {
  const path = place(t);
  const folder = join(path, '../run');
  await smallRun(folder, 'a');
  const end = join(folder, 'end.json');
  const events = join(folder, 'events.jsonl');
  const whole = [end, events].map(file => readFileSync(file, 'utf8'));
  for (const file of [end, events]) writeFileSync(file, readFileSync(file, 'utf8').replace('"complete"', '"aborted"'));
  const import_ = () => withHistory(path, file => importFolders(file, [folder]));
  // Its sum of events.jsonl is mended by hand: this is a run that ended so.
  mendSums(folder);
  t.is((await import_())[0]?.outcome, 'imported');
  for (const [index, file] of [end, events].entries()) writeFileSync(file, whole[index] ?? '');
  t.is((await import_())[0]?.outcome, 'replaced');
  const rows = await withHistory(path, file => runRows(file));
  t.deepEqual(
    rows.map(({night}) => night.status),
    ['complete'],
  );
});
