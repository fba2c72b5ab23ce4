import {setTimeout as sleep} from 'node:timers/promises';
import {clockSteps} from '../cluster/clocks.ts';
import type {Snapshot} from '../cluster/snapshot.ts';
import {type Armed, armDeadMan, disarmDeadMan} from '../faults/dead-man.ts';
import {isFull} from '../files.ts';
import {scopedTransport} from '../transport/scoped.ts';
import type {
  Artefacts,
  Cluster,
  Fault,
  Finding,
  Injection,
  Plan,
  PlannedTrial,
  Profile,
  Progress,
  ReadBack,
  Scenario,
  Struck,
  Trial,
  TrialRecord,
  TrialStatus,
} from '../types.ts';
import {unlessAborted} from '../wait.ts';
import {type Deadline, startDeadline} from './deadline.ts';
import type {Guard} from './guard.ts';
import {type Entry, faultIntent, type Journal} from './journal.ts';
import {type Phases, startPhases} from './phases.ts';
import {type Pause, roomWanted, waitForRoom, writeOnceRoom} from './room.ts';
import {secretsOf, withoutSecrets} from './secrets.ts';
import {listed, type Source} from './source.ts';
import {abortAtClosing, type Closing, closedBefore, Stop, whyStopped} from './stop.ts';
import type {RunStore, TrialFolder} from './store.ts';

/**
 * What a run asks of the cluster between trials. Given from outside, so that the order of things is tested without
 * machines.
 */
export interface Lifecycle {
  /** Invariants that do not hold right now; empty on a healthy cluster. Never waits. */
  audit(cluster: Cluster): Promise<readonly Finding[]>;
  /**
   * Undoes what the journal has in force, powers nodes on, and waits until the audit is silent. Returns what is
   * still wrong. An aborted signal ends the waiting at once, and never the undoing.
   */
  heal(cluster: Cluster, journal: Journal, say: Say, signal?: AbortSignal): Promise<readonly Finding[]>;
  /** A healing that leaves nothing wrong has just audited the cluster, and found nothing. */
  healingLooks?: boolean;
  /**
   * Makes the profile's settings real; idempotent. Gives what is in force, from the machines. Throws with a sentence
   * when a machine refuses, or the signal ends its waiting.
   */
  apply(
    cluster: Cluster,
    profile: Profile,
    journal: Journal,
    say: Say,
    signal?: AbortSignal,
  ): Promise<readonly ReadBack[]>;
  /** Why guests take no load from the client's fio, in sentences; empty when they do. */
  loadRefusals(cluster: Cluster): Promise<readonly string[]>;
  /** Why guests' scratch devices must not be overwritten, in sentences; empty when they may. */
  scratchRefusals(cluster: Cluster): Promise<readonly string[]>;
  /** Fences, guests and clocks as they are. Throws with a sentence. */
  snapshot(cluster: Cluster): Promise<Snapshot>;
}
export type Say = (text: string, host?: string) => void;

export interface RunRequest {
  plan: Plan;
  cluster: Cluster;
  scenarios: readonly Scenario[];
  profiles: readonly Profile[];
  store: RunStore;
  journal: Journal;
  lifecycle: Lifecycle;
  progress: (event: Progress) => void;
  signal: AbortSignal;
  /** Ends the waiting of the healing after a trial too. */
  hurry?: AbortSignal;
  /** Watches the cluster while a trial runs. */
  guard?: Guard;
  /** When everything must be over: by then the last trial is healed, and no other begins. */
  closings?: readonly Closing[];
  /** Where trials come from; default the plan's, in their order. */
  source?: Source;
  /** What the largest trial so far has left, of such a run. Bytes. */
  largestBytes?: number;
  /** How a full disk is waited for, in place of the usual. */
  pause?: Pick<Pause, 'patienceMs' | 'everyMs'>;
}

export interface RunEnd {
  status: 'complete' | 'aborted' | 'unhealed';
  reason: string;
}

