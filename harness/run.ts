import {setTimeout as sleep} from 'node:timers/promises';
import {type Entry, faultIntent, type Journal} from './journal.ts';
import type {RunStore, TrialFolder} from './store.ts';
import {tend} from './transport/tended.ts';
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
  Trial,
  TrialRecord,
  TrialStatus,
} from './types.ts';
import {unlessAborted} from './wait.ts';

/** What a run asks of the cluster between trials. Given from outside, so that the order of things is tested without machines. */
export interface Care {
  /** Invariants that do not hold right now; empty on a healthy cluster. Never waits. */
  audit(cluster: Cluster): Promise<readonly Finding[]>;
  /**
   * Undoes what the journal has in force, powers nodes on, and waits until the audit is silent. Returns what is still wrong. An aborted signal
   * ends the waiting at once, and never the undoing.
   */
  heal(cluster: Cluster, journal: Journal, say: Say, signal?: AbortSignal): Promise<readonly Finding[]>;
  /** Makes the profile's settings real; idempotent. Throws with a sentence when a machine refuses, or the signal ends its waiting. */
  apply(cluster: Cluster, profile: Profile, journal: Journal, say: Say, signal?: AbortSignal): Promise<void>;
  /** What is in force, from the machines. */
  readBack(cluster: Cluster, profile: Profile): Promise<readonly ReadBack[]>;
}
export type Say = (text: string, host?: string) => void;

export interface RunRequest {
  plan: Plan;
  cluster: Cluster;
  scenarios: readonly Scenario[];
  profiles: readonly Profile[];
  store: RunStore;
  journal: Journal;
  care: Care;
  progress: (event: Progress) => void;
  signal: AbortSignal;
  /** Ends the waiting of the healing after a trial too. */
  hurry?: AbortSignal;
}

export interface RunEnd {
  status: 'complete' | 'aborted' | 'unhealed';
  reason: string;
}

/** A trial that takes this much longer than estimated hangs. Seconds on top of four times the estimate. */
const graceSeconds = 180;
/** How long an interrupted scenario may take to notice that its commands were stopped. */
const lingerMs = 10_000;

/**
 * Walks the plan, one trial after the other: audit → heal → profile → run → heal → audit → store. An aborted signal ends the trial at hand,
 * heals, stores, and ends the run. A heal that fails ends the run as `unhealed`: nothing measured on a wounded cluster would mean anything.
 */
