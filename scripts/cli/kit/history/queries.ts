/**
 * What is read of the history. Every row is checked: a column that is not as it should be ends the command, not as a
 * number.
 */
import type {DatabaseSync} from 'node:sqlite';
import {z} from 'zod';
import {readJson} from '../../../../harness/parse/json.ts';
import {unit} from '../../../../harness/schema.ts';
import {metricNamed} from '../../../../reports/metrics.ts';
import {
  type Decisions,
  type Night,
  type Point,
  recentNights,
  type SeriesKey,
  type Trend,
  trendOf,
  wanted,
} from '../../../../reports/trend/index.ts';
import {CommandError} from '../command-error.ts';
import type {HistoryFile} from './file.ts';

const text = z.record(z.string(), z.string());
export const parameters = z.record(z.string(), z.union([z.number(), z.string(), z.array(z.string())]));
const nightRecord: z.ZodType<Night> = z.object({
  id: z.string(),
  folder: z.string(),
  startedAt: z.string(),
  cluster: z.string(),
  quick: z.boolean(),
  only: z.array(z.string()).exactOptional(),
  status: z.enum(['complete', 'aborted', 'unhealed']),
  reason: z.string(),
  scenarios: z.array(z.string()),
  profiles: z.array(z.string()),
  notApplicable: z.array(z.object({scenario: z.string(), reason: z.string()})),
  incomplete: z.array(z.object({trial: z.number(), scenario: z.string(), reason: z.string()})),
  critical: z.array(z.string()),
  fingerprint: z.string(),
  counts: z.boolean(),
});

/** A column that holds JSON. */
function column<T>(schema: z.ZodType<T>, value: unknown, place: string): T {
  const read = readJson(String(value), 'the history', schema);
  if (read.ok) return read.value;
  const {path, expected, found} = read.error;
  throw new CommandError(
    `the history is damaged: ${place}${path === '' ? '' : ` at ${path}`}: expected ${expected}, found ${found}`,
    'Make it anew from the run folders: seatrial history rebuild RUNS.',
  );
}

export interface RunRow {
  night: Night;
  suite: string;
  /** Id of the run that it measured again. */
  confirms?: string;
  series: number;
  samples: number;
}

/** All runs, oldest first. */
export function runRows({db}: HistoryFile, cluster?: string): readonly RunRow[] {
  const rows = db
    .prepare(
      `SELECT r.night_record AS record, r.suite AS suite, n.id AS night, r.id AS id,
         r.series AS series, r.samples AS samples
       FROM runs r JOIN runs n ON n.run = r.night WHERE ?1 IS NULL OR r.cluster = ?1 ORDER BY r.started_at, r.run`,
    )
    .all(cluster ?? null);
  return rows.map(row => ({
    night: column(nightRecord, row.record, 'runs.night_record'),
    suite: String(row.suite),
    ...(row.night === row.id ? {} : {confirms: String(row.night)}),
    series: Number(row.series),
    samples: Number(row.samples),
  }));
}

/** Where the runs of a cluster lie, and the digest of what they hold where that will never change. */
export function placesOf(
  {db}: HistoryFile,
  cluster: string,
): readonly {id: string; folder: string; content?: string}[] {
  return db
    .prepare('SELECT id, folder, content, whole FROM runs WHERE cluster = ? ORDER BY started_at, run')
    .all(cluster)
    .map(({id, folder, content, whole}) => ({
      id: String(id),
      folder: String(folder),
      ...(whole === 1 ? {content: String(content)} : {}),
    }));
}

export function runIds({db}: HistoryFile): readonly string[] {
  return db
    .prepare('SELECT id FROM runs ORDER BY run')
    .all()
    .map(row => String(row.id));
}

/** Nights of a cluster, oldest first: runs that measured another one again belong to it and are left out. */
export function nightsOf({db}: HistoryFile, cluster?: string): readonly Night[] {
  return db
    .prepare(
      'SELECT night_record AS record FROM runs WHERE night = run AND (?1 IS NULL OR cluster = ?1) ORDER BY started_at, run',
    )
    .all(cluster ?? null)
    .map(row => column(nightRecord, row.record, 'runs.night_record'));
}