/** A trial that takes this much longer than estimated hangs. Seconds on top of four times the estimate. */
const graceSeconds = 180;
/**
 * Dead-man timers fire so long after a trial's deadline, when the harness itself has begun to heal: sooner they would
 * end a fault that is meant to be in force.
 */
const deadManMarginSeconds = 120;
/** How long an interrupted scenario may take to notice that its commands were stopped. */
const lingerMs = 10_000;

/**
 * Walks the plan, one trial after the other: audit → heal → profile → snapshot → run → heal → audit → snapshot →
 * store. An aborted signal ends the trial at hand, heals, stores, and ends the run. A heal that fails ends the run
 * as `unhealed`: nothing measured on a wounded cluster would mean anything.
 */
export async function runPlan(request: RunRequest): Promise<RunEnd> {
  const stopper = new AbortController();
  const release = abortAtClosing(stopper, request.closings ?? []);
  try {
    return await walkPlan({...request, stopper, signal: AbortSignal.any([request.signal, stopper.signal])});
  } finally {
    release();
  }
}

/** A request with what ends it from within; its signal is aborted by that too. */
interface Running extends RunRequest {
  stopper: AbortController;
}

async function walkPlan(request: Running): Promise<RunEnd> {
  const {plan, store, progress, source = listed(plan.trials)} = request;
  const room = {largestBytes: request.largestBytes ?? 0};
  let end: RunEnd | undefined;
  while (end === undefined) {
    const upcoming = source.next();
    if ('over' in upcoming) {
      end = {status: 'complete', reason: upcoming.over};
      break;
    }
    const {trials} = upcoming;
    if (plan.window === undefined) {
      const estimatedSeconds = trials.reduce((sum, x) => sum + x.estimatedSeconds, 0);
      progress({kind: 'plan', trials: trials.length, estimatedSeconds});
    }
    end = await walkTrials({...request, source}, trials, room);
  }
  const {status, reason} = end;
  await kept(request, () => store.end(status, reason));
  progress({kind: 'ended', ...end});
  return end;
}

/** One after the other; why the run ends with one of them, if it does. */
async function walkTrials(
  request: Running & {source: Source},
  trials: readonly PlannedTrial[],
  room: {largestBytes: number},
): Promise<RunEnd | undefined> {
  const {plan, store, signal} = request;
  for (const planned of trials.filter(({slot}) => slot > plan.trials.length)) await store.event('drawn', {planned});
  for (const planned of trials) {
    stopBeforeClosing(request, planned);
    if (signal.aborted) return {status: 'aborted', reason: `stopped before ${named(planned, plan)}${because(signal)}`};
    const lack = await waitForRoom(store.folder, roomWanted(room.largestBytes), pauseOf(request));
    if (lack !== undefined) return {status: 'aborted', reason: `${lack}, before ${named(planned, plan)}`};
    const record = await toldTrial(request, planned);
    room.largestBytes = Math.max(room.largestBytes, bytesOf(record));
    if (record.status === 'unhealed') return {status: 'unhealed', reason: `trial ${planned.slot}: ${record.reason}`};
    if (signal.aborted) return {status: 'aborted', reason: `stopped in ${named(planned, plan)}${because(signal)}`};
  }
  return undefined;
}

function named({slot}: PlannedTrial, plan: Plan): string {
  return plan.window === undefined ? `trial ${slot} of ${plan.trials.length}` : `trial ${slot}`;
}

function stopBeforeClosing({closings = [], stopper}: Running, {estimatedSeconds}: PlannedTrial): void {
  const over = closedBefore(closings, estimatedSeconds);
  if (over !== undefined) stopper.abort(new Stop(`it would not end before ${over.words}`));
}

/** An interrupt needs no more words. */
function because(signal: AbortSignal): string {
  return signal.reason instanceof Stop ? `: ${whyStopped(signal)}` : '';
}

