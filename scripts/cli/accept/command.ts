import {randomInt} from 'node:crypto';
import {relative, resolve} from 'node:path';
import type {Command} from 'commander';
import {possibleTrials} from '../../../harness/run/plan.ts';
import type {Claim, Cluster, Plan, Profile, Suite} from '../../../harness/types.ts';
import {asFound} from '../../../reports/judge/as-found.ts';
import {unsaidBy} from '../../../reports/judge/under.ts';
import {unruledOn} from '../../../suites/conformance/unruled.ts';
import {scenarios} from '../../../suites/index.ts';
import {readRegister} from '../kit/claims-register.ts';
import {addClusterOptions, type ClusterFlags, clusterChoice} from '../kit/cluster-options.ts';
import {exitCodeHelp} from '../kit/command-error.ts';
import {planLines, planOf} from '../kit/dry-run.ts';
import {defaultHistory} from '../kit/history/index.ts';
import {listed, whole} from '../kit/options.ts';
import {shippedSuites} from '../kit/package-files.ts';
import {permit} from '../kit/permit.ts';
import {addPluginsOption} from '../kit/plugins/option.ts';
import {earlierThanPlanned, judgeWithHistory} from '../kit/pool/with-history.ts';
import {comparable, readProfiles} from '../kit/profiles.ts';
import {describedChoice, planned, runId, runSuite} from '../kit/run-suite.ts';
import {render} from '../kit/save-report.ts';
import {suiteNamed} from '../kit/suite-named.ts';
import {poolSummary, summary} from '../kit/summary.ts';
import {watched} from '../kit/watched.ts';
import {forecastLines, foreseen, headerOfPlan, notBegun} from '../kit/window-forecast.ts';
import {addWindowOptions, spoken, type WindowAsked, type WindowFlags, windowAsked} from '../kit/window-options.ts';
import {chosenProfiles} from '../nightly/nightly.ts';

interface Options extends ClusterFlags, WindowFlags {
  quick?: true;
  reps?: number;
  only?: readonly string[];
  profile?: string;
  seed?: number;
  dryRun?: true;
  withHistory?: string | true;
  suite: string;
  targets?: string;
  out?: string;
  json?: true;
}

