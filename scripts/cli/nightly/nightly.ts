/** One night: measure, import, look for changes, measure again what is suspected, and say what came of it. */

import {mkdir} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {writeWhole} from '../../../harness/files.ts';
import type {Plan, Profile} from '../../../harness/types.ts';
import {metrics} from '../../../reports/metrics.ts';
import {
  alarmsOf,
  cutShort,
  type Decisions,
  type Hole,
  type NightlyReport,
  nightlyDocument,
  nightlyReport,
  remeasuredLines,
  renderOpenMetrics,
  tonight,
} from '../../../reports/trend/index.ts';
import {scenarios} from '../../../suites/index.ts';
import {loadNightly, type NightlySuite} from '../../../suites/read/nightly.ts';
import {unfitFor} from '../../../suites/read/unfit.ts';
import type {Register} from '../kit/claims-register.ts';
import type {ClusterChoice} from '../kit/cluster-options.ts';
import {CommandError} from '../kit/command-error.ts';
import {readDecisions} from '../kit/history/decisions.ts';
import type {HistoryFile} from '../kit/history/file.ts';
import {importFolders, withHistory} from '../kit/history/index.ts';
import {clustersIn, trendsOf} from '../kit/history/queries.ts';
import {selectCluster} from '../kit/history/select.ts';
import type {Interrupt} from '../kit/interrupt.ts';
import {accepted, readText, shipped} from '../kit/package-files.ts';
import type {Leave} from '../kit/permit.ts';
import type {Watch} from '../kit/progress.ts';
import {claimFolder, type Opened, onOpened, planned, type RunSpec, runSuiteOn} from '../kit/run-suite.ts';
import {saveDocument} from '../kit/save-document.ts';
import {nightMeant} from './meant.ts';

/** The one that is asked for, else the suite's own. */
export function chosenProfiles(
  asked: string | undefined,
  all: readonly {name: string}[],
  suite: readonly string[],
): readonly string[] {
  if (asked === undefined) return suite;
  if (all.some(({name}) => name === asked)) return [asked];
  throw new CommandError(`there is no profile ${asked}`, `Name one of ${all.map(({name}) => name).join(', ')}.`);
}

/** The shipped nightly suite, or the user's own. */
export function readNightly(profiles: readonly Profile[], file = shipped('suites/nightly.yaml')): NightlySuite {
  const known = {
    scenarios: scenarios.map(({name}) => name),
    profiles: profiles.map(({name}) => name),
    unfit: unfitFor(scenarios),
    metrics: metrics.map(({name}) => name),
  };
  return accepted(loadNightly(readText(file), file, known));
}

export function thresholdsOf({threshold, thresholds}: NightlySuite): (metric: string) => number {
  return metric => thresholds[metric] ?? threshold;
}

export interface Analysis {
  nightly: NightlySuite;
  decisions: Decisions;
  /** The only one in the history where none is named. */
  cluster?: string;
  /** Id of the run that is looked at; without one the newest. */
  night?: string;
  /** What is amiss with the history, beside what it shows itself. */
  historyHoles?: readonly Hole[];
  suspectedFirst?: readonly string[];
  notRemeasured?: string;
}

/** A night of a cluster, held against all before it. */
export function analyse(file: HistoryFile, analysis: Analysis): NightlyReport {
  const {nightly, decisions, historyHoles = [], suspectedFirst = [], notRemeasured = ''} = analysis;
  const cluster = selectCluster(clustersIn(file), analysis.cluster);
  const {night, nights, holes} = nightMeant(file, cluster, analysis.night);
  return nightlyReport({
    night,
    trends: trendsOf(file, {decisions, thresholdOf: thresholdsOf(nightly), cluster, until: night.id}),
    nights,
    historyHoles: [...historyHoles, ...holes],
    baseline: decisions.baselines.find(baseline => baseline.cluster === cluster),
    suspectedFirst,
    notRemeasured,
  });
}

export interface NightAsked {
  choice: ClusterChoice;
  nightly: NightlySuite;
  profiles: readonly Profile[];
  register: Register;
  plan: Plan;
  quick: boolean;
  only: readonly string[] | undefined;
  id: string;
  /** Folder that holds the runs. */
  runs: string;
  history: string;
  /** What was amiss with the history before the night began. */
  historyHoles: readonly Hole[];
  /** Minutes that may go into measuring again. */
  remeasureMinutes: number;
  leave: Leave;
}

/**
 * Measures the night on one open cluster. Figures of both runs are in the history when this returns. Of a run that was
 * cut off, or a cluster that was not healed, the report is `aborted`, whatever was found.
 */
export async function runNight(asked: NightAsked, watch: Watch, interrupt: Interrupt): Promise<NightlyReport> {
  const {choice, nightly, profiles, register, plan, quick, only, leave, id, runs} = asked;
  const spec: RunSpec = {
    choice,
    suite: nightly.suite,
    profiles,
    register,
    plan,
    quick,
    only,
    leave,
    folder: join(runs, id),
    id,
  };
  const giveUpFolder = await claimFolder(spec.folder);
  try {
    return await onOpened(choice, watch, interrupt, opened => nightOn(opened, spec, asked, watch, interrupt));
  } finally {
    await giveUpFolder();
  }
}

