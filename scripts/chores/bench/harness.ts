/**
 * The harness itself, on a small lab of its own: what fio gives under seatrial and by hand, in turns within the same
 * minute; the processor time that seatrial takes meanwhile; and how far apart eight of fio's clients start.
 */
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {cpus, tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {z} from 'zod';
import {parseFio} from '../../../harness/parse/fio.ts';
import {fioTotals} from '../../../harness/parse/fio-totals.ts';
import {readJson} from '../../../harness/parse/json.ts';
import {fioOverClients} from '../../../harness/workloads/fio.ts';
import {median} from '../../../reports/stats/numbers.ts';
import type {Bench, Line} from './line.ts';

const lab = 'bench';
const shape = ['--lab', lab, '--storage', 'nbd', '--guests', '1'];
const seconds = 8;
const rounds = 3;
/** One for operations, one for bandwidth. */
const blocks = [
  {bytes: 4096, unit: 'op/s', what: 'operations of 4 KiB', of: 'iops'},
  {bytes: 131_072, unit: 'B/s', what: 'bandwidth of 128 KiB', of: 'bytesPerSecond'},
] as const;
const servers = 8;
const firstPort = 8790;

export const harness: Bench = {
  title: `Under seatrial and by hand: ${rounds} rounds of ${seconds} s in turns, one guest of a lab`,
  async run() {
    if (process.getuid?.() !== 0) throw new Error('this bench builds a lab: run it as root');
    const folder = mkdtempSync(join(tmpdir(), 'seatrial-bench-'));
    await seatrial(['lab', 'up', lab, ...shape.slice(2)]);
    try {
      const lines: Line[] = [];
      const shares: number[] = [];
      for (const block of blocks) {
        const {line, cpuShares} = await inTurns(folder, block);
        lines.push(...line);
        shares.push(...cpuShares);
      }
      return [...lines, cpuLine(shares), await skewLine()];
    } finally {
      await seatrial(['lab', 'down', lab]);
      rmSync(folder, {recursive: true, force: true});
    }
  },
};

const script = join(import.meta.dirname, '../../seatrial.ts');

function seatrial(words: readonly string[]) {
  return execa(process.execPath, [script, ...words], {all: true});
}

type Block = (typeof blocks)[number];

/** By hand, under seatrial, by hand …: each run under seatrial is held against the two beside it. */
async function inTurns(folder: string, block: Block): Promise<{line: readonly Line[]; cpuShares: readonly number[]}> {
  const suite = join(folder, `${block.bytes}.yaml`);
  const parameters = {seconds, rampSeconds: 2, blockBytes: block.bytes, sizeMiB: 64, patterns: ['randread']};
  const scenarios = [{scenario: 'storage/fio', repetitions: {full: 1, quick: 1}, parameters}];
  writeFileSync(
    suite,
    JSON.stringify({name: 'bench', purpose: 'The harness itself.', profiles: ['as-found'], scenarios}),
  );
  const first = await under(folder, suite, `${block.bytes}-0`);
  const byHand = [await ofHand(first.argv, block)];
  const ratios: number[] = [];
  const cpuShares: number[] = [first.cpuShare];
  const values: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const own = await under(folder, suite, `${block.bytes}-${round}`);
    byHand.push(await ofHand(own.argv, block));
    const value = figureOf(own.text, block);
    values.push(value);
    ratios.push(value / mean(byHand.slice(-2)));
    cpuShares.push(own.cpuShare);
  }
  const spread = byHand.slice(1).map((value, index) => value / (byHand[index] ?? value));
  const far = (Math.max(...spread.map(each => Math.abs(Math.log(each)))) * 100).toFixed(0);
  return {
    cpuShares,
    line: [
      {
        what: `${block.what}, under seatrial`,
        value: median(values),
        unit: block.unit,
        beside: {what: 'the same by hand', value: median(byHand)},
      },
      {
        what: `${block.what}, under seatrial ÷ by hand (two runs by hand differ by up to ${far} %)`,
        value: median(ratios),
        unit: 'ratio',
        goal: {relation: 'within', low: 0.98, high: 1.02},
      },
    ],
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const meta = z.object({argv: z.array(z.string())});

/** A trial of `seatrial accept`: its fio report, what it typed for it, and its own processor time while fio ran. */
async function under(folder: string, suite: string, name: string) {
  const out = join(folder, name);
  const words = ['accept', ...shape, '--suite', suite, '--out', out];
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
  await new Promise(resolve => setTimeout(resolve, (seconds - 1) * 1000));
  const cpuShare = (cpuSeconds(running.pid) - before) / ((performance.now() - startedMs) / 1000);
  await running;
  const artefact = (file: string) => {
    const [trial = ''] = readdirSync(join(out, 'trials'));
    return readFileSync(join(out, 'trials', trial, 'artefacts', file), 'utf8');
  };
  try {
    const read = readJson(artefact('fio-randread.json.meta.json'), 'meta', meta);
    if (!read.ok) throw new Error(read.error.found);
    return {text: artefact('fio-randread.json'), argv: read.value.argv, cpuShare};
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

async function ofHand(argv: readonly string[], block: Block): Promise<number> {
  const {stdout} = await execa(process.execPath, [script, 'lab', 'exec', '--lab', lab, 'client', '--', ...argv]);
  return figureOf(stdout, block);
}

function figureOf(text: string, {of}: Block): number {
  const report = parseFio(text, 'fio', {clients: 1});
  const totals = report.ok ? fioTotals(report.value, ['read'], 'fio') : report;
  if (!totals.ok) throw new Error(`fio: expected ${totals.error.expected}, found ${totals.error.found}`);
  return totals.value[of];
}

function cpuLine(shares: readonly number[]): Line {
  return {
    what: `processor time of seatrial while fio runs, of one of ${cpus().length} cores`,
    value: median(shares),
    unit: 'ratio',
    goal: {relation: 'at-most', bound: 0.02},
  };
}

const skewFile = '/tmp/seatrial-skew';
const hosts = ['n1', 'n2', 'n3'];

function inLab(host: string, argv: readonly string[]) {
  return execa(process.execPath, [script, 'lab', 'exec', '--lab', lab, host, '--', ...argv], {reject: false});
}

/** Eight servers on the lab's hosts, which share one clock: each notes the moment just before its job. */
async function skewLine(): Promise<Line> {
  const started = Array.from({length: servers}, (_, index) => {
    const server = {address: `10.77.0.${11 + (index % hosts.length)}`, port: firstPort + index};
    const running = inLab(hosts[index % hosts.length] ?? 'n1', ['fio', `--server=${server.address},${server.port}`]);
    return {server, running};
  });
  try {
    await new Promise(resolve => setTimeout(resolve, 3000));
    const skews: number[] = [];
    for (let round = 0; round < 5; round += 1) skews.push(await skewOnce(started.map(({server}) => server)));
    return {
      what: `start skew of ${servers} of fio's clients at once, on one clock`,
      value: median(skews),
      unit: 's',
      goal: {relation: 'at-most', bound: 0.05},
    };
  } finally {
    for (const {running} of started) running.kill('SIGTERM');
    await Promise.all(started.map(({running}) => running));
  }
}

async function skewOnce(on: readonly {address: string; port: number}[]): Promise<number> {
  const noted = `date +%s.%N >>${skewFile}`;
  const shape = {ioengine: 'null', rw: 'read', bs: '4k', size: '4k', thread: 1, exec_prerun: noted};
  const {argv} = fioOverClients(
    on.map(server => ({server, job: {global: shape, jobs: {skew: {}}}})),
    1,
  );
  await inLab('client', argv);
  const said = await Promise.all(hosts.map(host => inLab(host, ['sh', '-c', `cat ${skewFile}; rm -f ${skewFile}`])));
  const moments = said.flatMap(({stdout}) => stdout.split('\n').filter(Boolean).map(Number));
  if (moments.length !== servers) throw new Error(`${moments.length} of ${servers} clients noted when they began`);
  return Math.max(...moments) - Math.min(...moments);
}