/** The trial, with its begin and end told. */
async function toldTrial(request: Running & {source: Source}, planned: PlannedTrial): Promise<TrialRecord> {
  const {plan, progress} = request;
  progress({
    kind: 'trial-started',
    slot: planned.slot,
    of: Math.max(plan.trials.length, planned.slot),
    scenario: planned.scenario,
    profile: planned.profile,
    repetition: planned.repetition,
    estimatedSeconds: planned.estimatedSeconds,
  });
  const record = await oneTrial(request, planned);
  progress({
    kind: 'trial-ended',
    slot: planned.slot,
    status: record.status,
    reason: record.reason,
    durationSeconds: record.durationSeconds,
  });
  return record;
}

function pauseOf({progress, signal, pause}: RunRequest): Pause {
  return {...pause, signal, say: text => progress({kind: 'said', text})};
}

function bytesOf({artefacts}: TrialRecord): number {
  return artefacts.reduce((sum, {bytes}) => sum + bytes, 0);
}

/**
 * Writes what must not be lost, and waits for room where there is none: by then the cluster is healed. Where nobody
 * waits any longer the run is left as a killed one would be, which can be resumed.
 */
async function kept(request: RunRequest, write: () => Promise<void>): Promise<void> {
  const pause = pauseOf(request);
  const lack = await writeOnceRoom(request.store.folder, write, pause);
  if (lack !== undefined) pause.say(`not stored: ${lack}`);
}

/** A trial's record in the making. */
interface Making {
  status: TrialStatus;
  reason: string;
  auditBefore: readonly Finding[];
  auditAfter: readonly Finding[];
  readBack: readonly ReadBack[];
  /** Has this trial done anything to the cluster? Else nothing of its own is to be healed. */
  touched: boolean;
  /** It was stopped, and nothing of its own was wrong by then. */
  interrupted: boolean;
  /** Taken just before the scenario ran; absent where it did not. */
  before?: Snapshot;
  injections: Struck[];
  phases: Phases;
}

/** The first reason is the cause; `unhealed` outranks it. */
function fail(making: Making, status: TrialStatus, why: string): void {
  if (making.status !== 'done' && status !== 'unhealed') return;
  making.status = status;
  making.reason = making.reason === '' ? why : `${making.reason}; ${why}`;
}

function interrupt(making: Making, why: string): void {
  making.interrupted ||= making.status === 'done';
  fail(making, 'aborted', why);
}

async function oneTrial(request: Running & {source: Source}, planned: PlannedTrial): Promise<TrialRecord> {
  const {progress, store, signal} = request;
  const startedAt = new Date().toISOString();
  const startedMs = performance.now();
  const say: Say = (text, host) => {
    progress(host === undefined ? {kind: 'said', text} : {kind: 'said', text, host});
    // Progress also tells a later reader what went on when; a full disk must not end the trial here but where
    // results are kept.
    store.event('said', {slot: planned.slot, text, ...(host === undefined ? {} : {host})}).catch(() => {});
  };
  const folder = withoutSecretsIn(await store.openTrial(planned), request.cluster);
  const making: Making = {
    status: 'done',
    reason: '',
    auditBefore: [],
    auditAfter: [],
    readBack: [],
    touched: false,
    interrupted: false,
    injections: [],
    phases: startPhases('auditing'),
  };
  try {
    const scenario = request.scenarios.find(candidate => candidate.name === planned.scenario);
    const profile = request.profiles.find(candidate => candidate.name === planned.profile);
    await healBefore(request, making, say);
    if (!scenario || !profile)
      throw new Error(`no ${scenario ? `profile ${planned.profile}` : `scenario ${planned.scenario}`}`);
    await prepare(request, making, scenario, profile, say);
    if (making.status === 'done' && !signal.aborted) {
      making.phases.enter('auditing');
      making.before = await request.lifecycle.snapshot(request.cluster);
      making.phases.enter('running');
      const body = () => withDeadline(request, planned, scenario, profile, folder, say, making);
      await guarded(request, making, say, body);
    }
    if (signal.aborted) interrupt(making, whyStopped(signal));
  } catch (error) {
    const why = failureOf(error);
    if (signal.aborted) interrupt(making, why);
    else fail(making, 'failed', why);
  }
  // Healing runs whatever happened, interrupted or not; but a cluster that was only waited for is not waited for again.
  try {
    if (making.touched) await healAfter(request, making, folder, say);
  } catch (error) {
    fail(making, 'unhealed', `healing failed: ${failureOf(error)}`);
  }
  const {status, reason, readBack, auditBefore, auditAfter} = making;
  const durationSeconds = (performance.now() - startedMs) / 1000;
  const artefacts = folder.artefacts();
  const interrupted = making.interrupted && status === 'aborted' ? ({interrupted: true} as const) : {};
  const record: TrialRecord = {
    planned,
    status,
    reason,
    startedAt,
    durationSeconds,
    phases: making.phases.spent(),
    readBack,
    auditBefore,
    auditAfter,
    artefacts,
    ...interrupted,
  };
  await kept(request, () => folder.end(record));
  request.source.took({record, folder: folder.folder, artefacts: folder.read()});
  if (status === 'done') tellMeasured(request, planned, folder.read());
  return record;
}

