import {z} from 'zod';
import type {Command, Guest, Parameters, Sample, Scenario} from '../../harness/types.ts';
import {fillJob, guideJob as job} from '../../harness/workloads/fio.ts';
import {expectsNothing} from '../expects.ts';
import {parametersOf, readParameters} from '../parameters.ts';
import {
  chosenGuests,
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

const settings = z.object({
  /** Per job. */
  sizeMiB: z.number().int().min(1),
  numjobs: z.number().int().min(1).max(256),
  /** The job is ended after so long, whatever it has read by then. */
  seconds: z.number().int().min(1).max(86_400),
});
type Settings = z.infer<typeof settings>;

/** As the guide has it. */
const full: Parameters = {sizeMiB: 10_240, numjobs: 16, seconds: 600};
const quick: Parameters = {sizeMiB: 8, numjobs: 16, seconds: 60};
const artefact = 'fio-guide.json';

/** Figures of a job of another size carry another pattern: its duration says nothing about the guide's. */
function patternOf({sizeMiB, numjobs}: Settings): string {
  return sizeMiB === full.sizeMiB && numjobs === full.numjobs ? 'guide' : 'guide-scaled';
}

/** The guide runs its job once, on one machine. */
const oneGuest = 1;

function fill(guests: readonly Guest[], {sizeMiB}: Settings): Command {
  const bytes = sizeMiB * mebibyte;
  return onGuests(guests, guest => fillJob(guest.scratchDevice, bytes, 'libaio'), fillSeconds(bytes, guests.length));
}

function load(guests: readonly Guest[], {sizeMiB, numjobs, seconds}: Settings): Command {
  const of = (guest: Guest) =>
    job({device: guest.scratchDevice, sizeBytes: sizeMiB * mebibyte, jobs: numjobs, seconds});
  return onGuests(guests, of, seconds);
}

/** The guide's own fio job, in one guest on its scratch device, with its size and time as parameters. */
export const guideJob: Scenario = {
  name: 'storage/guide-job',
  family: 'storage',
  purpose: "The reference guide's own fio job: libaio, direct, 10 GiB in each of 16 jobs, ended after 600 s.",
  needs: {guests: 1, fio: true},
  claims: ['sto.fiojob'],
  provides: ['storage.iops', 'storage.bandwidth', 'storage.latency', 'storage.runtime'],
  expects: expectsNothing,
  parameters: {full, quick},
  estimateSeconds(parameters) {
    const {sizeMiB, numjobs, seconds} = parametersOf(settings, parameters);
    const bytes = sizeMiB * mebibyte;
    // 4 KiB reads at 4000 a second, as a guest under emulation gives, and a fill at 40 MB/s.
    return Math.min(seconds, (bytes * numjobs) / 16e6) + bytes / 40e6 + 6;
  },
  preview(cluster, parameters) {
    const asked = parametersOf(settings, parameters);
    const guests = chosenGuests(cluster, oneGuest);
    return [fill(guests, asked), load(guests, asked)].map(({argv}) => ({host: cluster.client.name, argv}));
  },
  async run(trial) {
    const {cluster, planned} = trial;
    const asked = parametersOf(settings, planned.parameters);
    const guests = chosenGuests(cluster, oneGuest);
    await keepGuests(trial, guests);
    const name = guests.map(guest => guest.name).join();
    trial.say(`writing ${asked.sizeMiB} MiB of ${name} once, so that reads find data`, cluster.client.name);
    await trial.record(fillArtefact, cluster.client, fill(guests, asked));
    trial.say(`the guide's fio job in ${name}: ${asked.numjobs} jobs of ${asked.sizeMiB} MiB`, cluster.client.name);
    await trial.record(artefact, cluster.client, load(guests, asked));
  },
  measure(raw, planned) {
    const asked = readParameters(settings, planned.parameters);
    if (!asked.ok) return onlyProblems([asked.error]);
    const unfilled = fillProblems(raw);
    if (unfilled.length > 0) return onlyProblems(unfilled);
    const read = reportOf(raw, artefact, undefined);
    if (!read.ok) return onlyProblems(read.error);
    const found = samplesOf(read.value.report, artefact, patternOf(asked.value), ['read']);
    if (!found.ok) return onlyProblems([found.error]);
    const {sizeMiB, numjobs, seconds} = asked.value;
    const wanted = sizeMiB * mebibyte * numjobs;
    const bytes = read.value.report.jobs.flatMap(one => one.work.read ?? []).reduce((sum, work) => sum + work.bytes, 0);
    const runtime = found.value.find(sample => sample.metric === 'storage.runtime');
    const whole = bytes >= wanted;
    if (!whole && (runtime === undefined || runtime.value < 0.99 * seconds)) {
      const expected = `${wanted} bytes read, or ${seconds} s`;
      return onlyProblems([
        {artefact, path: '/client_stats', expected, found: `${bytes} bytes in ${runtime?.value} s`},
      ]);
    }
    // Ended by the time limit: how long all of it would have taken is not known, only that it is longer.
    const samples: readonly Sample[] = found.value.map(sample =>
      sample === runtime && !whole ? {...sample, censored: true} : sample,
    );
    return {samples, problems: [], findings: read.value.saturated ? [saturatedFinding(artefact)] : []};
  },
};