export async function runPlan(request: RunRequest): Promise<RunEnd> {
  const {plan, store, progress, signal} = request;
  progress({
    kind: 'plan',
    trials: plan.trials.length,
    estimatedSeconds: plan.trials.reduce((sum, x) => sum + x.estimatedSeconds, 0),
  });
  let end: RunEnd = {status: 'complete', reason: ''};
  for (const planned of plan.trials) {
    if (signal.aborted) {
      end = {status: 'aborted', reason: `stopped before trial ${planned.slot} of ${plan.trials.length}`};
      break;
    }
    progress({
      kind: 'trial-started',
      slot: planned.slot,
      of: plan.trials.length,
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
    if (record.status === 'unhealed') {
      end = {status: 'unhealed', reason: `trial ${planned.slot}: ${record.reason}`};
      break;
    }
    if (signal.aborted) {
      end = {status: 'aborted', reason: `stopped in trial ${planned.slot} of ${plan.trials.length}`};
      break;
    }
  }
  await store.end(end.status, end.reason);
  progress({kind: 'ended', ...end});
  return end;
}

async function oneTrial(request: RunRequest, planned: PlannedTrial): Promise<TrialRecord> {
  const {cluster, journal, care, progress, store, signal} = request;
  const startedAt = new Date().toISOString();
  const startedMs = performance.now();
  const say: Say = (text, host) => {
    progress(host === undefined ? {kind: 'said', text} : {kind: 'said', text, host});
    // Progress also tells a later reader what went on when; a full disk must not end the trial here but where results are kept.
    store.event('said', {slot: planned.slot, text, ...(host === undefined ? {} : {host})}).catch(() => {});
  };
  const folder = await store.openTrial(planned);
  let status: TrialStatus = 'done';
  let reason = '';
  const fail = (kind: TrialStatus, why: string) => {
    // The first reason is the cause; `unhealed` outranks it.
    if (status === 'done' || kind === 'unhealed') [status, reason] = [kind, reason === '' ? why : `${reason}; ${why}`];
  };
  let auditBefore: readonly Finding[] = [];
  let auditAfter: readonly Finding[] = [];
  let readBack: readonly ReadBack[] = [];
  // What is wrong as long as this trial has not touched the cluster: only then is there something of its own to heal.
  let untouched: readonly Finding[] | undefined = [];

  try {
    const audited = await unlessAborted(signal, care.audit(cluster));
    if (audited === undefined) throw new Error('interrupted');
    auditBefore = audited;
    if (auditBefore.length > 0 || journal.inForce().some(entry => entry.kind === 'fault')) {
      say(`healing before the trial: ${auditBefore.map(finding => finding.detail).join('; ')}`);
      untouched = await care.heal(cluster, journal, say, signal);
      if (untouched.length > 0)
        fail(signal.aborted ? 'aborted' : 'unhealed', `before the trial: ${sentence(untouched)}`);
    }
    const scenario = request.scenarios.find(candidate => candidate.name === planned.scenario);
    const profile = request.profiles.find(candidate => candidate.name === planned.profile);
    if (!scenario || !profile)
      throw new Error(`no ${scenario ? `profile ${planned.profile}` : `scenario ${planned.scenario}`}`);
    if (status === 'done' && !signal.aborted) {
      untouched = undefined;
      await care.apply(cluster, profile, journal, say, signal);
      readBack = await care.readBack(cluster, profile);
      const differing = readBack.filter(entry => !entry.agrees);
      if (differing.length > 0) fail('aborted', `settings not in force: ${differing.map(describe).join('; ')}`);
    }
    if (status === 'done' && !signal.aborted) {
      await withDeadline(request, planned, scenario, profile, folder, say);
    }
    if (signal.aborted) fail('aborted', 'interrupted');
  } catch (error) {
    fail(signal.aborted ? 'aborted' : 'failed', error instanceof Error ? error.message : String(error));
  }

  // Healing runs whatever happened, interrupted or not; but not a second time on a cluster that has just been waited for.
  try {
    const left = untouched ?? (await care.heal(cluster, journal, say, request.hurry));
    if (left.length > 0 && untouched === undefined) fail('unhealed', sentence(left));
    auditAfter = untouched ?? (await care.audit(cluster));
  } catch (error) {
    fail('unhealed', `healing failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  const record: TrialRecord = {
    planned,
    status,
    reason,
    startedAt,
    durationSeconds: (performance.now() - startedMs) / 1000,
    readBack,
    auditBefore,
    auditAfter,
    artefacts: folder.artefacts(),
  };
  await folder.end(record);
  if (status === 'done') tellMeasured(request, planned, folder.read());
  return record;
}

/** Runs the scenario; the deadline aborts its signal and ends the trial as failed, so that healing can begin. */
async function withDeadline(
  request: RunRequest,
  planned: PlannedTrial,
  scenario: Scenario,
  profile: Profile,
  folder: TrialFolder,
  say: Say,
): Promise<void> {
  const deadlineSeconds = Math.ceil(planned.estimatedSeconds * 4 + graceSeconds);
  const deadline = AbortSignal.timeout(deadlineSeconds * 1000);
  const signal = AbortSignal.any([request.signal, deadline]);
  const tended = tend(request.cluster.transport, signal);
  const trial = trialFor(
    {...request, cluster: {...request.cluster, transport: tended.transport}},
    planned,
    profile,
    folder,
    say,
    signal,
  );
  let stop: () => void = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => reject(new Error(deadline.aborted ? `did not end within ${deadlineSeconds} s` : 'interrupted'));
    signal.addEventListener('abort', stop, {once: true});
  });
  const running = scenario.run(trial);
  try {
    await Promise.race([running, interrupted]);
  } finally {
    signal.removeEventListener('abort', stop);
    await tended.stopAll();
    // With its commands stopped the scenario comes to its own end; healing should not begin while it may still touch machines.
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
): Trial {
  const entries = new Map<Fault, Entry>();
  // After an abort the scenario may still be running towards its end; it must not start anything new on the machines.
  const alive = () => {
    if (signal.aborted) throw new Error('interrupted');
  };
  return {
    cluster,
    planned,
    profile,
    signal,
    keep: (name, content) => folder.keep(name, content),
    say,
    async record(name, host, command) {
      alive();
      const outcome = await cluster.transport.exec(host, command);
      await folder.keep(name, outcome.stdout);
      const {stdout: _, ...rest} = outcome;
      await folder.keep(
        `${name}.meta.json`,
        `${JSON.stringify({host: host.name, argv: command.argv, ...rest}, null, 1)}\n`,
      );
      return outcome;
    },
    async inject(fault) {
      alive();
      entries.set(fault, await journal.begin(faultIntent(fault)));
      say(`injecting ${fault.name}: ${fault.describe}`, fault.host);
      const before = {monotonicBeforeMs: performance.now(), wallBeforeMs: Date.now()};
      const outcome = await fault.inject(cluster);
      const injection: Injection = {
        fault: fault.name,
        host: fault.host,
        ...before,
        monotonicAfterMs: performance.now(),
        wallAfterMs: Date.now(),
      };
      await store.event('injected', {slot: planned.slot, ...injection});
      if (outcome.exit.kind !== 'exited' || outcome.exit.code !== 0) {
        throw new Error(
          `injecting ${fault.name} on ${fault.host} failed: ${JSON.stringify(outcome.exit)} ${outcome.stderr.trim()}`,
        );
      }
      return injection;
    },
    async heal(fault) {
      say(`healing ${fault.name}`, fault.host);
      const healed = await fault.heal(cluster);
      if (!healed.ok) throw new Error(`healing ${fault.name} on ${fault.host}: ${healed.error}`);
      const entry = entries.get(fault);
      if (entry) await journal.done(entry);
      entries.delete(fault);
    },
  };
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

function sentence(findings: readonly Finding[]): string {
  return findings.map(finding => `${finding.invariant}: ${finding.detail}`).join('; ');
}

function describe(entry: ReadBack): string {
  return `${entry.id} on ${entry.where} is ${entry.found}, asked ${entry.asked}`;
}
