/** What was imported of a run, as one digest: a value that changes afterwards is noticed. */
import {createHash} from 'node:crypto';
import type {DatabaseSync} from 'node:sqlite';

/**
 * sha256 over all rows that belong to a run. Points are left out: they are medians over a night's runs and change when
 * a part of it is measured again; they are made anew whenever the file is checked in full.
 */
export function rowsSha256(db: DatabaseSync, run: number): string {
  const hash = createHash('sha256');
  const add = (sql: string) => {
    for (const row of db.prepare(sql).iterate(run)) hash.update(JSON.stringify(Object.values(row)));
  };
  add(
    'SELECT id, content, whole, started_at, started_ms, ended_ms, cluster, suite, quick, status, counts, folder, series, samples, night_record FROM runs WHERE run = ?',
  );
  add('SELECT digest, facts FROM fingerprints WHERE fingerprint = (SELECT fingerprint FROM runs WHERE run = ?)');
  // The series' own text is digested once a run, not once a sample.
  add(
    'SELECT series, id, unit, labels, parameters FROM series WHERE series IN (SELECT DISTINCT series FROM samples WHERE run = ?) ORDER BY series',
  );
  // One text a run: row by row a million of them take half a minute. In the order of the key, which is that of the
  // table.
  add('SELECT json_group_array(json_array(series, trial, value, half_width, censored)) FROM samples WHERE run = ?');
  add('SELECT sha256 FROM contents WHERE run = ? ORDER BY sha256');
  add('SELECT * FROM verdicts WHERE run = ? ORDER BY target');
  return hash.digest('hex');
}