/** Raw output is kept as it came, but for secrets in it. */
function withoutSecretsIn(folder: TrialFolder, cluster: Cluster): TrialFolder {
  const secrets = secretsOf(cluster);
  return {...folder, keep: (name, content) => folder.keep(name, withoutSecrets(content, secrets))};
}

/** A limit that is broken ends the trial, and the run. */
async function guarded(
  {guard, stopper}: Running,
  {injections}: Making,
  say: Say,
  body: () => Promise<void>,
): Promise<void> {
  if (guard === undefined) return body();
  const stop = (why: string) => {
    say(`stopping: ${why}`);
    stopper.abort(new Stop(why));
  };
  return guard.during(injections, stop, body);
}

async function healBefore({cluster, journal, lifecycle, signal}: RunRequest, making: Making, say: Say): Promise<void> {
  const audited = await unlessAborted(signal, lifecycle.audit(cluster));
  if (audited === undefined) throw new Error(whyStopped(signal));
  making.auditBefore = audited;
  if (audited.length === 0 && journal.inForce().every(entry => entry.kind === 'profile')) return;
  say(`not whole before the trial: ${audited.map(finding => finding.detail).join('; ')}`);
  const left = await lifecycle.heal(cluster, journal, say, signal);
  if (left.length === 0) return;
  // The trial ends here, and nothing changes the cluster after this.
  making.auditAfter = left;
  const why = `before the trial: ${sentence(left)}`;
  if (signal.aborted) interrupt(making, why);
  else fail(making, 'unhealed', why);
}

/** The profile in force and read back, and guests that take the load that is to come. */
async function prepare(
  {cluster, journal, lifecycle, signal}: RunRequest,
  making: Making,
  scenario: Scenario,
  profile: Profile,
  say: Say,
): Promise<void> {
  if (making.status !== 'done' || signal.aborted) return;
  making.touched = true;
  making.phases.enter('settings');
  making.readBack = await lifecycle.apply(cluster, profile, journal, say, signal);
  const differing = making.readBack.filter(entry => !entry.agrees);
  if (differing.length > 0)
    return fail(making, 'aborted', `settings not in force: ${differing.map(describe).join('; ')}`);
  const {fio, scratch} = scenario.needs;
  if (signal.aborted) return;
  const refusals = [
    ...(scratch ? await lifecycle.scratchRefusals(cluster) : []),
    ...(fio ? await lifecycle.loadRefusals(cluster) : []),
  ];
  if (refusals.length > 0) fail(making, 'aborted', refusals.join('; '));
}

