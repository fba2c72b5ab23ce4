/**
 * Damages every recording of every parser and looks whether a number goes wrong without a word.
 *
 *     npm run fuzz -- --only iperf3,ping --seconds 60
 */
import {availableParallelism} from 'node:os';
import {isMainThread, parentPort, Worker, workerData} from 'node:worker_threads';
import {Command} from 'commander';
import {
  countDamages,
  damage,
  everyReplacement,
  examine,
  type Outcome,
  outcomes,
  replacements,
  truthOf,
} from '../../fixtures/kit/damage.ts';
import {type Recording, readCases, recordings, subjectOf} from '../../fixtures/kit/recordings.ts';
import {listed, whole} from '../cli/kit/options.ts';

/** Every `of`-th damage of a recording from the `slice`-th on, so that a part of the slices is a fair sample of all. */
interface Slice {
  recording: number;
  slice: number;
  of: number;
}

type Counts = Record<Outcome, number>;

interface Done extends Slice {
  truncations: number;
  damages: number;
  counts: Counts;
  /** The first few that went wrong. */
  wrong: readonly Wrong[];
}

interface Wrong {
  outcome: Outcome | 'hung';
  recording: string;
  index: number;
  detail: string;
}

interface Options {
  only?: readonly string[];
  seconds?: number;
  everyValue?: true;
  json?: true;
  limit: number;
  workers: number;
}

const casesPerSlice = 1000;
const fewestSlices = 16;
const wrongPerSlice = 5;
const shownWrong = 40;

function emptyCounts(): Counts {
  return {refused: 0, told: 0, equal: 0, unconfirmed: 0, silent: 0, threw: 0};
}

// ───────────────────────────── worker ─────────────────────────────

/** Number of the case at hand, and when it began in milliseconds: what the main thread sees of a worker that hangs. */
interface Shared {
  each: number;
  beat: SharedArrayBuffer;
}

function work({each, beat}: Shared): void {
  const all = [...recordings(), ...readCases()];
  const current = new Float64Array(beat);
  parentPort?.on('message', ({recording: at, slice, of}: Slice) => {
    const recording = all[at];
    if (recording === undefined) throw new Error(`no recording ${at}`);
    const subject = subjectOf(recording);
    const truth = truthOf(subject);
    const counts = emptyCounts();
    const wrong: Wrong[] = [];
    let truncations = 0;
    let damages = 0;
    const total = countDamages(recording.text, each);
    for (let index = slice; index < total; index += of) {
      const damaged = damage(recording.text, index, each);
      if (damaged === undefined) continue;
      if (index < recording.text.length) truncations += 1;
      else damages += 1;
      current[0] = index;
      current[1] = Date.now();
      const {outcome, detail = ''} = examine(subject, truth, damaged);
      counts[outcome] += 1;
      if ((outcome === 'silent' || outcome === 'threw') && wrong.length < wrongPerSlice)
        wrong.push({outcome, recording: labelOf(recording), index, detail});
    }
    current[1] = 0;
    const done: Done = {recording: at, slice, of, truncations, damages, counts, wrong};
    parentPort?.postMessage(done);
  });
}

function labelOf({folder, name}: Recording): string {
  return `${folder}/${name}`;
}

// ───────────────────────────── main ─────────────────────────────

interface Row {
  folder: string;
  recordings: number;
  cases: number;
  planned: number;
  truncations: number;
  damages: number;
  counts: Counts;
}

/**
 * Runs the slices over workers until they are done or the time is up. A worker whose case takes longer than the limit
 * is ended.
 */
async function fuzz(slices: readonly Slice[], all: readonly Recording[], each: number, options: Options) {
  const done: Done[] = [];
  const hung: Wrong[] = [];
  const started = Date.now();
  let next = 0;
  const isTimeUp = (): boolean => options.seconds !== undefined && Date.now() - started > options.seconds * 1000;
  const progress = (): void => {
    if (!process.stderr.isTTY) return;
    const wrong = done.reduce((sum, one) => sum + one.counts.silent + one.counts.threw, hung.length);
    process.stderr.write(`\r${done.length} of ${slices.length} slices, ${wrong} wrong \x1b[K`);
  };
  const lane = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const beat = new SharedArrayBuffer(16);
      const current = new Float64Array(beat);
      const worker = new Worker(new URL(import.meta.url), {workerData: {each, beat} satisfies Shared});
      let slice: Slice | undefined;
      const end = (settle: () => void): void => {
        clearInterval(watch);
        worker.removeAllListeners();
        worker.terminate().then(settle, reject);
      };
      const give = (): void => {
        slice = isTimeUp() ? undefined : slices[next];
        if (slice === undefined) {
          end(resolve);
          return;
        }
        next += 1;
        worker.postMessage(slice);
      };
      const watch = setInterval(() => {
        progress();
        const [index = 0, since = 0] = current;
        if (since === 0 || Date.now() - since < options.limit * 1000) return;
        const recording = slice === undefined ? undefined : all[slice.recording];
        const label = recording === undefined ? '' : labelOf(recording);
        hung.push({outcome: 'hung', recording: label, index, detail: `longer than ${options.limit} s`});
        end(() => lane().then(resolve, reject));
      }, 200);
      worker.on('message', (one: Done) => {
        done.push(one);
        give();
      });
      worker.on('error', error => end(() => reject(error)));
      give();
    });
  await Promise.all(Array.from({length: options.workers}, lane));
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  return {done, hung};
}