export function setUp(command: Command): void {
  addClusterOptions(command, 'on a local reference cluster (root), built for this run or up already');
  addPluginsOption(command);
  addWindowOptions(command);
  command
    .option('--quick', 'short jobs, few repetitions or ten minutes: to see how it goes, not to sign')
    .option('--reps <n>', 'repetitions of every scenario, in place of the suite', whole(1, 1000))
    .option('--only <names>', 'only these scenarios or families, separated by commas', listed)
    .option('--profile <name>', 'only this profile, in place of before and after; as-found changes nothing')
    .option('--seed <n>', 'order of trials; the same seed gives the same plan', whole(0, 2 ** 31 - 1))
    .option('--suite <name|file>', `what to try: ${shippedSuites.join(', ')}, or a suite of your own`, 'acceptance')
    .option('--targets <file>', 'judge by this register in place of the shipped one')
    .option(
      '--with-history [file]',
      `go on from comparable runs: plan by them, and judge all nights together (default file: ${defaultHistory})`,
    )
    .option('--out <folder>', 'folder of the run (default: runs/TIME-CLUSTER)')
    .option('--dry-run', 'print the plan and every command that would run, and start nothing')
    .option('--json', 'print the report as JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  seatrial accept --lab --quick                                      a first sea trial in a few minutes
  seatrial accept --lab --only failover --reps 59                    enough switches to show 95 %
  seatrial accept --inventory cluster.yaml --dry-run                 what would be done to a real cluster, and its class
  seatrial accept --inventory cluster.yaml --only conformance --profile as-found          only looks
  seatrial accept --inventory cluster.yaml --allow destructive --yes-i-mean prod-a        all of it
  seatrial accept --lab --for 4h --dry-run                           what four hours are likely to decide
  seatrial accept --inventory cluster.yaml --until 06:00 --allow destructive              as much as can be by then
  seatrial accept --lab --suite resilience --quick                   every fault once
  seatrial accept --lab --suite migration --quick                    guests that move, by every option, and struck on their way
  seatrial accept --lab --suite compute --quick                      processors and memory, of guests and nodes
  seatrial accept --lab --suite load --quick                         storage, network and processors under load
  seatrial accept --lab --plugins mine --only mine                   scenarios of your own

Classes: read-only looks; load takes bandwidth and I/O by the test guests; disruptive moves and restarts guests, changes
settings, ends daemons; destructive takes power from nodes. The last two lie in the inventory's maintenance window.

Ctrl-C heals the cluster, stores what was measured and ends with 4; a second one only hurries.
${exitCodeHelp}`,
    )
    .action(run);
}

async function run(options: Options, command: Command): Promise<void> {
  const choice = clusterChoice(options, command);
  const profiles = [asFound, ...readProfiles()];
  const asWritten = suiteNamed(options.suite, profiles);
  const suite = {...asWritten, profiles: chosenProfiles(options.profile, profiles, asWritten.profiles)};
  const register = readRegister(options.targets);
  const quick = options.quick ?? false;
  const described = describedChoice(choice);
  const window = windowAsked(options) ?? quickWindow(suite, options);
  const request = {
    suite,
    scenarios,
    cluster: described,
    seed: options.seed ?? randomInt(2 ** 31 - 1),
    quick,
    ...(options.reps === undefined ? {} : {reps: options.reps}),
    ...(options.only === undefined ? {} : {only: options.only}),
  };
  const plan = planned(request, window);
  const inForce = comparable(profiles, plan.profiles);
  const history = options.withHistory === true ? defaultHistory : options.withHistory;
  const id = runId(described.name, new Date());
  const folder = options.out ?? `runs/${id}`;
  if (options.dryRun) {
    const asked = {plan, profiles: inForce, claims: register.claims, suite: suite.name, quick, folder};
    return dryRun(described, {...asked, window, history}, options.json ?? false);
  }
  const leave = await permit(choice, {plan, profiles: inForce}, options);
  await watched(async (watch, interrupt) => {
    const result = await runSuite(
      {
        ...{choice, suite, profiles: inForce, register, plan, quick, only: options.only, leave, folder, id},
        ...(window === undefined ? {} : {window}),
        ...(history === undefined ? {} : {history}),
      },
      watch,
      interrupt,
    );
    watch.close();
    process.exitCode = result.report.exitCode;
    const paths = result.paths.map(fromHere);
    process.stdout.write(options.json ? await render(result.report, 'json') : summary(result.report, folder, paths));
    if (history !== undefined && !interrupt.hurried) await allNights(folder, history, options.json ?? false);
  });
}

/** The verdict over all of them is the one that counts. */
async function allNights(folder: string, history: string, quiet: boolean): Promise<void> {
  const pooled = await judgeWithHistory(folder, history);
  process.exitCode = pooled.exitCode;
  if (!quiet) process.stdout.write(`\nall comparable runs together\n${poolSummary(pooled)}`);
}

/** A quick run of everything is told ten minutes, and spends them where something can be decided. */
function quickWindow({quickMinutes}: Suite, {quick, reps, only, profile}: Options): WindowAsked | undefined {
  if (!quick || quickMinutes === undefined || [reps, only, profile].some(each => each !== undefined)) return undefined;
  const seconds = 60 * quickMinutes;
  return {words: `for ${spoken(seconds)}`, seconds};
}

interface DryRun {
  plan: Plan;
  profiles: readonly Profile[];
  claims: readonly Claim[];
  suite: string;
  quick: boolean;
  folder: string;
  window: WindowAsked | undefined;
  history: string | undefined;
}

/** What would be done, and what the time that is told is likely to decide. */
async function dryRun(cluster: Cluster, asked: DryRun, json: boolean): Promise<void> {
  const whatWouldRun = planOf(asked.plan, cluster, scenarios, asked.profiles);
  const said = asked.window === undefined ? undefined : await foreseenIn(asked.window, cluster, asked);
  const unsaid = unsaidBy(asked.claims, possibleTrials(asked.plan));
  const data = {...whatWouldRun, unsaid, ...(said === undefined ? {} : {forecast: said.forecast})};
  // The forecast last: commands fill screens, and the end is what stays in view.
  const silent = unsaid.map(({target, scenario, reason}) => `${scenario} will say nothing of ${target}: ${reason}\n`);
  const parts = [planLines(whatWouldRun), silent.join(''), said?.text ?? ''];
  const text = parts.filter(part => part !== '').join('\n');
  process.stdout.write(json ? `${JSON.stringify(data, null, 1)}\n` : text);
}

async function foreseenIn({seconds, until}: WindowAsked, cluster: Cluster, asked: DryRun) {
  const {plan, profiles, claims, suite, quick, folder, history} = asked;
  const left = until === undefined ? (seconds ?? Number.POSITIVE_INFINITY) : (until.getTime() - Date.now()) / 1000;
  const run = notBegun(headerOfPlan(cluster, plan, {profiles, suite, quick}), plan);
  const known = history === undefined ? undefined : await earlierThanPlanned(run, folder, history);
  const forecast = foreseen({run, claims, earlier: known?.earlier ?? [], unruled: unruledOn(cluster)}, left);
  const leftOut = known?.leftOut.map(({id, reason}) => `  run ${id} is left out: ${reason}\n`) ?? [];
  const none = known?.earlier.length === 0 ? `  no comparable run of ${cluster.name} is known in ${history}\n` : '';
  return {forecast, text: `${none}${leftOut.join('')}${forecastLines(forecast)}`};
}

/** As short as it can be said from this folder. */
function fromHere(path: string): string {
  const short = relative('', path);
  return short.startsWith('..') ? resolve(path) : short;
}
