import {type Command, InvalidArgumentError, Option} from 'commander';
import {didYouMean} from '../../../harness/config/nearest.ts';
import {comparisonDocument} from '../../../reports/comparison/document.ts';
import {sideBySide} from '../../../reports/comparison/side-by-side.ts';
import {metrics} from '../../../reports/metrics.ts';
import {CommandError} from '../kit/command-error.ts';
import {listed} from '../kit/options.ts';
import {addOutputOptions, deliver, formatOf, type OutputFlags} from '../kit/output-options.ts';
import {addPluginsOption} from '../kit/plugins/option.ts';
import {type Printed, printed} from '../kit/print-document.ts';
import {type Noise, readNoise, readSides, usualFigures} from './sides.ts';

const formats = ['text', 'md', 'csv', 'json', 'html', 'pdf'] as const satisfies readonly Printed[];

interface Options extends OutputFlags<(typeof formats)[number]> {
  paired?: true;
  metric?: readonly string[];
  figures?: readonly string[];
  threshold: number;
  noise?: Noise;
  confidence: number;
}

export function setUp(command: Command): void {
  addPluginsOption(command);
  command
    .argument('[files...]', 'BEFORE... -- AFTER...: files, or folders of stored runs, on both sides of --')
    .addOption(
      new Option('--paired', 'pair the two sides by order (runs: by repetition); for trials measured in turns'),
    )
    .addOption(new Option('--metric <names>', 'only these metrics, comma-separated').argParser(known))
    .addOption(
      new Option(
        '--figures <names>',
        `latency figures of files, comma-separated (${usualFigures.join(',')} without)`,
      ).argParser(figures),
    )
    .addOption(
      new Option('--threshold <share>', 'the smallest change worth a word').argParser(share(0, 10)).default(0.03, '3%'),
    )
    .addOption(
      new Option(
        '--noise <share or file>',
        'A/A noise, or the JSON of an A/A comparison; a change must be twice that',
      ).argParser(noise),
    )
    .addOption(
      new Option('--confidence <share>', 'of the intervals').argParser(share(0.8, 0.9999)).default(0.95, '95%'),
    );
  addOutputOptions(command, formats);
  command
    .addHelpText(
      'after',
      `
Each file, and each trial of a run, is one value: several a side are needed. 2 a side give an interval of the ratio, 3 a side may claim a
difference, 4 a side let ranks speak
(Mann-Whitney; 6 pairs with --paired), 6 a side give each median an interval; a verdict says how many more are needed.
Two sets are compared unpaired, runs too: they were not measured in turns. Trials that were (A B B A ...) are compared with --paired.

Examples:
  seatrial compare old/*.json -- new/*.json
  seatrial compare --metric storage.iops old/*.json -- new/*.json
  seatrial compare --paired a1.json a2.json a3.json -- b1.json b2.json b3.json
  seatrial compare same1/*.json -- same2/*.json --out noise.json     an A/A comparison: what does noise look like?
  seatrial compare old/*.json -- new/*.json --noise noise.json       a change must be twice that noise
  seatrial compare runs/monday -- runs/tuesday --out week.html
  seatrial compare old/*.json -- new/*.json --format json | jq '.rows[] | select(.verdict == "worse")'

Exit code: 0 no metric is worse, 1 some are worse, 2 it cannot be said (too noisy, nothing to compare, a file that must not be judged), 3 wrong usage.`,
    )
    .action(async (_files: readonly string[], _options: unknown, command: Command) => {
      const sides = operands(command);
      const options = command.opts<Options>();
      const read = await readSides(sides.before, sides.after, options.figures);
      const comparison = sideBySide(read.before, read.after, {
        paired: pairing(options.paired === true, sides),
        confidence: options.confidence,
        threshold: options.threshold,
        ...(options.noise === undefined ? {} : {noise: options.noise.noise}),
        ...(options.metric === undefined ? {} : {metrics: options.metric}),
        warnings: [...read.warnings, ...(options.noise?.warnings ?? [])],
        reservations: read.reservations,
      });
      const text = await printed(comparisonDocument(comparison), formatOf(options, formats), options.out);
      process.exitCode = comparison.exitCode;
      await deliver(text, options.out);
    });
}

const how = 'Write: seatrial compare BEFORE... -- AFTER...';

/**
 * The two sides, told apart by `--`. The parser drops it, so it is looked up in the words as they were typed. Options
 * may stand on both sides.
 */
function operands(command: Command): {before: readonly string[]; after: readonly string[]} {
  const typed = words(command);
  const at = typed.indexOf('--');
  if (at < 0) throw new CommandError('-- is missing, which tells the two sides apart', how);
  const tail = typed.slice(at + 1);
  if (tail.includes('--')) throw new CommandError('-- stands there twice: there are two sides, no more', how);
  const all = command.args;
  const before = all.slice(0, all.length - tail.length);
  const {operands: after, unknown} = command.parseOptions([...tail]);
  if (unknown[0] !== undefined) throw new CommandError(`unknown option ${unknown[0]}`, 'See: seatrial compare --help');
  if (before.length === 0) throw new CommandError('there is nothing before --', how);
  if (after.length === 0) throw new CommandError('there is nothing after --', how);
  return {before, after};
}

function words(command: Command): readonly string[] {
  const top = command.parent ?? command;
  const raw: unknown = 'rawArgs' in top ? top.rawArgs : process.argv;
  return Array.isArray(raw) ? raw.map(String) : process.argv;
}

function pairing(paired: boolean, {before, after}: {before: readonly unknown[]; after: readonly unknown[]}): boolean {
  if (paired && before.length !== after.length) {
    throw new CommandError(
      `pairs need as many after as before: there are ${before.length} before -- and ${after.length} after it`,
      'Name equally many, in the same order, or leave out --paired.',
    );
  }
  return paired;
}

function known(text: string, before: readonly string[] = []): readonly string[] {
  const names = metrics.map(({name}) => name);
  const wanted = listed(text, before);
  const wrong = wanted.find(name => !names.includes(name));
  if (wrong !== undefined) {
    throw new InvalidArgumentError(
      `No such metric: ${wrong}; ${didYouMean(wrong, names)} (see: seatrial claims --metrics)`,
    );
  }
  return wanted;
}

function figures(text: string, before: readonly string[] = []): readonly string[] {
  const wanted = listed(text, before);
  const wrong = wanted.find(name => !/^(?:min|mean|max|p[1-9]\d?(?:\.\d+)?)$/.test(name));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`${wrong} is none of min, mean, max, p50, p99, p99.9 and the like.`);
  return wanted;
}

/** `5%`, `5 %` or `0.05`, from `low` to `high`. A bare 5 may mean either and is refused. */
function shareOf(text: string): number {
  const match = /^(\d+(?:\.\d+)?)( ?%)?$/.exec(text.trim());
  if (match?.[1] === undefined) return Number.NaN;
  const number = Number(match[1]);
  if (match[2] !== undefined) return number / 100;
  return number < 1 ? number : Number.NaN;
}

function share(low: number, high: number): (text: string) => number {
  return text => {
    const value = shareOf(text);
    if (value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Expected a share from ${100 * low}% to ${100 * high}%, such as 5% or 0.05.`);
  };
}

function noise(text: string): Noise {
  if (/^[\d. %]+$/.test(text)) return {noise: share(0, 10)(text), warnings: []};
  return readNoise(text);
}
