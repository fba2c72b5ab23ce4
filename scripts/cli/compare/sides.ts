/** What stands on the two sides of `seatrial compare`: files, or stored runs, as trials. */
import {existsSync, statSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {z} from 'zod';
import {readJson} from '../../../harness/parse/json.ts';
import type {RunHeader, StoredRun} from '../../../harness/types.ts';
import type {ComparedTrial, SeriesNoise} from '../../../reports/comparison/model.ts';
import {notSet} from '../../../reports/comparison/settings.ts';
import {unreadOf} from '../../../reports/comparison/unread.ts';
import {type Identity, identityOf, type KnownFiles, noFiles, originalOf} from '../../../reports/files/copies.ts';
import type {FileContents} from '../../../reports/files/records.ts';
import {samplesOfFile} from '../../../reports/files/samples.ts';
import {repeatsAmong, runPiece} from '../../../reports/judge/counted-once.ts';
import {unsigned} from '../../../reports/run/build.ts';
import type {Report, TrialRow} from '../../../reports/run/report.ts';
import {scenarios} from '../../../suites/index.ts';
import {CommandError} from '../kit/command-error.ts';
import {judgeRun} from '../kit/judge-run.ts';
import {readText} from '../kit/package-files.ts';
import {contentsOf} from '../kit/read-files/batch.ts';
import {storedRunIn} from '../kit/stored-run.ts';

export interface Sides {
  before: readonly ComparedTrial[];
  after: readonly ComparedTrial[];
  warnings: readonly string[];
  /** Why "none is worse" must not be said, whatever the numbers. */
  reservations: readonly string[];
}

/**
 * Latency figures of a file that are compared where no others are asked for. Each further one makes Holm stricter for
 * all.
 */
export const usualFigures: readonly string[] = ['mean', 'p50', 'p99', 'p99.9'];

/**
 * Files on both sides, or folders of stored runs on both sides. `asked`: latency figures of files that were asked for;
 * the usual ones without.
 */
export async function readSides(
  before: readonly string[],
  after: readonly string[],
  asked?: readonly string[],
): Promise<Sides> {
  const kinds = new Set([...before, ...after].map(kindOf));
  if (kinds.size > 1) {
    throw new CommandError(
      'files and stored runs cannot be compared with each other',
      'Name files on both sides, or runs.',
    );
  }
  if (!kinds.has('run')) return fileSides(before, after, asked);
  if (asked === undefined) return runSides(before, after);
  throw new CommandError(
    '--figures is for files: a stored run has the figures that its scenarios measured',
    'Leave it out, or choose with --metric.',
  );
}

function kindOf(path: string): 'file' | 'run' {
  const found = statSync(path, {throwIfNoEntry: false});
  if (found === undefined) {
    throw new CommandError(
      path.startsWith('-') ? `unknown option ${path}` : `there is no file ${path}`,
      path.startsWith('-') ? 'See: seatrial compare --help' : 'Name files that exist, or folders of stored runs.',
    );
  }
  if (!found.isDirectory()) return 'file';
  if (existsSync(join(path, 'run.json'))) return 'run';
  throw new CommandError(`${path} is a folder, but no stored run`, `Name its files, for instance ${path}/*.json`);
}

// ───────────────────────────── files ─────────────────────────────

function fileSides(before: readonly string[], after: readonly string[], asked: readonly string[] = []): Sides {
  const figures = asked.length > 0 ? asked : usualFigures;
  const first = noFiles();
  const those = before.map((path, index) => readFile(path, index, figures));
  const these = after.map((path, index) => readFile(path, index, figures));
  const counted = {before: onceEach(those, first), after: onceEach(these, noFiles())};
  const twice = these.flatMap(({trial: {name}, identity}) => {
    const twin = before.includes(name) ? name : originalOf(first, name, identity);
    if (twin === undefined || !before.includes(twin)) return [];
    const how = twin === name ? '' : `, as ${twin} of which it is a copy`;
    return [`${name} stands on both sides${how}: the same trial is compared with itself`];
  });
  return {...counted, warnings: [], reservations: [...twice, ...notGiven(counted, asked)]};
}

/** Figures that were asked for, and that no trial of a side gives: who asked must not take silence for "none worse". */
function notGiven(sides: Pick<Sides, 'before' | 'after'>, asked: readonly string[]): readonly string[] {
  return (['before', 'after'] as const).flatMap(side => {
    const fit = sides[side].filter(({unfit}) => unfit === undefined);
    const given = new Set(fit.flatMap(({samples}) => samples.map(({labels}) => labels.percentile)));
    return asked
      .filter(figure => !given.has(figure))
      .map(figure => `${figure} was asked for, and no trial ${side} gives it`);
  });
}

interface ReadTrial {
  trial: ComparedTrial;
  identity?: Identity;
}

/** A trial that a side holds already is listed, and does not count. */
function onceEach(side: readonly ReadTrial[], known: KnownFiles): readonly ComparedTrial[] {
  const named = new Set<string>();
  return side.map(({trial, identity}) => {
    const path = resolve(trial.name);
    const original = named.has(path) ? trial.name : originalOf(known, trial.name, identity);
    named.add(path);
    if (original === undefined || trial.unfit !== undefined) return trial;
    const how = original === trial.name ? 'named twice' : `a copy of ${original}`;
    return {...trial, unfit: `${how}: one trial counts once`};
  });
}

function readFile(path: string, index: number, figures: readonly string[]): ReadTrial {
  const contents = contentsOf(path);
  const percentiles = figures.filter(figure => /^p\d/.test(figure));
  const samples = samplesOfFile(contents, percentiles);
  const {version, startedAtMs} = contents;
  const identity = identityOf(contents);
  const trial: ComparedTrial = {
    name: path,
    source: path,
    kind: jobsOf(contents),
    pair: String(index),
    ...(startedAtMs === undefined ? {} : {place: startedAtMs}),
    settings: {...contents.settings, ...(version === undefined ? {} : {'tool version': version})},
    samples: samples.ok
      ? samples.value.filter(({labels: {percentile}}) => percentile === undefined || figures.includes(percentile))
      : [],
    warnings: contents.warnings,
    ...(samples.ok ? {} : {unfit: samples.error}),
  };
  return {trial, ...(identity === undefined ? {} : {identity})};
}

/** The jobs of a file: only files of the same jobs are alike in their settings. */
function jobsOf({tool, records}: FileContents): string {
  return [...new Set([tool ?? '', ...records.map(({name}) => name)])].join(' ');
}

// ───────────────────────────── runs ─────────────────────────────

interface Judged {
  name: string;
  run: StoredRun;
  report: Report;
}

async function runSides(before: readonly string[], after: readonly string[]): Promise<Sides> {
  const [those, these] = [await Promise.all(before.map(judged)), await Promise.all(after.map(judged))];
  const profiles = (side: readonly Judged[]) => new Set(side.flatMap(({run}) => run.plan.profiles)).size;
  const several = profiles(those) > 1 || profiles(these) > 1;
  const trials = (side: readonly Judged[]) => {
    const copies = new Map(repeatsAmong(side.map(({report}) => runPiece(report))).map(one => [one.index, one.reason]));
    return side.flatMap((one, index) => trialsOf(one, index, several, copies.get(index)));
  };
  const across = copiesAcross(those, these);
  const twice = these.filter(({run}) => those.some(one => one.run.header.id === run.header.id));
  return {
    before: trials(those),
    after: trials(these),
    warnings: unique(those, these).flatMap(({name, report}) =>
      report.warnings
        .filter(({text}) => !text.startsWith('not applicable') && text !== unsigned)
        .map(({subject, text}) => `${name}: ${subject}: ${text}`),
    ),
    reservations: [
      ...twice.map(({name}) => `${name} stands on both sides: the same trials are compared with themselves`),
      ...across.map(text => `${text}: the same measurement is compared with itself`),
      ...unique(those, these).flatMap(reservationsOf),
    ],
  };
}

/** Runs of one side that hold what a run of another id on the other side measured, or cannot have run beside it. */
function copiesAcross(before: readonly Judged[], after: readonly Judged[]): readonly string[] {
  return after.flatMap(({name, report}) =>
    before
      .filter(one => one.name !== name)
      .flatMap(one => repeatsAmong([runPiece(one.report), runPiece(report)]))
      .map(({name: copy, reason}) => `${copy} ${reason}`),
  );
}

/** Each run once, also where it stands on both sides. */
function unique(before: readonly Judged[], after: readonly Judged[]): readonly Judged[] {
  return [...before, ...after.filter(({name}) => before.every(one => one.name !== name))];
}

async function judged(folder: string): Promise<Judged> {
  const run = await storedRunIn(folder);
  // No register: what is promised does not matter here, only what was measured.
  return {name: run.header.id, run, report: judgeRun(run, [], scenarios)};
}

/** Why a run must not show that none is worse; trials that are not done are left out, and named there. */
export function reservationsOf({name, report}: Pick<Judged, 'name' | 'report'>): string[] {
  const missing = report.plan.planned - report.trials.length;
  return [
    ...(report.ended.status === 'complete' ? [] : [`${name} ended ${report.ended.status}: ${report.ended.reason}`]),
    ...(missing > 0 ? [`${name}: ${missing} of ${report.plan.planned} planned trials are missing`] : []),
    ...(report.damage.length > 0 ? [`${name}: it is damaged in ${report.damage.length} places, see the warnings`] : []),
    ...report.findings
      .filter(({severity}) => severity === 'critical')
      .map(({trial, invariant, detail}) => `${name}, trial ${trial}, critical finding: ${invariant}: ${detail}`),
    ...unreadOf(report).map(({subject, text}) => `${name}, ${subject}: ${text}`),
  ];
}

function trialsOf(
  {name, run, report}: Judged,
  index: number,
  severalProfiles: boolean,
  copy: string | undefined,
): ComparedTrial[] {
  const whole = headerSettings(run.header);
  return report.trials.map(row => {
    const planned = run.plan.trials.find(({slot}) => slot === row.slot);
    const slot = String(row.slot);
    const startedAtMs = Date.parse(row.startedAt);
    return {
      name: `${name} trial ${slot}`,
      source: name,
      kind: severalProfiles ? `${row.scenario}, ${row.profile}` : row.scenario,
      pair: `${index}/${row.repetition}`,
      ...(Number.isFinite(startedAtMs) ? {place: startedAtMs} : {}),
      settings: {
        ...whole,
        profile: row.profile,
        ...Object.fromEntries(
          Object.entries(planned?.parameters ?? {}).map(([key, value]) => [`${row.scenario} ${key}`, String(value)]),
        ),
        ...readBackSettings(row),
      },
      samples: report.samples.filter(({labels}) => labels.trial === slot),
      warnings: [],
      ...(copy !== undefined
        ? {unfit: `its run ${copy}: one measurement counts once`}
        : row.status === 'done'
          ? {}
          : {unfit: `ended ${row.status}: ${row.reason}`}),
    };
  });
}

function headerSettings(header: RunHeader): Record<string, string> {
  const facts = new Set(header.fingerprints.flatMap(one => Object.keys(one.facts)));
  return {
    ...Object.fromEntries(
      [...facts].map(fact => [
        fact,
        together(header.fingerprints.map(one => ({where: one.host, value: one.facts[fact] ?? notSet}))),
      ]),
    ),
    cluster: header.cluster,
    nodes: String(header.nodes.length),
    guests: String(header.guests.length),
    storage: header.storage,
    hardware: header.hardware.note,
    suite: header.quick ? `${header.suite}, quick` : header.suite,
    seatrial: header.seatrialVersion,
    commit: header.commit,
  };
}

function readBackSettings({readBack}: TrialRow): Record<string, string> {
  const byId = Map.groupBy(readBack, ({id}) => id);
  return Object.fromEntries(
    [...byId].map(([id, those]) => [id, together(those.map(({where, found}) => ({where, value: found})))]),
  );
}

/** One value where all places agree, else each place with its own. */
function together(places: readonly {where: string; value: string}[]): string {
  const [first] = places;
  if (first === undefined || places.every(({value}) => value === first.value)) return first?.value ?? notSet;
  return places.map(({where, value}) => `${where} ${value}`).join(', ');
}

// ───────────────────────────── noise ─────────────────────────────

const noiseFile = z.object({
  schema: z.literal('seatrial-comparison/1'),
  rows: z.array(
    z.object({
      metric: z.string(),
      labels: z.record(z.string(), z.string()),
      verdict: z.string(),
      noise: z.number().nonnegative().exactOptional(),
    }),
  ),
});

export interface Noise {
  noise: number | readonly SeriesNoise[];
  warnings: readonly string[];
}

/** The A/A noise of each series out of the JSON of an A/A comparison. */
export function readNoise(path: string): Noise {
  const todo = 'Name a share such as 1.5%, or what an A/A comparison wrote with --format json.';
  const read = readJson(readText(path), path, noiseFile);
  if (!read.ok) {
    const {path: place, expected, found} = read.error;
    const where = place === '' ? '' : ` at ${place}`;
    throw new CommandError(`${path} is no comparison: expected ${expected}${where}, found ${found}`, todo);
  }
  const found = read.value.rows.filter(({verdict}) => verdict === 'better' || verdict === 'worse').length;
  return {
    noise: read.value.rows,
    warnings: found === 0 ? [] : [`${path}: ${found} metrics differ between sides that should be alike: is it an A/A?`],
  };
}
