/**
 * One acceptance run: plan, cluster up, trials, judgement. Whatever happens, the cluster is left healed, and a lab of
 * our own is gone.
 */
import {mkdir, readdir, rmdir} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';
import {fingerprints} from '../../../harness/cluster/fingerprint.ts';
import {lackingTools} from '../../../harness/cluster/tools.ts';
import {defaultLimits} from '../../../harness/config/limits.ts';
import {labDown, labShape, labUp, openLab} from '../../../harness/lab/index.ts';
import {auditedTransport, auditName} from '../../../harness/run/audit.ts';
import {guardOf} from '../../../harness/run/guard.ts';
import type {Journal} from '../../../harness/run/journal.ts';
import {lifecycle, onlyOurs, type WholeLifecycle} from '../../../harness/run/lifecycle.ts';
import {makePlan, makeWindowPlan, type PlanRequest, possibleTrials, withoutLacking} from '../../../harness/run/plan.ts';
import {type RunRequest, runPlan} from '../../../harness/run/run.ts';
import type {Source} from '../../../harness/run/source.ts';
import {type Closing, maintenanceClosing} from '../../../harness/run/stop.ts';
import {createRun, type RunStore, readRun} from '../../../harness/run/store.ts';
import {runLocally} from '../../../harness/transport/local.ts';
import type {Cluster, Finding, Plan, Profile, RunHeader, StoredRun, Suite} from '../../../harness/types.ts';
import type {Report} from '../../../reports/run/report.ts';
import {unruledOn} from '../../../suites/conformance/unruled.ts';
import {scenarios} from '../../../suites/index.ts';
import type {Register} from './claims-register.ts';
import {type ClusterChoice, fromLab} from './cluster-options.ts';
import {CommandError, exitCodes} from './command-error.ts';
import {doctorFirst} from './doctor-first.ts';
import {holdCluster} from './hold-cluster.ts';
import type {Interrupt} from './interrupt.ts';
import {judgeRun} from './judge-run.ts';
import {shapeOfUp} from './lab-shape.ts';
import {
  describedCluster,
  describedLab,
  journalFolder,
  journalOf,
  machinesIn,
  type OpenCluster,
  openInventory,
  restoreCluster,
} from './open-cluster.ts';
import {codeFolder, version} from './package-files.ts';
import type {Leave} from './permit.ts';
import {pluginFiles} from './plugins/loaded.ts';
import {earlierThan, withKnown} from './pool/with-history.ts';
import type {Watch} from './progress.ts';
import {saveReports} from './save-report.ts';
import {forecastHeadline, foreseen, notBegun} from './window-forecast.ts';
import {closesAt, closingOf, refuseTooShort, type WindowAsked} from './window-options.ts';
import {shortestTrial, windowSource} from './window-source.ts';

export interface RunSpec {
  choice: ClusterChoice;
  suite: Suite;
  profiles: readonly Profile[];
  register: Register;
  plan: Plan;
  quick: boolean;
  only: readonly string[] | undefined;
  leave: Leave;
  /** The time that the run is told, in place of repetitions. */
  window?: WindowAsked;
  /** The history whose comparable runs are evidence as well. */
  history?: string;
  /** The run's own folder; made, or empty. */
  folder: string;
  id: string;
  /** Id of the run whose suspected changes are measured again. */
  confirms?: string;
}

type StretchSpec = Pick<RunSpec, 'plan' | 'profiles' | 'register' | 'folder' | 'leave' | 'history'> & {
  /** The end of that time. */
  closing?: Closing;
};

/** A run's folder that is open already: where its trials come from, and what the largest so far has left. */
export type Stretch = {store: RunStore} & Pick<RunRequest, 'source' | 'largestBytes'>;

/** The cluster as the plan needs it, with nothing started. */
export function describedChoice(choice: ClusterChoice): Cluster {
  return choice.kind === 'lab' ? describedLab(choice.lab) : describedCluster(choice.inventory);
}

/** The plan, or the sentence why there is none. */
export function planned(request: PlanRequest, window?: WindowAsked): Plan {
  const plan = window === undefined ? makePlan(request) : makeWindowPlan(request, window.words);
  if (!plan.ok) throw new CommandError(plan.error, 'Correct the command line or the suite. Nothing has been started.');
  if (possibleTrials(plan.value).length === 0) throw nothingToTry(plan.value);
  if (window !== undefined) refuseTooShort(window, shortestTrial(plan.value));
  return plan.value;
}

function nothingToTry({notApplicable}: Plan): CommandError {
  const reasons = notApplicable.map(({scenario, reason}) => `${scenario} ${reason}`).join('; ');
  return new CommandError(
    `nothing can be tried on this cluster: ${reasons}`,
    'Name another cluster or other scenarios.',
  );
}