/** A slice of each recording by turns, so that a run that is cut short has seen the same share of each. */
function slicesOf(all: readonly Recording[], chosen: readonly number[], each: number): readonly Slice[] {
  return chosen
    .flatMap(recording => {
      const of = Math.max(fewestSlices, Math.ceil(countDamages(all[recording]?.text ?? '', each) / casesPerSlice));
      return Array.from({length: of}, (_, slice): Slice => ({recording, slice, of}));
    })
    .sort((a, b) => a.slice / a.of - b.slice / b.of);
}

function rowsOf(all: readonly Recording[], slices: readonly Slice[], done: readonly Done[]): readonly Row[] {
  const rows = new Map<string, Row & {seen: Set<number>}>();
  const rowFor = (recording: number) => {
    const folder = all[recording]?.folder ?? '';
    const row = rows.get(folder) ?? {
      folder,
      recordings: 0,
      cases: 0,
      planned: 0,
      truncations: 0,
      damages: 0,
      counts: emptyCounts(),
      seen: new Set<number>(),
    };
    rows.set(folder, row);
    return row;
  };
  for (const {recording} of slices) {
    const row = rowFor(recording);
    row.planned += 1;
    row.seen.add(recording);
    row.recordings = row.seen.size;
  }
  for (const one of done) {
    const row = rowFor(one.recording);
    row.cases += 1;
    row.truncations += one.truncations;
    row.damages += one.damages;
    for (const outcome of outcomes) row.counts[outcome] += one.counts[outcome];
  }
  return [...rows.values()];
}

const headings = [
  '',
  'recordings',
  'share',
  'truncations',
  'damages',
  'errors',
  'warnings',
  'equal',
  'unconfirmed',
  'silent',
  'threw',
];

function table(rows: readonly Row[]): string {
  const cells = rows.map(({folder, recordings: of, cases, planned, truncations, damages, counts}) => [
    folder,
    `${of}`,
    `${Math.floor((100 * cases) / planned)} %`,
    ...[truncations, damages, ...outcomes.map(outcome => counts[outcome])].map(count => count.toLocaleString('en')),
  ]);
  const lines = [headings, ...cells];
  const widths = headings.map((_, column) => Math.max(...lines.map(line => line[column]?.length ?? 0)));
  const format = (line: readonly string[]): string =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return `${lines.map(format).join('\n')}\n`;
}

async function run(options: Options): Promise<void> {
  const all = [...recordings(), ...readCases()];
  const wanted = (recording: Recording): boolean =>
    options.only === undefined || options.only.some(name => `${recording.tool} ${labelOf(recording)}`.includes(name));
  const chosen = all.flatMap((recording, index) => (recording.text !== '' && wanted(recording) ? [index] : []));
  if (chosen.length === 0) {
    const tools = [...new Set(all.map(one => one.folder))].join(', ');
    process.stderr.write(`no recording is named like ${options.only?.join(', ')}; there are ${tools}\n`);
    process.exitCode = 3;
    return;
  }
  const each = options.everyValue ? everyReplacement : replacements;
  const slices = slicesOf(all, chosen, each);
  const {done, hung} = await fuzz(slices, all, each, options);
  const rows = rowsOf(all, slices, done);
  const wrong = [...hung, ...done.flatMap(one => one.wrong)];
  if (options.json) process.stdout.write(`${JSON.stringify({rows, wrong})}\n`);
  else {
    process.stdout.write(table(rows));
    for (const {outcome, recording, index, detail} of wrong.slice(0, shownWrong))
      process.stdout.write(`${outcome}: ${recording}, damage ${index}: ${detail}\n`);
    if (wrong.length > shownWrong) process.stdout.write(`… and ${wrong.length - shownWrong} more\n`);
  }
  process.exitCode = wrong.length > 0 ? 1 : 0;
}

if (isMainThread) {
  await new Command('fuzz')
    .description('Damage every recording of every parser: no number may go wrong without a warning or an error.')
    .option('--only <names>', 'tools, folders or recordings whose names hold one of these', listed)
    .option('--seconds <seconds>', 'stop after so long, having seen an equal share of each recording', whole(1, 86_400))
    .option('--every-value', 'replace every byte by each of the 256 there are, not only by the telling ones')
    .option('--limit <seconds>', 'a case that takes longer hangs', whole(1, 600), 10)
    .option('--workers <count>', 'worker threads', whole(1, 256), availableParallelism())
    .option('--json', 'the counts as JSON')
    .addHelpText(
      'after',
      `
Replaced is every character in turn: digits by every digit; all by a letter, e, quotes, brackets, signs, space, comma, colon, line end,
nothing, and one byte at random. "unconfirmed" are numbers that nothing else in the text confirms: each parser's description lists them.

Examples:
  npm run fuzz
  npm run fuzz -- --only fio-3.42 --seconds 60
  npm run fuzz -- --only ping,domjobinfo --every-value`,
    )
    .action(run)
    .parseAsync();
} else work(workerData);
