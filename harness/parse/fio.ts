import type {ParseError, Result} from '../types.ts';
import {checkClients} from './fio-clients.ts';
import {checkEnd, checkRuntime} from './fio-end.ts';
import {readJob} from './fio-job.ts';
import {isOn, type Options, optionsOf} from './fio-options.ts';
import type {FioContext, FioJob, FioReport, FioWarning} from './fio-report.ts';
import {runsIn} from './fio-runs.ts';
import {fioVersionOf} from './fio-version.ts';
import {items, member, type Place, text} from './json-place.ts';
import {type JsonDocument, type JsonScan, scanJson} from './json-scan.ts';
import {reading, Unexpected} from './unexpected.ts';

export * from './fio-report.ts';

/** What fio also prints, and is not read. */
const otherOutputs: readonly {shape: RegExp; name: string}[] = [
  {shape: /^\d+;fio-\d/, name: "fio's terse output"},
  {shape: /: \(groupid=\d+, jobs=\d+\): err=/, name: "fio's output for people"},
  {shape: /^\d+, +\d+, +\d+, +\d+/, name: 'a log of fio (write_lat_log and the like)'},
];

/**
 * Reads what `fio --output-format=json` or `json+` printed (3.1 to 3.42), also in client mode, between other lines, or
 * several cumulative documents (`--status-interval`: the last one counts). Paths are JSON pointers into that last
 * document. An error where there is no whole document, it lacks what every fio prints, or the file holds several runs.
 * A value may carry warnings: with any but `saturated` its numbers must not be judged. Every figure is held against
 * another that must agree with it. Damage that stays within the resolution of that check goes unseen: minimum, maximum,
 * mean and deviation within one histogram bin, a bin of few latencies in another place; without json+ all but the order
 * of latencies and the means (of engines that submit and complete apart). Nothing else in the text confirms the group
 * of a job after the first, or of a first one that began a group (`stonewall`, `new_group`), when it started within
 * the run, and `job_runtime`, which gives several sections away.
 */
export function parseFio(output: string, artefact: string, context: FioContext = {}): Result<FioReport, ParseError> {
  return readFio(scanJson(output), artefact, context);
}

/** The same of a text that was scanned already. */
export function readFio(scan: JsonScan, artefact: string, context: FioContext = {}): Result<FioReport, ParseError> {
  const last = scan.documents.at(-1);
  if (last === undefined) return {ok: false, error: {artefact, ...noDocument(scan)}};
  return reading(artefact, () => {
    checkRuns(scan.documents);
    return readReport(last, scan, context);
  });
}

function noDocument({damage: [broken], outside}: JsonScan): Omit<ParseError, 'artefact'> {
  if (broken !== undefined) {
    return {path: `line ${broken.line}`, expected: broken.expected, found: broken.found};
  }
  const said = outside.at(-1);
  const stranger = otherOutputs.find(({shape}) => outside.some(line => shape.test(line)));
  if (stranger === undefined) {
    const found = said === undefined ? 'no text' : JSON.stringify(said.slice(0, 200));
    return {path: 'line 1', expected: 'a JSON document of fio', found};
  }
  return {
    path: 'line 1',
    expected: 'a JSON document of fio: run it with --output-format=json+',
    found: `${stranger.name}: ${JSON.stringify((outside[0] ?? '').slice(0, 200))}`,
  };
}

/** Several runs in one file are several trials: the last must not speak for all. */
function checkRuns(documents: readonly JsonDocument[]): void {
  if (documents.length === 1) return;
  const runs = runsIn(documents);
  if (runs.length === 1) return;
  const lines = runs.map(([first]) => first?.line ?? 1);
  const shown = `${lines.slice(0, 5).join(', ')}${lines.length > 5 ? ', …' : ''}`;
  const found = `${runs.length} runs, at lines ${shown}: one a file is needed`;
  throw new Unexpected(`line ${lines[1] ?? 1}`, 'one run of fio, or documents of one that accumulate', found);
}

