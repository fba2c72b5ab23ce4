/** The layout of a history file. Every number in it can be had again from the run folders. */

/**
 * "seat", so that `file` and other programs can tell what this is; and a layout's number, raised with every change of
 * it.
 */
export const applicationId = 0x73656174;
export const layout = 2;

export const layoutSql = `
CREATE TABLE fingerprints (
  fingerprint INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  facts TEXT NOT NULL CHECK (json_valid(facts))
) STRICT;
-- status: complete, aborted, unhealed. counts: its samples are points of series; only a complete run's are.
-- night: the run whose night it is: itself, or the run whose suspected changes it measured again.
-- started_ms, ended_ms: since the epoch; NULL where that cannot be read.
-- series, samples: how many it has. night_record: what the analysis must know of it (reports/trend/nightly.ts, Night), as JSON.
CREATE TABLE runs (
  run INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  content TEXT NOT NULL,
  whole INTEGER NOT NULL CHECK (whole IN (0, 1)),
  rows_sha256 TEXT NOT NULL,
  started_at TEXT NOT NULL,
  started_ms REAL,
  ended_ms REAL,
  cluster TEXT NOT NULL,
  suite TEXT NOT NULL,
  quick INTEGER NOT NULL CHECK (quick IN (0, 1)),
  status TEXT NOT NULL CHECK (status IN ('complete', 'aborted', 'unhealed')),
  counts INTEGER NOT NULL CHECK (counts IN (0, 1)),
  folder TEXT NOT NULL,
  series INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  fingerprint INTEGER NOT NULL REFERENCES fingerprints,
  night INTEGER NOT NULL REFERENCES runs,
  night_record TEXT NOT NULL CHECK (json_valid(night_record))
) STRICT;
CREATE INDEX runs_by_start ON runs (cluster, started_at);
CREATE INDEX runs_by_night ON runs (night);
-- sha256 of every artefact that gave a value: a copy under another id is told by it.
CREATE TABLE contents (
  sha256 TEXT NOT NULL,
  run INTEGER NOT NULL REFERENCES runs,
  PRIMARY KEY (sha256, run)
) STRICT, WITHOUT ROWID;
CREATE TABLE series (
  series INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  cluster TEXT NOT NULL,
  metric TEXT NOT NULL,
  unit TEXT NOT NULL,
  scenario TEXT NOT NULL,
  profile TEXT NOT NULL,
  quick INTEGER NOT NULL CHECK (quick IN (0, 1)),
  labels TEXT NOT NULL CHECK (json_valid(labels)),
  parameters TEXT NOT NULL CHECK (json_valid(parameters))
) STRICT;
CREATE INDEX series_by_metric ON series (metric);
CREATE TABLE samples (
  run INTEGER NOT NULL REFERENCES runs,
  series INTEGER NOT NULL REFERENCES series,
  trial INTEGER NOT NULL,
  value REAL NOT NULL,
  half_width REAL,
  censored INTEGER,
  PRIMARY KEY (run, series, trial)
) STRICT, WITHOUT ROWID;
-- One a night: the median over the trials of the night's runs. Made at import, so that a look back need not read every sample.
CREATE TABLE points (
  series INTEGER NOT NULL REFERENCES series,
  night INTEGER NOT NULL REFERENCES runs,
  value REAL NOT NULL,
  trials INTEGER NOT NULL,
  censored INTEGER,
  PRIMARY KEY (series, night)
) STRICT, WITHOUT ROWID;
CREATE TABLE verdicts (
  run INTEGER NOT NULL REFERENCES runs,
  target TEXT NOT NULL,
  claim TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('met', 'missed', 'undecided')),
  value REAL,
  low REAL,
  high REAL,
  reason TEXT NOT NULL,
  PRIMARY KEY (run, target)
) STRICT, WITHOUT ROWID;
`;
