/** One migration of one guest under its writer: begun, watched, called back where it takes too long, asked about. */

import {succeeded} from '../../harness/cluster/commands.ts';
import {domjobinfoCommand} from '../../harness/cluster/libvirt.ts';
import {callBack, downtimeCommand, migrateCommand, watchEvents, watchJob} from '../../harness/cluster/migration.ts';
import type {ResourceDefinition} from '../../harness/cluster/pacemaker.ts';
import {askInside} from '../../harness/guest/inside.ts';
import {startWriter, stopWriter} from '../../harness/guest/writer.ts';
import type {Guest, Host, Outcome, Running, Trial} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {pause} from '../steps/pause.ts';
import {whereaboutsOf} from './ask-whereabouts.ts';
import type {Cell, MatrixSettings} from './cells.ts';
import {type Attempt, eventsOf, jobOf, samplesOf} from './matrix-record.ts';

export interface Passenger {
  guest: Guest;
  parameters: ResourceDefinition['parameters'];
  at: Host;
  /** SHA-256 of the pattern in its memory. */
  laid: string;
}

/** A guest may be paused, and answer late, once libvirt has said that it has moved. */
const calledBackMs = 30_000;
/** After the switch to post-copy nothing can be called back: that long it may go on. */
const longestSeconds = 600;

export async function attemptMove(
  trial: Trial,
  passenger: Passenger,
  {index, cell, to}: {index: number; cell: Cell; to: Host},
  asked: MatrixSettings,
): Promise<Attempt> {
  const {cluster} = trial;
  const {guest, at, laid} = passenger;
  const before = await askInside(cluster, guest);
  const writing = await beginWriting(trial, guest, cell, asked);
  const wallRestMs = Date.now();
  await pause(trial, asked.restSeconds);
  const moved = await moveWatched(trial, passenger, {index, cell, to}, asked);
  await pause(trial, asked.restSeconds);
  const writer = cell.dirtyMiBPerSecond === 0 ? undefined : writing.ok ? await stopWriter(cluster, guest) : writing;
  const after = await askInside(cluster, guest);
  const whereabouts = await whereaboutsOf(cluster, guest);
  const written = writer === undefined ? {} : {writer: writer.ok ? writer.value : {why: writer.error}};
  const {name, memoryBytes} = guest;
  return {
    guest: name,
    memoryBytes,
    from: at.name,
    to: to.name,
    wallRestMs,
    ...moved,
    ...whereabouts,
    ...written,
    laid,
    before,
    after,
  };
}

function beginWriting({cluster}: Trial, guest: Guest, {dirtyMiBPerSecond}: Cell, asked: MatrixSettings) {
  if (dirtyMiBPerSecond === 0) return {ok: true as const, value: undefined};
  const seconds = Math.ceil(2 * asked.restSeconds + asked.deadlineSeconds + longestSeconds);
  const verified = dirtyMiBPerSecond <= asked.verifiedUpTo;
  const options = {mebibytesPerSecond: dirtyMiBPerSecond, workingSetMiB: asked.workingSetMiB, seconds, verified};
  return startWriter(cluster, guest, options);
}

type Moved = Pick<Attempt, 'wallBeginMs' | 'wallEndMs' | 'end' | 'said'>;

async function moveWatched(
  trial: Trial,
  {guest, at, parameters}: Passenger,
  {index, cell, to}: {index: number; cell: Cell; to: Host},
  asked: MatrixSettings,
): Promise<Moved> {
  const {cluster} = trial;
  const {option} = cell;
  trial.say(`moving ${guest.name} to ${to.name}: ${option}, ${cell.dirtyMiBPerSecond} MiB/s written`, at.name);
  const seconds = asked.deadlineSeconds + longestSeconds;
  const watching = await watchJob(cluster, at, guest.name, seconds);
  const listening = await watchEvents(cluster, at, guest.name, seconds);
  await cluster.transport.exec(at, downtimeCommand(guest.name, asked.downtimeMs));
  const timeoutMs = seconds * 1000;
  const limit = asked.bandwidthMiBPerSecond;
  const command = migrateCommand({guest, to, parameters, option, bandwidthMiBPerSecond: limit, timeoutMs});
  const wallBeginMs = Date.now();
  const running = await cluster.transport.start(at, command);
  const {outcome, wallEndMs, late} = await endedOrCalledBack(trial, guest, at, running, asked.deadlineSeconds * 1000);
  await trial.keep(samplesOf(index, guest.name), (await watching.stop(1_000)).stdout);
  await trial.keep(eventsOf(index, guest.name), (await listening.stop(1_000)).stdout);
  const end = succeeded(outcome) ? 'moved' : late ? 'called-back' : 'failed';
  if (end === 'moved') await trial.record(jobOf(index, guest.name), to, domjobinfoCommand(guest.name));
  return {wallBeginMs, wallEndMs, end, said: saidBy(outcome)};
}

/** Interrupted, it is called back as well: nobody would wait for its end. */
async function endedOrCalledBack(trial: Trial, guest: Guest, at: Host, running: Running, deadlineMs: number) {
  let outcome: Outcome | undefined;
  const ended = running.outcome.then(value => {
    outcome = value;
    return {value, wallEndMs: Date.now()};
  });
  const inTime = await waitFor(`${guest.name} to move`, deadlineMs, async () => outcome, {
    intervalMs: 50,
    signal: trial.signal,
  });
  if (!inTime.ok) {
    trial.say(`calling ${guest.name} back`, at.name);
    await callBack(trial.cluster, at, guest.name);
    await waitFor(`${guest.name} to be called back`, calledBackMs, async () => outcome, {intervalMs: 50});
  }
  const {value, wallEndMs} = await ended;
  return {outcome: value, wallEndMs, late: !inTime.ok};
}

function saidBy({stdout, stderr, exit}: Outcome): string {
  const words = `${stdout.trim()} ${stderr.trim()}`.trim().slice(0, 400);
  return exit.kind === 'exited' ? words : `${exit.kind} ${words}`.trim();
}
