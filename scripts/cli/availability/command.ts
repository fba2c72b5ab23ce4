import {availableParallelism} from 'node:os';
import {resolve} from 'node:path';
import {type Command, InvalidArgumentError} from 'commander';
import {sentence} from '../../../harness/parse/answer.ts';
import {assess} from '../../../reports/availability/assess.ts';
import {availabilityDocument} from '../../../reports/availability/document.ts';
import {leastPromise, modelOf} from '../../../reports/availability/model.ts';
import {scenarios} from '../../../suites/index.ts';
import {CommandError} from '../kit/command-error.ts';
import {defaultHistory} from '../kit/history/index.ts';
import {whole} from '../kit/options.ts';
import {addOutputOptions, deliver, formatOf, type OutputFlags} from '../kit/output-options.ts';
import {accepted, readText} from '../kit/package-files.ts';
import {addPluginsOption} from '../kit/plugins/option.ts';
import {type Printed, printed} from '../kit/print-document.ts';
import {blocksOf, recoveredIn, resimulate, simulate} from './availability.ts';
import {loadTopology} from './topology.ts';

const formats = ['md', 'text', 'html', 'csv', 'json', 'pdf'] as const satisfies readonly Printed[];

interface Options extends OutputFlags<(typeof formats)[number]> {
  topology: string;
  runs?: readonly string[];
  history: string;
  years: number;
  seed: number;
  workers: number;
  promise: number;
}

export function setUp(command: Command): void {
  addPluginsOption(command);
  command
    .requiredOption('--topology <file>', 'what there is and how often it fails (docs/topology.yaml is an example)')
    .option('--runs <run...>', 'folders of stored runs that measured failovers and migrations')
    .option('--history <file>', 'which other runs of the cluster there are', defaultHistory)
    .option('--years <n>', 'years to simulate', whole(200, 10_000_000), 10_000)
    .option('--seed <n>', 'the same seed gives the same bytes', whole(0, 2 ** 31 - 1), 1)
    .option(
      '--workers <n>',
      'threads; changes the time it takes, never the result',
      whole(1, 256),
      availableParallelism(),
    )
    .option('--promise <share>', 'availability that is promised', promised, 0.9999);
  addOutputOptions(command, formats);
  command
    .addHelpText(
      'after',
      `
Examples:
  seatrial availability --topology cluster.yaml --runs runs/2025-11-24T15-06-12-trial
  seatrial availability --topology cluster.yaml --runs runs/* --format html --out availability.html
  seatrial availability --topology cluster.yaml --runs runs/* --promise 99.95% --json | jq .needed.says

Runs that the history or the folders beside these know of, and that tried the same on the same cluster, are to be given too: without
them nothing is met. Recovery times are measured, fault rates are assumptions: every output lists them with their sources, and what each of them moves.
Exit code: 0 the promise is met with confidence, 1 missed, 2 undecided, 3 wrong usage or configuration.`,
    )
    .action(async (options: Options) => {
      const topology = accepted(loadTopology(readText(options.topology), options.topology));
      const runs = (options.runs ?? []).map(run => resolve(run));
      const found = await recoveredIn(runs, topology, scenarios, [options.history, defaultHistory]);
      const model = modelOf(topology, found.recoveries, options.promise);
      if (!model.ok) throw new CommandError(sentence(model.error), `Mend ${options.topology}.`);
      const blocks = blocksOf(options.years, options.seed);
      const watched = process.stderr.isTTY;
      const tallies = await simulate(model.value, blocks, options.workers, done => {
        if (watched)
          process.stderr.write(`\r${done} of ${blocks.length} blocks of years${done === blocks.length ? '\n' : ''}`);
      });
      const assessment = assess({
        topology,
        model: model.value,
        promise: options.promise,
        confidence: 0.95,
        seed: options.seed,
        blocks,
        tallies,
        resimulated: await resimulate(model.value, tallies, options.seed, options.workers),
        sources: found.sources,
        blockers: found.blockers,
      });
      await deliver(
        await printed(availabilityDocument(assessment), formatOf(options, formats), options.out),
        options.out,
      );
      process.exitCode = assessment.exitCode;
    });
}

/** `0.9999` or `99.99%`. */
function promised(text: string): number {
  const parts = /^(0?\.\d+|\d+(?:\.\d+)?\s*%)$/.exec(text.trim());
  const percent = text.includes('%');
  // Shifted as text: 99.99 % is 0.9999 and not its neighbour.
  const value = parts ? Number(percent ? `${text.replace(/\s*%/, '').trim()}e-2` : text) : Number.NaN;
  if (value >= leastPromise && value < 1) return value;
  throw new InvalidArgumentError(`Expected a share such as 99.99% or 0.9999, at least ${leastPromise * 100}%.`);
}