/** The runs that measured a night again, oldest first. */
export function repeatsOf({db}: HistoryFile, night: string): readonly Night[] {
  return db
    .prepare(
      'SELECT night_record AS record FROM runs WHERE night = (SELECT run FROM runs WHERE id = ?) AND night <> run ORDER BY started_at, run',
    )
    .all(night)
    .map(row => column(nightRecord, row.record, 'runs.night_record'));
}

export function clustersIn({db}: HistoryFile): readonly string[] {
  return db
    .prepare('SELECT DISTINCT cluster FROM runs ORDER BY cluster')
    .all()
    .map(row => String(row.cluster));
}

export interface SeriesRow {
  number: number;
  key: SeriesKey;
}

export function seriesRows({db}: HistoryFile, where: {cluster?: string; metric?: string} = {}): readonly SeriesRow[] {
  return db
    .prepare(
      'SELECT * FROM series WHERE (?1 IS NULL OR cluster = ?1) AND (?2 IS NULL OR metric = ?2) ORDER BY metric, series',
    )
    .all(where.cluster ?? null, where.metric ?? null)
    .map(row => ({
      number: Number(row.series),
      key: {
        cluster: String(row.cluster),
        metric: String(row.metric),
        unit: unit.parse(row.unit),
        scenario: String(row.scenario),
        profile: String(row.profile),
        quick: row.quick === 1,
        labels: column(text, row.labels, 'series.labels'),
        parameters: column(parameters, row.parameters, 'series.parameters'),
      },
    }));
}

/**
 * Nights that are looked back at when nothing else is asked for: a change of last year is no news, and a look back must
 * stay quick.
 */
export const defaultLookBack = 400;

export interface TrendsAsked {
  decisions: Decisions;
  /** Relative change worth a word, by metric. */
  thresholdOf: (metric: string) => number;
  cluster?: string;
  /** Only these series, by `SeriesRow.number`. */
  series?: readonly SeriesRow[];
  /** At most so many of the newest nights. */
  nights?: number;
  /** No night after the one of this id. */
  until?: string;
}

/**
 * Every series with its points, what it ran on, its changes, its baseline and what people have said of it: for the
 * nightly report and for pages. A series of a metric that is no longer known has no direction, and is left out.
 */
export function trendsOf(file: HistoryFile, asked: TrendsAsked): readonly Trend[] {
  const {decisions, thresholdOf, cluster, nights = defaultLookBack} = asked;
  const rows = asked.series ?? seriesRows(file, cluster === undefined ? {} : {cluster});
  const {db} = file;
  const heads = new Map<number, Pick<Point, 'night' | 'at' | 'folder' | 'fingerprint'>>();
  const seen = new Map<string, number>();
  const pinned = new Set(decisions.baselines.flatMap(baseline => baseline.nights));
  const order: number[] = [];
  for (const row of db
    .prepare(
      `SELECT r.run AS run, r.id AS id, r.started_at AS at, r.folder AS folder, r.cluster AS cluster, f.digest AS fingerprint
       FROM runs r JOIN fingerprints f USING (fingerprint) WHERE r.night = r.run AND r.counts = 1
         AND (?1 IS NULL OR (r.started_at, r.run) <= (SELECT started_at, run FROM runs WHERE id = ?1))
       ORDER BY r.started_at DESC, r.run DESC`,
    )
    .all(asked.until ?? null)) {
    const own = String(row.cluster);
    const count = (seen.get(own) ?? 0) + 1;
    seen.set(own, count);
    // The baseline's nights are read however long ago they were.
    if (count > nights && !pinned.has(String(row.id))) continue;
    order.unshift(Number(row.run));
    heads.set(Number(row.run), {
      night: String(row.id),
      at: String(row.at),
      folder: String(row.folder),
      fingerprint: String(row.fingerprint),
    });
  }
  const place = new Map(order.map((run, index) => [run, index]));
  const facts = factsIn(db);
  const again = remeasured(db);
  const values = db.prepare(
    'SELECT json_group_array(json_array(night, value, trials, censored)) AS points FROM points WHERE series = ?',
  );
  return rows.flatMap(({number, key}) => {
    if (metricNamed(key.metric) === undefined) return [];
    const packed = column(points, values.get(number)?.points ?? '[]', 'points');
    const own = packed
      .flatMap(([run, value, trials, censored]): (Point & {place: number})[] => {
        const head = heads.get(run);
        if (head === undefined) return [];
        const more = again.get(`${number} ${run}`);
        return [
          {
            ...head,
            value,
            trials,
            ...(more === undefined ? {} : {again: more}),
            ...(censored === 1 ? {censored: true} : {}),
            place: place.get(run) ?? 0,
          },
        ];
      })
      .sort((a, b) => a.place - b.place)
      .map(({place: _place, ...point}) => point);
    if (own.length === 0) return [];
    return trendOf({series: key, points: own, facts, decisions, threshold: thresholdOf(key.metric)}) ?? [];
  });
}

