/** Runs into the history: all of a run or nothing of it, and the same run twice is once. */
import type {DatabaseSync} from 'node:sqlite';
import {type Piece, repeatsAmong} from '../../../../reports/judge/counted-once.ts';
import {median} from '../../../../reports/stats/numbers.ts';
import {seriesId} from '../../../../reports/trend/index.ts';
import {CommandError} from '../command-error.ts';
import type {HistoryFile} from './file.ts';
import type {RunToImport} from './night.ts';
import {rowsSha256} from './rows.ts';

export type Imported = 'imported' | 'replaced' | 'already-there';

/**
 * A run of the same id with other content is refused, unless the one that is there was not whole (still running,
 * stopped and then resumed, or damaged).
 */
export function importRun({db, write}: HistoryFile, run: RunToImport): Imported {
  const {id} = run.night;
  const known = db.prepare('SELECT run, content, whole FROM runs WHERE id = ?').get(id);
  if (known?.content === run.content) return 'already-there';
  if (known?.whole === 1) {
    throw new CommandError(
      `run ${id} is in the history already, with other content`,
      'A run never changes after its end. If the folder is the true one: seatrial history rebuild RUNS.',
    );
  }
  const copy = repeatsAmong([...neighboursOf(db, run), run.piece]).find(({name}) => name === run.piece.name);
  if (copy !== undefined) {
    throw new CommandError(
      `${copy.name} ${copy.reason}: one measurement is one night`,
      'Import the run that was measured, and leave its copies out.',
    );
  }
  return write(() => {
    const night =
      run.confirms === undefined ? undefined : db.prepare('SELECT run FROM runs WHERE id = ?').get(run.confirms);
    if (run.confirms !== undefined && night === undefined) {
      throw new CommandError(
        `run ${id} measured ${run.confirms} again, and that is not in the history`,
        'Import that one first.',
      );
    }
    const number = known === undefined ? nextRun(db) : Number(known.run);
    if (known !== undefined) forget(db, number);
    insert(db, run, number, night === undefined ? number : Number(night.run));
    makePoints(db, night === undefined ? number : Number(night.run));
    db.prepare('UPDATE runs SET rows_sha256 = ? WHERE run = ?').run(rowsSha256(db, number), number);
    return known === undefined ? 'imported' : 'replaced';
  });
}

/** Runs that hold an artefact of this one, or ran on its cluster before its end and after its start. */
function neighboursOf(db: DatabaseSync, {night, piece}: RunToImport): readonly Piece[] {
  const pieceOf = (row: Record<string, unknown>, contents: readonly string[]): Piece => ({
    name: `run ${String(row.id)}`,
    place: String(row.cluster),
    startMs: Number(row.started_ms ?? Number.NaN),
    endMs: Number(row.ended_ms ?? Number.NaN),
    contents,
  });
  // The first of them says enough. CROSS JOIN: by this run's artefacts, not by all that were ever held.
  const alike = db
    .prepare(
      `SELECT sha256, runs.id AS id, cluster, started_ms, ended_ms
       FROM json_each(?) AS own CROSS JOIN contents ON sha256 = own.value CROSS JOIN runs USING (run)
       WHERE runs.id <> ? ORDER BY own.key, run LIMIT 1`,
    )
    .all(JSON.stringify(piece.contents), night.id)
    .map(row => pieceOf(row, [String(row.sha256)]));
  const beside = Number.isFinite(piece.startMs + piece.endMs)
    ? db
        .prepare(
          'SELECT id, cluster, started_ms, ended_ms FROM runs WHERE cluster = ? AND started_ms <= ? AND ended_ms >= ? AND id <> ? ORDER BY started_ms',
        )
        .all(night.cluster, piece.endMs, piece.startMs, night.id)
        .map(row => pieceOf(row, []))
    : [];
  return [...alike, ...beside];
}

function nextRun(db: DatabaseSync): number {
  return Number(db.prepare('SELECT coalesce(max(run), 0) + 1 AS next FROM runs').get()?.next);
}

/** What hangs on the run's row; the row itself stays, since a run that measured it again may point to it. */
function forget(db: DatabaseSync, run: number): void {
  for (const table of ['samples', 'verdicts', 'contents']) db.prepare(`DELETE FROM ${table} WHERE run = ?`).run(run);
  db.prepare('DELETE FROM points WHERE night = ?').run(run);
}

