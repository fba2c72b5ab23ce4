import {z} from 'zod';
import type {Command, Finding, Guest, Parameters, ParseError, Sample, Scenario} from '../../harness/types.ts';
import {deviceJob, fillJob} from '../../harness/workloads/fio.ts';
import {expectsNothing} from '../expects.ts';
import {parametersOf, readParameters} from '../parameters.ts';
import {
  chosenGuests,
  type Direction,
  fillArtefact,
  fillProblems,
  fillSeconds,
  keepGuests,
  mebibyte,
  onGuests,
  onlyProblems,
  reportOf,
  samplesOf,
  saturatedFinding,
} from './load.ts';

const patterns = ['randread', 'randwrite', 'mixed'] as const;
type Pattern = (typeof patterns)[number];
const directions: Readonly<Record<Pattern, readonly Direction[]>> = {
  randread: ['read'],
  randwrite: ['write'],
  mixed: ['read', 'write'],
};

const settings = z.object({
  /** Of each pattern, after the ramp. */
  seconds: z.number().int().min(1).max(86_400),
  rampSeconds: z.number().int().min(0).max(3600),
  iodepth: z.number().int().min(1).max(4096),
  numjobs: z.number().int().min(1).max(256),
  blockBytes: z
    .number()
    .int()
    .min(512)
    .max(16 * mebibyte),
  /** Of each guest's scratch device. */
  sizeMiB: z.number().int().min(1),
  engine: z.string().regex(/^[a-z0-9_-]+$/),
  patterns: z.array(z.enum(patterns)).min(1),
  /** At most so many guests at once. */
  guests: z.number().int().min(1).max(1000),
});
type Settings = z.infer<typeof settings>;

const full: Parameters = {
  seconds: 60,
  rampSeconds: 5,
  iodepth: 16,
  numjobs: 1,
  blockBytes: 4096,
  sizeMiB: 4096,
  engine: 'libaio',
  patterns,
  guests: 1000,
};
/** No ramp: on a slow disk the I/Os in flight at its end are a share of the whole. */
const quick: Parameters = {...full, seconds: 5, rampSeconds: 0, sizeMiB: 64};

function artefactOf(pattern: Pattern): string {
  return `fio-${pattern}.json`;
}

function fill(guests: readonly Guest[], {sizeMiB, engine}: Settings): Command {
  const bytes = sizeMiB * mebibyte;
  return onGuests(guests, guest => fillJob(guest.scratchDevice, bytes, engine), fillSeconds(bytes, guests.length));
}

function load(guests: readonly Guest[], pattern: Pattern, asked: Settings): Command {
  const {blockBytes, sizeMiB, engine, iodepth, numjobs, seconds, rampSeconds} = asked;
  const job = (guest: Guest) =>
    deviceJob({
      pattern,
      device: guest.scratchDevice,
      blockBytes,
      sizeBytes: sizeMiB * mebibyte,
      engine,
      depth: iodepth,
      jobs: numjobs,
      seconds,
      rampSeconds,
    });
  return onGuests(guests, job, rampSeconds + seconds);
}

/** Random reads, random writes and 70/30 of both, in every guest at once on its scratch device, which is written whole first. */
export const fio: Scenario = {
  name: 'storage/fio',
  family: 'storage',
  purpose: 'What the storage gives the guests: operations, bandwidth and latency of small random I/O.',
  needs: {guests: 1, fio: true},
  claims: ['sto.iops', 'sto.p99'],
  provides: ['storage.iops', 'storage.bandwidth', 'storage.latency', 'storage.runtime'],
  expects: expectsNothing,
  parameters: {full, quick},
  estimateSeconds(parameters) {
    const {patterns: chosen, seconds, rampSeconds, sizeMiB} = parametersOf(settings, parameters);
    // A fill at 40 MB/s, and what fio needs to start and end.
    return (sizeMiB * mebibyte) / 40e6 + 3 + chosen.length * (seconds + rampSeconds + 3);
  },
  preview(cluster, parameters) {
    const asked = parametersOf(settings, parameters);
    const guests = chosenGuests(cluster, asked.guests);
    const commands = [fill(guests, asked), ...asked.patterns.map(pattern => load(guests, pattern, asked))];
    return commands.map(({argv}) => ({host: cluster.client.name, argv}));
  },
  async run(trial) {
    const {cluster, planned} = trial;
    const asked = parametersOf(settings, planned.parameters);
    const guests = chosenGuests(cluster, asked.guests);
    await keepGuests(trial, guests);
    const names = guests.map(guest => guest.name).join(', ');
    trial.say(`writing ${asked.sizeMiB} MiB of ${names} once, so that reads find data`, cluster.client.name);
    await trial.record(fillArtefact, cluster.client, fill(guests, asked));
    for (const pattern of asked.patterns) {
      trial.say(`fio ${pattern} for ${asked.seconds} s in ${names}`, cluster.client.name);
      await trial.record(artefactOf(pattern), cluster.client, load(guests, pattern, asked));
    }
  },
  measure(raw, planned) {
    const asked = readParameters(settings, planned.parameters);
    if (!asked.ok) return onlyProblems([asked.error]);
    const unfilled = fillProblems(raw);
    if (unfilled.length > 0) return onlyProblems(unfilled);
    const samples: Sample[] = [];
    const problems: ParseError[] = [];
    const findings: Finding[] = [];
    for (const pattern of asked.value.patterns) {
      const artefact = artefactOf(pattern);
      const read = reportOf(raw, artefact, asked.value.seconds);
      if (!read.ok) {
        problems.push(...read.error);
        continue;
      }
      const found = samplesOf(read.value.report, artefact, pattern, directions[pattern]);
      if (!found.ok) problems.push(found.error);
      else samples.push(...found.value);
      if (read.value.saturated) findings.push(saturatedFinding(artefact));
    }
    return {samples, problems, findings};
  },
};