/** Heals, and looks at what the trial has done besides. What is not known of a trial makes it worth nothing. */
async function healAfter(
  {cluster, journal, lifecycle, hurry}: RunRequest,
  making: Making,
  folder: TrialFolder,
  say: Say,
): Promise<void> {
  making.phases.enter('healing');
  const left = await lifecycle.heal(cluster, journal, say, hurry);
  making.phases.enter('auditing');
  if (left.length > 0) fail(making, 'unhealed', sentence(left));
  making.auditAfter = left.length === 0 && lifecycle.healingLooks ? [] : await lifecycle.audit(cluster);
  const {before, injections} = making;
  if (before === undefined || left.length > 0) return;
  // The cluster is healed, and a connection that was lost just now makes it no other.
  const after = await lifecycle.snapshot(cluster).catch((error: Error) => error);
  if (after instanceof Error) return fail(making, 'aborted', `what the trial did is not known: ${after.message}`);
  await keepEffects(folder, before, after, injections).catch((error: unknown) => {
    if (!isFull(error)) throw error;
    fail(making, 'failed', `what the trial did to the platform is not stored: ${failureOf(error)}`);
  });
  const steps = clockSteps(before.clocks, after.clocks);
  if (steps.length > 0) fail(making, 'aborted', `${steps.join('; ')}: times across it mean nothing`);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

/**
 * What the trial did to the platform, as raw as it was read: `suites/expects.ts` holds it against what the scenario
 * says.
 */
async function keepEffects(
  folder: TrialFolder,
  before: Snapshot,
  after: Snapshot,
  injections: readonly Struck[],
): Promise<void> {
  const newCores = after.cores.filter(core => !before.cores.includes(core));
  await keepStates(folder, 'crm_mon-before', before);
  await keepStates(folder, 'crm_mon-after', after);
  const fencers = {before: before.fencers, after: after.fencers.map(({node, life}) => ({node, life}))};
  const guests = {before: before.guests, after: after.guests};
  await folder.keep('effects.json', json({injections, ...guests, cores: newCores, fencers}));
  await folder.keep('clocks.json', json({before: before.clocks, after: after.clocks}));
}

async function keepStates(folder: TrialFolder, name: string, {state, others}: Snapshot): Promise<void> {
  await folder.keep(`${name}.xml`, state);
  for (const other of others) await folder.keep(`${name}-${other.node}.xml`, other.state);
}

/** Seconds after which a trial is given up. */
export function deadlineOf(
  {estimatedSeconds}: Pick<PlannedTrial, 'estimatedSeconds'>,
  {mayTakeSeconds = 0}: Pick<Scenario, 'mayTakeSeconds'>,
): number {
  return Math.ceil(Math.max(4 * estimatedSeconds, mayTakeSeconds) + graceSeconds);
}

/** Runs the scenario; the deadline aborts its signal and ends the trial as failed, so that healing can begin. */
async function withDeadline(
  request: RunRequest,
  planned: PlannedTrial,
  scenario: Scenario,
  profile: Profile,
  folder: TrialFolder,
  say: Say,
  making: Making,
): Promise<void> {
  const deadline = startDeadline(deadlineOf(planned, scenario));
  const signal = AbortSignal.any([request.signal, deadline.signal]);
  const tended = scopedTransport(request.cluster.transport, signal);
  const trial = trialFor(
    {...request, cluster: {...request.cluster, transport: tended.transport}},
    planned,
    profile,
    folder,
    say,
    signal,
    making,
    deadline,
  );
  let stop: () => void = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    const late = () => `did not end within ${deadline.seconds()} s`;
    stop = () => reject(new Error(deadline.signal.aborted ? late() : whyStopped(signal)));
    signal.addEventListener('abort', stop, {once: true});
  });
  const running = scenario.run(trial);
  try {
    await Promise.race([running, interrupted]);
  } finally {
    signal.removeEventListener('abort', stop);
    deadline.end();
    await tended.stopAll();
    // With its commands stopped the scenario comes to its own end; healing should not begin while it may still
    // touch machines.
    await Promise.race([running.catch(() => {}), sleep(lingerMs, undefined, {ref: false})]);
  }
}