function insert(db: DatabaseSync, run: RunToImport, number: number, night: number): void {
  const {night: record} = run;
  db.prepare('INSERT INTO fingerprints (digest, facts) VALUES (?, ?) ON CONFLICT DO NOTHING').run(
    record.fingerprint,
    JSON.stringify(run.facts),
  );
  db.prepare(
    `INSERT INTO runs (run, id, content, whole, rows_sha256, started_at, started_ms, ended_ms, cluster, suite, quick, status, counts, folder, series, samples, fingerprint, night, night_record)
     VALUES (?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT fingerprint FROM fingerprints WHERE digest = ?), ?, ?)
     ON CONFLICT (run) DO UPDATE SET content = excluded.content, whole = excluded.whole, status = excluded.status, ended_ms = excluded.ended_ms, counts = excluded.counts,
       folder = excluded.folder, series = excluded.series, samples = excluded.samples, fingerprint = excluded.fingerprint, night_record = excluded.night_record`,
  ).run(
    number,
    record.id,
    run.content,
    run.whole ? 1 : 0,
    record.startedAt,
    finiteOrNull(run.piece.startMs),
    finiteOrNull(run.piece.endMs),
    record.cluster,
    run.suite,
    record.quick ? 1 : 0,
    record.status,
    record.counts ? 1 : 0,
    record.folder,
    new Set(run.samples.map(({series}) => seriesId(series))).size,
    run.samples.length,
    record.fingerprint,
    night,
    JSON.stringify(record),
  );
  const content = db.prepare('INSERT INTO contents (sha256, run) VALUES (?, ?) ON CONFLICT DO NOTHING');
  for (const sum of run.piece.contents) content.run(sum, number);
  const sample = db.prepare(
    'INSERT INTO samples (run, series, trial, value, half_width, censored) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const known = db.prepare('SELECT series FROM series WHERE id = ?');
  const numbers = new Map<string, number>();
  for (const {series, trial, value, halfWidth, censored} of run.samples) {
    const key = seriesId(series);
    let own = numbers.get(key);
    if (own === undefined) {
      const row = known.get(key);
      own = row === undefined ? addSeries(db, series, key) : Number(row.series);
      numbers.set(key, own);
    }
    sample.run(number, own, trial, value, halfWidth ?? null, censored ? 1 : null);
  }
  const verdict = db.prepare(
    'INSERT INTO verdicts (run, target, claim, verdict, value, low, high, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  for (const {target, claim, verdict: kind, value, low, high, reason} of run.verdicts)
    verdict.run(number, target, claim, kind, value ?? null, low ?? null, high ?? null, reason);
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function addSeries(db: DatabaseSync, series: RunToImport['samples'][number]['series'], key: string): number {
  const {cluster, metric, unit, scenario, profile, quick, labels, parameters} = series;
  const added = db
    .prepare(
      'INSERT INTO series (id, cluster, metric, unit, scenario, profile, quick, labels, parameters) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    .run(
      key,
      cluster,
      metric,
      unit,
      scenario,
      profile,
      quick ? 1 : 0,
      JSON.stringify(labels),
      JSON.stringify(parameters),
    );
  return Number(added.lastInsertRowid);
}

/** Every point anew, of every night. */
export function makeAllPoints(db: DatabaseSync): void {
  db.exec('DELETE FROM points');
  for (const {run} of db.prepare('SELECT run FROM runs WHERE night = run').all()) makePoints(db, Number(run));
}

/**
 * One point a series: the median over the trials of all runs of the night. A night whose own run does not count has
 * none.
 */
function makePoints(db: DatabaseSync, night: number): void {
  const add = db.prepare(
    'INSERT OR REPLACE INTO points (series, night, value, trials, censored) VALUES (?, ?, ?, ?, ?)',
  );
  let series: number | undefined;
  let values: number[] = [];
  let censored = false;
  const flush = () => {
    if (series !== undefined) add.run(series, night, median(values), values.length, censored ? 1 : null);
  };
  const rows = db
    .prepare(
      `SELECT s.series AS series, s.value AS value, s.censored AS censored FROM runs r CROSS JOIN samples s ON s.run = r.run
       WHERE r.night = ?1 AND r.counts = 1 AND (SELECT counts FROM runs WHERE run = ?1) = 1
         AND r.fingerprint = (SELECT fingerprint FROM runs WHERE run = ?1)
       ORDER BY s.series`,
    )
    .all(night);
  for (const row of rows) {
    if (row.series !== series) {
      flush();
      [series, values, censored] = [Number(row.series), [], false];
    }
    values.push(Number(row.value));
    censored ||= row.censored === 1;
  }
  flush();
}