const points = z.array(z.tuple([z.number(), z.number(), z.number(), z.union([z.number(), z.null()])]));

/**
 * Metrics that are not in the register, of which tonight or a night that is still looked back to has figures: what a
 * plug-in measures is not seen without the plug-in.
 */
export function unknownMetrics(file: HistoryFile, night: Night, nights: readonly Night[]): readonly string[] {
  const held = file.db.prepare(
    'SELECT 1 FROM points p JOIN runs r ON r.run = p.night WHERE p.series = ? AND r.id IN (SELECT value FROM json_each(?)) LIMIT 1',
  );
  const found = seriesRows(file, {cluster: night.cluster}).filter(({number, key}) => {
    if (metricNamed(key.metric) !== undefined || key.quick !== night.quick) return false;
    if (!wanted(key.scenario, night.only)) return false;
    const recent = [...recentNights(key.scenario, {night, nights}), night.id];
    return held.get(number, JSON.stringify(recent)) !== undefined;
  });
  return [...new Set(found.map(({key}) => key.metric))];
}

/** Trials that were measured again on the ground of their night, by series and night: those that its points are of. */
function remeasured(db: DatabaseSync): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const row of db
    .prepare(
      `SELECT s.series AS series, r.night AS night, s.value AS value FROM runs r CROSS JOIN samples s ON s.run = r.run
       WHERE r.night <> r.run AND r.counts = 1 AND (SELECT counts FROM runs WHERE run = r.night) = 1
         AND r.fingerprint = (SELECT fingerprint FROM runs WHERE run = r.night) ORDER BY r.started_at, s.trial`,
    )
    .iterate()) {
    const key = `${row.series} ${row.night}`;
    const values = found.get(key);
    if (values === undefined) found.set(key, [Number(row.value)]);
    else values.push(Number(row.value));
  }
  return found;
}

function factsIn(db: DatabaseSync): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return Object.fromEntries(
    db
      .prepare('SELECT digest, facts FROM fingerprints')
      .all()
      .map(row => [String(row.digest), column(text, row.facts, 'fingerprints.facts')]),
  );
}

export interface TrialValue {
  run: string;
  trial: number;
  value: number;
  halfWidth?: number;
  censored?: true;
}

/** Every trial of a series, oldest first; as many as the newest `nights` runs have. */
export function trialsOf({db}: HistoryFile, series: number, nights = defaultLookBack): readonly TrialValue[] {
  return db
    .prepare(
      `SELECT r.id AS run, s.trial AS trial, s.value AS value, s.half_width AS half, s.censored AS censored
       FROM (SELECT run, id, started_at FROM runs WHERE counts = 1 ORDER BY started_at DESC LIMIT ?2) r
       JOIN samples s ON s.run = r.run AND s.series = ?1 ORDER BY r.started_at, s.trial`,
    )
    .all(series, nights)
    .map(row => ({
      run: String(row.run),
      trial: Number(row.trial),
      value: Number(row.value),
      ...(row.half === null ? {} : {halfWidth: Number(row.half)}),
      ...(row.censored === 1 ? {censored: true} : {}),
    }));
}