function trialFor(
  {cluster, journal, store}: RunRequest,
  planned: PlannedTrial,
  profile: Profile,
  folder: TrialFolder,
  say: Say,
  signal: AbortSignal,
  {injections, phases}: Making,
  deadline: Deadline,
): Trial {
  const inForce = new Map<Fault, InForce>();
  // After an abort the scenario may still be running towards its end; it must not start anything new on the machines.
  const alive = () => {
    if (signal.aborted) throw new Error(whyStopped(signal));
  };
  return {
    cluster,
    planned,
    profile,
    signal,
    keep: (name, content) => folder.keep(name, content),
    say,
    phase: phases.enter,
    allow: deadline.allow,
    async record(name, host, command) {
      alive();
      const outcome = await cluster.transport.exec(host, command);
      const {stdout, ...rest} = outcome;
      await folder.keep(name, stdout);
      await folder.keep(`${name}.meta.json`, json({host: host.name, argv: command.argv, ...rest}));
      return outcome;
    },
    async inject(fault) {
      alive();
      const entry = await journal.begin(faultIntent(fault));
      const told: InForce = {entry};
      inForce.set(fault, told);
      told.armed = await armed(cluster, fault, deadline.atMs());
      injections.push({fault: fault.kind, nodes: fault.nodes, parameters: fault.parameters});
      say(`injecting ${fault.kind}: ${fault.describe}`, fault.nodes.join(','));
      phases.enter('fault');
      const injection = await injected(cluster, fault);
      await store.event('injected', {slot: planned.slot, ...injection.told});
      if (injection.failure !== undefined) throw new Error(injection.failure);
      return injection.told;
    },
    async heal(fault) {
      const where = fault.nodes.join(',');
      say(`healing ${fault.kind}`, where);
      phases.enter('healing');
      const healed = await fault.heal(cluster);
      if (!healed.ok) throw new Error(`healing ${fault.kind} on ${where}: ${healed.error}`);
      const known = inForce.get(fault);
      const left = known?.armed ? await disarmDeadMan(cluster, known.armed) : [];
      if (left.length > 0) throw new Error(`${fault.kind} is healed, but ${left.join('; ')}`);
      if (known) await journal.done(known.entry);
      inForce.delete(fault);
    },
    async leave(leftover) {
      alive();
      const entry = await journal.begin({kind: 'leftover', leftover});
      return () => journal.done(entry);
    },
  };
}

/** A fault that a trial has injected, or is about to. */
interface InForce {
  entry: Entry;
  /** Its timers on the hosts. */
  armed?: Armed;
}

/** Timers on the hosts first: from then on the fault ends, whatever becomes of this process. */
async function armed(cluster: Cluster, fault: Fault, deadlineMs: number): Promise<Armed> {
  const delaySeconds = (deadlineMs - performance.now()) / 1000 + deadManMarginSeconds;
  const timers = await armDeadMan(cluster, fault, delaySeconds);
  if (!timers.ok) throw new Error(`${fault.kind} was not injected: ${timers.error}`);
  return timers.value;
}

async function injected(cluster: Cluster, fault: Fault): Promise<{told: Injection; failure: string | undefined}> {
  const where = fault.nodes.join(',');
  const before = {monotonicBeforeMs: performance.now(), wallBeforeMs: Date.now()};
  const {exit, stderr} = await fault.inject(cluster);
  const told = {fault: fault.kind, host: where, ...before, monotonicAfterMs: performance.now()};
  const failed = exit.kind !== 'exited' || exit.code !== 0;
  const failure = `injecting ${fault.kind} on ${where} failed: ${JSON.stringify(exit)} ${stderr.trim()}`;
  return {told, failure: failed ? failure : undefined};
}

/** The last measured values for whoever watches; the report computes its own from the stored artefacts. */
function tellMeasured(request: RunRequest, planned: PlannedTrial, artefacts: Artefacts): void {
  const scenario = request.scenarios.find(candidate => candidate.name === planned.scenario);
  for (const sample of scenario?.measure(artefacts, planned).samples ?? []) {
    request.progress({
      kind: 'measured',
      metric: sample.metric,
      unit: sample.unit,
      value: sample.value,
      labels: sample.labels,
    });
  }
}

function failureOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function sentence(findings: readonly Finding[]): string {
  return findings.map(finding => `${finding.invariant}: ${finding.detail}`).join('; ');
}

function describe(entry: ReadBack): string {
  return `${entry.id} on ${entry.where} is ${entry.found}, asked ${entry.asked}`;
}
