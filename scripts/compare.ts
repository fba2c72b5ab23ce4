/** What stands on the two sides of `seatrial compare`: files, or stored runs, as trials. */
import {createHash} from 'node:crypto';
import {existsSync, readFileSync, statSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {z} from 'zod';
import {expectedOf} from '../harness/issue.ts';
import {readRun} from '../harness/store.ts';
import type {RunHeader, StoredRun} from '../harness/types.ts';
import {notSet} from '../reports/comparison/settings.ts';
import type {ComparedTrial, SeriesNoise} from '../reports/comparison/side-by-side.ts';
import {samplesOfFile} from '../reports/file-samples.ts';
import type {FileContents} from '../reports/records.ts';
import type {Report, TrialRow} from '../reports/report.ts';
import {scenarios} from '../suites/index.ts';
import {judgeRun} from './judge-run.ts';
import {contentsOf} from './read-files/batch.ts';
import {Refusal} from './refusal.ts';
import {readText} from './shipped.ts';

export interface Sides {
  before: readonly ComparedTrial[];
  after: readonly ComparedTrial[];
  warnings: readonly string[];
  /** Why "none is worse" must not be said, whatever the numbers. */
  reservations: readonly string[];
}

/** Latency figures of a file that are compared where no others are asked for. Each further one makes Holm stricter for all. */
export const usualFigures: readonly string[] = ['mean', 'p50', 'p99', 'p99.9'];

/** Files on both sides, or folders of stored runs on both sides. */
export async function readSides(
  before: readonly string[],
  after: readonly string[],
  figures: readonly string[],
): Promise<Sides> {
  const kinds = new Set([...before, ...after].map(kindOf));
  if (kinds.size > 1) {
    throw new Refusal('files and stored runs cannot be compared with each other', 'Name files on both sides, or runs.');
  }
  return kinds.has('run') ? runSides(before, after) : fileSides(before, after, figures);
}

function kindOf(path: string): 'file' | 'run' {
  const found = statSync(path, {throwIfNoEntry: false});
  if (found === undefined) {
    throw new Refusal(
      path.startsWith('-') ? `unknown option ${path}` : `there is no file ${path}`,
      path.startsWith('-') ? 'See: seatrial compare --help' : 'Name files that exist, or folders of stored runs.',
    );
  }
  if (!found.isDirectory()) return 'file';
  if (existsSync(join(path, 'run.json'))) return 'run';
  throw new Refusal(`${path} is a folder, but no stored run`, `Name its files, for instance ${path}/*.json`);
}

// ───────────────────────────── files ─────────────────────────────

function fileSides(before: readonly string[], after: readonly string[], figures: readonly string[]): Sides {
  const read = (paths: readonly string[]): ComparedTrial[] => {
    const seen = new Map<string, string>();
    return paths.map((path, index) => {
      const bytes = digest(path);
      const twin = seen.get(bytes);
      if (twin === undefined) seen.set(bytes, path);
      return trialOf(path, index, figures, twin);
    });
  };
  const digests = new Map(before.toReversed().map(path => [digest(path), path]));
  const twice = after.flatMap(path => {
    const twin = digests.get(digest(path));
    if (twin === undefined) return [];
    const how = twin === path ? '' : `, as ${twin} with the same bytes`;
    return [`${path} stands on both sides${how}: the same trial is compared with itself`];
  });
  return {before: read(before), after: read(after), warnings: twice, reservations: []};
}

/** Of a file that cannot be read: its name. */
function digest(path: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return resolve(path);
  }
}

