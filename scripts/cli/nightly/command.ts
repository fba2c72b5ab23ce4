import {randomInt} from 'node:crypto';
import {copyFile, mkdir} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {Command} from 'commander';
import type {Cluster, Profile} from '../../../harness/types.ts';
import {render} from '../../../reports/document/index.ts';
import {asFound} from '../../../reports/judge/as-found.ts';
import {type Decisions, type Hole, nightlyDocument} from '../../../reports/trend/index.ts';
import {scenarios} from '../../../suites/index.ts';
import type {NightlySuite} from '../../../suites/read/nightly.ts';
import {readRegister} from '../kit/claims-register.ts';
import {addClusterOptions, type ClusterFlags, clusterChoice} from '../kit/cluster-options.ts';
import {CommandError} from '../kit/command-error.ts';
import {planLines, planOf} from '../kit/dry-run.ts';
import {readDecisions} from '../kit/history/decisions.ts';
import {damageIn, rebuildHistory, withHistory} from '../kit/history/index.ts';
import {defaultLookBack, nightsOf} from '../kit/history/queries.ts';
import {listed, whole} from '../kit/options.ts';
import {permit} from '../kit/permit.ts';
import {addPluginsOption} from '../kit/plugins/option.ts';
import {comparable, readProfiles} from '../kit/profiles.ts';
import {describedChoice, planned, runId} from '../kit/run-suite.ts';
import {watched} from '../kit/watched.ts';
import type {SiteAsked} from '../trend/site.ts';
import {
  analyse,
  chosenProfiles,
  type NightAsked,
  nightlyLines,
  readNightly,
  runNight,
  saveNightly,
  thresholdsOf,
} from './nightly.ts';

interface Options extends ClusterFlags {
  quick?: true;
  reps?: number;
  only?: readonly string[];
  profile?: string;
  seed?: number;
  suite?: string;
  runs: string;
  history?: string;
  out?: string;
  remeasure?: number;
  analyseOnly?: true;
  cluster?: string;
  json?: true;
}

export const nightlyExitCodes =
  'Exit code: 0 nothing found, 1 a confirmed regression that nobody acknowledged, 2 only suspected, too few nights, or something missing, 3 wrong usage or configuration, 4 aborted or not healed.';

