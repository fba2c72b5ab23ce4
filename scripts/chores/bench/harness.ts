/**
 * The harness itself, on a small lab of its own: what fio gives under seatrial and by hand, in turns within the same
 * minute, and the processor time that seatrial takes meanwhile.
 */
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {cpus} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {z} from 'zod';
import {parseFio} from '../../../harness/parse/fio.ts';
import {fioTotals} from '../../../harness/parse/fio-totals.ts';
import {readJson} from '../../../harness/parse/json.ts';
import {medianInterval} from '../../../reports/stats/median.ts';
import {median} from '../../../reports/stats/numbers.ts';
import {inLabOf, script} from './lab.ts';
import type {Bench, Line} from './line.ts';

const lab = 'bench';
const shape = ['--storage', 'nbd', '--guests', '1'];
const seconds = 6;
const rounds = 9;
/** What begins a load is no part of it: the processor time is looked at over a longer one. */
const longSeconds = 30;
const patterns = ['randread', 'randwrite'] as const;
/** One for operations, one for bandwidth; both of every trial. */
const figures = [
  {pattern: 'randread', direction: 'read', unit: 'op/s', what: 'read operations', of: 'iops'},
  {pattern: 'randwrite', direction: 'write', unit: 'B/s', what: 'write bandwidth', of: 'bytesPerSecond'},
] as const;
type Figure = (typeof figures)[number];

export const harness: Bench = {
  title: `Under seatrial and by hand: ${rounds} rounds of ${seconds} s in turns, one guest of a lab`,
  run: () => inLabOf(lab, shape, inTurns),
};

/** Of each pattern, and of what is written before: what fio said, and what was typed for it. */
type Loads = Readonly<Record<Figure['pattern'] | 'fill', {text: string; argv: readonly string[]}>>;

/** By hand, under seatrial, by hand …: each run under seatrial is held against the two beside it. */
async function inTurns(folder: string): Promise<readonly Line[]> {
  const {cpuShare} = await under(folder, 'long', longSeconds);
  // It only shows what is typed: nothing by hand came before it.
  const first = await under(folder, 'first', seconds);
  const byHand = [await ofHand(first.loads)];
  const own: Loads[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const {loads} = await under(folder, `${round}`, seconds);
    own.push(loads);
    byHand.push(await ofHand(loads));
  }
  return [...figures.flatMap(figure => linesOf(figure, own, byHand)), cpuLine(cpuShare)];
}

function linesOf(figure: Figure, own: readonly Loads[], byHand: readonly Loads[]): readonly Line[] {
  const values = own.map(loads => figureIn(loads, figure));
  const hand = byHand.map(loads => figureIn(loads, figure));
  const ratios = values.map((value, index) => value / mean(hand.slice(index, index + 2)));
  const again = hand.slice(1).map((value, index) => value / (hand[index] ?? value));
  return [
    {
      what: `${figure.what}, under seatrial`,
      value: median(values),
      unit: figure.unit,
      beside: {what: 'the same by hand', value: median(hand)},
    },
    {
      what: `${figure.what}, under seatrial ÷ by hand`,
      ...middle(ratios),
      goal: {relation: 'within', low: 0.98, high: 1.02},
    },
    {what: `${figure.what}, by hand ÷ by hand before, for comparison`, ...middle(again)},
  ];
}

function middle(ratios: readonly number[]): Pick<Line, 'value' | 'unit' | 'interval'> {
  const found = medianInterval(ratios);
  const of = {value: median(ratios), unit: 'ratio'} as const;
  return found.ok ? {...of, interval: {low: found.value.low, high: found.value.high}} : of;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const meta = z.object({argv: z.array(z.string())});

/** A trial of `seatrial accept`, and its own processor time while fio read. */
async function under(folder: string, name: string, lasting: number): Promise<{loads: Loads; cpuShare: number}> {
  const suite = join(folder, `${name}.yaml`);
  const parameters = {seconds: lasting, rampSeconds: 2, sizeMiB: 64, patterns};
  const scenarios = [{scenario: 'storage/fio', repetitions: {full: 1, quick: 1}, parameters}];
  const text = {name: 'bench', purpose: 'The harness itself.', profiles: ['as-found'], scenarios};
  writeFileSync(suite, JSON.stringify(text));
  const out = join(folder, name);
  const words = ['accept', '--lab', lab, ...shape, '--suite', suite, '--out', out];
  const running = execa(process.execPath, [script, ...words], {all: true, reject: false});
  const began = Promise.withResolvers<void>();
  let said = '';
  running.all.on('data', (text: Buffer) => {
    said += text.toString();
    if (/fio randread for/.test(said)) began.resolve();
  });
  void running.finally(() => began.resolve());
  await began.promise;
  const before = cpuSeconds(running.pid);
  const startedMs = performance.now();
  await new Promise(resolve => setTimeout(resolve, (lasting - 1) * 1000));
  const cpuShare = (cpuSeconds(running.pid) - before) / ((performance.now() - startedMs) / 1000);
  await running;
  const artefact = (file: string) => {
    const [trial = ''] = readdirSync(join(out, 'trials'));
    return readFileSync(join(out, 'trials', trial, 'artefacts', file), 'utf8');
  };
  const load = (pattern: keyof Loads) => {
    const read = readJson(artefact(`fio-${pattern}.json.meta.json`), 'meta', meta);
    if (!read.ok) throw new Error(read.error.found);
    return {text: artefact(`fio-${pattern}.json`), argv: read.value.argv};
  };
  try {
    return {loads: {fill: load('fill'), randread: load('randread'), randwrite: load('randwrite')}, cpuShare};
  } catch (error) {
    throw new Error(`accept measured nothing: ${String(error)}; it said: ${said.slice(-600)}`);
  }
}

/** What it has used, and its helpers that have ended; of a process that is gone, nothing is known. */
function cpuSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

/** In the same order: what was just written is still on its way to the disk while the next load reads. */
async function ofHand({fill, randread, randwrite}: Loads): Promise<Loads> {
  return {
    fill: {...fill, text: (await inLab('client', fill.argv)).stdout},
    randread: {...randread, text: (await inLab('client', randread.argv)).stdout},
    randwrite: {...randwrite, text: (await inLab('client', randwrite.argv)).stdout},
  };
}

function figureIn(loads: Loads, {pattern, direction, of}: Figure): number {
  const report = parseFio(loads[pattern].text, 'fio', {clients: 1});
  const totals = report.ok ? fioTotals(report.value, [direction], 'fio') : report;
  if (!totals.ok) throw new Error(`fio: expected ${totals.error.expected}, found ${totals.error.found}`);
  return totals.value[of];
}

function cpuLine(value: number): Line {
  return {
    what: `processor time of seatrial while fio runs for ${longSeconds} s, of one of ${cpus().length} cores`,
    value,
    unit: 'ratio',
    goal: {relation: 'at-most', bound: 0.02},
  };
}

function inLab(host: string, argv: readonly string[]) {
  return execa(process.execPath, [script, 'lab', 'exec', '--lab', lab, host, '--', ...argv], {reject: false});
}