function trialOf(path: string, index: number, figures: readonly string[], twin: string | undefined): ComparedTrial {
  const contents = contentsOf(path);
  const percentiles = figures.filter(figure => /^p\d/.test(figure));
  const samples = samplesOfFile(contents, percentiles);
  const {version} = contents;
  const unfit = !samples.ok
    ? samples.error
    : twin === undefined
      ? undefined
      : twin === path
        ? 'named twice: one trial counts once'
        : `the same bytes as ${twin}: one trial counts once`;
  return {
    name: path,
    source: path,
    kind: jobsOf(contents),
    pair: String(index),
    settings: {...contents.settings, ...(version === undefined ? {} : {'tool version': version})},
    samples: samples.ok
      ? samples.value.filter(({labels: {percentile}}) => percentile === undefined || figures.includes(percentile))
      : [],
    warnings: contents.warnings,
    ...(unfit === undefined ? {} : {unfit}),
  };
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
  const trials = (side: readonly Judged[]) => side.flatMap((one, index) => trialsOf(one, index, several));
  const twice = these.filter(({run}) => those.some(one => one.run.header.id === run.header.id));
  return {
    before: trials(those),
    after: trials(these),
    warnings: [
      ...twice.map(({name}) => `${name} stands on both sides: the same trials are compared with themselves`),
      ...unique(those, these).flatMap(({name, report}) =>
        report.warnings
          .filter(({text}) => !text.startsWith('not applicable'))
          .map(({subject, text}) => `${name}: ${subject}: ${text}`),
      ),
    ],
    reservations: unique(those, these).flatMap(reservationsOf),
  };
}

/** Each run once, also where it stands on both sides. */
function unique(before: readonly Judged[], after: readonly Judged[]): readonly Judged[] {
  return [...before, ...after.filter(({name}) => before.every(one => one.name !== name))];
}

async function judged(folder: string): Promise<Judged> {
  const run = await readRun(resolve(folder));
  if (!run.ok) {
    const {artefact, path, expected, found} = run.error;
    throw new Refusal(
      `${folder} is no stored run: ${artefact}${path === '' ? '' : ` at ${path}`}: found ${found}, expected ${expected}`,
      'Name the folder that seatrial accept printed; it holds run.json.',
    );
  }
  // No register: what is promised does not matter here, only what was measured.
  return {name: run.value.header.id, run: run.value, report: judgeRun(run.value, [], scenarios)};
}

function reservationsOf({name, run, report}: Judged): string[] {
  const missing = report.plan.planned - report.trials.length;
  return [
    ...(report.ended.status === 'complete' ? [] : [`${name} ended ${report.ended.status}: ${report.ended.reason}`]),
    ...(missing > 0 ? [`${name}: ${missing} of ${report.plan.planned} planned trials are missing`] : []),
    ...(run.damage.length > 0 ? [`${name}: ${run.damage.length} damaged files, see the warnings`] : []),
    ...report.findings
      .filter(({severity}) => severity === 'critical')
      .map(({trial, invariant, detail}) => `${name}, trial ${trial}, critical finding: ${invariant}: ${detail}`),
  ];
}

function trialsOf({name, run, report}: Judged, index: number, severalProfiles: boolean): ComparedTrial[] {
  const whole = headerSettings(run.header);
  return report.trials.map(row => {
    const planned = run.plan.trials.find(({slot}) => slot === row.slot);
    const slot = String(row.slot);
    return {
      name: `${name} trial ${slot}`,
      source: name,
      kind: severalProfiles ? `${row.scenario}, ${row.profile}` : row.scenario,
      pair: `${index}/${row.repetition}`,
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
      ...(row.status === 'done' ? {} : {unfit: `ended ${row.status}: ${row.reason}`}),
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
  let value: unknown;
  try {
    value = JSON.parse(readText(path));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`${path} is no JSON: ${error instanceof Error ? error.message : String(error)}`, todo);
  }
  const read = noiseFile.safeParse(value);
  if (!read.success) {
    const issue = read.error.issues[0];
    const wanted = issue === undefined ? 'a comparison' : `${expectedOf(issue)} at /${issue.path.join('/')}`;
    throw new Refusal(`${path} is no comparison: expected ${wanted}`, todo);
  }
  const found = read.data.rows.filter(({verdict}) => verdict === 'better' || verdict === 'worse').length;
  return {
    noise: read.data.rows,
    warnings: found === 0 ? [] : [`${path}: ${found} metrics differ between sides that should be alike: is it an A/A?`],
  };
}