function readReport(last: JsonDocument, {documents, damage, outside}: JsonScan, context: FioContext): FioReport {
  const root: Place = {value: last.value, path: ''};
  const version = readVersion(root);
  const warnings: FioWarning[] = damage.map(({line, ...rest}) => ({kind: 'damaged', path: `line ${line}`, ...rest}));
  const remarks: FioWarning[] = [];
  const clientMode = last.value.has('client_stats');
  const entries = items(member(root, clientMode ? 'client_stats' : 'jobs'));
  const own = entries.filter(entry => !(clientMode && isSum(entry)));
  const document = {root, clientMode, version: fioVersionOf(version), warnings, remarks};
  const options = own.map(entry => optionsOf(entry, root));
  const jobs = own.flatMap((entry, index) => {
    const its = options[index];
    return its === undefined ? [] : [readJob(entry, its, document)];
  });
  if (jobs.length === 0) {
    throw new Unexpected(clientMode ? '/client_stats' : '/jobs', 'at least one job', 'none');
  }
  const clients = [...new Set(jobs.flatMap(job => job.client ?? []))].sort();
  if (clientMode) {
    const sums = entries.filter(entry => !own.includes(entry));
    warnings.push(...checkClients(jobs, clients, sums, root, context));
  }
  warnings.push(...repeatedKeys(last, options));
  const ending = {version: document.version, isWhole: documents.length === 1, context};
  const ran = checkRuntime(jobs, options, ending);
  warnings.push(...checkGroups(jobs, options), ...ran.short, ...checkEnd(jobs, outside, context));
  remarks.push(...ran.remarks, ...unequalRuns(jobs));
  const notes = outside.filter(line => /^(?:note|fio|warning|<)/i.test(line)).slice(0, 50);
  return {version, jobs, clients, notes, warnings, remarks};
}

function readVersion(root: Place): string {
  const place = member(root, 'fio version');
  const version = text(place);
  if (/^fio-[012]\.\d/.test(version)) {
    const expected = 'fio 3.1 or later, which counts in bytes and ns: run the job again with one';
    throw new Unexpected(place.path, expected, `${version}, which counts in KiB and µs`);
  }
  return version;
}

/**
 * A repeated key hides a value. But options may be given, and so are printed, several times; before 3.4 fio prints
 * empty places of its percentiles; and percentiles that were asked for with more than six decimals may look alike: the
 * last, and highest, counts.
 */
function repeatedKeys({repeated}: JsonDocument, options: readonly Options[]): readonly FioWarning[] {
  return repeated.flatMap(path => {
    if (/^\/global options\/|\/job options\/[^/]*$|\/percentile\/0\.00$/.test(path)) return [];
    const [, label] = /\/percentile\/([\d.]+)$/.exec(path) ?? [];
    if (label !== undefined && options.some(one => asksTwice(one.get('percentile_list'), label))) return [];
    return [{kind: 'inconsistent' as const, path, expected: 'each key once', found: 'the key again'}];
  });
}

function asksTwice(list: string | undefined, label: string): boolean {
  return (list?.split(':').filter(one => Number(one).toFixed(6) === label).length ?? 0) > 1;
}

/** Of a direction's longest runtime: what runs of one name may differ by unsaid. */
const alike = 0.99;

/**
 * Jobs of one name are added up over the longest of their runtimes; who reads their rates should know where these
 * differ.
 */
function unequalRuns(jobs: readonly FioJob[]): readonly FioWarning[] {
  return [...Map.groupBy(jobs, job => job.name).values()].flatMap(same => {
    const runtimes = same.flatMap(job => {
      const work = Object.values(job.work);
      return work.length === 0 ? [] : [Math.max(...work.map(one => one.runtimeSeconds))];
    });
    const [shortest, longest] = [Math.min(...runtimes), Math.max(...runtimes)];
    const [first] = same;
    if (first === undefined || runtimes.length < 2 || shortest >= longest * alike) return [];
    const expected = `${longest} s of all ${runtimes.length} called ${first.name}, over which their work is counted`;
    return [{kind: 'unequal' as const, path: first.path, expected, found: `${shortest} s`}];
  });
}

/** The sum over all clients has no options; a job of that name has. */
function isSum(entry: Place): boolean {
  return member(entry, 'jobname').value === 'All clients' && member(entry, 'job options').value === undefined;
}

/**
 * fio counts groups from 0, in the order of the jobs. The first that it prints may be of a later one, where it began a
 * group itself: jobs before it that have no figures (`stats=0`) are not printed.
 */
function checkGroups(jobs: readonly FioJob[], options: readonly Options[]): FioWarning[] {
  const reached = new Map<string, number>();
  return jobs.flatMap((job, index) => {
    const before = reached.get(job.client ?? '') ?? -1;
    reached.set(job.client ?? '', job.group);
    if (job.group === before + 1 || (job.group === before && before >= 0)) return [];
    const own = options[index];
    if (before < 0 && own !== undefined && (isOn(own, 'stonewall') || isOn(own, 'new_group'))) return [];
    const expected = before < 0 ? '0' : `${before} or ${before + 1}`;
    return [{kind: 'inconsistent' as const, path: `${job.path}/groupid`, expected, found: `${job.group}`}];
  });
}