export function setUp(command: Command): void {
  addClusterOptions(command, 'on a local reference cluster (root); one that is up is used and stays up');
  addPluginsOption(command);
  command
    .option('--quick', 'short jobs, few repetitions; quick nights are compared with quick nights only')
    .option('--reps <n>', 'repetitions of every scenario, in place of the suite', whole(1, 1000))
    .option('--only <names>', 'only these scenarios or families, separated by commas', listed)
    .option(
      '--profile <name>',
      'apply this profile for the night (and put back what was there), in place of the cluster as found',
    )
    .option('--seed <n>', 'order of trials; the same seed gives the same plan', whole(0, 2 ** 31 - 1))
    .option('--suite <file>', 'your own nightly suite, with thresholds and bounds')
    .option('--runs <folder>', 'folder that holds the runs', 'runs')
    .option('--history <file>', 'the history (default: history.sqlite in the runs folder)')
    .option(
      '--out <folder>',
      'where report, JUnit, OpenMetrics and trend pages go (default: nightly in the runs folder)',
    )
    .option(
      '--remeasure <minutes>',
      'how long suspected changes may be measured again, in place of the suite; 0: not at all',
      whole(0, 1440),
    )
    .option('--analyse-only', 'measure nothing: say again what the newest night in the history shows')
    .option('--cluster <name>', 'with --analyse-only: of which cluster, where the history has several')
    .option('--dry-run', 'print the plan and every command that would run, and start nothing')
    .option('--json', 'print the result as JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  seatrial nightly --lab --quick --keep-lab                            a short night; the next one finds the lab up
  seatrial nightly --lab --quick --only storage/fio                    as short as a night can be
  seatrial nightly --inventory cluster.yaml --allow destructive --yes-i-mean prod-a        from a timer
  seatrial nightly --analyse-only --json | jq .alarms                  look again, measure nothing

A damaged history is made anew from the runs folder. A suspected change is measured again the same night, then confirmed or dropped.
${nightlyExitCodes}`,
    )
    .action(run);
}

async function run(options: Options, command: Command): Promise<void> {
  const night = read(options);
  if (options.analyseOnly) return analyseOnly(night, options);
  const asked = asking(night, options, command);
  if (options.dryRun) return tellPlan(night, asked, options);
  await measure(night, asked, options);
}

/** What there is before a cluster is named: the suite, and where everything lies. */
interface Night {
  profiles: readonly Profile[];
  nightly: NightlySuite;
  decisions: Decisions;
  runs: string;
  history: string;
  out: string;
}

function read(options: Options): Night {
  const profiles = [asFound, ...readProfiles()];
  const nightly = readNightly(profiles, options.suite);
  const {suite} = nightly;
  const {runs} = options;
  const history = options.history ?? join(runs, 'history.sqlite');
  return {
    profiles,
    nightly: {...nightly, suite: {...suite, profiles: chosenProfiles(options.profile, profiles, suite.profiles)}},
    // Read early: a mistake in it must not come up after hours of measuring.
    decisions: readDecisions(history),
    runs,
    history,
    out: options.out ?? join(runs, 'nightly'),
  };
}

async function analyseOnly({nightly, decisions, runs, history, out}: Night, options: Options): Promise<void> {
  if (options.lab || options.inventory !== undefined || options.dryRun)
    throw new CommandError(
      '--analyse-only measures nothing',
      'Leave out --lab, --inventory and --dry-run; name a cluster with --cluster.',
    );
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const historyHoles = await mend(history, runs, say);
  const analysis = {nightly, decisions, ...(options.cluster === undefined ? {} : {cluster: options.cluster})};
  const report = await withHistory(history, file => analyse(file, {...analysis, historyHoles}), {mustExist: true});
  const paths = await saveNightly(report, out);
  await pages(history, out, {...analysis, nights: defaultLookBack}, say);
  process.exitCode = report.exitCode;
  process.stdout.write(options.json ? await render(nightlyDocument(report), 'json') : nightlyLines(report, paths));
}

/** What is to be measured, and on which cluster. */
interface Asking extends Pick<NightAsked, 'choice' | 'profiles' | 'register' | 'plan' | 'quick' | 'remeasureMinutes'> {
  described: Cluster;
}

function asking({profiles, nightly}: Night, options: Options, command: Command): Asking {
  if (options.cluster !== undefined)
    throw new CommandError('--cluster goes with --analyse-only', 'Name a cluster with --lab NAME or --inventory FILE.');
  const choice = clusterChoice(options, command);
  const register = readRegister();
  const quick = options.quick ?? false;
  const described = describedChoice(choice);
  const plan = planned({
    suite: nightly.suite,
    scenarios,
    cluster: described,
    seed: options.seed ?? randomInt(2 ** 31 - 1),
    quick,
    ...(options.reps === undefined ? {} : {reps: options.reps}),
    ...(options.only === undefined ? {} : {only: options.only}),
  });
  return {
    choice,
    described,
    register,
    quick,
    plan,
    profiles: comparable(profiles, plan.profiles),
    remeasureMinutes: options.remeasure ?? nightly.remeasure.minutes,
  };
}

function tellPlan({nightly, history, out}: Night, asked: Asking, {json}: Options): void {
  const {plan, described, profiles, remeasureMinutes: minutes} = asked;
  const whatWouldRun = planOf(plan, described, scenarios, profiles);
  const {scenarios: most, repetitions} = nightly.remeasure;
  process.stdout.write(
    json
      ? `${JSON.stringify({...whatWouldRun, history, out, remeasure: {...nightly.remeasure, minutes}}, null, 1)}\n`
      : `${planLines(whatWouldRun)}\nthen into ${history}, reports into ${out}; what is suspected is measured again: at most ${most} scenarios, ${repetitions} times each, within ${minutes} min\n`,
  );
}

async function measure(night: Night, {described, ...asked}: Asking, options: Options): Promise<void> {
  const {nightly, decisions, runs, history, out} = night;
  const leave = await permit(asked.choice, asked, options);
  await mkdir(dirname(history), {recursive: true});
  await mkdir(runs, {recursive: true});
  await watched(async (watch, interrupt) => {
    // A history that cannot be used is found before the night is measured, not after.
    const historyHoles = await mend(history, runs, watch.say);
    const id = runId(described.name, new Date());
    const report = await runNight(
      {...asked, nightly, only: options.only, leave, id, runs, history, historyHoles},
      watch,
      interrupt,
    );
    const paths = await saveNightly(report, out);
    if (!interrupt.hurried)
      await pages(history, out, {nightly, decisions, cluster: described.name, nights: defaultLookBack}, watch.say);
    watch.close();
    process.exitCode = report.exitCode;
    process.stdout.write(options.json ? await render(nightlyDocument(report), 'json') : nightlyLines(report, paths));
  });
}

/**
 * The trend pages beside the report. They only show what is found: where they cannot be written, the night's verdict
 * stays what it is.
 */
async function pages(
  history: string,
  out: string,
  {nightly, ...asked}: {nightly: NightlySuite} & Omit<SiteAsked, 'thresholdOf'>,
  say: (text: string) => void,
): Promise<void> {
  const {saveSite, siteInput} = await import('../trend/site.ts');
  const folder = join(out, 'trend');
  try {
    const thresholdOf = thresholdsOf(nightly);
    await saveSite(await withHistory(history, file => siteInput(file, {...asked, thresholdOf}, folder)), folder);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    say(`no trend pages: ${error.message}. ${error.todo}`);
  }
}

/**
 * A damaged history is made anew from the run folders. What lay elsewhere is not in it, so that the night is undecided
 * until somebody has looked; the damaged file is kept for that.
 */
async function mend(history: string, runs: string, say: (text: string) => void): Promise<readonly Hole[]> {
  const damage = await damageIn(history);
  if (damage === undefined) return [];
  const kept = `${history}.damaged`;
  say(`the history ${history} is not whole (${damage}): making it anew from ${runs}`);
  await copyFile(history, kept);
  const {imported, skipped} = await rebuildHistory(history, [runs], []);
  say(`${imported} runs imported`);
  for (const {folder, reason} of skipped) say(`${folder} was left out: ${reason}`);
  const [oldest] = await withHistory(history, file => nightsOf(file));
  const lost =
    oldest === undefined ? 'no night is in it' : `nights before ${oldest.startedAt.slice(0, 10)} are not in it`;
  const todo = `where runs lie elsewhere too: seatrial history rebuild ${runs} FOLDER…; the damaged file is ${kept}`;
  return [
    {subject: 'the history', detail: `it was damaged (${damage}), and made anew from ${imported} runs: ${lost}`, todo},
    ...skipped.map(({folder, reason}) => ({
      subject: folder,
      detail: `it is not in the history that was made anew: ${reason}`,
      todo,
    })),
  ];
}