async function nightOn(
  opened: Opened,
  spec: RunSpec,
  asked: NightAsked,
  watch: Watch,
  interrupt: Interrupt,
): Promise<NightlyReport> {
  const {nightly, id, runs, history, historyHoles} = asked;
  const first = await runSuiteOn(opened, spec, watch, interrupt);
  const look = (more: Partial<Analysis> = {}) =>
    withHistory(history, file =>
      analyse(file, {
        nightly,
        decisions: readDecisions(history),
        cluster: opened.cluster.name,
        night: id,
        historyHoles,
        ...more,
      }),
    );
  await withHistory(history, file => importFolders(file, [spec.folder]));
  const report = await look();
  if (first.report.exitCode === 4) return report;
  const suspected = report.trends.filter(({standing}) => standing === 'suspected').map(({trend}) => trend.name);
  if (suspected.length === 0) return report;
  const again = remeasurement(asked, report, opened.cluster);
  if (interrupt.signal.aborted) return cutShort(report, 'interrupted before what is suspected was measured again');
  if (again.plan === undefined) return {...report, notRemeasured: again.reason};
  watch.say(`measuring again what is suspected: ${again.only.join(', ')}`);
  const second: RunSpec = {
    ...spec,
    plan: again.plan,
    only: again.only,
    id: `${id}-again`,
    folder: join(runs, `${id}-again`),
    confirms: id,
  };
  const giveUpFolder = await claimFolder(second.folder);
  const repeated = await runSuiteOn(opened, second, watch, interrupt).finally(giveUpFolder);
  await withHistory(history, file => importFolders(file, [second.folder]));
  const cutOff = repeated.report.exitCode === 4;
  const notRemeasured = cutOff ? `the run that measured again is ${repeated.report.overall}` : again.reason;
  return look({suspectedFirst: suspected, notRemeasured});
}

/** The scenarios behind what is suspected, the strongest first, as many as the bounds allow. */
export function remeasurement(
  asked: Pick<NightAsked, 'nightly' | 'plan' | 'quick' | 'remeasureMinutes'>,
  report: NightlyReport,
  cluster: Parameters<typeof planned>[0]['cluster'],
): {plan: Plan | undefined; only: readonly string[]; reason: string} {
  const {nightly, quick, remeasureMinutes} = asked;
  const {scenarios: most, repetitions} = nightly.remeasure;
  const wanted = [
    ...new Set(
      alarmsOf(
        tonight(
          report.trends.map(({trend}) => trend),
          report.night.id,
        ),
      )
        .filter(({state}) => state === 'suspected')
        .flatMap(({members}) => members.map(({trend}) => trend.series.scenario)),
    ),
  ];
  const planFor = (only: readonly string[]) =>
    planned({suite: nightly.suite, scenarios, cluster, seed: asked.plan.seed, quick, reps: repetitions, only});
  const chosen: string[] = [];
  const left: string[] = [];
  for (const scenario of wanted) {
    const seconds = planFor([...chosen, scenario]).trials.reduce((sum, trial) => sum + trial.estimatedSeconds, 0);
    if (chosen.length < most && seconds <= remeasureMinutes * 60) chosen.push(scenario);
    else left.push(scenario);
  }
  const reason =
    left.length === 0
      ? ''
      : `left out: ${left.join(', ')} (at most ${most} scenarios and ${remeasureMinutes} minutes a night)`;
  return {plan: chosen.length === 0 ? undefined : planFor(chosen), only: chosen, reason};
}

/** Every format into the folder, each file whole or not at all; the Markdown's path comes first. */
export async function saveNightly(report: NightlyReport, folder: string): Promise<readonly string[]> {
  await mkdir(folder, {recursive: true});
  const document = nightlyDocument(report);
  const paths = await saveDocument(document, ['md', 'json', 'junit'], join(folder, 'nightly'));
  const metricsPath = join(folder, 'openmetrics.txt');
  await writeWhole(metricsPath, renderOpenMetrics(report));
  return [...paths, metricsPath];
}

/** The end of a night on a terminal. */
export function nightlyLines(report: NightlyReport, paths: readonly string[]): string {
  const lines = [`night ${report.night.id}: ${report.verdict.replaceAll('-', ' ')}: ${report.sentence}`];
  for (const {sentence} of report.alarms) lines.push(sentence);
  for (const line of remeasuredLines(report)) lines.push(`measured again: ${line}`);
  for (const {subject, detail, todo} of report.holes) lines.push(`missing: ${subject}: ${detail}. To do: ${todo}`);
  lines.push(...report.notes);
  const [first] = paths;
  if (first !== undefined)
    lines.push(
      `report: ${first} (and ${paths
        .slice(1)
        .map(path => basename(path))
        .join(', ')})`,
    );
  return `${lines.join('\n')}\n`;
}
