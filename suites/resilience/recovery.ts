/**
 * When the guests have back what a fault took from them: glances, to know when to go on; what is measured comes
 * from the artefacts.
 */
import {areOnline} from '../../harness/cluster/pacemaker.ts';
import {startBeacon} from '../../harness/probes/beacon/driver.ts';
import {storageOf} from '../../harness/storage/index.ts';
import type {Cluster, Guest, Host, Trial} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {type BeaconLog, firstDurable, lifeSpans, parseBeacon} from '../../reports/beacon/index.ts';
import {namesOf} from '../steps/guests.ts';
import {pause} from '../steps/pause.ts';
import {runElsewhere} from '../steps/placement.ts';

/** Waits until all these guests write in a new life, away from `notOn` where asked; whether they did in time. */
export async function untilServedAnew(
  trial: Trial,
  guests: readonly Guest[],
  {notOn}: {notOn?: readonly string[]},
  known: ReadonlySet<string>,
  deadlineMs: number,
): Promise<boolean> {
  const names = namesOf(guests);
  trial.say(`waiting for ${names} to serve ${notOn === undefined ? 'again' : 'elsewhere'}`);
  const moved = await waitFor(
    `${names} to write again`,
    deadlineMs,
    async () => ((await allWrite(trial.cluster, guests, notOn, known)) ? true : undefined),
    {intervalMs: 500, signal: trial.signal},
  );
  return moved.ok;
}

/** Waits until all these guests run away from `notOn` and write, in whichever life; whether they did in time. */
export async function untilHandedOver(
  trial: Trial,
  guests: readonly Guest[],
  notOn: readonly string[],
  deadlineMs: number,
): Promise<boolean> {
  return untilServedAnew(trial, guests, {notOn}, new Set(), deadlineMs);
}

/** Waits until the storage is whole again; whether it was in time. */
export async function untilStorageIsWhole(trial: Trial, deadlineMs: number): Promise<boolean> {
  trial.say('waiting for the storage to be whole');
  const {cluster, signal} = trial;
  const whole = await waitFor(
    'the storage to be whole',
    deadlineMs,
    async () => ((await storageOf(cluster).readiness(cluster)) === undefined ? true : undefined),
    {intervalMs: 500, signal},
  );
  return whole.ok;
}

/**
 * Leaves the fault in force for so many seconds, or until it is over: nodes that it took from the cluster (`taken`),
 * and that are members again, were fenced and have booted without it.
 */
export async function untilOver(trial: Trial, taken: readonly Host[], seconds: number): Promise<void> {
  const {cluster, signal} = trial;
  if (seconds <= 0) return;
  if (taken.length === 0) return pause(trial, seconds);
  const back = async () => ((await areOnline(cluster, taken)) ? true : undefined);
  await waitFor('the fault to be over', seconds * 1000, back, {intervalMs: 1000, signal});
}

/**
 * Whether each of these guests runs, away from the faulted node where that is asked, in an incarnation that is not
 * `known`, and has a new write acknowledged as durable. A glance, not a measurement.
 */
async function allWrite(
  cluster: Cluster,
  guests: readonly Guest[],
  notOn: readonly string[] | undefined,
  known: ReadonlySet<string>,
): Promise<boolean> {
  if (notOn !== undefined && !(await runElsewhere(cluster, guests, notOn))) return false;
  const log = await glance(cluster, guests);
  return guests.every(({name}) =>
    (log && lifeSpans(log, name))?.some(({bootId}) => !known.has(bootId) && firstDurable(log, name, bootId)),
  );
}

/**
 * Boot ids of all that answer for these guests: an incarnation that goes on although its node is given up is no
 * recovery.
 */
export async function incarnationsNow(cluster: Cluster, guests: readonly Guest[]): Promise<ReadonlySet<string>> {
  const log = await glance(cluster, guests);
  return new Set(guests.flatMap(({name}) => (log && lifeSpans(log, name)) ?? []).map(({bootId}) => bootId));
}

async function glance(cluster: Cluster, guests: readonly Guest[]): Promise<BeaconLog | undefined> {
  const looked = await startBeacon(cluster, guests, {intervalMs: 50, durationSeconds: 1});
  const log = looked.ok ? await looked.value.ended : looked;
  const parsed = log.ok ? parseBeacon(log.value, 'look') : undefined;
  return parsed?.ok === true ? parsed.value : undefined;
}
