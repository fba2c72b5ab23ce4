import {randomInt} from 'node:crypto';
import {join} from 'node:path';
import {type Command, InvalidArgumentError, Option} from 'commander';
import {capacityDocument} from '../../../reports/capacity/document.ts';
import {render} from '../../../reports/document/index.ts';
import {asFound} from '../../../reports/judge/as-found.ts';
import {sweep} from '../../../suites/capacity/sweep.ts';
import {scenarios} from '../../../suites/index.ts';
import {parseQuantity} from '../../../suites/read/bound.ts';
import {addClusterOptions, type ClusterChoice, type ClusterFlags, clusterChoice} from '../kit/cluster-options.ts';
import {CommandError, exitCodes} from '../kit/command-error.ts';
import {planLines, planOf} from '../kit/dry-run.ts';
import {whole} from '../kit/options.ts';
import {permit} from '../kit/permit.ts';
import {readProfiles} from '../kit/profiles.ts';
import {describedChoice, runId} from '../kit/run-suite.ts';
import {watched} from '../kit/watched.ts';
import {type CapacityQuestion, capacityOf, saveCapacity} from './report.ts';
import {type CapacityAsked, planRound, readRounds, runCapacity} from './rounds.ts';

interface Options extends ClusterFlags {
  p99: number;
  pattern: 'randread' | 'randwrite';
  wholeOnly?: true;
  trials: number;
  rounds?: number;
  seconds?: number;
  profile?: string;
  operations?: number;
  quick?: true;
  seed?: number;
  out?: string;
  dryRun?: true;
  json?: true;
}

