/** fio's load on guests, from the client over fio's own protocol: on their scratch devices, or beside another deed. */
import {z} from 'zod';
import type {Artefacts, Command, Guest, ParseError, Trial} from '../../harness/types.ts';
import {type DeviceLoad, deviceJob, type FioJobFile, fillJob, fioOverClients} from '../../harness/workloads/fio.ts';
import {keepJson} from './artefacts.ts';
import {guestsReport} from './fio-report.ts';
import {keepGuests, namesOf} from './guests.ts';

const mebibyte = 2 ** 20;
/** Slower than any disk that is worth a test: bounds how long a fill may take. */
const slowestBytesPerSecond = 10e6;
/** As a disk under emulation gives, for estimates. */
const usualBytesPerSecond = 40e6;

const fillArtefact = 'fio-fill.json';

/** Parameters of every load on scratch devices. */
export const deviceShape = {
  /** Of each load, after the ramp. */
  rampSeconds: z.number().int().min(0).max(3600),
  blockBytes: z
    .number()
    .int()
    .min(512)
    .max(16 * mebibyte),
  /** Of each guest's scratch device. */
  sizeMiB: z.number().int().min(1),
  engine: z.string().regex(/^[a-z0-9_-]+$/),
};

export function bytesOf(mebibytes: number): number {
  return mebibytes * mebibyte;
}

/** The same job in each guest. `runSeconds`: how long the jobs should take. */
export function onGuests(guests: readonly Guest[], jobOf: (guest: Guest) => FioJobFile, runSeconds: number): Command {
  const loads = guests.map(guest => ({server: {address: guest.address, port: guest.ports.fio}, job: jobOf(guest)}));
  return fioOverClients(loads, runSeconds);
}

interface DeviceSettings {
  seconds: number;
  rampSeconds: number;
  blockBytes: number;
  sizeMiB: number;
  engine: string;
}

/** Small random I/O on the scratch device of each guest at once; `hardOn`: what, and how hard. */
export function deviceLoad(
  guests: readonly Guest[],
  {seconds, rampSeconds, blockBytes, sizeMiB, engine}: DeviceSettings,
  hardOn: (guest: Guest) => Pick<DeviceLoad, 'pattern' | 'readPercent' | 'depth' | 'jobs' | 'arrivalsPerSecond'>,
): Command {
  const common = {blockBytes, sizeBytes: bytesOf(sizeMiB), engine, seconds, rampSeconds};
  const job = (guest: Guest) => deviceJob({device: guest.scratchDevice, ...common, ...hardOn(guest)});
  return onGuests(guests, job, rampSeconds + seconds);
}

type Fill = Pick<DeviceSettings, 'sizeMiB' | 'engine'> & {
  /** How often all of it is written; once where nothing is said. */
  fills?: number;
};

/** Writes the used part of every device. */
export function fillCommand(guests: readonly Guest[], {sizeMiB, engine, fills = 1}: Fill): Command {
  const bytes = bytesOf(sizeMiB);
  const longestSeconds = (bytes * guests.length * fills) / slowestBytesPerSecond;
  return onGuests(guests, guest => fillJob(guest.scratchDevice, bytes, engine, fills), longestSeconds);
}

export function fillEstimateSeconds(sizeMiB: number): number {
  return bytesOf(sizeMiB) / usualBytesPerSecond + 3;
}

/** Keeps who takes part, and fills their devices. */
export async function fillGuests(trial: Trial, guests: readonly Guest[], fill: Fill): Promise<void> {
  const {client} = trial.cluster;
  await keepGuests(trial, guests);
  const often = fill.fills === undefined || fill.fills === 1 ? 'once' : `${fill.fills} times`;
  trial.say(`writing ${fill.sizeMiB} MiB of ${namesOf(guests)} ${often}, so that reads find data`, client.name);
  await trial.record(fillArtefact, client, fillCommand(guests, fill));
}

/**
 * A fill that failed, or wrote fewer than so many bytes in a guest, leaves holes in the device: reads of them say
 * nothing about the disk.
 */
export function fillProblems(raw: Artefacts, bytes: number): readonly ParseError[] {
  const fill = guestsReport(raw, fillArtefact, undefined);
  if (!fill.ok) return fill.error;
  return fill.value.report.jobs.flatMap(({client, path, work}) => {
    const written = work.write?.bytes ?? 0;
    if (written >= bytes) return [];
    const expected = `all ${bytes} bytes of ${client ?? 'the device'} written beforehand`;
    return [{artefact: fillArtefact, path, expected, found: `${written}`}];
  });
}

/**
 * Runs `body` under a load, and keeps the load's report and how it ended, as `trial.record` does, whatever becomes
 * of the body.
 */
export async function underLoad<T>(
  trial: Trial,
  artefact: string,
  command: Command | undefined,
  body: () => Promise<T>,
): Promise<T> {
  if (command === undefined) return body();
  const {client, transport} = trial.cluster;
  const load = await transport.start(client, command);
  try {
    return await body();
  } finally {
    const {stdout, ...rest} = await load.stop();
    await trial.keep(artefact, stdout);
    await keepJson(trial, `${artefact}.meta.json`, {host: client.name, argv: command.argv, ...rest});
  }
}