/** `2025-11-24T15-06-12-trial`: sorts by time, and is a plain folder's name. */
export function runId(cluster: string, at: Date): string {
  return `${at.toISOString().slice(0, 19).replaceAll(':', '-')}-${cluster}`;
}

/**
 * An empty folder that can be written to; anything else is refused before something starts. What comes back takes
 * away again what was made here, as long as it is empty: a run that was refused leaves no folder.
 */
export async function claimFolder(folder: string): Promise<() => Promise<void>> {
  const path = resolve(folder);
  try {
    const first = await mkdir(path, {recursive: true});
    const held = await readdir(path);
    if (held.length === 0) return () => removeEmpty(path, first);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`the run's folder ${folder} cannot be made: ${why}`, 'Name another one with --out.');
  }
  throw new CommandError(`${folder} is not empty`, 'Name a new folder with --out: a run never overwrites another.');
}

/** Folders from the path up to the first that was made, while they are empty. */
async function removeEmpty(path: string, first: string | undefined): Promise<void> {
  if (first === undefined) return;
  for (let folder = path; folder.length >= first.length; folder = dirname(folder)) {
    const removed = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

/** Opens the cluster, sails, and closes it. */
export async function runSuite(spec: RunSpec, watch: Watch, interrupt: Interrupt): Promise<RunResult> {
  const giveUpFolder = await claimFolder(spec.folder);
  try {
    return await onOpened(spec.choice, watch, interrupt, opened => runSuiteOn(opened, spec, watch, interrupt));
  } finally {
    await giveUpFolder();
  }
}

/**
 * Something done on an open cluster, which is closed afterwards whatever comes of it. `heals`: a silent host may be one
 * that is to be healed first.
 */
export async function onOpened<T>(
  choice: ClusterChoice,
  watch: Watch,
  interrupt: Interrupt,
  act: (opened: Opened) => Promise<T>,
  {heals = false} = {},
): Promise<T> {
  const opened = await openChoice(choice, watch, interrupt.signal, heals);
  try {
    return await act(opened);
  } finally {
    await opened.close();
  }
}

export interface RunResult {
  report: Report;
  paths: readonly string[];
}

/**
 * Runs, stores and judges on an open cluster, and gives it back as it was found. No report is drawn where somebody is
 * in a hurry: `seatrial report` does it later.
 */
export async function runSuiteOn(
  opened: Opened,
  spec: RunSpec,
  watch: Watch,
  interrupt: Interrupt,
): Promise<RunResult> {
  const closing = spec.window === undefined ? undefined : closingOf(spec.window);
  const plan = timed(await possible(opened.cluster, spec.plan), spec.window);
  const able = {...spec, plan, ...(closing === undefined ? {} : {closing})};
  return runStretch(opened, able, {store: await startRun(able, opened, watch)}, watch, interrupt);
}

/** The end of the time, from the moment that the cluster is there. */
function timed(plan: Plan, asked: WindowAsked | undefined): Plan {
  const closes = asked === undefined ? undefined : closesAt(asked);
  return plan.window === undefined || closes === undefined ? plan : {...plan, window: {...plan.window, closes}};
}

/** What the nodes' kernels and programs cannot do is not tried, and told with the reason. */
async function possible(cluster: Cluster, plan: Plan): Promise<Plan> {
  const named = new Set(possibleTrials(plan).map(trial => trial.scenario));
  const wanted = scenarios.flatMap(({name, needs}) => (named.has(name) ? (needs.tools ?? []) : []));
  const able = withoutLacking(plan, scenarios, await lackingTools(cluster, wanted));
  if (possibleTrials(able).length === 0) throw nothingToTry(able);
  return able;
}

/** The same of a run whose folder is open already. */
export async function runStretch(
  opened: Opened,
  spec: StretchSpec,
  stretch: Stretch,
  watch: Watch,
  interrupt: Interrupt,
): Promise<RunResult> {
  const left = await runAudited(opened, spec, stretch, watch, interrupt);
  if (left.length > 0) {
    throw new CommandError(
      `the cluster is not as it was: ${left.map(finding => finding.detail).join('; ')}`,
      `Mend what it names, then run: seatrial heal. The run is in ${spec.folder}.`,
      exitCodes.aborted,
    );
  }
  const run = await readRun(spec.folder);
  if (!run.ok) {
    throw new CommandError(
      `the run in ${spec.folder} cannot be read: ${run.error.artefact}: ${run.error.found}`,
      'Is its disk full?',
      exitCodes.aborted,
    );
  }
  const report = judgeRun(run.value, spec.register.claims, scenarios);
  return {report, paths: interrupt.hurried ? [] : await saveReports(report, spec.folder)};
}

/** The run itself, everything that is done to a host written down; gives what could not be put back. */
async function runAudited(
  opened: Opened,
  spec: StretchSpec,
  stretch: Stretch,
  watch: Watch,
  interrupt: Interrupt,
): Promise<readonly Finding[]> {
  const {journal} = opened;
  const closings = closingsOf(spec);
  const source = stretch.source ?? (await windowOf(spec, opened.cluster, closings, watch));
  const audited = auditedTransport(opened.cluster.transport, join(spec.folder, auditName));
  const cluster = {...opened.cluster, transport: audited};
  let left: readonly Finding[] = [];
  let unhealed = false;
  try {
    const end = await runPlan({
      plan: spec.plan,
      cluster,
      scenarios,
      profiles: spec.profiles,
      ...stretch,
      ...(source === undefined ? {} : {source}),
      journal,
      lifecycle: lifecycleOf(spec.leave),
      progress: watch.tell,
      signal: interrupt.signal,
      hurry: interrupt.hurry,
      guard: guardOf(cluster, opened.limits),
      closings,
    });
    unhealed = end.status === 'unhealed';
  } finally {
    left = await giveBack({...opened, cluster}, spec.leave, watch, interrupt, unhealed);
    audited.close();
  }
  return left;
}

/** Where the trials of a run that is told time come from: the run as far as it is stored. */
async function windowOf(
  {plan, folder, register, history}: StretchSpec,
  cluster: Cluster,
  closings: readonly Closing[],
  watch: Watch,
): Promise<Source | undefined> {
  if (plan.window === undefined) return undefined;
  const run = await readRun(folder);
  if (!run.ok) throw new CommandError(`${folder} cannot be read: ${run.error.found}`, 'Is its disk full?');
  const earlier = history === undefined ? [] : await earlierRuns(folder, history, watch);
  const known = {run: run.value, claims: register.claims, earlier, unruled: unruledOn(cluster)};
  return windowSource({...known, closings, tell: watch.tell});
}

async function earlierRuns(folder: string, history: string, watch: Watch): Promise<readonly StoredRun[]> {
  const {runs, leftOut, own} = await withKnown(folder, history);
  const earlier = runs.filter(({header}) => header.id !== own.header.id);
  watch.say(`evidence of ${earlier.length} earlier runs: ${earlier.map(({header}) => header.id).join(', ') || 'none'}`);
  for (const {id, reason} of leftOut) watch.say(`run ${id} is left out: ${reason}`);
  return earlier;
}

/** The end of the maintenance window, and of the time that the run was told. */
function closingsOf({leave, closing}: StretchSpec): readonly Closing[] {
  return [
    ...(leave.closes === undefined ? [] : [maintenanceClosing(leave.closes)]),
    ...(closing === undefined ? [] : [closing]),
  ];
}

/** What is wrong with a cluster that must not be disturbed is for its owner to mend. */
export function lifecycleOf({mends}: Leave): WholeLifecycle {
  return mends ? lifecycle : onlyOurs;
}

/** Settings that were changed go back to what they were before the first trial. */
async function giveBack(
  {cluster, journal, ends}: Opened,
  leave: Leave,
  watch: Watch,
  interrupt: Interrupt,
  unhealed: boolean,
): Promise<readonly Finding[]> {
  if (ends) {
    for (const entry of journal.inForce()) await journal.done(entry);
    return [];
  }
  if (!unhealed && isUntouched(interrupt, journal)) return [];
  // A cluster that could not be healed is not waited for again.
  const hurry = unhealed ? AbortSignal.abort() : interrupt.hurry;
  return restoreCluster(cluster, journal, watch.say, hurry, lifecycleOf(leave));
}

/**
 * Interrupted with nothing in force: whatever state the cluster is in, it is not for this run to wait for another
 * one.
 */
function isUntouched({signal}: Interrupt, journal: Journal): boolean {
  return signal.aborted && journal.inForce().length === 0;
}

/** `ends`: the cluster is our own lab and goes away with the run, so nothing on it needs to be put back. */
export type Opened = OpenCluster & {
  ends: boolean;
  /** Dangers that the doctor found and that were let through. */
  despite?: readonly string[];
};

/** The lab of that name if it is up already (it then stays), else one of our own. */
async function openChoice(choice: ClusterChoice, watch: Watch, signal: AbortSignal, heals: boolean): Promise<Opened> {
  if (choice.kind === 'inventory') return openExamined(choice, watch, signal, heals);
  const journal = await journalOf(choice.lab.name);
  try {
    return await openLabFor(choice, journal, watch, signal);
  } catch (error) {
    await journal.release();
    throw error;
  }
}

/** What is to be healed first is not held against the cluster. */
async function openExamined(
  {inventory, despite}: Extract<ClusterChoice, {kind: 'inventory'}>,
  {say}: Watch,
  signal: AbortSignal,
  heals: boolean,
): Promise<Opened> {
  const opened = await openInventory(inventory, {say, signal, heals});
  if (heals) return {...opened, ends: false};
  try {
    return {...opened, ends: false, despite: await doctorFirst(opened.cluster, despite, {say, signal})};
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function openLabFor(
  {lab, keep}: Extract<ClusterChoice, {kind: 'lab'}>,
  journal: Journal,
  watch: Watch,
  signal: AbortSignal,
): Promise<Opened> {
  const there = await openLab(lab.name);
  if (there.ok) {
    const shape = labShape(lab.name);
    if (shape !== undefined) shapeOfUp(lab.name, shape, lab);
    watch.say(`using lab ${lab.name}, which is up`);
    const say = (text: string) => watch.say(text);
    const giveFree = await holdCluster({cluster: there.value, journal, folder: journalFolder, say, heals: false});
    const close = async () => {
      await giveFree();
      await journal.release();
    };
    return {cluster: there.value, limits: defaultLimits, journal, close, ends: false};
  }
  const cluster = fromLab(await labUp(lab, watch.say, signal));
  return {
    cluster,
    limits: defaultLimits,
    journal,
    ends: !keep,
    async close() {
      if (!keep) watch.say(`taking lab ${lab.name} down`);
      const down = keep ? undefined : await labDown(lab.name);
      await journal.release();
      if (down !== undefined) fromLab(down);
    },
  };
}

async function startRun(
  spec: RunSpec & {closing?: Closing},
  {cluster, despite = []}: Opened,
  watch: Watch,
): Promise<RunStore> {
  watch.say('asking every host what it is');
  const asked = await fingerprints(cluster);
  for (const {host, reason} of asked.silent) watch.say(`gave no fingerprint: ${reason}`, host);
  const header: RunHeader = {
    schema: 'seatrial-run/1',
    id: spec.id,
    seatrialVersion: version(),
    commit: await commit(),
    startedAt: new Date().toISOString(),
    cluster: cluster.name,
    suite: spec.suite.name,
    ...(spec.only === undefined ? {} : {only: spec.only}),
    ...(spec.confirms === undefined ? {} : {confirms: spec.confirms}),
    ...(pluginFiles().length === 0 ? {} : {plugins: pluginFiles()}),
    ...(despite.length === 0 ? {} : {despite}),
    sums: 'twice',
    quick: spec.quick,
    seed: spec.plan.seed,
    storage: cluster.storage,
    hardware: cluster.hardware,
    nodes: cluster.nodes.map(node => node.name),
    machines: await machinesIn(cluster.nodes),
    guests: cluster.guests.map(guest => guest.name),
    profiles: spec.profiles,
    fingerprints: asked.fingerprints,
  };
  const plan = await withForecast(spec, cluster, header, watch);
  return createRun(spec.folder, header, plan, spec.register.text).catch((error: Error) => {
    throw new CommandError(
      `the run's folder cannot be written: ${error.message}`,
      'Make room, or name another one with --out.',
    );
  });
}

/** What is foreseen is kept, to be held against what comes. */
async function withForecast(
  {plan, register, folder, history, closing}: RunSpec & {closing?: Closing},
  cluster: Cluster,
  header: RunHeader,
  watch: Watch,
): Promise<Plan> {
  if (plan.window === undefined) return plan;
  watch.say('reckoning what the time is likely to decide');
  const run = notBegun(header, plan);
  const {earlier} = history === undefined ? {earlier: []} : await earlierThan(run, folder, history);
  const seconds = closing?.leftSeconds() ?? Number.POSITIVE_INFINITY;
  const forecast = foreseen({run, claims: register.claims, earlier, unruled: unruledOn(cluster)}, seconds);
  watch.say(forecastHeadline(forecast));
  return {...plan, window: {...plan.window, forecast}};
}

/** Commit of the code, with `-dirty` when it was changed since; empty where seatrial was installed as a package. */
export async function commit(): Promise<string> {
  const said = await runLocally({
    argv: ['git', '-C', codeFolder, 'describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'],
    timeoutMs: 10_000,
    idempotent: true,
  });
  return said.exit.kind === 'exited' && said.exit.code === 0 ? said.stdout.trim() : '';
}