export function setUp(command: Command): void {
  command.argument('[folder]', 'a capacity run: report on it again, measure nothing');
  addClusterOptions(
    command,
    'on a local reference cluster (root); with --nodes 4 the storage can rebuild what a lost node held',
  );
  command
    .option('--p99 <time>', 'the target: 99 of 100 operations within this time', seconds, 0.005)
    .addOption(new Option('--pattern <pattern>', 'what is done').choices(['randread', 'randwrite']).default('randread'))
    .option('--whole-only', 'leave out the part with a node lost')
    .option('--trials <n>', 'trials of each load that counts', whole(2, 100), 3)
    .option('--rounds <n>', 'rounds at most', whole(1, 100))
    .option('--seconds <n>', 'of each load', whole(2, 86_400))
    .option('--profile <name>', 'apply this profile, in place of the cluster as found')
    .option(
      '--operations <n>',
      'that one transaction takes: an assumption of yours, for transactions a day',
      whole(1, 1e6),
    )
    .option('--quick', 'short loads, few of them: to see how it goes, not to buy by')
    .option('--seed <n>', 'order of loads', whole(0, 2 ** 31 - 1))
    .option('--out <folder>', 'folder of the capacity run (default: runs/TIME-CLUSTER-capacity)')
    .option('--dry-run', 'print the first round and every command in it, and start nothing')
    .option('--json', 'print the result as JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  seatrial capacity --lab --nodes 4 --guests 4 --quick --p99 50ms         a first look in a quarter of an hour
  seatrial capacity --inventory cluster.yaml --p99 5ms                    the load that a cluster carries within 5 ms
  seatrial capacity --inventory cluster.yaml --whole-only --dry-run       the first round, and nothing started
  seatrial capacity runs/2025-11-24T15-06-12-prod-a-capacity --p99 2ms    the same measurements, another target

A lost node is fenced and its disks are given up; both are put right afterwards. Ctrl-C heals, and keeps what was measured.
Exit code: 0 the limit was found with confidence, 2 it was not, 3 wrong usage or configuration, 4 aborted or not healed.`,
    )
    .action(run);
}

async function run(given: string | undefined, options: Options, command: Command): Promise<void> {
  if (given !== undefined) return reportAgain(given, options);
  const choice = clusterChoice(options, command);
  const described = describedChoice(choice);
  const asked = asking(choice, `${runId(described.name, new Date())}-capacity`, options);
  const {plan} = planRound(asked, [], 1);
  if (options.dryRun) {
    const first = planOf(plan, described, scenarios, [asked.profile]);
    process.stdout.write(options.json ? `${JSON.stringify(first, null, 1)}\n` : planLines(first));
    return;
  }
  const leave = await permit(choice, {plan, profiles: [asked.profile]}, options);
  await measure({...asked, leave}, options);
}

async function reportAgain(folder: string, options: Options): Promise<void> {
  if (options.lab || options.inventory !== undefined || options.dryRun) {
    throw new CommandError(
      'a capacity run is named, so nothing is measured',
      'Leave out --lab, --inventory and --dry-run.',
    );
  }
  const measured = await readRounds(folder);
  if (measured.rounds.length === 0) {
    throw new CommandError(
      `${folder} holds no round of a capacity run`,
      'Name the folder that seatrial capacity printed.',
    );
  }
  const conditions = [...new Set(measured.loads.map(({condition}) => condition))];
  await tell(folder, measured, {aim: targetOf(options), conditions, reason: 'measured before'}, options);
}

function asking(choice: ClusterChoice, id: string, options: Options): Omit<CapacityAsked, 'leave'> {
  const quick = options.quick ?? false;
  const {loads: _, condition: __, ...usual} = quick ? sweep.parameters.quick : sweep.parameters.full;
  return {
    choice,
    target: targetOf(options),
    search: {
      closed: quick ? [1, 2, 4, 8, 16, 32] : [1, 2, 4, 8, 16, 32, 64, 128],
      trials: options.trials,
      within: 1.15,
    },
    conditions: options.wholeOnly ? ['whole'] : ['whole', 'node-lost'],
    parameters: {
      ...usual,
      pattern: options.pattern,
      ...(options.seconds === undefined ? {} : {seconds: options.seconds}),
    },
    profile: profileNamed(options.profile),
    rounds: options.rounds ?? (quick ? 6 : 15),
    quick,
    seed: options.seed ?? randomInt(2 ** 31 - 1),
    folder: options.out ?? join('runs', id),
    id,
  };
}

async function measure(asked: CapacityAsked, options: Options): Promise<void> {
  const {folder, target, conditions} = asked;
  await watched(async (watch, interrupt) => {
    const {measured, reason, cutOff} = await runCapacity(asked, watch, interrupt);
    watch.close();
    await tell(folder, measured, {aim: target, conditions, reason}, options);
    if (cutOff) process.exitCode = exitCodes.aborted;
  });
}

function targetOf({p99}: Options): CapacityAsked['target'] {
  return {p99Seconds: p99, confidence: 0.95};
}

async function tell(
  folder: string,
  measured: Awaited<ReturnType<typeof readRounds>>,
  question: CapacityQuestion,
  {operations, json}: Options,
): Promise<void> {
  const report = capacityOf(
    measured,
    operations === undefined ? question : {...question, operationsPerTransaction: operations},
  );
  process.exitCode = report.exitCode;
  const paths = await saveCapacity(report, folder);
  const said = await render(capacityDocument(report), json ? 'json' : 'text');
  process.stdout.write(json ? said : `${said}\n${paths.join('\n')}\n`);
}

function profileNamed(name: string | undefined) {
  if (name === undefined) return asFound;
  const profiles = readProfiles();
  const found = profiles.find(profile => profile.name === name);
  if (found) return found;
  throw new CommandError(
    `there is no profile ${name}`,
    `Name one of ${profiles.map(profile => profile.name).join(', ')}.`,
  );
}

export function seconds(text: string): number {
  const time = parseQuantity(text, 's');
  if (!time.ok) throw new InvalidArgumentError(`Expected a time such as 5ms, found ${text}.`);
  if (time.value > 0) return time.value;
  throw new InvalidArgumentError('Expected a time above 0.');
}
