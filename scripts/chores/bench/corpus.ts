/**
 * Many fio json+ files that could have been recorded: each is one recording with other numbers of I/Os in its bins, and
 * everything that follows from them worked out again, so that the parser finds nothing to warn of. Seeded: the same
 * files everywhere.
 */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {z} from 'zod';
import {random} from '../../../reports/stats/random.ts';

const moments = z.looseObject({N: z.number(), mean: z.number(), stddev: z.number()});
const histogram = moments.extend({
  percentile: z.record(z.string(), z.number()),
  bins: z
    .record(z.string(), z.number())
    .transform(bins => Object.entries(bins).map(([ns, count]) => ({ns: Number(ns), count}))),
});
const direction = z.looseObject({
  io_bytes: z.number(),
  io_kbytes: z.number(),
  bw_bytes: z.number(),
  bw: z.number(),
  iops: z.number(),
  runtime: z.number(),
  total_ios: z.number(),
  slat_ns: moments,
  clat_ns: histogram,
  lat_ns: moments,
});
const job = z.looseObject({read: direction, write: direction, 'job options': z.looseObject({numjobs: z.string()})});
const document = z.looseObject({jobs: z.array(job)});

/** Two job entries, each reading and writing 8 KiB blocks; a third makes the text 0.1 MB long. */
const recording = new URL('../../../fixtures/fio-3.42/randrw-two-jobs.out', import.meta.url);
const jobs = 3;
const blockBytes = 8192;

/** So many texts of fio json+ documents. */
export function fioTexts(seed: number, count: number): string[] {
  const texts = documentsFrom(seed);
  return Array.from({length: count}, () => texts.next().value);
}

/** Without end. */
function* documentsFrom(seed: number): Generator<string, never> {
  const recorded = document.parse(JSON.parse(readFileSync(recording, 'utf8')));
  const next = random(seed);
  for (;;) {
    // Quick runs and slow ones: from half to twice the recorded rate.
    const pace = 2 ** (2 * next() - 1);
    const binTexts: string[] = [];
    const entries = Array.from({length: jobs}, (_, index) => {
      const entry = recorded.jobs[index % recorded.jobs.length];
      if (entry === undefined) throw new Error('the recording has no jobs');
      return {
        ...entry,
        'job options': {...entry['job options'], numjobs: `${jobs}`},
        read: varied(entry.read, pace, next, binTexts),
        write: varied(entry.write, pace, next, binTexts),
      };
    });
    // fio prints a blank on both sides of the colon. The bins, most of the text, are put in afterwards: as objects of
    // numbered members they would be slow.
    const around = JSON.stringify({...recorded, jobs: entries}, null, 2)
      .replaceAll('": ', '" : ')
      .split('"BINS"');
    yield `${around.flatMap((text, index) => [text, binTexts[index] ?? '']).join('')}\n`;
  }
}

type Direction = z.infer<typeof direction>;

/** One direction with other numbers; in place of its bins stands `BINS`, and their text is added to `binTexts`. */
function varied(recorded: Direction, pace: number, next: () => number, binTexts: string[]): object {
  const old = recorded.clat_ns.bins;
  // The outermost bins stay, and with them the minimum and the maximum; a rare one between may be empty this time.
  const bins = old.flatMap(({ns, count}, index) => {
    const outermost = index === 0 || index === old.length - 1;
    const fresh = Math.max(outermost ? 1 : 0, Math.round(count * pace * (0.7 + 0.6 * next())));
    return fresh === 0 ? [] : [{ns, count: fresh}];
  });
  let total = 0;
  let weighted = 0;
  for (const {ns, count} of bins) {
    total += count;
    weighted += ns * count;
  }
  const mean = weighted / total;
  let squares = 0;
  for (const {ns, count} of bins) squares += (ns - mean) ** 2 * count;
  binTexts.push(`{\n${bins.map(({ns, count}) => `            "${ns}" : ${count}`).join(',\n')}\n          }`);
  const bytes = total * blockBytes;
  const bytesPerSecond = Number((BigInt(bytes) * 1000n) / BigInt(recorded.runtime));
  return {
    ...recorded,
    io_bytes: bytes,
    io_kbytes: Math.floor(bytes / 1024),
    bw_bytes: bytesPerSecond,
    bw: Math.floor(bytesPerSecond / 1024),
    iops: Number(((total * 1000) / recorded.runtime).toFixed(6)),
    total_ios: total,
    slat_ns: {...recorded.slat_ns, N: total},
    clat_ns: {
      ...recorded.clat_ns,
      N: total,
      mean: Number(mean.toFixed(6)),
      stddev: Number(Math.sqrt(squares / (total - 1)).toFixed(6)),
      percentile: percentilesOf(bins, total, Object.keys(recorded.clat_ns.percentile)),
      bins: 'BINS',
    },
    lat_ns: {...recorded.lat_ns, N: total},
  };
}

/** fio's rule: the first bin with a cumulative count of at least p·N. The keys ascend. */
function percentilesOf(
  bins: readonly {ns: number; count: number}[],
  total: number,
  keys: readonly string[],
): Record<string, number> {
  const table: Record<string, number> = {};
  let cumulative = 0;
  let index = -1;
  for (const key of keys) {
    const wanted = (Number(key) / 100) * total * (1 - 1e-12);
    while (cumulative < wanted) {
      index += 1;
      cumulative += bins[index]?.count ?? Number.NaN;
    }
    table[key] = bins[Math.max(0, index)]?.ns ?? Number.NaN;
  }
  return table;
}

export interface Corpus {
  folder: string;
  files: readonly string[];
  bytes: number;
}

/**
 * Hands a folder of so many files to `use`, and removes it afterwards, also where the process ends before
 * (`process.exit`).
 */
export async function withCorpus<T>(count: number, use: (corpus: Corpus) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-corpus-'));
  const remove = () => rmSync(folder, {recursive: true, force: true});
  process.once('exit', remove);
  try {
    const files: string[] = [];
    let bytes = 0;
    const texts = documentsFrom(count);
    for (let n = 0; n < count; n++) {
      const text = texts.next().value;
      const path = join(folder, `fio-${String(n).padStart(5, '0')}.json`);
      writeFileSync(path, text);
      files.push(path);
      bytes += text.length;
    }
    return await use({folder, files, bytes});
  } finally {
    remove();
    process.off('exit', remove);
  }
}
